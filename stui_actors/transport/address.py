"""Where a message came from, and so where its reply goes."""

from attrs import frozen


@frozen(eq=False)
class Address:
    """A return address, never a credential: the routing id, and the frames that the reply repeats after it."""

    connection: bytes
    envelope: tuple[bytes, ...] = ()

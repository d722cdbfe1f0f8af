"""What the ZeroMQ library of this installation is and can do."""

import zmq


def libzmq() -> str:
    """Its version."""
    return zmq.zmq_version()


def speaks_curve() -> bool:
    """Whether it was built with encryption."""
    return bool(zmq.has("curve"))

"""What a simulated disk consists of: files, folders, and what of them a power cut would leave."""

from attrs import define, field

from stui_actors.storage.disk import FILE_MODE, FOLDER_MODE, Kind


@define(eq=False)
class File:
    """``content`` is what is read; ``durable`` what survives a power cut."""

    content: bytearray = field(factory=bytearray)
    durable: bytes = b""
    kind: Kind = Kind.FILE
    mode: int = FILE_MODE
    owner: int = 1000
    links: int = 0
    is_lost: bool = False
    changed_at: float = 0.0


@define(eq=False)
class Folder:
    """``entries`` is what is seen; ``durable`` what survives; ``pending`` the changes in between, in their order."""

    entries: dict[str, "File | Folder"] = field(factory=dict)
    durable: dict[str, "File | Folder"] = field(factory=dict)
    pending: list["Change"] = field(factory=list)
    kind: Kind = Kind.FOLDER
    mode: int = FOLDER_MODE
    owner: int = 1000


@define(eq=False)
class Change:
    """One change of one folder's entry. ``twin`` is the other half of a move: both happen or none."""

    name: str
    node: File | Folder | None
    twin: "Change | None" = None
    is_done: bool = False
    is_void: bool = False


@define(eq=False)
class Open:
    """An open file or folder."""

    node: File | Folder
    position: int = 0

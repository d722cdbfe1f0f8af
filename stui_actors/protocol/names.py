"""How clients and commands are named: which client ids there are, and a command's name in each dialect."""

import re
from functools import lru_cache

MAX_NAME = 64  # characters of a command's or a client's name
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}")
_PASCAL_CASE = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_SNAKE_CASE = re.compile(r"[a-z0-9_]*")
_INNER_CAPITAL = re.compile(r"(?<!^)([A-Z])")


def is_client_id(text: str) -> bool:
    """True for 1 to 64 characters of ``A-Z a-z 0-9 . _ @ : -``, the first a letter or digit."""
    return len(text) <= MAX_NAME and _is_spelt_well(text)


@lru_cache(maxsize=4096)  # each is looked at twice per message
def _is_spelt_well(client_id: str) -> bool:
    return _CLIENT_ID.fullmatch(client_id) is not None


@lru_cache(maxsize=512)
def snake_case(request_type: str) -> str | None:
    """``GetMethodCode`` as ``get_method_code``; None where the text is not in PascalCase."""
    if _PASCAL_CASE.fullmatch(request_type) is None:
        return None
    return _INNER_CAPITAL.sub(r"_\1", request_type).lower()


def is_snake_case(text: str) -> bool:
    """True for what could be a command's name in the command dialect; also for no text at all."""
    return _SNAKE_CASE.fullmatch(text) is not None


@lru_cache(maxsize=512)
def pascal_case(command: str) -> str:
    """``get_method_code`` as ``GetMethodCode``."""
    return "".join(part[:1].upper() + part[1:] for part in command.split("_"))

"""What ``system_info`` tells of the process that serves."""

import platform
import resource
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from stui_actors import __version__
from stui_actors.commands.context import Context
from stui_actors.protocol.messages import Json

PACKAGES = ("trio", "pyzmq", "trio-util", "attrs", "cattrs", "msgspec", "structlog", "greenlet")
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes on macOS, kilobytes elsewhere


def system_facts(context: Context, info_type: str) -> dict[str, Json]:
    """The part named ``info_type``, or all."""
    names = PARTS if info_type == "All" else (info_type,)
    return {name.lower(): PARTS[name](context) for name in names}


def basic(context: Context) -> dict[str, Json]:
    """Name, version, age."""
    return {
        "name": "stui_actors",
        "version": __version__,
        "server_epoch": context.server.epoch,
        "uptime": round(context.now() - context.server.started_at, 3),
        "status": context.server.status(),
    }


def memory(context: Context) -> dict[str, Json]:
    """Peak memory of the process, in bytes."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "peak_bytes": usage.ru_maxrss * RSS_UNIT,
        "workspace_limit_bytes": context.settings.evaluation.max_memory,
    }


def packages(context: Context) -> dict[str, Json]:
    """Versions of what the server is built on."""
    return {name: installed_version(name) for name in PACKAGES}


def installed_version(name: str) -> str:
    """The version of an installed package, or ``unknown``."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def environment(context: Context) -> dict[str, Json]:
    """The platform; nothing of the host's paths, names or variables."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
    }


def health(context: Context) -> dict[str, Json]:
    """What failed and was started again since the start, and how late the event loop is."""
    return context.server.health()


PARTS: dict[str, Callable[[Context], dict[str, Json]]] = {
    "Basic": basic,
    "Memory": memory,
    "Packages": packages,
    "Environment": environment,
    "Health": health,
}

"""``doctor``: looks at everything that a server needs, and says what to do about each thing that is not well."""

import argparse
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import trio
from attrs import frozen

from stui_actors import __version__
from stui_actors.auth.authority import Authority
from stui_actors.cli import FAILED, config_path, overrides_of
from stui_actors.cli_folder import looked_at
from stui_actors.client.trio_client import NoAnswer, connect
from stui_actors.config import Configuration, Settings, load_configuration
from stui_actors.errors import StuiError
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.messages import Json
from stui_actors.storage.journaled import JournaledStore
from stui_actors.transport.limits import clients_within_limits
from stui_actors.transport.versions import libzmq, speaks_curve

PACKAGES = ("trio", "pyzmq", "trio-util", "attrs", "cattrs", "msgspec", "tomli", "structlog", "greenlet")
ONCE = Backoff(first=1.5, factor=1.0, most=1.5, attempts=1)
LITTLE_SPACE = 256 << 20  # bytes: a few full sessions
LATE = 100.0  # milliseconds of the event loop: clients notice

Grade = Literal["ok", "warn", "FAIL"]


@frozen
class Result:
    """What one look found. ``hint``: what to do, where something is to be done."""

    grade: Grade
    what: str
    found: str
    hint: str = ""


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Look at everything, print what was found; the exit status is 1 if something fails."""
    path, told = config_path(chosen, environ), {"server.data_dir": overrides_of(chosen)["server.data_dir"]}
    results: list[Result] = []
    try:
        loaded = load_configuration(path, environ, told)
        results += _configuration(loaded, path)
    except StuiError as error:
        results.append(Result("FAIL", "configuration", error.message, error.advice))
        loaded = load_configuration(None, {}, told)
    settings = loaded.settings
    looks = (_versions(), results, _accounts(settings), _descriptors(settings), _store(settings), _server(chosen))
    grades = [_print(each) for look in looks for each in look]
    return FAILED if "FAIL" in grades else 0


def _print(result: Result) -> Grade:
    print(f"{result.grade:4}  {result.what:13}  {result.found}")
    if result.hint:
        print(f"{'':21}{result.hint}")
    return result.grade


def _versions() -> Iterator[Result]:
    yield Result("ok", "stui_actors", f"{__version__} on Python {platform.python_version()}, {platform.system()}")
    for name in PACKAGES:
        try:
            yield Result("ok", name, version(name))
        except PackageNotFoundError:
            yield Result("FAIL", name, "not installed", "Install stui_actors again: it brings what it needs.")
    if speaks_curve():
        yield Result("ok", "libzmq", f"{libzmq()}, with CURVE")
    else:
        yield Result("warn", "libzmq", f"{libzmq()}, without CURVE", "Install pyzmq's own wheel to have encryption.")


def _configuration(loaded: Configuration, path: Path | None) -> Iterator[Result]:
    yield Result("ok", "configuration", "no file: defaults" if path is None else str(path.resolve()))
    for name, source in loaded.sources.items():
        if source != "default":
            section, _, key = name.partition(".")
            yield Result("ok", "setting", f"{name} = {getattr(getattr(loaded.settings, section), key)}  ({source})")


def _accounts(settings: Settings) -> Iterator[Result]:
    """The token file and the features file, where there are any: a server reads both when it starts."""
    try:
        authority = Authority.load(settings.auth)
    except StuiError as error:
        yield Result("FAIL", "accounts", error.message, error.advice)
        return
    if authority.accounts is not None:
        clients = len(authority.accounts.by_client)
        yield Result("ok", "accounts", f"tokens of {clients} client{'' if clients == 1 else 's'}")


def _descriptors(settings: Settings) -> Iterator[Result]:
    wanted = settings.server.max_clients
    room = clients_within_limits(wanted)
    if room < wanted:
        hint = f"Raise the limit of open files (ulimit -n), or lower server.max_clients from {wanted}."
        yield Result("warn", "open files", f"room for {room} clients", hint)
    else:
        yield Result("ok", "open files", f"room for {wanted} clients")


def _store(settings: Settings) -> Iterator[Result]:
    if settings.storage.kind == "files":
        yield from _folder(settings)
    elif settings.storage.kind == "postgres":
        yield _database(settings)


def _database(settings: Settings) -> Result:
    try:
        with looked_at(settings) as store:
            sessions = len(list(store.index()))
            return Result("ok", "database", f"{store.place}, {sessions} session{'' if sessions == 1 else 's'}")
    except StuiError as error:
        return Result("FAIL", "database", error.message, error.advice)


def _folder(settings: Settings) -> Iterator[Result]:
    folder = settings.server.data_dir
    if folder.exists() and not folder.is_dir():
        yield Result("FAIL", "data folder", f"{folder} is not a folder", "Name a folder with --data-dir.")
        return
    if not folder.is_dir():
        yield Result("ok", "data folder", f"{folder} is not there yet; the server makes it")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Result("FAIL", "data folder", f"{folder} cannot be written", "Give it to the user of the server.")
        return
    try:
        store = JournaledStore(folder, settings.storage, read_only=True)
        store.open()
        sessions = sum(1 for _ in store.index())
    except StuiError as error:
        yield Result("FAIL", "data folder", error.message, error.advice)
        return
    yield Result("ok", "data folder", f"{folder}, {sessions} session{'' if sessions == 1 else 's'}")
    free = shutil.disk_usage(folder).free
    hint = "Make room: what cannot be saved is refused." if free < LITTLE_SPACE else ""
    yield Result("warn" if hint else "ok", "disk", f"{free >> 20} MiB free", hint)


def _server(chosen: argparse.Namespace) -> Iterator[Result]:
    """A round trip to the server, and how that says it is."""
    hint = "Start one with `python -m stui_actors serve`, or name its endpoint with --endpoint."
    try:
        took, pong, health = trio.run(_ask, chosen.endpoint)
    except NoAnswer:
        yield Result("FAIL", "server", f"none answers on {chosen.endpoint}", hint)
    except StuiError as error:
        yield Result("FAIL", "server", f"{error.error_type}: {error.message}", error.advice)
    except ValueError as error:
        yield Result("FAIL", "server", str(error), "Write --endpoint tcp://127.0.0.1:5555.")
    else:
        yield Result("ok", "server", f"{pong['status']} on {chosen.endpoint}, round trip {took * 1000:.1f} ms")
        yield from _health(health)


async def _ask(endpoint: str) -> tuple[float, dict[str, Json], dict[str, Json]]:
    """What is asked needs no token: it is about the server, and no client's."""
    async with connect(endpoint, backoff=ONCE) as client:
        await client.ask("ping")  # the first one also connects
        began = time.perf_counter()
        pong = await client.ask("ping")
        took = time.perf_counter() - began
        info = (await client.ask("system_info", info_type="Health"))["info"]
    health = info.get("health") if isinstance(info, dict) else None
    return took, pong, health if isinstance(health, dict) else {}


def _health(health: dict[str, Json]) -> Iterator[Result]:
    failures = health.get("failures")
    counted = failures if isinstance(failures, dict) else {}
    hint = "The log has each with its cause." if counted else ""
    told = ", ".join(f"{name}: {count}" for name, count in counted.items()) or "none since the start"
    yield Result("warn" if counted else "ok", "failures", told, hint)
    last = health.get("last_failures")
    for each in last if isinstance(last, list) else []:
        if isinstance(each, dict):
            yield Result("warn", "failure", f"{each['at']}  {each['part']} {each['answer']} after {each['error']}")
    lag, blocked = health.get("loop_lag_ms"), health.get("loop_blocked")
    late = (isinstance(lag, int | float) and lag > LATE) or blocked != 0
    hint = "The server's stderr has the stacks of when it was blocked." if blocked else ""
    yield Result(
        "warn" if late else "ok", "event loop", f"{lag} ms late at worst lately, blocked {blocked} times", hint
    )
    yield Result("ok", "collections", _collections(health))


def _collections(health: dict[str, Json]) -> str:
    """How often and how long full garbage collections halted everybody."""
    count, longest = health.get("collections", 0), health.get("longest_collection_ms", 0)
    return f"{count} full ones of garbage, {health.get('collections_seconds', 0)} s in all, the longest {longest} ms"

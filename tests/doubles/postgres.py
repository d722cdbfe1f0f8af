"""A real PostgreSQL for tests: a new cluster in a folder of its own, behind a Unix socket, with fsync as it is."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from attrs import define, field
from psycopg import sql

READY = "database system is ready to accept connections"
ROLE = "stui"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "lc_messages": "C",
    "autovacuum": "off",
    "recovery_init_sync_method": "syncfs",  # file by file takes seconds
}


def program(name: str) -> str | None:
    """Where a program of PostgreSQL stands; its packages keep them out of the way."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))


def owner() -> pwd.struct_passwd | None:
    """Whom the server runs as, if not as us: it refuses to run as root. None where there is nobody."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    known = {each.pw_name: each for each in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


def lacking() -> str:
    """Why no server can be started here, or nothing."""
    missing = [name for name in ("initdb", "postgres") if program(name) is None]
    if missing:
        return f"PostgreSQL is not installed: no {' and no '.join(missing)} (Debian: apt-get install postgresql)"
    return "" if owner() is not None else "PostgreSQL does not run as root, and there is no user to run it as"


@define(eq=False)
class PostgresServer:
    """One cluster. ``dsn`` names a schema of its own for whoever asks."""

    folder: Path
    settings: dict[str, str] = field(factory=lambda: SETTINGS)
    process: "subprocess.Popen[str] | None" = None
    _schemas: "count[int]" = field(factory=count)

    def make(self) -> None:
        arguments = ("-D", str(self.folder / "data"), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        made = subprocess.run(self._command("initdb", *arguments), **self._as_owner(), capture_output=True, check=False)
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        settings = [part for key, value in self.settings.items() for part in ("-c", f"{key}={value}")]
        command = self._command("postgres", "-D", str(self.folder / "data"), "-k", str(self.folder), *settings)
        self.process = subprocess.Popen(command, **self._as_owner(), stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if READY in line:
                return
        raise AssertionError("".join(said))

    def _command(self, name: str, *arguments: str) -> list[str]:
        found = program(name)
        assert found is not None
        return [found, *arguments]

    def _as_owner(self) -> dict[str, object]:
        user = owner()
        assert user is not None
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        return {"cwd": self.folder, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: in order, at once. SIGQUIT: as in a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            assert self.process.stderr is not None
            self.process.stderr.read()
            self.process.stderr.close()
            self.process.wait()
            self.process = None

    def dsn(self, schema: str | None = None) -> str:
        """For a schema that is new unless it is named."""
        base = f"host={self.folder} user={ROLE} dbname=postgres"
        name = schema or f"s{next(self._schemas)}"
        with psycopg.connect(base) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
        return f"{base} options='-csearch_path={name}'"


@contextmanager
def cluster(**settings: str) -> Iterator[PostgresServer]:
    """A server until the end, with some settings of its own; nothing may be ``lacking``."""
    user = owner()
    assert user is not None
    with tempfile.TemporaryDirectory(prefix="stui-pg-", ignore_cleanup_errors=True) as name:
        os.chown(name, user.pw_uid, user.pw_gid)
        server = PostgresServer(Path(name), SETTINGS | settings)
        try:
            server.make()
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nobody needs its files


@contextmanager
def running_postgres(**settings: str) -> Iterator[PostgresServer]:
    """A ``cluster``; the test is skipped, with the reason, where there can be none."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
    with cluster(**settings) as server:
        yield server

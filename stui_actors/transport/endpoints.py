"""Which endpoints the server may listen on, and the errors of those on which it can't."""

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq

from stui_actors.errors import ConfigError

PRIVATE = 0o177  # the umask under which a socket file gets mode 0600
LONGEST_PATH = 107  # bytes in sockaddr_un, less the terminating zero


def check_endpoint(endpoint: str, *, insecure: bool) -> None:
    """Raise ConfigError for an endpoint that is none, or that others could reach without encryption."""
    scheme, separator, rest = endpoint.partition("://")
    if not separator or not rest or scheme not in ("tcp", "ipc"):
        raise ConfigError(
            f"{endpoint[:64]!r} is no endpoint.",
            suggestion="Write tcp://127.0.0.1:5555 or ipc:///path/of/a/socket.",
            path="server.bind",
        )
    if scheme == "ipc":
        _check_path(rest)
    elif not (is_loopback(host_of(rest)) or insecure):
        raise ConfigError(
            f"{endpoint[:64]} can be reached by others, and what it carries is neither encrypted nor authenticated.",
            suggestion="Bind to 127.0.0.1 and use an SSH tunnel, or say --insecure if you know your network.",
            path="server.bind",
        )


def host_of(rest: str) -> str:
    """The host in ``host:port`` or ``[host]:port``; raise ConfigError where there is no port."""
    host, separator, port = rest.rpartition(":")
    if not separator or not (port in ("*", "!") or (port.isascii() and port.isdigit() and int(port) < 65536)):
        raise ConfigError(
            f"'tcp://{rest[:64]}' has no port from 0 to 65535.",
            suggestion="Write tcp://127.0.0.1:5555.",
            path="server.bind",
        )
    return host.removeprefix("[").removesuffix("]")


def is_loopback(host: str) -> bool:
    """True where only this machine can reach ``host``. A name other than localhost counts as reachable."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_path(path: str) -> None:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ConfigError(
            f"The path of the socket is longer than {LONGEST_PATH} bytes.",
            suggestion="Choose a shorter path; the data folder may stay where it is.",
            path="server.bind",
        )


def bind(router: "zmq.Socket[bytes]", endpoint: str) -> str:
    """Bind and return the endpoint with its real port; raise ConfigError naming the cause."""
    scheme, _, rest = endpoint.partition("://")
    if scheme == "tcp" and ":" in host_of(rest):
        router.ipv6 = True
    try:
        with _private_file(rest) if scheme == "ipc" else _nothing():
            router.bind(endpoint)
    except zmq.ZMQError as error:
        raise _cannot_listen(endpoint, error.errno or 0) from None
    return router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _private_file(path: str) -> Iterator[None]:
    """Make the file of the socket 0600 from its first moment on; refuse to take a living server's file."""
    if not path.startswith("@"):
        _refuse_living(path)
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def _refuse_living(path: str) -> None:
    """Raise ConfigError if somebody listens at ``path``: libzmq would remove the file under it without a word."""
    try:
        mode = Path(path).lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot_listen(f"ipc://{path}", error.errno or 0) from None
    if not stat.S_ISSOCK(mode):
        raise _cannot_listen(f"ipc://{path}", errno.EEXIST)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        if probe.connect_ex(path) in (0, errno.EAGAIN, errno.EINPROGRESS):
            raise _cannot_listen(f"ipc://{path}", errno.EADDRINUSE)


def _cannot_listen(endpoint: str, number: int) -> ConfigError:
    return ConfigError(
        f"Cannot listen on {endpoint}: {zmq.strerror(number)}.",
        suggestion=_REMEDIES.get(number, "Choose another endpoint with --bind."),
        path="server.bind",
    )


_REMEDIES = {
    errno.EADDRINUSE: "Another server listens there: end it, or choose another endpoint with --bind.",
    errno.EACCES: "Choose a port above 1023, or a folder that you may write to.",
    errno.EADDRNOTAVAIL: "No interface of this machine has that address.",
    errno.EEXIST: "A file that is no socket stands there: move it away, or choose another path.",
    errno.ENOENT: "The folder of the socket does not exist: make it first.",
}

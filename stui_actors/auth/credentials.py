"""The token file: one account a line, tokens as digests only.

``client_id digest tier expires``, blanks between, ``-`` for the default tier and for never; ``#`` begins a comment. A
token is 256 random bits that the server made, so one fast hash protects it: there is nothing to guess.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from attrs import frozen

from stui_actors.errors import ConfigError

DIGEST = "blake2b:"
MAX_TOKEN = 1024  # characters: more is no token of ours, and not worth hashing
MAX_ACCOUNTS = 100_000
NOBODY = "0" * 64  # compared with where there is no account, so that its absence takes no less time


@frozen
class Account:
    """One token's line. ``tier`` None: the default one; ``expires_at`` None: never, else seconds since the epoch."""

    client_id: str
    digest: str
    tier: str | None = None
    expires_at: float | None = None


@frozen
class Accounts:
    """All lines by client id; a client may have several tokens, so that one can replace another without a gap."""

    by_client: dict[str, tuple[Account, ...]]

    def matching(self, client_id: str, token: str, now: float) -> Account | None:
        """The valid account of this client and token. Takes as long for an unknown client as for a wrong token."""
        digest = digest_of(client_id, token)
        found: Account | None = None
        for account in self.by_client.get(client_id, (Account(client_id, NOBODY),)):
            if compare_digest(account.digest, digest) and not is_expired(account, now):
                found = account
        return found

    def current(self, account: Account, now: float) -> Account | None:
        """What has become of an account: another tier or end, or None where it was revoked or has ended."""
        for each in self.by_client.get(account.client_id, ()):
            if each.digest == account.digest and not is_expired(each, now):
                return each
        return None

    def best_of(self, client_id: str, now: float) -> Account | None:
        """The valid account of a client that lasts longest; None where it has none."""
        valid = [each for each in self.by_client.get(client_id, ()) if not is_expired(each, now)]
        return max(valid, key=lambda each: (each.expires_at is None, each.expires_at or 0.0), default=None)


def is_expired(account: Account, now: float) -> bool:
    """True from the account's end on."""
    return account.expires_at is not None and now >= account.expires_at


def digest_of(client_id: str, token: str) -> str:
    """The digest of a token for one client, in hexadecimal; that of no token where it is too long to be one."""
    text = token if len(token) <= MAX_TOKEN else ""
    content = f"{client_id}\0{text}".encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=32, person=b"stui token").hexdigest()


def load_accounts(path: Path) -> Accounts:
    """The accounts of a token file; raise ConfigError that names the line."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ConfigError(
            f"{path}: `auth.token_file` cannot be read: {error.strerror}.",
            suggestion="`token issue` makes it, with the first token.",
            path="auth.token_file",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8.", path=str(path)) from None
    by_client: dict[str, tuple[Account, ...]] = {}
    for number, line in enumerate(lines[:MAX_ACCOUNTS], 1):
        account = _account_of(line, f"{path}:{number}")
        if account is not None:
            by_client[account.client_id] = (*by_client.get(account.client_id, ()), account)
    return Accounts(by_client)


def _account_of(line: str, place: str) -> Account | None:
    parts = line.partition("#")[0].split()
    if not parts:
        return None
    if len(parts) != 4:
        raise ConfigError(f"{place}: must be `client_id digest tier expires`.", path=place)
    client_id, digest, tier, expires = parts
    value = digest.removeprefix(DIGEST)
    if value == digest or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ConfigError(f"{place}: the digest must be {DIGEST} and 64 hexadecimal digits.", path=place)
    return Account(client_id, value, None if tier == "-" else tier, _end(expires, place))


def _end(text: str, place: str) -> float | None:
    if text == "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{place}: the end must be a time such as 2030-01-01T00:00:00Z, or -.", path=place) from None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def issue_token(path: Path, client_id: str, *, tier: str | None = None, expires_at: float | None = None) -> str:
    """Add an account to the file, which is made where there is none; answer the token, which is kept nowhere."""
    if not client_id or "#" in client_id or client_id.split() != [client_id]:
        raise ConfigError(f"{client_id[:64]!r} can't be a client id.", path="client_id")
    token = "stui_" + secrets.token_urlsafe(32)
    end = "-" if expires_at is None else datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = f"{client_id} {DIGEST}{digest_of(client_id, token)} {tier or '-'} {end}"
    with _locked(path):
        _rewrite(path, [*_lines(path), line])
    return token


def revoke_tokens(path: Path, client_id: str, *, token: str | None = None) -> int:
    """Remove a client's accounts, or the one of ``token``; answer how many there were."""
    digest = None if token is None else DIGEST + digest_of(client_id, token)
    with _locked(path):
        lines = _lines(path)
        kept = [line for line in lines if not _is_of(line, client_id, digest)]
        if len(kept) < len(lines):
            _rewrite(path, kept)
    return len(lines) - len(kept)


def _is_of(line: str, client_id: str, digest: str | None) -> bool:
    parts = line.partition("#")[0].split()
    return parts[:1] == [client_id] and (digest is None or parts[1:2] == [digest])


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The folder's lock, so that two that change the file at once do so one after the other; OSError as ConfigError."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be changed: {error.strerror}.", path=str(path)) from None


def _rewrite(path: Path, lines: list[str]) -> None:
    """Put a new file in the place of the old one, whole or not at all, readable by its owner alone."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with _removed_on_failure(new), open(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
        os.replace(new, path)


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        path.unlink(missing_ok=True)
        raise


Stamp = tuple[int, int, int]


def stamp_of(path: Path) -> Stamp | None:
    """What changes whenever the file does; None where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

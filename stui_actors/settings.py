"""Settings as frozen attrs classes, one per section of ``conf/stui.toml``. Sizes in bytes, durations in seconds."""

import math
from pathlib import Path
from typing import Literal, TypeVar

from attrs import field, frozen

T = TypeVar("T")


def setting(default: T, text: str, *, unit: str = "", least: float = -math.inf, most: float = math.inf) -> T:
    """A setting: its default, what it means, its unit and the bounds within which it makes sense."""
    return field(default=default, metadata={"text": text, "unit": unit, "least": least, "most": most})


@frozen
class ServerSettings:
    """Where the server listens and keeps its files."""

    bind: str = setting("tcp://127.0.0.1:5555", "The endpoint: tcp://address:port or ipc://path.")
    data_dir: Path = setting(
        Path("sessions"), "The folder of the session files; in a file, as seen from that file's folder."
    )
    insecure: bool = setting(False, "Allow an endpoint that others can reach without encryption and authentication.")
    max_message_bytes: int = setting(10 * 1024 * 1024, "The longest message.", unit="bytes", least=1024, most=2**30)
    max_clients: int = setting(10_000, "How many clients may be here at once.", least=1, most=1_000_000)
    drain_timeout: float = setting(8.0, "How long a shutdown may wait for saves.", unit="seconds", least=0, most=3600)


@frozen
class TransportSettings:
    """How the ROUTER socket treats its peers."""

    backlog: int = setting(4096, "Connections that may wait to be accepted.", least=1, most=65535)
    send_high_water: int = setting(1000, "Messages that may wait for one slow peer.", least=1, most=1_000_000)
    receive_high_water: int = setting(
        1000, "Messages of one peer that may wait for the server.", least=1, most=1_000_000
    )
    handshake_interval: float = setting(3.0, "How long a handshake may take.", unit="seconds", least=0.1, most=3600)
    heartbeat_interval: float = setting(
        5.0, "How often a peer is asked for a sign.", unit="seconds", least=0, most=3600
    )
    heartbeat_timeout: float = setting(
        15.0, "After how long without a sign a peer is gone.", unit="seconds", least=0, most=3600
    )
    slow_peer_timeout: float = setting(
        5.0, "How long replies are kept for a peer whose queue is full.", unit="seconds", least=0, most=3600
    )


@frozen
class SessionSettings:
    """What a session may last and hold."""

    max_sessions_per_client: int = setting(5, "Attached sessions of one client.", least=1, most=10_000)
    max_stored_sessions: int = setting(100, "Stored sessions of one client.", least=1, most=1_000_000)
    timeout: float = setting(
        3600.0, "Idleness after which a detached session leaves memory.", unit="seconds", least=0.001
    )
    attach_timeout: float = setting(
        300.0, "Silence after which a connection without heartbeats lets go.", unit="seconds", least=0.001
    )
    heartbeat_attach_timeout: float = setting(
        15.0, "Silence after which a connection with heartbeats lets go.", unit="seconds", least=0.001
    )
    anonymous_timeout: float = setting(
        300.0, "Silence after which an anonymous workspace ends.", unit="seconds", least=0.001
    )
    process_retention: float = setting(
        86400.0, "Disuse after which a session's processes are ended so that it can sleep.", unit="seconds", least=0.001
    )
    retention: float = setting(30 * 86400.0, "Disuse after which a session expires.", unit="seconds", least=0.001)
    cleanup_interval: float = setting(300.0, "How often expired sessions are looked for.", unit="seconds", least=0.001)
    max_in_flight: int = setting(64, "Requests of one session that may wait or run.", least=1, most=100_000)
    max_session_bytes: int = setting(16 * 1024 * 1024, "The size of one session's file.", unit="bytes", least=1024)
    dedup_window: int = setting(1000, "Replies that are kept for requests sent twice.", least=0, most=1_000_000)
    dedup_retention: float = setting(
        86400.0, "How long it is known that a request was executed.", unit="seconds", least=0, most=90 * 86400
    )
    save_interval: float = setting(
        1.0, "How far a session of relaxed durability may lag.", unit="seconds", least=0, most=3600
    )
    max_events: int = setting(10_000, "Events kept per session.", least=0, most=10_000_000)
    max_event_bytes: int = setting(1024 * 1024, "The size of the events kept per session.", unit="bytes", least=0)
    max_history: int = setting(1000, "Evaluations that a session's history keeps.", least=0, most=1_000_000)
    compared_from: int = setting(
        32_768, "The size of a workspace's text from which on its objects are compared.", unit="bytes", least=0
    )


@frozen
class EvaluationSettings:
    """What one evaluation may use."""

    timeout: float = setting(30.0, "Running time, unless the request says another.", unit="seconds", least=0.001)
    max_timeout: float = setting(300.0, "Running time, whatever the request says.", unit="seconds", least=0.001)
    max_source_bytes: int = setting(1_000_000, "The longest source.", unit="bytes", least=1)
    max_nesting: int = setting(500, "Levels of nesting in a source.", least=10, most=5000)
    max_memory: int = setting(64 * 1024 * 1024, "The size of a workspace.", unit="bytes", least=65536)
    max_depth: int = setting(10_000, "Calls within calls.", least=100, most=1_000_000)
    max_integer_bits: int = setting(1_000_000, "The size of an integer.", unit="bits", least=64)
    max_output: int = setting(1_000_000, "Transcript output of one evaluation.", unit="bytes", least=0)
    max_print: int = setting(50_000, "The longest printString.", unit="characters", least=10)
    max_processes: int = setting(64, "Smalltalk processes of one session.", least=1, most=100_000)
    max_objects: int = setting(
        2000, "Objects that live on because a client was told their ids; the oldest are let go.", least=1100, most=10**6
    )
    max_inspectors: int = setting(20, "Inspectors that a session may have open.", least=1, most=1000)
    cleanup_budget: float = setting(
        0.1, "Running time of ensure blocks after a limit was hit.", unit="seconds", least=0, most=60
    )


@frozen
class StorageSettings:
    """How sessions are kept."""

    kind: Literal["files", "memory", "postgres"] = setting(
        "files", "Where: `files` in `server.data_dir`, `memory` until the server ends, or `postgres`, a database."
    )
    dsn: str = setting(
        "", "The database, in libpq's words: `host=db.example dbname=stui user=stui`; it looks for the password itself."
    )
    keep_generations: int = setting(5, "The newest saved states that are kept.", least=1, most=10_000)
    keep_hourly: int = setting(24, "Beyond them one per hour, for so many hours.", least=0, most=100_000)
    keep_daily: int = setting(30, "Beyond them one per day, for so many days.", least=0, most=100_000)
    compress_above: int = setting(256 * 1024, "The size from which on a file is compressed.", unit="bytes", least=0)
    journal_bytes: int = setting(
        32 << 20, "The size of the journal from which on sessions move to files of their own.", unit="bytes", least=0
    )
    checkpoint_interval: float = setting(
        60.0, "How long a saved state may stand in the journal alone.", unit="seconds", least=0.01, most=86400
    )
    writer_threads: int = setting(
        8, "Sessions that are written at once; with `postgres` as many connections.", least=1, most=256
    )


@frozen
class AuthSettings:
    """Who may do what. Paths in a configuration file are relative to it."""

    token_file: Path | None = setting(
        None, "The accounts, as `token issue` writes them; without it everybody is let in, with the default tier."
    )
    features_file: Path | None = setting(None, "Tiers and features; without it the built-in ones.")
    default_tier: str = setting("free", "The tier of whoever has no other.")
    allow: tuple[str, ...] = setting((), "Client ids that may come in, as globs; empty: all that are not denied.")
    deny: tuple[str, ...] = setting((), "Client ids that may not come in, as globs; they win over `allow`.")
    administrators: tuple[str, ...] = setting((), "Client ids, in full, that may use the commands for administrators.")
    rate_limit: float = setting(0.0, "Requests of one client, on average; 0: no limit.", unit="per second", least=0)
    rate_burst: int = setting(100, "Requests that a client which was quiet may send at once.", least=1)
    token_lifetime: float = setting(
        3600.0, "How long a connection counts as authenticated.", unit="seconds", least=0.001
    )
    max_failures: int = setting(20, "Bad tokens a minute from one place before answers are delayed.", least=1)


@frozen
class SupervisionSettings:
    """What is done when a part of the server fails, or holds everybody up."""

    max_restarts: int = setting(
        3, "Failures of one actor within the window that are answered by a restart.", least=0, most=1000
    )
    restart_window: float = setting(60.0, "How long a failure counts.", unit="seconds", least=0.001, most=86400)
    blocked_after: float = setting(
        1.0, "How late the event loop may be before stacks are dumped; 0: never.", unit="seconds", least=0, most=3600
    )


@frozen
class LogSettings:
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = setting("info", "The least severe that is logged.")
    format: Literal["auto", "text", "json"] = setting("auto", "`auto`: text on a terminal, JSON lines elsewhere.")


@frozen
class Settings:
    """All sections."""

    server: ServerSettings = field(factory=ServerSettings)
    transport: TransportSettings = field(factory=TransportSettings)
    session: SessionSettings = field(factory=SessionSettings)
    evaluation: EvaluationSettings = field(factory=EvaluationSettings)
    storage: StorageSettings = field(factory=StorageSettings)
    auth: AuthSettings = field(factory=AuthSettings)
    supervision: SupervisionSettings = field(factory=SupervisionSettings)
    log: LogSettings = field(factory=LogSettings)

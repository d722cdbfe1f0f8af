"""Settings as frozen attrs classes: one per section of ``conf/stui.toml``. Sizes in bytes, durations in seconds."""

from pathlib import Path

from attrs import field, frozen


@frozen
class ServerSettings:
    """Where the server listens and keeps its files."""

    bind: str = "tcp://127.0.0.1:5555"
    data_dir: Path = Path("sessions")
    insecure: bool = False
    max_message_bytes: int = 10 * 1024 * 1024
    max_clients: int = 10_000
    drain_timeout: float = 8.0


@frozen
class TransportSettings:
    """How the ROUTER socket treats its peers."""

    backlog: int = 4096
    send_high_water: int = 1000
    receive_high_water: int = 1000
    handshake_interval: float = 3.0
    heartbeat_interval: float = 5.0
    heartbeat_timeout: float = 15.0
    slow_peer_timeout: float = 5.0


@frozen
class SessionSettings:
    """What a session may last and hold."""

    max_sessions_per_client: int = 5
    max_stored_sessions: int = 100
    timeout: float = 3600.0
    attach_timeout: float = 300.0
    heartbeat_attach_timeout: float = 15.0
    anonymous_timeout: float = 300.0
    retention: float = 30 * 86400.0
    cleanup_interval: float = 300.0
    max_in_flight: int = 64
    max_session_bytes: int = 16 * 1024 * 1024
    dedup_window: int = 1000
    dedup_retention: float = 86400.0
    save_interval: float = 1.0
    max_events: int = 10_000
    max_event_bytes: int = 1024 * 1024
    max_history: int = 1000


@frozen
class EvaluationSettings:
    """What one evaluation may use."""

    timeout: float = 30.0
    max_timeout: float = 300.0
    max_source_bytes: int = 1_000_000
    max_nesting: int = 500
    max_memory: int = 64 * 1024 * 1024
    max_depth: int = 10_000
    max_integer_bits: int = 1_000_000
    max_output: int = 1_000_000
    max_print: int = 50_000
    max_processes: int = 64
    cleanup_budget: float = 0.1


@frozen
class StorageSettings:
    """How session files are kept."""

    keep_generations: int = 5
    keep_hourly: int = 24
    keep_daily: int = 30
    compress_above: int = 256 * 1024
    writer_threads: int = 8


@frozen
class AuthSettings:
    """Who may do what. Paths are relative to the configuration file."""

    token_file: Path | None = None
    features_file: Path | None = None
    default_tier: str = "free"
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    rate_limit: float = 0.0
    token_lifetime: float = 3600.0


@frozen
class LogSettings:
    """What is logged, and how."""

    level: str = "info"
    format: str = "auto"


@frozen
class Settings:
    """All sections."""

    server: ServerSettings = field(factory=ServerSettings)
    transport: TransportSettings = field(factory=TransportSettings)
    session: SessionSettings = field(factory=SessionSettings)
    evaluation: EvaluationSettings = field(factory=EvaluationSettings)
    storage: StorageSettings = field(factory=StorageSettings)
    auth: AuthSettings = field(factory=AuthSettings)
    log: LogSettings = field(factory=LogSettings)

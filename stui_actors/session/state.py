"""The state that a client keeps in its session for itself: stored and returned as given, never looked into."""

from attrs import define, field

from stui_actors.protocol.messages import Json

FIELDS = ("session_state", "workspace_context", "object_registry", "inspector_state", "preferences")


@define(eq=False)
class ClientState:
    """Five JSON objects and a list of capabilities."""

    session_state: dict[str, Json] = field(factory=dict)
    workspace_context: dict[str, Json] = field(factory=dict)
    object_registry: dict[str, Json] = field(factory=dict)
    inspector_state: dict[str, Json] = field(factory=dict)
    preferences: dict[str, Json] = field(factory=dict)
    capabilities: list[Json] = field(factory=list)

    def merge(self, changes: dict[str, Json]) -> None:
        """Merge ``changes`` into ``session_state`` by top-level key; null removes a key."""
        merged = {**self.session_state, **changes}
        self.session_state = {key: value for key, value in merged.items() if value is not None}

    def replace(self, name: str, value: dict[str, Json]) -> None:
        """Replace one of the five whole."""
        if name not in FIELDS:
            raise KeyError(name)
        setattr(self, name, value)

    def parts(self) -> tuple[object, ...]:
        """All fields; each is replaced when it changes, and never changed in place."""
        return (
            self.session_state,
            self.workspace_context,
            self.object_registry,
            self.inspector_state,
            self.preferences,
            self.capabilities,
        )

    def as_json(self) -> dict[str, Json]:
        """All fields, as a reply or a file carries them."""
        state: dict[str, Json] = {name: getattr(self, name) for name in FIELDS}
        state["capabilities"] = self.capabilities
        return state

    @classmethod
    def from_json(cls, state: dict[str, Json]) -> "ClientState":
        """Take back what ``as_json`` gave; what is missing is empty."""
        kept = {name: value for name in FIELDS if isinstance(value := state.get(name), dict)}
        capabilities = state.get("capabilities")
        return cls(**kept, capabilities=capabilities if isinstance(capabilities, list) else [])

    def copy(self) -> "ClientState":
        """A copy that a refused change can be taken back to."""
        return ClientState.from_json(self.as_json())

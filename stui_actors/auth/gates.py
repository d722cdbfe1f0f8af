"""Whether a client may use a feature, and why not: a value, decided from values. What is not allowed is denied."""

from fnmatch import fnmatchcase

from attrs import frozen

from stui_actors.auth.tiers import Catalogue


@frozen
class Decision:
    """The answer to "may it?". ``reason`` is a sentence for a person; ``expires_at`` in seconds since the epoch."""

    feature: str
    granted: bool
    reason: str
    tier: str
    expires_at: float | None = None


@frozen
class Standing:
    """What is known of who asks. ``proven``: it showed credentials, or none are demanded here."""

    client_id: str | None
    tier: str
    proven: bool
    is_administrator: bool = False
    expires_at: float | None = None


@frozen
class Lists:
    """Which clients may come in at all; globs over client ids, case-sensitive. ``deny`` wins."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def refusal(self, client_id: str | None) -> str | None:
        """Why a client may not come in; None if it may. No allow list has anonymous clients on it."""
        if client_id is None:
            return "Anonymous clients are not on the list of allowed ones." if self.allow else None
        if any(fnmatchcase(client_id, glob) for glob in self.deny):
            return f"The client {client_id!r} is on the list of denied ones."
        if self.allow and not any(fnmatchcase(client_id, glob) for glob in self.allow):
            return f"The client {client_id!r} is not on the list of allowed ones."
        return None


def decide(catalogue: Catalogue, lists: Lists, standing: Standing, feature: str) -> Decision:
    """Whether ``standing`` suffices for ``feature``."""
    reason = _refusal(catalogue, lists, standing, feature)
    granted = reason is None
    text = f"The tier {standing.tier!r} has this feature." if reason is None else reason
    return Decision(feature, granted, text, standing.tier, standing.expires_at if granted else None)


def _refusal(catalogue: Catalogue, lists: Lists, standing: Standing, feature: str) -> str | None:
    known = catalogue.features.get(feature)
    if known is None:
        return f"There is no feature {feature[:64]!r}."
    listed = lists.refusal(standing.client_id)
    if listed is not None and not (known.anonymous and standing.client_id is None):
        return listed
    if not standing.proven and not known.anonymous:
        return "The client has not shown who it is."
    if known.administrators and not (standing.proven and standing.is_administrator):
        return "This is for administrators."
    if standing.tier not in known.tiers:
        least = catalogue.least_tier_with(feature)
        needed = "No tier has it" if least is None else f"It needs the tier {least!r}"
        return f"The tier {standing.tier!r} does not have the feature {feature!r}. {needed}."
    return None

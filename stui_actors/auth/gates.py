"""Whether a client may use a feature, and why not: a value, decided from values. What is not allowed is denied."""

from fnmatch import fnmatchcase

from attrs import frozen

from stui_actors.auth.tiers import Catalogue

ASK_FOR_ENTRY = "Ask an operator of the server: the settings `auth.allow` and `auth.deny` say who may come in."
ASK_FOR_RANK = "Ask an operator of the server: the setting `auth.administrators` names them."


@frozen
class Decision:
    """The answer to "may it?". ``reason`` is a sentence for a person; ``expires_at`` in seconds since the epoch.

    ``needed_tier``: the least one that has the feature, where the tier is what is missing. ``advice``: what else helps.
    """

    feature: str
    granted: bool
    reason: str
    tier: str
    expires_at: float | None = None
    needed_tier: str | None = None
    advice: str | None = None


@frozen
class Refusal:
    """Why not, and what is to be done about it."""

    reason: str
    advice: str | None = None
    needed_tier: str | None = None


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
    no = _refusal(catalogue, lists, standing, feature)
    if no is None:
        reason = f"The tier {standing.tier!r} has this feature."
        return Decision(feature, True, reason, standing.tier, standing.expires_at)
    return Decision(feature, False, no.reason, standing.tier, needed_tier=no.needed_tier, advice=no.advice)


def _refusal(catalogue: Catalogue, lists: Lists, standing: Standing, feature: str) -> Refusal | None:
    known = catalogue.features.get(feature)
    if known is None:
        return Refusal(f"There is no feature {feature[:64]!r}.", "`describe` lists the features.")
    listed = lists.refusal(standing.client_id)
    if listed is not None and not (known.anonymous and standing.client_id is None):
        return Refusal(listed, ASK_FOR_ENTRY)
    if not standing.proven and not known.anonymous:
        return Refusal("The client has not shown who it is.")
    if known.administrators and not (standing.proven and standing.is_administrator):
        return Refusal("This is for administrators.", ASK_FOR_RANK)
    if standing.tier not in known.tiers:
        least = catalogue.least_tier_with(feature)
        needed = "No tier has it" if least is None else f"It needs the tier {least!r}"
        reason = f"The tier {standing.tier!r} does not have the feature {feature!r}. {needed}."
        return Refusal(reason, needed_tier=least)
    return None

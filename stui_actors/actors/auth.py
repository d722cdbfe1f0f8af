"""The auth actor: who may do what, and who showed it over which connection. Owns the authority and all grants.

Its answers take no time to find, so they are given at once, without a hop to a task of its own.
"""

from collections.abc import Callable
from contextlib import aclosing

import trio
from attrs import define, field
from trio_util import periodic

from stui_actors.actors.mailbox import RANK, Rank, check_rank
from stui_actors.auth.authority import Authority, Grant, Shown
from stui_actors.protocol.messages import Json, Request
from stui_actors.protocol.times import iso_time

PASS_LASTS = 5.0  # seconds for which a decision without credentials is remembered: the token file is read as often
MAX_PASSES = 10_000
TIDY_INTERVAL = 60.0  # seconds between two searches for grants that have ended
ANONYMOUS = "~"  # what the ids of clients without a name begin with; no name can


def _no_place(connection: bytes) -> bytes:
    return connection


@define(eq=False)
class AuthActor:
    """Answers for one authority. ``owner_of`` a session id; ``place_of`` a connection: where its failures count."""

    authority: Authority
    now: Callable[[], float]
    owner_of: Callable[[str], str | None]
    place_of: Callable[[bytes], bytes] = _no_place
    name: str = "auth"
    _held: dict[bytes, Grant] = field(factory=dict)
    _latest: dict[str, Grant] = field(factory=dict)
    _passes: dict[tuple[str, str], float] = field(factory=dict)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Let go of grants that have ended, now and then."""
        RANK.set(Rank.SERVICE)
        task_status.started()
        async with aclosing(periodic(TIDY_INTERVAL)) as ticks:
            async for _ in ticks:
                now = self.now()
                self._held = {key: each for key, each in self._held.items() if not _ended(each, now)}
                self._latest = {key: each for key, each in self._latest.items() if not _ended(each, now)}

    def forget(self, connection: bytes) -> None:
        """A connection is gone, and with it what was shown over it."""
        self._held.pop(connection, None)

    # What others ask

    def shown_over(self, connection: bytes) -> str | None:
        """The client with a name that was authenticated over ``connection``, if any."""
        grant = self._held.get(connection)
        return None if grant is None else named(grant.client_id)

    async def check(self, request: Request, client_id: str, connection: bytes, command: str) -> None:
        """Return if the request may be done.

        Raise AuthenticationRequired, AuthenticationFailed, PermissionDenied, RateLimited.
        """
        now = self.now()
        if self.authority.settings.rate_limit > 0:
            self.authority.take_turn(client_id, now)
        key = (client_id, command)
        if self._passes.get(key, 0.0) > now and request.auth_token is None:
            return
        grant = self._grant_of(request, client_id, connection, now)
        self.authority.check_command(grant, named(client_id), command, now)
        if not self.authority.demands_credentials:
            if len(self._passes) >= MAX_PASSES:
                self._passes.clear()
            self._passes[key] = now + PASS_LASTS

    async def authenticate(self, client_id: str, token: str | None, connection: bytes) -> dict[str, Json]:
        """client_id, subscription_tier, features, expires_at; the connection counts as authenticated from now on."""
        check_rank(Rank.SERVICE)
        now, name = self.now(), named(client_id)
        grant = self.authority.authenticate(client_id, token, now, self.place_of(connection))
        self._held[connection] = self._latest[client_id] = grant
        features: list[Json] = list(self.authority.features_of(grant, name, now))
        return {
            "client_id": client_id,
            "subscription_tier": self.authority.tier_of(grant, now),
            "features": features,
            "expires_at": None if grant.expires_at is None else iso_time(grant.expires_at),
        }

    async def feature_access(self, request: Request, client_id: str, feature: str) -> dict[str, Json]:
        """feature, access_granted, subscription_tier, expires_at, reason."""
        now = self.now()
        decision = self.authority.validate_feature_access(self._latest.get(client_id), named(client_id), feature, now)
        return {
            "feature": feature,
            "access_granted": decision.granted,
            "subscription_tier": decision.tier,
            "expires_at": None if decision.expires_at is None else iso_time(decision.expires_at),
            "reason": decision.reason,
        }

    async def gates(self, client_id: str | None) -> dict[str, dict[str, Json]]:
        """Per feature whether the asking client has it, and from which tier on it is to be had."""
        now, catalogue = self.now(), self.authority.catalogue
        granted = set(self.authority.features_of(self._latest.get(client_id or ""), client_id, now))
        return {
            name: {
                "text": feature.text,
                "access_granted": name in granted,
                "required_tier": catalogue.least_tier_with(name),
            }
            for name, feature in catalogue.features.items()
        }

    def weight_of(self, client_id: str) -> float:
        """The client's share of the CPU, relative to others."""
        return self.authority.weight_of(self._latest.get(client_id), self.now())

    def _grant_of(self, request: Request, client_id: str, connection: bytes, now: float) -> Grant | None:
        shown = Shown(
            request.auth_token,
            self._held.get(connection),
            request.session_id is not None and self.owner_of(request.session_id) == client_id,
            self.place_of(connection),
        )
        grant = self.authority.identify(client_id, shown, now)
        if grant is not None and self.authority.demands_credentials:
            self._latest[client_id] = grant
        return grant


def named(client_id: str) -> str | None:
    """The id of a client that has a name; None for an anonymous one."""
    return None if client_id.startswith(ANONYMOUS) else client_id


def _ended(grant: Grant, now: float) -> bool:
    return grant.expires_at is not None and now >= grant.expires_at

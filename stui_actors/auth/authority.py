"""Says who a client is and what it may do. Knows no sockets; the only thing it reads again is the token file."""

from pathlib import Path

from attrs import define, field, frozen

from stui_actors.auth.builtin import builtin_catalogue
from stui_actors.auth.credentials import Account, Accounts, Stamp, load_accounts, stamp_of
from stui_actors.auth.gates import Decision, Lists, Standing, decide
from stui_actors.auth.rates import Buckets
from stui_actors.auth.tiers import Catalogue, load_catalogue
from stui_actors.config import AuthSettings
from stui_actors.errors import AuthenticationFailed, AuthenticationRequired, ConfigError, PermissionDenied, RateLimited

REREAD_AFTER = 5.0  # seconds: within so many a revoked token is noticed
MAX_DELAY = 10.0  # seconds
GRACE = 900.0  # seconds: how long accounts outlive the readability of their file
REFUSED = "The client id and the token do not belong together."


@frozen
class Grant:
    """Proof that a client showed valid credentials; holds until ``expires_at`` (seconds since the epoch).

    ``account`` is None where no credentials are demanded. What the account may do is looked up anew at each check.
    """

    client_id: str
    expires_at: float | None = None
    account: Account | None = field(default=None, repr=False)


@frozen
class Shown:
    """What a request shows of who it is.

    Its token; the grant that its connection holds; whether it names a session, by its secret id, that is the client's.
    ``place`` is where it comes from, for counting failures.
    """

    token: str | None = field(default=None, repr=False)
    held: Grant | None = None
    owns_session: bool = False
    place: bytes = b""


class DelayedRefusal(AuthenticationFailed):
    """One of too many failures: its answer waits for ``delay`` seconds. The owner, who succeeds, never waits."""

    delay: float = 0.0


@define(eq=False)
class Authority:
    """The accounts, tiers and lists of one server.

    ``fault`` says why the token file could not be read again. What was read before holds for ``GRACE`` more, then
    nobody has an account until the file is good again; no fault ever adds a right.
    """

    settings: AuthSettings
    catalogue: Catalogue
    accounts: Accounts | None = None
    fault: str | None = None
    _lists: Lists = field(init=False)
    _stamp: Stamp | None = None
    _looked_at: float = float("-inf")
    _good_at: float = float("-inf")
    _failures: Buckets = field(init=False)
    _requests: Buckets | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._lists = Lists(self.settings.allow, self.settings.deny)
        self._failures = Buckets(rate=self.settings.max_failures / 60.0, size=float(self.settings.max_failures))
        rate = self.settings.rate_limit
        self._requests = Buckets(rate, float(self.settings.rate_burst)) if rate > 0 else None

    @classmethod
    def load(cls, settings: AuthSettings) -> "Authority":
        """Read the files that the settings name; raise ConfigError."""
        path = settings.features_file
        catalogue = builtin_catalogue() if path is None else load_catalogue(path)
        if settings.default_tier not in catalogue.tiers:
            raise ConfigError(
                f"`auth.default_tier`: there is no tier {settings.default_tier!r}.", path="auth.default_tier"
            )
        authority = cls(settings, catalogue)
        if settings.token_file is not None:
            authority._stamp = stamp_of(settings.token_file)
            authority.accounts = authority._checked(load_accounts(settings.token_file))
        return authority

    @property
    def demands_credentials(self) -> bool:
        """True where there is a token file."""
        return self.accounts is not None

    # Who

    def authenticate(self, client_id: str, token: str | None, now: float, place: bytes = b"") -> Grant:
        """A grant for valid credentials; raise AuthenticationRequired for none, AuthenticationFailed for bad ones.

        ``place`` is where the try comes from: after too many bad ones from there, or for one client, the error is a
        ``DelayedRefusal``.
        """
        accounts = self._accounts(now)
        if accounts is None:
            return Grant(client_id)
        if not token:
            raise AuthenticationRequired("This server demands credentials.")
        account = accounts.matching(client_id, token, now)
        if account is None:
            raise self._refusal(client_id, now, place)
        until = now + self.settings.token_lifetime
        end = account.expires_at
        return Grant(client_id, until if end is None else min(until, end), account)

    def identify(self, client_id: str, shown: Shown, now: float) -> Grant | None:
        """The grant that a request has by what it shows, the strongest first; None where it has none.

        Raise AuthenticationFailed for a bad token, whatever else is shown.
        """
        if shown.token is not None or not self.demands_credentials:
            return self.authenticate(client_id, shown.token, now, shown.place)
        if shown.held is not None and shown.held.client_id == client_id and self._holds(shown.held, now):
            return shown.held
        if not shown.owns_session:
            return None
        accounts = self._accounts(now)
        account = None if accounts is None else accounts.best_of(client_id, now)
        return None if account is None else Grant(client_id, account.expires_at, account)

    def _refusal(self, client_id: str, now: float, place: bytes) -> AuthenticationFailed:
        """The same words for an unknown client and for a wrong, an expired or a revoked token."""
        beyond = max(self._failures.spill(("client", client_id), now), self._failures.spill(("place", place), now))
        error = DelayedRefusal(REFUSED)
        error.delay = min(MAX_DELAY, beyond)
        return error

    def _holds(self, grant: Grant, now: float) -> bool:
        if grant.expires_at is not None and now >= grant.expires_at:
            return False
        accounts = self._accounts(now)
        return accounts is None or (grant.account is not None and accounts.current(grant.account, now) is not None)

    # What

    def check(self, grant: Grant | None, client_id: str | None, feature: str, now: float) -> None:
        """Return if the client may use the feature; raise AuthenticationRequired or PermissionDenied, which say why."""
        standing = self._standing(grant, client_id, now)
        decision = decide(self.catalogue, self._lists, standing, feature)
        if decision.granted:
            return
        if not standing.proven and self._lists.refusal(client_id) is None:
            raise AuthenticationRequired(decision.reason, feature=feature)
        raise PermissionDenied(
            decision.reason,
            suggestion=decision.advice,
            feature=feature,
            subscription_tier=decision.tier,
            needed_tier=decision.needed_tier,
        )

    def check_command(self, grant: Grant | None, client_id: str | None, command: str, now: float) -> None:
        """``check`` for the feature through which a command is reached; a command without one is denied to all."""
        feature = self.catalogue.feature_of(command)
        if feature is None:
            raise PermissionDenied(f"The command {command[:64]!r} is not part of any feature.", command=command[:64])
        self.check(grant, client_id, feature, now)

    def take_turn(self, client_id: str, now: float) -> None:
        """Count a request; raise RateLimited with ``retry_after`` where the client sends more than its rate."""
        wait = 0.0 if self._requests is None else self._requests.take(client_id, now)
        if wait > 0:
            raise RateLimited(
                f"More than {self.settings.rate_limit:g} requests a second.",
                limit="rate_limit",
                value=self.settings.rate_limit,
                retry_after=round(wait, 3),
            )

    def validate_feature_access(self, grant: Grant | None, client_id: str | None, feature: str, now: float) -> Decision:
        """Whether the client may use the feature, and why or why not."""
        return decide(self.catalogue, self._lists, self._standing(grant, client_id, now), feature)

    def tier_of(self, grant: Grant | None, now: float) -> str:
        """The tier that a client has: its account's, the default one without."""
        account = self._account(grant, now)
        return self.settings.default_tier if account is None or account.tier is None else account.tier

    def weight_of(self, grant: Grant | None, now: float) -> int:
        """The client's share of the processor, relative to others."""
        return self.catalogue.tiers[self.tier_of(grant, now)].weight

    def features_of(self, grant: Grant | None, client_id: str | None, now: float) -> list[str]:
        """The names of all features that the client may use."""
        standing = self._standing(grant, client_id, now)
        return [each for each in self.catalogue.features if decide(self.catalogue, self._lists, standing, each).granted]

    def _standing(self, grant: Grant | None, client_id: str | None, now: float) -> Standing:
        shown = grant is not None and grant.client_id == client_id and self._holds(grant, now)
        return Standing(
            client_id,
            self.tier_of(grant if shown else None, now),
            proven=shown or not self.demands_credentials,
            is_administrator=client_id is not None and client_id in self.settings.administrators,
            expires_at=grant.expires_at if shown and grant is not None else None,
        )

    def _account(self, grant: Grant | None, now: float) -> Account | None:
        accounts = self._accounts(now)
        if grant is None or grant.account is None or accounts is None:
            return None
        return accounts.current(grant.account, now)

    # The file

    def _accounts(self, now: float) -> Accounts | None:
        """The accounts, read again where the file has changed."""
        path = self.settings.token_file
        if path is None or 0 <= now - self._looked_at < REREAD_AFTER:
            return self.accounts
        self._looked_at = now
        stamp = stamp_of(path)
        if stamp is None or stamp != self._stamp:
            self._reread(path, stamp, now)
        if self.fault is None:
            self._good_at = now
        return self.accounts

    def _reread(self, path: Path, stamp: Stamp | None, now: float) -> None:
        try:
            accounts = self._checked(load_accounts(path))
        except ConfigError as error:
            self.fault = error.message
            if now - self._good_at > GRACE:
                self.accounts = Accounts({})
        else:
            self.accounts, self._stamp, self.fault = accounts, stamp, None

    def _checked(self, accounts: Accounts) -> Accounts:
        for tokens in accounts.by_client.values():
            for account in tokens:
                if account.tier is not None and account.tier not in self.catalogue.tiers:
                    raise ConfigError(
                        f"{self.settings.token_file}: {account.client_id!r} has an unknown tier {account.tier[:64]!r}.",
                        path="auth.token_file",
                    )
        return accounts

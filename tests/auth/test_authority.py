"""Who a client is and what it may do, over the life of a token."""

import os

import pytest
from attrs import evolve

from stui_actors.auth.authority import GRACE, MAX_DELAY, REREAD_AFTER, Authority, Grant, Shown
from stui_actors.auth.credentials import issue_token, revoke_tokens
from stui_actors.config import AuthSettings
from stui_actors.errors import (
    AuthenticationFailed,
    AuthenticationRequired,
    ConfigError,
    PermissionDenied,
    RateLimited,
)

NOW = 1_000_000.0


@pytest.fixture
def tokens(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("")
    return path


def closed(tokens, **fields):
    """An authority that demands credentials."""
    return Authority.load(AuthSettings(token_file=tokens, **fields))


def refused(call, *arguments):
    with pytest.raises((AuthenticationFailed, AuthenticationRequired, PermissionDenied)) as caught:
        call(*arguments)
    return caught.value


# Without a token file


def test_without_a_token_file_everybody_is_let_in_at_the_default_tier():
    authority = Authority.load(AuthSettings())

    grant = authority.authenticate("ada", None, NOW)
    authority.check_command(grant, "ada", "evaluate", NOW)
    authority.check_command(None, "ada", "evaluate", NOW)
    authority.check_command(None, None, "evaluate", NOW)

    assert not authority.demands_credentials
    assert authority.tier_of(grant, NOW) == "free"
    assert authority.identify("ada", Shown(), NOW) == Grant("ada")


def test_without_a_token_file_tiers_administrators_and_lists_still_count():
    authority = Authority.load(AuthSettings(deny=("bob",), administrators=("ada",), default_tier="basic"))

    assert isinstance(refused(authority.check_command, None, "ada", "debug", NOW), PermissionDenied)
    assert isinstance(refused(authority.check_command, None, "bob", "ping", NOW), PermissionDenied)
    assert isinstance(refused(authority.check_command, None, "carl", "list_clients", NOW), PermissionDenied)
    authority.check_command(None, "ada", "list_clients", NOW)


def test_a_command_without_a_gate_is_denied_to_all():
    authority = Authority.load(AuthSettings(administrators=("ada",)))

    assert isinstance(refused(authority.check_command, None, "ada", "launch", NOW), PermissionDenied)


# With one


def test_a_valid_token_is_a_grant_for_as_long_as_both_token_and_login_last(tokens):
    lasting = issue_token(tokens, "ada", tier="pro")
    ending = issue_token(tokens, "bob", expires_at=NOW + 60)
    authority = closed(tokens, token_lifetime=600.0)

    ada, bob = authority.authenticate("ada", lasting, NOW), authority.authenticate("bob", ending, NOW)

    assert (ada.expires_at, bob.expires_at) == (NOW + 600, NOW + 60)
    assert (authority.tier_of(ada, NOW), authority.tier_of(bob, NOW)) == ("pro", "free")
    assert authority.weight_of(ada, NOW) > authority.weight_of(bob, NOW)
    authority.check(ada, "ada", "remote_debugger", NOW + 599)
    assert isinstance(refused(authority.check, ada, "ada", "evaluation", NOW + 600), AuthenticationRequired)
    assert isinstance(refused(authority.check, bob, "bob", "evaluation", NOW + 60), AuthenticationRequired)


BAD_TRIES = [("ada", "wrong"), ("nobody", "wrong"), ("ada", "x" * 1_000_000), ("ended", "its own"), ("bob", "ada's")]


def test_every_bad_try_looks_the_same(tokens):
    ada = issue_token(tokens, "ada")
    ended = issue_token(tokens, "ended", expires_at=NOW - 1)
    issue_token(tokens, "bob")
    authority = closed(tokens)
    real = {"its own": ended, "ada's": ada}

    errors = [refused(authority.authenticate, name, real.get(token, token), NOW) for name, token in BAD_TRIES]

    assert {(error.error_type, error.message, error.advice, tuple(error.details)) for error in errors} == {
        (AuthenticationFailed.error_type, errors[0].message, errors[0].advice, ())
    }


def test_an_unknown_account_costs_the_same_comparisons_as_a_wrong_token(tokens, monkeypatch):
    issue_token(tokens, "ada")
    authority = closed(tokens)
    compared = []
    monkeypatch.setattr(
        "stui_actors.auth.credentials.compare_digest", lambda one, other: compared.append((len(one), len(other)))
    )

    refused(authority.authenticate, "ada", "wrong", NOW)
    refused(authority.authenticate, "nobody", "wrong", NOW)

    assert compared == [(64, 64), (64, 64)]


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_another_fault_than_a_bad_one(tokens, token):
    assert isinstance(refused(closed(tokens).authenticate, "ada", token, NOW), AuthenticationRequired)


def test_without_credentials_only_what_is_open_to_all_is_allowed(tokens):
    authority = closed(tokens, administrators=("ada",))

    authority.check_command(None, "ada", "ping", NOW)
    authority.check_command(None, None, "describe", NOW)
    assert isinstance(refused(authority.check_command, None, "ada", "evaluate", NOW), AuthenticationRequired)
    assert isinstance(refused(authority.check_command, None, None, "evaluate", NOW), AuthenticationRequired)
    assert isinstance(refused(authority.check_command, None, "ada", "list_clients", NOW), AuthenticationRequired)


def test_a_grant_is_good_for_its_own_client_only(tokens):
    token = issue_token(tokens, "ada", tier="enterprise")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    assert isinstance(refused(authority.check, grant, "bob", "evaluation", NOW), AuthenticationRequired)
    assert authority.identify("bob", Shown(held=grant), NOW) is None


def test_a_request_is_identified_by_token_connection_or_session(tokens):
    token = issue_token(tokens, "ada")
    authority = closed(tokens)
    held = authority.authenticate("ada", token, NOW)

    assert authority.identify("ada", Shown(token=token), NOW) == held
    assert authority.identify("ada", Shown(held=held), NOW) == held
    assert authority.identify("ada", Shown(owns_session=True), NOW).client_id == "ada"
    assert authority.identify("ada", Shown(), NOW) is None
    assert authority.identify("nobody", Shown(owns_session=True), NOW) is None
    with pytest.raises(AuthenticationFailed):
        authority.identify("ada", Shown(token="wrong", held=held, owns_session=True), NOW)


def test_a_revoked_token_is_noticed_in_mid_session_and_the_reason_said(tokens):
    token = issue_token(tokens, "ada", tier="pro")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    revoke_tokens(tokens, "ada")
    later = NOW + REREAD_AFTER

    assert isinstance(refused(authority.check, grant, "ada", "evaluation", later), AuthenticationRequired)
    assert isinstance(refused(authority.authenticate, "ada", token, later), AuthenticationFailed)
    assert authority.identify("ada", Shown(held=grant, owns_session=True), later) is None
    assert authority.validate_feature_access(grant, "ada", "evaluation", later).granted is False


def test_a_downgraded_account_loses_what_its_tier_had(tokens):
    token = issue_token(tokens, "ada", tier="pro")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)
    authority.check(grant, "ada", "remote_debugger", NOW)

    tokens.write_text(tokens.read_text().replace(" pro ", " basic "))
    error = refused(authority.check, grant, "ada", "remote_debugger", NOW + REREAD_AFTER)

    assert isinstance(error, PermissionDenied)
    assert error.details["subscription_tier"] == "basic"
    assert error.details["needed_tier"] == "pro"
    assert "validate_feature_access" in error.advice
    authority.check(grant, "ada", "evaluation", NOW + REREAD_AFTER)


def test_a_denial_advises_what_helps_and_names_no_tier_where_none_does():
    authority = Authority.load(AuthSettings(deny=("bob",), allow=("bob", "ada")))

    for client_id, feature, helps in [("bob", "basic", "auth.deny"), ("ada", "administration", "administrators")]:
        error = refused(authority.check, None, client_id, feature, NOW)

        assert isinstance(error, PermissionDenied)
        assert helps in error.advice
        assert error.details["needed_tier"] is None


def test_a_new_account_is_noticed(tokens):
    authority = closed(tokens)
    refused(authority.authenticate, "ada", "wrong", NOW)

    token = issue_token(tokens, "ada")

    assert authority.authenticate("ada", token, NOW + REREAD_AFTER).client_id == "ada"


@pytest.mark.parametrize("damage", ["nonsense\n", None, "ada blake2b:" + "0" * 64 + " no-such-tier -\n"])
def test_a_damaged_file_adds_no_right_and_after_a_grace_takes_all(tokens, damage):
    token = issue_token(tokens, "ada")
    whole = tokens.read_text()
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    os.unlink(tokens) if damage is None else tokens.write_text(damage)

    soon, late = NOW + REREAD_AFTER, NOW + GRACE + 2 * REREAD_AFTER
    authority.check(grant, "ada", "evaluation", soon)
    assert authority.fault
    assert isinstance(refused(authority.check, grant, "ada", "evaluation", late), AuthenticationRequired)
    assert authority.demands_credentials

    tokens.write_text(whole)
    authority.authenticate("ada", token, late + REREAD_AFTER)
    assert authority.fault is None


def test_a_bad_token_file_or_tier_stops_the_start(tokens, tmp_path):
    tokens.write_text("nonsense\n")

    for settings in (
        AuthSettings(token_file=tokens),
        AuthSettings(token_file=tmp_path / "nowhere"),
        AuthSettings(features_file=tmp_path / "nowhere"),
        AuthSettings(default_tier="gold"),
    ):
        with pytest.raises(ConfigError):
            Authority.load(settings)


@pytest.mark.parametrize("key", ["token_file", "features_file"])
def test_a_file_that_is_not_there_is_named_with_its_key(key, tmp_path):
    with pytest.raises(ConfigError) as caught:
        Authority.load(AuthSettings(**{key: tmp_path / "nowhere"}))

    assert caught.value.message.startswith(f"{tmp_path / 'nowhere'}: `auth.{key}` cannot be read")


# Too often


def test_bad_tries_are_delayed_and_the_owner_is_not(tokens):
    token = issue_token(tokens, "ada")
    authority = closed(tokens, max_failures=20)

    delays = [refused(authority.authenticate, "ada", "wrong", NOW, b"thief").delay for _ in range(60)]

    assert delays[:20] == [0.0] * 20
    assert delays[20:] == sorted(delays[20:])
    assert all(delay > 0 for delay in delays[20:])
    assert max(delays) <= MAX_DELAY
    assert authority.authenticate("ada", token, NOW, b"home").client_id == "ada"


def test_tries_for_many_clients_from_one_place_are_delayed_too(tokens):
    authority = closed(tokens, max_failures=5)

    delays = [refused(authority.authenticate, f"c{n}", "wrong", NOW, b"thief").delay for n in range(10)]

    assert delays[4] == 0.0
    assert delays[-1] > 0.0
    assert refused(authority.authenticate, "c99", "wrong", NOW, b"elsewhere").delay == 0.0


def test_a_minute_later_it_is_forgotten(tokens):
    authority = closed(tokens, max_failures=20)
    for _ in range(40):
        refused(authority.authenticate, "ada", "wrong", NOW)

    assert refused(authority.authenticate, "ada", "wrong", NOW + 180).delay == 0.0


def test_the_memory_of_failures_is_bounded(tokens):
    authority = closed(tokens)

    for number in range(12_000):
        refused(authority.authenticate, f"c{number}", "wrong", NOW, b"%d" % number)

    assert len(authority._failures) <= 10_000


def test_rates_are_off_by_default():
    authority = Authority.load(AuthSettings())

    for _ in range(10_000):
        authority.take_turn("ada", NOW)


def test_a_client_beyond_its_rate_is_told_when_to_come_again_and_others_are_not_touched():
    authority = Authority.load(AuthSettings(rate_limit=2.0, rate_burst=3))
    for _ in range(3):
        authority.take_turn("ada", NOW)

    with pytest.raises(RateLimited) as limited:
        authority.take_turn("ada", NOW)
    authority.take_turn("bob", NOW)

    assert limited.value.details["retry_after"] == 0.5
    with pytest.raises(RateLimited):
        authority.take_turn("ada", NOW + 0.4)
    authority.take_turn("ada", NOW + 0.5)


def test_a_clock_that_jumps_back_neither_fills_nor_empties():
    authority = Authority.load(AuthSettings(rate_limit=1.0, rate_burst=1))
    authority.take_turn("ada", NOW)

    with pytest.raises(RateLimited):
        authority.take_turn("ada", NOW - 3600)
    authority.take_turn("ada", NOW - 3599)


# Features


def test_the_features_of_a_client_are_those_it_may_use(tokens):
    token = issue_token(tokens, "ada", tier="pro")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    assert "remote_debugger" in authority.features_of(grant, "ada", NOW)
    assert "administration" not in authority.features_of(grant, "ada", NOW)
    assert authority.features_of(None, "ada", NOW) == ["basic"]


def test_an_access_is_explained(tokens):
    token = issue_token(tokens, "ada", tier="basic")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    yes = authority.validate_feature_access(grant, "ada", "evaluation", NOW)
    no = authority.validate_feature_access(grant, "ada", "remote_debugger", NOW)

    assert (yes.granted, yes.tier, yes.expires_at) == (True, "basic", grant.expires_at)
    assert (no.granted, no.tier, no.expires_at) == (False, "basic", None)
    assert "'pro'" in no.reason


def test_a_forged_grant_is_worth_nothing(tokens):
    token = issue_token(tokens, "ada")
    authority = closed(tokens)
    grant = authority.authenticate("ada", token, NOW)

    forged = evolve(grant, account=evolve(grant.account, digest="0" * 64))

    assert isinstance(refused(authority.check, forged, "ada", "evaluation", NOW), AuthenticationRequired)
    assert isinstance(refused(authority.check, Grant("ada"), "ada", "evaluation", NOW), AuthenticationRequired)

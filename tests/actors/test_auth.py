import pytest

from stui_actors.actors.auth import AuthActor
from stui_actors.auth.authority import Authority
from stui_actors.auth.credentials import issue_token
from stui_actors.config import AuthSettings
from stui_actors.errors import AuthenticationFailed, AuthenticationRequired, PermissionDenied, RateLimited
from stui_actors.protocol.messages import Request


class Time:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def make_auth(time):
    def make(**settings):
        authority = Authority.load(AuthSettings(**settings))
        return AuthActor(authority, time, {"of-ada": "ada"}.get, lambda connection: b"127.0.0.1")

    return make


@pytest.fixture
def token_file(tmp_path):
    return tmp_path / "tokens"


@pytest.fixture
def guarded(make_auth, token_file):
    """An auth actor that demands credentials, and ada's token."""
    token = issue_token(token_file, "ada", tier="pro")
    return make_auth(token_file=token_file), token


def request(command="evaluate", **fields):
    return Request("1", command, {}, **fields)


async def test_without_a_token_file_everybody_is_let_in(make_auth):
    auth = make_auth()

    await auth.check(request(), "ada", b"c1", "evaluate")
    await auth.check(request(), "~6331", b"c1", "evaluate")


async def test_with_a_token_file_a_request_without_credentials_is_refused(guarded):
    auth, _ = guarded

    with pytest.raises(AuthenticationRequired):
        await auth.check(request(), "ada", b"c1", "evaluate")


async def test_a_token_in_the_request_lets_it_in_and_a_wrong_one_does_not(guarded):
    auth, token = guarded

    await auth.check(request(auth_token=token), "ada", b"c1", "evaluate")
    with pytest.raises(AuthenticationFailed):
        await auth.check(request(auth_token="wrong"), "ada", b"c1", "evaluate")
    with pytest.raises(AuthenticationFailed):
        await auth.check(request(auth_token=token), "eve", b"c1", "evaluate")


async def test_an_authenticated_connection_lets_its_client_in_and_no_other(guarded):
    auth, token = guarded

    result = await auth.authenticate("ada", token, b"c1")

    assert result["client_id"] == "ada"
    assert result["subscription_tier"] == "pro"
    await auth.check(request(), "ada", b"c1", "evaluate")
    assert (auth.shown_over(b"c1"), auth.shown_over(b"c2")) == ("ada", None)
    for client_id, connection in (("eve", b"c1"), ("ada", b"c2")):
        with pytest.raises(AuthenticationRequired):
            await auth.check(request(), client_id, connection, "evaluate")


async def test_a_connection_that_is_gone_is_authenticated_no_more(guarded):
    auth, token = guarded
    await auth.authenticate("ada", token, b"c1")

    auth.forget(b"c1")

    assert auth.shown_over(b"c1") is None
    with pytest.raises(AuthenticationRequired):
        await auth.check(request(), "ada", b"c1", "evaluate")


async def test_a_secret_session_id_lets_its_owner_in_and_a_guessed_one_nobody(guarded):
    auth, _ = guarded

    await auth.check(request(session_id="of-ada"), "ada", b"c9", "evaluate")
    for client_id, session_id in (("ada", "guess"), ("eve", "of-ada"), ("eve", "guess")):
        with pytest.raises(AuthenticationRequired):
            await auth.check(request(session_id=session_id), client_id, b"c9", "evaluate")


async def test_a_grant_ends_when_its_time_is_over(guarded, time):
    auth, token = guarded
    await auth.authenticate("ada", token, b"c1")

    time.now += 3601

    with pytest.raises(AuthenticationRequired):
        await auth.check(request(), "ada", b"c1", "evaluate")


async def test_a_command_for_administrators_is_for_administrators(make_auth):
    auth = make_auth(administrators=("root",))

    await auth.check(request(), "root", b"c1", "list_clients")
    with pytest.raises(PermissionDenied):
        await auth.check(request(), "ada", b"c1", "list_clients")


async def test_a_denied_client_is_denied(make_auth):
    auth = make_auth(deny=("evil-*",))

    with pytest.raises(PermissionDenied):
        await auth.check(request(), "evil-eve", b"c1", "evaluate")


async def test_an_unknown_command_is_denied_even_if_others_passed(make_auth):
    auth = make_auth()
    await auth.check(request(), "ada", b"c1", "evaluate")

    with pytest.raises(PermissionDenied):
        await auth.check(request(), "ada", b"c1", "no_such_command")


async def test_the_rate_limit_counts_remembered_decisions_too(make_auth, time):
    auth = make_auth(rate_limit=1.0, rate_burst=3)
    for _ in range(3):
        await auth.check(request(), "ada", b"c1", "evaluate")

    with pytest.raises(RateLimited) as caught:
        await auth.check(request(), "ada", b"c1", "evaluate")

    assert 0 < caught.value.details["retry_after"] <= 1
    await auth.check(request(), "bob", b"c1", "evaluate")
    time.now += 1
    await auth.check(request(), "ada", b"c1", "evaluate")


async def test_a_feature_is_told_with_its_reason(guarded):
    auth, token = guarded
    await auth.authenticate("ada", token, b"c1")

    told = await auth.feature_access(request(), "ada", "remote_debugger")

    assert told["feature"] == "remote_debugger"
    assert isinstance(told["access_granted"], bool)
    assert told["subscription_tier"] == "pro"
    assert told["reason"]


async def test_gates_tell_what_a_client_has_and_from_which_tier_on_it_could(make_auth):
    gates = await make_auth().gates("ada")

    assert gates["basic"]["access_granted"] is True
    assert gates["remote_debugger"]["access_granted"] is False
    assert gates["remote_debugger"]["required_tier"]


async def test_a_better_tier_weighs_more_on_the_cpu(guarded):
    auth, token = guarded
    before = auth.weight_of("ada")

    await auth.authenticate("ada", token, b"c1")

    assert auth.weight_of("ada") > before == auth.weight_of("stranger")


async def test_grants_that_have_ended_are_let_go(guarded, time, nursery, autojump_clock):
    import trio

    auth, token = guarded
    await auth.authenticate("ada", token, b"c1")
    await nursery.start(auth.run)
    time.now += 4000

    await trio.sleep(61)

    assert auth._held == {}
    assert auth._latest == {}

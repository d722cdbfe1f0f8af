"""A server with a token file: what is refused without credentials, and what opens it."""

import pytest

from stui_actors.auth.credentials import issue_token
from stui_actors.cli import main

from .conftest import Client, Server

DEBUG = {"operation": "step", "context": "0"}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    path = tmp_path_factory.mktemp("accounts") / "tokens"
    return path, issue_token(path, "ada", tier="pro"), issue_token(path, "root")


@pytest.fixture(scope="module")
def server(tmp_path_factory, tokens):
    path, _, _ = tokens
    config = f'[auth]\ntoken_file = "{path}"\nadministrators = ["root"]\ndeny = ["mallory"]\n'
    with Server(tmp_path_factory.mktemp("with_tokens") / "sessions", config=config) as running:
        yield running


@pytest.fixture
def client(server):
    with Client(server.endpoint) as made:
        yield made


def test_who_shows_nothing_is_asked_for_credentials(client):
    assert client.fail("create_session", client_id="ada")["error_type"] == "AuthenticationRequired"


def test_a_wrong_token_and_an_unknown_account_get_the_same_answer(client):
    wrong = client.fail("create_session", client_id="ada", auth_token="wrong")
    unknown = client.fail("create_session", client_id="nobody", auth_token="wrong")

    assert wrong["error_type"] == unknown["error_type"] == "AuthenticationFailed"
    assert wrong["error"] == unknown["error"]


def test_a_token_opens_and_the_session_id_is_enough_from_then_on(client, server, tokens):
    session_id = client.do("create_session", client_id="ada", auth_token=tokens[1])["session_id"]

    with Client(server.endpoint) as other:
        assert other.evaluate("3 + 4", client_id="ada", session_id=session_id) == "7"
        assert other.fail("evaluate", code="1", client_id="ada")["error_type"] in (
            "AuthenticationRequired",
            "InvalidRequest",
        )


def test_an_authenticated_connection_needs_no_token_any_more(client, tokens):
    granted = client.do("authenticate", client_id="ada", auth_token=tokens[1])

    assert granted["subscription_tier"] == "pro"
    assert client.do("create_session", client_id="ada")["client_id"] == "ada"
    assert client.do("validate_feature_access", client_id="ada", feature="remote_debugger")["access_granted"] is True


def test_who_is_authenticated_and_names_nobody_is_who_it_proved_to_be(client, server, tokens):
    with Client(server.endpoint) as owner:
        foreign = owner.do("create_session", client_id="root", auth_token=tokens[2])["session_id"]
    client.do("authenticate", client_id="ada", auth_token=tokens[1])

    created = client.do("create_session")

    assert created["client_id"] == "ada"
    assert client.do("validate_feature_access", feature="remote_debugger")["access_granted"] is True
    client.do("close_session")
    assert client.do("list_client_sessions")["client_id"] == "ada"
    assert client.fail("evaluate", code="3", session_id=foreign)["error_type"] == "SessionNotFound"


def test_a_wish_for_a_tier_is_no_right(client, tokens):
    client.do("create_session", client_id="root", auth_token=tokens[2], client_info={"subscription_tier": "enterprise"})

    answer = client.do("validate_feature_access", client_id="root", feature="remote_debugger", auth_token=tokens[2])

    assert answer["access_granted"] is False
    assert "pro" in answer["reason"]


def test_an_administrator_lists_the_clients(client, tokens):
    client.do("create_session", client_id="ada", auth_token=tokens[1])

    listed = client.do("list_clients", client_id="root", auth_token=tokens[2])["clients"]

    assert {"ada", "root"} <= {row["client_id"] for row in listed}
    assert client.fail("list_clients", client_id="ada", auth_token=tokens[1])["error_type"] == "PermissionDenied"


def test_what_is_not_built_is_denied_outside_its_tier_and_unsupported_inside(client, tokens):
    assert client.fail("debug", client_id="root", auth_token=tokens[2], **DEBUG)["error_type"] == "PermissionDenied"
    assert client.fail("debug", client_id="ada", auth_token=tokens[1], **DEBUG)["error_type"] == "UnsupportedOperation"


def test_the_greeting_names_a_command_that_works_with_a_token(server, client, tokens, capsys, monkeypatch):
    said = server.data_dir.with_suffix(".log").read_text()
    assert f"Try:  STUI_TOKEN=TOKEN python -m stui_actors eval --endpoint {server.endpoint} --client-id NAME" in said
    ask = ["eval", "--endpoint", server.endpoint, "--client-id", "ada", "-e", "3 + 4"]

    monkeypatch.delenv("STUI_TOKEN", raising=False)
    assert main(ask) == 4
    assert "STUI_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("STUI_TOKEN", tokens[1])

    assert main(ask) == 0
    assert capsys.readouterr().out == "7\n"


def test_the_doctor_needs_no_token_and_reads_the_accounts(server, tokens, capsys, monkeypatch, tmp_path):
    accounts, config = tmp_path / "tokens", tmp_path / "doctor.toml"
    accounts.write_bytes(tokens[0].read_bytes())
    accounts.chmod(0o600)
    config.write_text(f'[auth]\ntoken_file = "{accounts}"\n')
    monkeypatch.setenv("STUI_TOKEN", "of somebody")
    look = ["doctor", "--endpoint", server.endpoint, "--data-dir", str(server.data_dir), "--config", str(config)]

    assert main(look) == 0
    assert "tokens of 2 clients" in capsys.readouterr().out

    accounts.write_text("nonsense\n")
    assert main(look) == 1
    assert "FAIL  accounts" in capsys.readouterr().out

"""The token file."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from stui_actors.auth.credentials import Account, digest_of, issue_token, load_accounts, revoke_tokens
from stui_actors.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens"


def test_an_issued_token_is_its_clients_and_nobody_elses(path):
    ada, bob = issue_token(path, "ada"), issue_token(path, "bob")

    accounts = load_accounts(path)

    assert accounts.matching("ada", ada, 0.0).client_id == "ada"
    assert accounts.matching("bob", bob, 0.0).client_id == "bob"
    assert accounts.matching("ada", bob, 0.0) is None
    assert accounts.matching("carl", ada, 0.0) is None


def test_the_file_holds_no_token_and_only_its_owner_reads_it(path):
    token = issue_token(path, "ada", tier="pro")

    assert token not in path.read_text()
    assert token.removeprefix("stui_") not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_tokens_are_never_alike_and_their_digests_differ_for_one_token_of_two_clients():
    assert digest_of("ada", "t") != digest_of("bob", "t")


def test_tier_and_end_survive_the_file(path):
    end = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    token = issue_token(path, "ada", tier="pro", expires_at=end)

    account = load_accounts(path).matching("ada", token, end - 1)

    assert account == Account("ada", digest_of("ada", token), "pro", end)
    assert load_accounts(path).matching("ada", token, end) is None


def test_a_client_may_have_two_tokens_until_one_is_revoked(path):
    old, new = issue_token(path, "ada"), issue_token(path, "ada")
    assert load_accounts(path).matching("ada", old, 0.0)

    assert revoke_tokens(path, "ada", token=old) == 1

    accounts = load_accounts(path)
    assert accounts.matching("ada", old, 0.0) is None
    assert accounts.matching("ada", new, 0.0)


def test_revoking_a_client_takes_all_its_tokens_and_leaves_everything_else(path):
    path.write_text("# people\n\n")
    for name in ("ada", "ada", "ada2"):
        token = issue_token(path, name)

    assert revoke_tokens(path, "ada") == 2
    assert revoke_tokens(path, "ada") == 0

    assert path.read_text().startswith("# people\n\nada2 ")
    assert load_accounts(path).matching("ada2", token, 0.0)


def test_tokens_issued_at_once_are_all_kept(path):
    with ThreadPoolExecutor(8) as pool:
        tokens = dict(pool.map(lambda n: (f"c{n}", issue_token(path, f"c{n}")), range(40)))

    accounts = load_accounts(path)
    assert all(accounts.matching(name, token, 0.0) for name, token in tokens.items())
    assert os.listdir(path.parent) == ["tokens"]


@pytest.mark.parametrize("client_id", ["", "a b", " ada", "a\n", "a#b"])
def test_no_token_for_what_can_be_no_client_id(path, client_id):
    with pytest.raises(ConfigError):
        issue_token(path, client_id)
    assert not path.exists()


GOOD = "blake2b:" + "0" * 63 + "1"
BAD_LINES = [
    "ada",
    "ada " + GOOD,
    f"ada {GOOD} pro - -",
    "ada secret pro -",
    "ada blake2b:abc pro -",
    "ada blake2b:" + "g" * 64 + " pro -",
    "ada sha256:" + "0" * 64 + " pro -",
    f"ada {GOOD} pro tomorrow",
    f"ada {GOOD} pro 1e308",
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line_is_named_by_its_number_and_its_text_not_repeated(path, line):
    path.write_text(f"# first\n{line}\n")

    with pytest.raises(ConfigError, match=":2: ") as refused:
        load_accounts(path)

    assert "secret" not in refused.value.message


@pytest.mark.parametrize("content", [b"\xff", None])
def test_what_is_no_text_file_is_named(path, content):
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(ConfigError, match="tokens: "):
        load_accounts(path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be changed"):
        issue_token(tmp_path / "nowhere" / "tokens", "ada")


@pytest.mark.parametrize("token", ["", "x" * 1_000_000, "\ud800", "stui_", "0" * 64])
def test_strange_tokens_match_nothing(path, token):
    issue_token(path, "ada")

    assert load_accounts(path).matching("ada", token, 0.0) is None
    assert load_accounts(path).matching("nobody", token, 0.0) is None


def test_the_longest_lasting_account_speaks_for_a_client(path):
    for end in (100.0, None, 200.0):
        issue_token(path, "ada", expires_at=end)
    issue_token(path, "bob", expires_at=50.0)
    accounts = load_accounts(path)

    assert accounts.best_of("ada", 10.0).expires_at is None
    assert accounts.best_of("bob", 50.0) is None
    assert accounts.best_of("carl", 0.0) is None

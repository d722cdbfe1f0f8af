"""``token``: issues and revokes the tokens of clients. A running server notices within seconds."""

import argparse
import time
from collections.abc import Mapping
from math import inf
from pathlib import Path

import attrs

from stui_actors.auth.authority import Authority
from stui_actors.auth.credentials import issue_token, revoke_tokens
from stui_actors.cli import config_path, overrides_of
from stui_actors.config import AuthSettings, load_settings
from stui_actors.errors import ConfigError
from stui_actors.protocol.names import is_client_id

DAY = 86400.0
CLIENT_IDS = "It has 1 to 64 of `A-Z a-z 0-9 . _ @ : -`, the first a letter or digit."
NOTHING_REVOKED = 1  # the exit status where there was no token to revoke


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what is chosen; answer the exit status."""
    settings = load_settings(
        config_path(chosen, environ), environ, {"auth.token_file": overrides_of(chosen)["auth.token_file"]}
    ).auth
    path = settings.token_file
    if path is None:
        raise ConfigError(
            "No token file is configured.", suggestion="Name it with --token-file.", path="auth.token_file"
        )
    if not is_client_id(chosen.client_id):
        raise ConfigError(f"{chosen.client_id[:64]!r} can't be a client id.", suggestion=CLIENT_IDS, path="client_id")
    if chosen.action == "issue":
        return _issue(chosen, path, settings)
    count = revoke_tokens(path, chosen.client_id)
    print(f"{count} revoked")
    return 0 if count else NOTHING_REVOKED


def _issue(chosen: argparse.Namespace, path: Path, settings: AuthSettings) -> int:
    tiers = Authority.load(attrs.evolve(settings, token_file=None)).catalogue.tiers  # the file may be yet to be made
    if chosen.tier is not None and chosen.tier not in tiers:
        raise ConfigError(f"There is no tier {chosen.tier[:64]!r}.", suggestion=f"There are {', '.join(tiers)}.")
    if chosen.days is not None and not 0 < chosen.days < inf:
        raise ConfigError(
            f"--days {chosen.days:g} makes no token that is valid.",
            suggestion="Give a number above zero, or no --days.",
        )
    end = None if chosen.days is None else time.time() + chosen.days * DAY
    print(issue_token(path, chosen.client_id, tier=chosen.tier, expires_at=end))
    return 0

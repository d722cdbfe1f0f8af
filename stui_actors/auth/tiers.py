"""Tiers and features: which tier has which, and through which feature each command is reached."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli
from attrs import field, frozen

from stui_actors.errors import ConfigError

MAX_WEIGHT = 1000


@frozen
class Tier:
    """What a client has subscribed to. ``weight``: its share of the processor, relative to others."""

    name: str
    weight: int = 1


@frozen
class Feature:
    """Something a tier has or has not, and the commands that it takes. ``administrators``: for them alone."""

    name: str
    text: str
    tiers: tuple[str, ...]
    commands: tuple[str, ...] = ()
    administrators: bool = False
    anonymous: bool = False


@frozen
class Catalogue:
    """All tiers, least first, and all features. What is not in it is denied."""

    tiers: dict[str, Tier]
    features: dict[str, Feature]
    _of_command: dict[str, str] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        of_command = {command: each.name for each in self.features.values() for command in each.commands}
        object.__setattr__(self, "_of_command", of_command)  # frozen for others: derived once, here

    def feature_of(self, command: str) -> str | None:
        """The one feature through which a command is reached; None for a command that is denied to all."""
        return self._of_command.get(command)

    def least_tier_with(self, feature: str) -> str | None:
        """The first tier that has the feature; None where none has."""
        known = self.features.get(feature)
        return None if known is None else next((each for each in self.tiers if each in known.tiers), None)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file; raise ConfigError that names what is wrong, and where."""
    try:
        document = tomli.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: `auth.features_file` cannot be read: {error.strerror}.",
            suggestion="Copy `conf/features.toml` there, or leave the key out.",
            path="auth.features_file",
        ) from None
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}.", path=str(path)) from None
    return _Reader(path).catalogue(document)


@frozen
class _Reader:
    """Checks each value of a file on its way into a catalogue."""

    path: Path

    def catalogue(self, document: Mapping[str, Any]) -> Catalogue:
        """The whole; every tier that a feature names must exist, every command must have one gate."""
        self._known(document, "", ("tiers", "features"))
        tiers = {name: self._tier(name, value) for name, value in self._tables(document, "tiers")}
        features = {name: self._feature(name, value, tiers) for name, value in self._tables(document, "features")}
        gate_of: dict[str, str] = {}
        for feature in features.values():
            for command in feature.commands:
                if gate_of.setdefault(command, feature.name) != feature.name:
                    raise self._fault(f"features.{feature.name}.commands", f"{command!r} has a gate already")
        return Catalogue(tiers, features)

    def _tables(self, document: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
        table = document.get(name)
        if not isinstance(table, dict) or not table:
            raise self._fault(name, "must be a table with at least one table in it")
        for key, value in table.items():
            if not isinstance(value, dict):
                raise self._fault(f"{name}.{key}", "must be a table")
        return list(table.items())

    def _tier(self, name: str, table: Mapping[str, Any]) -> Tier:
        self._known(table, f"tiers.{name}.", ("weight",))
        weight = table.get("weight", 1)
        if type(weight) is not int or not 1 <= weight <= MAX_WEIGHT:
            raise self._fault(f"tiers.{name}.weight", f"must be an integer from 1 to {MAX_WEIGHT}")
        return Tier(name, weight)

    def _feature(self, name: str, table: Mapping[str, Any], tiers: Mapping[str, Tier]) -> Feature:
        path = f"features.{name}."
        self._known(table, path, ("text", "tiers", "commands", "administrators", "anonymous"))
        text = table.get("text", "")
        if type(text) is not str:
            raise self._fault(f"{path}text", "must be a text")
        having = self._texts(table, path, "tiers")
        for tier in having:
            if tier not in tiers:
                raise self._fault(f"{path}tiers", f"there is no tier {tier[:64]!r}")
        commands = self._texts(table, path, "commands")
        flags = (self._flag(table, path, "administrators"), self._flag(table, path, "anonymous"))
        return Feature(name, text, having, commands, *flags)

    def _texts(self, table: Mapping[str, Any], path: str, name: str) -> tuple[str, ...]:
        value = table.get(name, [])
        if type(value) is not list or not all(type(part) is str for part in value):
            raise self._fault(path + name, "must be a list of texts")
        return tuple(value)

    def _flag(self, table: Mapping[str, Any], path: str, name: str) -> bool:
        value = table.get(name, False)
        if type(value) is not bool:
            raise self._fault(path + name, "must be true or false")
        return value

    def _known(self, table: Mapping[str, Any], path: str, names: tuple[str, ...]) -> None:
        for name in table:
            if name not in names:
                raise self._fault(f"{path}{name[:64]}", f"is unknown; known are {', '.join(names)}")

    def _fault(self, path: str, text: str) -> ConfigError:
        return ConfigError(f"{self.path}: `{path}` {text}.", path=path, source=str(self.path))

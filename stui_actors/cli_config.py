"""``config``: shows and checks the settings, and writes a file to begin with."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import attrs

from stui_actors.cli import config_path
from stui_actors.config import Configuration, load_configuration, write_template

NEW_FILE = Path("stui.toml")  # where a server that is started here finds it


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what is chosen; answer the exit status. A wrong configuration is an error of its own."""
    path = config_path(chosen, environ)
    if chosen.action == "path":
        print("none: defaults and environment only" if path is None else path.resolve())
        return 0
    if chosen.action == "init":
        written = path or NEW_FILE
        write_template(written)
        print(f"{written} has every key, each with its default, commented out.")
        return 0
    configuration = load_configuration(path, environ, {})
    if chosen.action == "show":
        _show(configuration)
    else:
        print("The configuration is valid.")
    return 0


def _show(configuration: Configuration) -> None:
    """Print a file that would give these settings, each with its source."""
    for section in attrs.fields(type(configuration.settings)):
        print(f"[{section.name}]")
        values = getattr(configuration.settings, section.name)
        for each in attrs.fields(type(values)):
            source = configuration.sources[f"{section.name}.{each.name}"]
            value = getattr(values, each.name)
            shown = f"# {each.name} is not set" if value is None else f"{each.name} = {_toml(value)}"
            print(f"{shown}  # {source}")
        print()


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'

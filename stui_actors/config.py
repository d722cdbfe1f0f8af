"""Where settings come from: defaults, then the file, then ``STUI_SECTION__KEY``, then the command line.

Unknown keys, wrong types and values out of range are errors that name the place and the dotted path. The classes
themselves stand in ``stui_actors.settings`` and are to be had from here.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
import tomli
from attrs import frozen
from cattrs import Converter

from stui_actors.errors import ConfigError
from stui_actors.settings import (
    AuthSettings,
    EvaluationSettings,
    LogSettings,
    ServerSettings,
    SessionSettings,
    Settings,
    StorageSettings,
    SupervisionSettings,
    TransportSettings,
)

__all__ = [
    "AuthSettings",
    "Configuration",
    "EvaluationSettings",
    "LogSettings",
    "ServerSettings",
    "SessionSettings",
    "Settings",
    "StorageSettings",
    "SupervisionSettings",
    "TransportSettings",
    "load_configuration",
    "load_settings",
    "template",
    "write_template",
]

SECTIONS: dict[str, type[attrs.AttrsInstance]] = get_type_hints(Settings)
ENVIRONMENT = re.compile(r"STUI_([A-Z]+)__([A-Z_]+)")
READABLE = "Name a file that can be read with --config or STUI_CONFIG, or none for the defaults."
QUOTED = 64  # characters of a value that a message repeats


@frozen
class Setting:
    """One given value: which setting, what, where from in words (``stui.toml:12``), and what paths are relative to."""

    section: str
    key: str
    value: object
    source: str
    folder: Path = Path()
    is_text: bool = False

    @property
    def path(self) -> str:
        """Section and key, dotted."""
        return f"{self.section}.{self.key}"


@frozen
class Configuration:
    """The settings, and of each (by dotted path) where it came from: ``default``, ``file:line``, a variable's name."""

    settings: Settings
    sources: dict[str, str]


def load_settings(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Settings:
    """The settings of a file, an environment and a command line; raise ConfigError. See ``load_configuration``."""
    return load_configuration(path, environ, overrides).settings


def load_configuration(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Configuration:
    """The settings, later places winning, and where each came from; raise ConfigError naming place and path.

    ``overrides``: values by dotted path, as text or as they are; None for what was not given.
    """
    sections: dict[str, dict[str, object]] = {name: {} for name in SECTIONS}
    sources = {f"{name}.{each.name}": "default" for name, cls in SECTIONS.items() for each in attrs.fields(cls)}
    given = [] if path is None else list(_from_file(path))
    for each in (*given, *_from_environment(environ), *_from_command_line(overrides)):
        sections[each.section][each.key] = _value_of(each)
        sources[each.path] = each.source
    settings = Settings(**{name: cls(**sections[name]) for name, cls in SECTIONS.items()})  # type: ignore[arg-type]
    _check_together(settings, sources)
    return Configuration(settings, sources)


def _from_file(path: Path) -> Iterator[Setting]:
    text, document = _read(path)
    for section, content in document.items():
        place = f"{path}:{_line_of(text, section, None)}"
        if section not in SECTIONS:
            raise _unknown(place, section, SECTIONS)
        if not isinstance(content, dict):
            raise ConfigError(f"{place}: `{section}` must be a table.", path=section)
        for key, value in content.items():
            source = f"{path}:{_line_of(text, section, key)}"
            yield Setting(section, key, value, source, path.parent)


def _read(path: Path) -> tuple[str, dict[str, object]]:
    try:
        text = path.read_bytes().decode("utf-8")
        return text, tomli.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.", path=str(path), suggestion=READABLE) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8, from byte {error.start} on.", path=str(path)) from None
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: is not TOML: {error.msg}.", path=str(path)) from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deep.", path=str(path)) from None


def _line_of(text: str, section: str, key: str | None) -> int:
    """The line, from 1, on which a section or its key stands; 1 where it is spelt in a way not looked for."""
    current, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*[\"']?([^\]\"'.]*?)[\"']?\s*\]", line)
        if header is not None:
            current = header[1]
        name = re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*(?:\.\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*)?=", line)
        names = [] if name is None else [each for each in (current, name[1], name[2]) if each]
        if (header is not None and current == section) or (names and names[0] == section):
            found = number if found == 1 else found
            if key is None or names[:2] == [section, key]:
                return number
    return found


def _from_environment(environ: Mapping[str, str]) -> Iterator[Setting]:
    for name in sorted(environ):
        match = ENVIRONMENT.fullmatch(name)
        if match is None:
            continue
        section = match[1].lower()
        if section not in SECTIONS:
            raise _unknown(name, section, SECTIONS)
        yield Setting(section, match[2].lower(), environ[name], name, is_text=True)


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[Setting]:
    for path, value in overrides.items():
        section, _, key = path.partition(".")
        if value is None:
            continue
        if section not in SECTIONS:
            raise _unknown("command line", section, SECTIONS)
        yield Setting(section, key, value, "command line", is_text=isinstance(value, str))


class _Misfit(Exception):
    """A value that is not what its setting wants; the text goes on where the path stood."""


def _value_of(given: Setting) -> object:
    """The value in the setting's type; raise ConfigError for an unknown setting, another type, or out of range."""
    known = attrs.fields_dict(SECTIONS[given.section])
    if given.key not in known:
        raise _unknown(given.source, given.key, known, f"{given.section}.")
    kind = get_type_hints(SECTIONS[given.section])[given.key]
    try:
        value = _converter.structure(_parsed(given.value, kind) if given.is_text else given.value, kind)
        _check_range(value, known[given.key].metadata)
    except _Misfit as misfit:
        raise ConfigError(f"{given.source}: `{given.path}` {misfit}.", path=given.path, source=given.source) from None
    return given.folder / value if isinstance(value, Path) else value


def _parsed(text: object, kind: Any) -> object:
    """Text from an environment or a command line as what a file would have held."""
    assert isinstance(text, str)
    parse = _PARSERS.get(kind)
    if parse is not None:
        return parse(text)
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text or None if NoneType in get_args(kind) else text


def _parsed_number(text: str) -> object:
    try:
        return int(text) if re.fullmatch(r"[+-]?[0-9_]{1,40}", text) else float(text)
    except ValueError:
        return text


_PARSERS: dict[object, Callable[[str], object]] = {
    int: _parsed_number,
    float: _parsed_number,
    bool: lambda text: {"true": True, "false": False}.get(text.lower(), text),
}


def _check_range(value: object, metadata: Mapping[str, Any]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    least, most, unit = metadata["least"], metadata["most"], metadata["unit"]
    if not math.isfinite(value):
        raise _Misfit("must be finite")
    if value < least:
        raise _Misfit(f"must be at least {_spelt(least)} {unit}".rstrip() + f", not {_spelt(value)}")
    if value > most:
        raise _Misfit(f"must be at most {_spelt(most)} {unit}".rstrip() + f", not {_spelt(value)}")


def _check_together(settings: Settings, sources: Mapping[str, str]) -> None:
    """Raise ConfigError for settings that contradict each other."""
    if not re.match(r"(tcp|ipc)://.", settings.server.bind):
        raise ConfigError(
            f"{sources['server.bind']}: `server.bind` must begin with tcp:// or ipc://.",
            path="server.bind",
            suggestion="Write it as tcp://127.0.0.1:5555, or as ipc:///run/stui/socket.",
        )
    for small, large in (
        ("evaluation.timeout", "evaluation.max_timeout"),
        ("transport.heartbeat_interval", "transport.heartbeat_timeout"),
    ):
        if _at(settings, small) <= _at(settings, large):
            continue
        if sources[small] == "default":
            raise ConfigError(f"{sources[large]}: `{large}` must not be below `{small}`.", path=large)
        raise ConfigError(f"{sources[small]}: `{small}` must not be above `{large}`.", path=small)


def _at(settings: Settings, path: str) -> float:
    section, key = path.split(".")
    value = getattr(getattr(settings, section), key)
    assert isinstance(value, int | float)
    return value


def _unknown(source: str, name: str, known: Iterable[str], prefix: str = "") -> ConfigError:
    close = difflib.get_close_matches(name, known, 1)
    advice = f"; did you mean `{prefix}{close[0]}`?" if close else "."
    return ConfigError(f"{source}: `{prefix}{name[:QUOTED]}` is unknown{advice}", path=f"{prefix}{name[:QUOTED]}")


# Types without coercion


def _exactly(kind: type, expected: str) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise _Misfit(f"must be {expected}, not {_spelt(value)}")
        return value

    return structure


def _number(value: Any, _: Any) -> float:
    if type(value) is int and abs(value) < 2**63:
        return float(value)
    if type(value) is not float:
        raise _Misfit(f"must be a number, not {_spelt(value)}")
    return value


def _path(value: Any, _: Any) -> Path:
    if isinstance(value, Path):
        return value
    if type(value) is not str or not value or "\0" in value:
        raise _Misfit(f"must be a path, not {_spelt(value)}")
    return Path(value)


def _optional_path(value: Any, _: Any) -> Path | None:
    return None if value is None else _path(value, _)


def _texts(value: Any, _: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(type(part) is str for part in value):
        raise _Misfit(f"must be a list of texts, not {_spelt(value)}")
    return tuple(value)


def _choice(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise _Misfit(f"must be one of {', '.join(map(repr, get_args(kind)))}, not {_spelt(value)}")
    return value


def _spelt(value: object) -> str:
    """A value for people: bounded, numbers without needless digits."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}" if abs(value) < 1e15 else f"{value:g}"
    text = repr(value)
    return text if len(text) <= QUOTED else text[:QUOTED] + "…"


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _strict_converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook(str, _exactly(str, "a text"))
    converter.register_structure_hook(bool, _exactly(bool, "true or false"))
    converter.register_structure_hook(int, _exactly(int, "an integer"))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(Path, _path)
    converter.register_structure_hook_func(lambda kind: kind == Path | None, _optional_path)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _texts)
    converter.register_structure_hook_func(_is_choice, _choice)
    return converter


_converter = _strict_converter()


# The commented file


def template() -> str:
    """The text of ``conf/stui.toml``: every key as a comment, with its default, unit and meaning."""
    lines = ["# Settings of stui-actors. What is commented out has its default; remove the # to change it."]
    for section, cls in SECTIONS.items():
        lines += ["", f"# {cls.__doc__}", f"[{section}]"]
        for each in attrs.fields(cls):
            lines += ["", *_described(each)]
    return "\n".join(lines) + "\n"


def write_template(path: Path) -> None:
    """Write ``template`` to a new file; raise ConfigError where there is one, or none can be made."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        raise ConfigError(
            f"{path} is there already; nothing was written.", suggestion="Name another with --config.", path=str(path)
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written: {error.strerror}.", suggestion="Name another with --config.", path=str(path)
        ) from None


def _described(each: "attrs.Attribute[Any]") -> list[str]:
    unit = f" In {each.metadata['unit']}." if each.metadata["unit"] else ""
    if each.default is None:
        return [f"# {each.metadata['text']}{unit} Not set by default.", f'#{each.name} = "{each.name}"']
    return [f"# {each.metadata['text']}{unit}", f"#{each.name} = {_as_toml(each.default)}"]


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_as_toml(part) for part in value) + "]"
    if isinstance(value, int):
        return f"{value:_}" if value >= 10_000 else str(value)
    return repr(value) if isinstance(value, float) else f'"{value}"'

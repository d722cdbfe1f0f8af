"""Settings: files, environment, command line, and what is wrong with them."""

import re
from pathlib import Path

import attrs
import pytest
import tomli

from stui_actors.config import SECTIONS, Settings, load_configuration, load_settings, template
from stui_actors.errors import ConfigError

SHIPPED = Path(__file__).parents[1] / "conf" / "stui.toml"
PATHS = [f"{section}.{each.name}" for section, cls in SECTIONS.items() for each in attrs.fields(cls)]


@pytest.fixture
def file(tmp_path):
    """Writes a configuration file."""

    def write(text):
        path = tmp_path / "stui.toml"
        path.write_text(text)
        return path

    return write


def fault_of(*arguments):
    with pytest.raises(ConfigError) as caught:
        load_settings(*arguments)
    return caught.value


# The shipped file


def test_the_shipped_file_is_what_the_classes_say():
    assert SHIPPED.read_text() == template()


def test_the_shipped_file_changes_nothing():
    assert load_settings(SHIPPED, {}, {}) == Settings()


def test_every_key_of_the_shipped_file_uncommented_is_its_default():
    text = re.sub(r"^#(\w+ = )", r"\1", SHIPPED.read_text(), flags=re.MULTILINE)
    document = tomli.loads(text)

    assert [f"{section}.{key}" for section, keys in document.items() for key in keys] == PATHS
    defaults = Settings()
    for path in PATHS:
        section, key = path.split(".")
        default = getattr(getattr(defaults, section), key)
        given = document[section][key]
        if default is not None:
            assert (type(default)(given) if isinstance(default, Path | tuple) else given) == default


def test_every_key_of_the_shipped_file_says_what_it_means():
    lines = SHIPPED.read_text().splitlines()

    for number, line in enumerate(lines):
        if re.match(r"#\w+ = ", line):
            assert re.fullmatch(r"# .*\.", lines[number - 1])


# Where values come from


def test_defaults_are_valid_and_said_to_be_defaults():
    configuration = load_configuration(None, {}, {})

    assert configuration.settings == Settings()
    assert configuration.sources == dict.fromkeys(PATHS, "default")


def test_the_command_line_wins_over_the_environment_over_the_file(file):
    path = file("[session]\ntimeout = 1.0\nretention = 100\nsave_interval = 0.5\n\n[log]\nlevel = 'debug'\n")
    environ = {"STUI_SESSION__RETENTION": "200", "STUI_SESSION__SAVE_INTERVAL": "0.25", "HOME": "/"}

    configuration = load_configuration(path, environ, {"session.save_interval": "0.125", "server.bind": None})

    session = configuration.settings.session
    assert (session.timeout, session.retention, session.save_interval) == (1.0, 200.0, 0.125)
    assert configuration.settings.log.level == "debug"
    assert configuration.sources["session.timeout"] == f"{path}:2"
    assert configuration.sources["session.retention"] == "STUI_SESSION__RETENTION"
    assert configuration.sources["session.save_interval"] == "command line"
    assert configuration.sources["log.level"] == f"{path}:7"
    assert configuration.sources["server.bind"] == "default"


FROM_TEXT = {
    "server.max_clients": ("20_000", 20_000),
    "server.insecure": ("TRUE", True),
    "server.bind": ("ipc:///run/stui", "ipc:///run/stui"),
    "server.data_dir": ("here", Path("here")),
    "session.timeout": ("7", 7.0),
    "evaluation.cleanup_budget": ("1e-1", 0.1),
    "auth.allow": ("ada, b*,", ("ada", "b*")),
    "auth.deny": ("", ()),
    "auth.token_file": ("tokens", Path("tokens")),
    "auth.features_file": ("", None),
    "log.format": ("json", "json"),
}


@pytest.mark.parametrize(("path", "text", "value"), [(path, *pair) for path, pair in FROM_TEXT.items()])
def test_text_from_environment_and_command_line_is_read_by_the_settings_type(path, text, value):
    section, key = path.split(".")
    variable = f"STUI_{section.upper()}__{key.upper()}"

    for settings in (load_settings(None, {variable: text}, {}), load_settings(None, {}, {path: text})):
        found = getattr(getattr(settings, section), key)
        assert (found, type(found)) == (value, type(value))


def test_paths_in_a_file_are_relative_to_it_and_others_to_where_one_stands(file, tmp_path):
    path = file("[server]\ndata_dir = 'data'\n[auth]\ntoken_file = '/etc/tokens'\n")

    settings = load_settings(path, {"STUI_AUTH__FEATURES_FILE": "features.toml"}, {})

    assert settings.server.data_dir == tmp_path / "data"
    assert settings.auth.token_file == Path("/etc/tokens")
    assert settings.auth.features_file == Path("features.toml")


def test_values_that_are_none_on_the_command_line_were_not_given():
    assert load_settings(None, {}, dict.fromkeys(PATHS)) == Settings()


# What is wrong, and where

BAD_FILES = [
    ("[server]\nbnd = 'tcp://*:1'", 2, "server.bnd", "did you mean `server.bind`"),
    ("[sever]\nbind = 'x'", 1, "sever", "did you mean `server`"),
    ("# c\n\nserver = 7", 3, "server", "must be a table"),
    ("server.max_clients = 'x'", 1, "server.max_clients", "must be an integer, not 'x'"),
    ("[server]\nmax_clients = true", 2, "server.max_clients", "must be an integer, not True"),
    ("[server]\nmax_clients = 1.0", 2, "server.max_clients", "must be an integer, not 1"),
    ("[server]\nmax_clients = 0", 2, "server.max_clients", "must be at least 1, not 0"),
    ("[server]\n\n# x\n  max_clients=2_000_000", 4, "server.max_clients", "must be at most 1000000"),
    ("[server]\nmax_clients = 99999999999999999999", 2, "server.max_clients", "must be at most"),
    ("[server]\nbind = 7", 2, "server.bind", "must be a text"),
    ("[server]\ninsecure = 1", 2, "server.insecure", "must be true or false"),
    ("[server]\ninsecure = 'false'", 2, "server.insecure", "must be true or false"),
    ("[server]\ndata_dir = ''", 2, "server.data_dir", "must be a path"),
    ("[server]\ndata_dir = 7", 2, "server.data_dir", "must be a path"),
    ("[session]\ntimeout = nan", 2, "session.timeout", "must be finite"),
    ("[session]\ntimeout = inf", 2, "session.timeout", "must be finite"),
    ("[session]\ntimeout = -1", 2, "session.timeout", "must be at least 0.001 seconds"),
    ("[session]\ntimeout = '7'", 2, "session.timeout", "must be a number"),
    ("[log]\nlevel = 'loud'", 2, "log.level", "must be one of 'debug', 'info'"),
    ("[log]\nlevel = []", 2, "log.level", "must be one of"),
    ("[auth]\nallow = 'ada'", 2, "auth.allow", "must be a list of texts"),
    ("[auth]\nallow = ['ada', 1]", 2, "auth.allow", "must be a list of texts"),
    ("[auth]\ntoken_file = false", 2, "auth.token_file", "must be a path"),
    ("[session]\n[server]\n'max_clients' = -1", 3, "server.max_clients", "must be at least 1"),
    ("[ 'server' ]\n\"max_clients\" = -1", 2, "server.max_clients", "must be at least 1"),
    ("server = {bind = 'x', max_clients = -1}", 1, "server.max_clients", "must be at least 1"),
    ("[log]\n[server]\nbind = 'udp://x'", 3, "server.bind", "must begin with tcp:// or ipc://"),
    ("[evaluation]\ntimeout = 301", 2, "evaluation.timeout", "must not be above `evaluation.max_timeout`"),
    ("[server.x]\ny = 1", 1, "server.x", "is unknown"),
    ("[server]\n" + "x" * 1000 + " = 1", 2, "server." + "x" * 64, "is unknown"),
]


@pytest.mark.parametrize(("text", "line", "path", "fault"), BAD_FILES, ids=[each[2][:40] for each in BAD_FILES])
def test_a_fault_in_a_file_is_named_by_line_and_path(file, text, line, path, fault):
    place = file(text)

    error = fault_of(place, {}, {})

    assert error.message.startswith(f"{place}:{line}: `{path}`")
    assert fault in error.message
    assert error.details["path"] == path
    assert len(error.message) < len(str(place)) + 300


@pytest.mark.parametrize(("text", "line"), [("[server", 1), ("[server]\n\nbind = ", 3), ("[log]\n[log]", 2)])
def test_what_is_no_toml_is_named_by_its_line(file, text, line):
    path = file(text)

    assert fault_of(path, {}, {}).message.startswith(f"{path}:{line}: is not TOML")


def test_what_can_not_be_read_is_named(tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")
    deep = tmp_path / "deep"
    deep.write_text("a = " + "[" * 100_000)

    assert "cannot be read" in fault_of(tmp_path / "nowhere", {}, {}).message
    assert "cannot be read" in fault_of(tmp_path, {}, {}).message
    assert "is not UTF-8" in fault_of(binary, {}, {}).message
    assert "deep" in fault_of(deep, {}, {}).message


BAD_VARIABLES = [
    ("STUI_SERVER__MAX_CLIENTS", "many", "must be an integer, not 'many'"),
    ("STUI_SERVER__MAX_CLIENTS", "1.5", "must be an integer"),
    ("STUI_SERVER__MAX_CLIENTS", "", "must be an integer"),
    ("STUI_SERVER__INSECURE", "yes", "must be true or false"),
    ("STUI_SERVER__DATA_DIR", "", "must be a path"),
    ("STUI_SESSION__TIMEOUT", "nan", "must be finite"),
    ("STUI_LOG__LEVEL", "LOUD", "must be one of"),
    ("STUI_SERVER__BND", "x", "did you mean `server.bind`"),
    ("STUI_SEVER__BIND", "x", "did you mean `server`"),
]


@pytest.mark.parametrize(("name", "value", "fault"), BAD_VARIABLES)
def test_a_fault_in_the_environment_is_named_by_its_variable(name, value, fault):
    error = fault_of(None, {name: value}, {})

    assert error.message.startswith(f"{name}: ")
    assert fault in error.message


@pytest.mark.parametrize(
    "name", ["STUI_HOME", "STUI__X", "stui_server__bind", "XSTUI_SERVER__BIND", "STUI_SERVER_BIND"]
)
def test_other_variables_are_others_business(name):
    assert load_settings(None, {name: "x"}, {}) == Settings()


@pytest.mark.parametrize(("path", "value"), [("server.max_clients", 1.5), ("server.max_clients", "x"), ("server", "x")])
def test_a_fault_on_the_command_line_is_named(path, value):
    assert fault_of(None, {}, {path: value}).message.startswith("command line: ")


@pytest.mark.parametrize("path", PATHS)
def test_every_default_lies_within_its_bounds_and_every_setting_is_explained(path):
    section, key = path.split(".")
    each = attrs.fields_dict(SECTIONS[section])[key]

    assert each.metadata["text"].endswith(".")
    if isinstance(each.default, int | float):
        assert each.metadata["least"] <= each.default <= each.metadata["most"]


def test_of_two_that_contradict_each_other_the_one_that_was_given_is_named(file):
    path = file("[evaluation]\nmax_timeout = 10\n")

    error = fault_of(path, {}, {})

    assert error.message.startswith(f"{path}:2: ")


def test_the_example_for_a_database_is_valid():
    settings = load_settings(SHIPPED.with_name("postgres.toml"), {}, {})

    assert settings.storage.kind == "postgres"
    assert "dbname=stui" in settings.storage.dsn


def test_a_kind_of_store_that_is_none_is_refused(file):
    assert "kind" in str(fault_of(file('[storage]\nkind = "paper"'), {}, {}))

import describe
from stui_actors.commands import COMMANDS
from stui_actors.errors import WIRE_ERRORS


def test_the_command_reference_is_what_the_commands_say_of_themselves():
    assert describe.REFERENCE.read_text(encoding="utf-8") == describe.reference(), "run `python tools/describe.py`"


def test_the_reference_names_every_command_and_every_error_type():
    page = describe.reference()

    for command in COMMANDS:
        assert f"\n{command.name}\n{'~' * len(command.name)}\n" in page
        assert command.text in page
    for error in WIRE_ERRORS:
        assert f"   * - ``{error.error_type}``" in page

import describe
from stui_actors.commands import COMMANDS
from stui_actors.config import Settings, load_settings
from stui_actors.errors import WIRE_ERRORS


def test_the_generated_pages_are_what_the_code_and_the_transcripts_say():
    assert describe.outdated() == [], "run `python tools/describe.py`"


def test_the_shipped_configuration_is_written_with_the_pages(monkeypatch, tmp_path):
    pages = {tmp_path / path.name: page for path, page in describe.PAGES.items()}
    monkeypatch.setattr(describe, "PAGES", pages)
    monkeypatch.setattr("sys.argv", ["describe.py"])

    assert describe.main() == 0

    assert load_settings(tmp_path / "stui.toml", {}, {}) == Settings()
    assert "#max_clients" in (tmp_path / "stui.toml").read_text()


def test_a_page_that_says_something_else_is_found(monkeypatch, tmp_path):
    (tmp_path / "commands.rst").write_text("as it was")
    pages = {tmp_path / name: lambda: "as it is" for name in ("commands.rst", "transcripts.rst")}
    monkeypatch.setattr(describe, "PAGES", pages)

    assert describe.outdated() == ["commands.rst", "transcripts.rst"]


def test_a_transcript_shows_request_reply_and_the_kill(monkeypatch, tmp_path):
    lines = ['{"request": {"command": "ping"}, "reply": {"status": "success"}}', '{"restart": true}']
    (tmp_path / "command.jsonl").write_text("\n".join(lines))
    monkeypatch.setattr(describe, "GOLDEN", tmp_path)

    page = describe.transcripts()

    assert page.index('"command": "ping"') < page.index('"status": "success"') < page.index("server is killed")


def test_the_reference_names_every_command_and_every_error_type():
    page = describe.reference()

    for command in COMMANDS:
        assert f"\n{command.name}\n{'~' * len(command.name)}\n" in page
        assert command.text in page
    for error in WIRE_ERRORS:
        assert f"   * - ``{error.error_type}``" in page

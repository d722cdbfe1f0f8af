from stui_actors.errors import StorageError
from stui_actors.protocol.messages import Dialect, Reply, Request
from stui_actors.protocol.times import iso_time, seconds_of


def test_a_request_that_is_shown_keeps_its_token_to_itself():
    request = Request(7, "ping", {"message": "m"}, Dialect.COMMAND, "ada", auth_token="secret")

    shown = repr(request)

    assert "secret" not in shown
    assert "auth_token" not in shown
    assert "command='ping'" in shown
    assert "client_id='ada'" in shown


def test_a_reply_with_a_warning_more_is_otherwise_the_same():
    error = StorageError("The disk is full.")
    reply = Reply(error=error, warnings=("first",), replayed=True)

    assert reply.warning("second") == Reply(error=error, warnings=("first", "second"), replayed=True)
    assert reply.warnings == ("first",)


def test_a_time_is_told_to_the_millisecond():
    assert iso_time(1767268800) == "2026-01-01T12:00:00.000Z"
    assert iso_time(1767268800.0019) == "2026-01-01T12:00:00.001Z"
    assert iso_time(1767268799.9999) == "2026-01-01T11:59:59.999Z"
    assert [seconds_of(iso_time(1767268800 + each / 1000)) for each in range(3)] == [
        1767268800.0,
        1767268800.001,
        1767268800.002,
    ]

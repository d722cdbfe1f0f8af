"""Which connections of a client are there."""

import pytest

from stui_actors.actors.presence import Presence
from stui_actors.config import SessionSettings

BOUNDS = SessionSettings()


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.waiting = set()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def presence(clock):
    return Presence(BOUNDS, lambda: clock.now, clock.waiting.__contains__)


def ping(presence, connection):
    presence.heard(connection)
    presence.pinged(connection)


def test_nobody_is_there_who_was_never_heard(presence):
    assert not presence.is_alive(b"a")


def test_a_connection_is_there_until_it_was_silent_for_too_long(presence, clock):
    presence.heard(b"a")
    clock.now += BOUNDS.attach_timeout
    assert presence.is_alive(b"a")

    clock.now += 1

    assert not presence.is_alive(b"a")
    assert presence.silent_for(b"a") == BOUNDS.attach_timeout + 1


def test_one_that_pings_again_and_again_is_missed_soon(presence, clock):
    ping(presence, b"a")
    clock.now += 10
    ping(presence, b"a")
    clock.now += BOUNDS.heartbeat_attach_timeout + 1

    assert not presence.is_alive(b"a")


def test_the_silence_of_who_waited_for_a_reply_begins_with_the_reply(presence, clock):
    ping(presence, b"a")
    clock.now += 10
    ping(presence, b"a")
    clock.now += 100
    presence.answered(b"a")
    presence.answered(b"unknown")

    clock.now += BOUNDS.heartbeat_attach_timeout
    assert presence.is_alive(b"a")

    clock.now += 1
    assert not presence.is_alive(b"a")
    assert not presence.is_alive(b"unknown")


def test_two_pings_far_apart_promise_no_third(presence, clock):
    ping(presence, b"a")
    clock.now += BOUNDS.heartbeat_attach_timeout + 1
    ping(presence, b"a")
    clock.now += BOUNDS.heartbeat_attach_timeout + 1

    assert presence.is_alive(b"a")


def test_who_waits_for_a_reply_is_there(presence, clock):
    presence.heard(b"a")
    clock.waiting.add(b"a")
    clock.now += BOUNDS.attach_timeout + 1

    assert presence.is_alive(b"a")


def test_who_is_gone_is_gone_though_it_waits(presence, clock):
    presence.heard(b"a")
    clock.waiting.add(b"a")
    presence.gone(b"a")

    assert not presence.is_alive(b"a")


def test_those_that_nobody_reports_gone_are_forgotten_in_time(presence, clock):
    presence.heard(b"a")
    clock.now += BOUNDS.attach_timeout + 1
    presence.heard(b"b")

    presence.forget_silent()

    assert presence.silent_for(b"a") == float("inf")
    assert presence.is_alive(b"b")

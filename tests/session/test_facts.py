"""What a listing tells is cut out of a session's text, and is what reading all of it would tell."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.config import Settings
from stui_actors.errors import SessionCorrupt
from stui_actors.session.delta import BEGIN
from stui_actors.session.facts import facts_in, facts_of
from stui_actors.session.sections import facts_text, statistics_text
from stui_actors.session.session import Statistics, new_session

NOW = 1_767_268_800.0
UNREADABLE = ",'history':[{..."  # what follows is not looked at where it need not be


def session_named(name="", *, version=3, closed=False, epoch="e1", counts=(4, 3, 2, 1)):
    made = new_session("a-session-of-ada", "ada", None, Settings(), NOW, idle_limit=60)
    made.name, made.version, made.closed, made.epoch = name, version, closed, epoch
    made.last_used, made.last_modified = NOW + 7.25, NOW + 3
    made.statistics = Statistics(*counts)
    return made


def first_sections(session):
    return f"'session':{facts_text(session)},'statistics':{statistics_text(session.statistics)}"


REST = ",'client_info':{},'state':{},'recovered_from':[],'inspectors':[],'events':{},'history_next':1,'history':[]"
NEWS = ",'events':{},'history_next':1,'history_first':1,'history':[]"


def whole(session, rest=f"{REST},'executed':[],'forgotten':{{}}}}"):
    return f"{{'schema':1,{first_sections(session)}{rest}\n"


def delta(session, rest=f"{NEWS}}}"):
    return f"{BEGIN}{first_sections(session)}{rest}"


def told(session, size=0):
    return attrs.evolve(facts_of(session), size=size)


@pytest.mark.parametrize("epoch", [None, "e1"])
@pytest.mark.parametrize("closed", [True, False])
def test_of_a_whole_text_no_more_than_its_beginning_is_read(epoch, closed):
    session = session_named("Käthe", closed=closed, epoch=epoch)

    assert facts_in(whole(session, UNREADABLE), 77) == told(session, 77)


def test_of_several_states_the_last_one_counts_and_the_others_are_not_read():
    before, after = session_named("before"), session_named("after", version=9, counts=(8, 7, 6, 5))

    body = whole(before, UNREADABLE) + "objects" + delta(before, UNREADABLE) + "\nmore" + delta(after, UNREADABLE)
    assert facts_in(body, 77) == told(after, 77)


@settings(deadline=None, max_examples=50)
@given(st.text() | st.sampled_from(["it's", "a\\b", BEGIN, "','name':'other"]), st.integers(0, 10**20), st.booleans())
def test_whatever_the_name_is_the_facts_are_those_of_the_session(name, version, closed):
    session = session_named(name, version=version, closed=closed)

    assert facts_in(whole(session), 0) == told(session)
    assert facts_in(whole(session_named()) + delta(session), 0) == told(session)


def test_a_record_of_an_older_server_is_read_as_a_whole():
    session = session_named("old")
    old = facts_text(session).replace(",'epoch':'e1'", "")
    body = (
        f"{{'schema':1,'session':{old},'client_info':{{'statistics':{{'requests':99}}}}"
        f",'statistics':{statistics_text(session.statistics)}}}\n"
    )

    assert facts_in(body, 0) == told(session)


@pytest.mark.parametrize("damage", [("'closed'", "'clos'"), ("'requests'", "'reqs'"), ("'version':3", "'version':'x'")])
def test_a_record_that_lacks_something_is_corrupt(damage):
    with pytest.raises(SessionCorrupt):
        facts_in(whole(session_named()).replace(*damage), 0)


def test_no_record_is_corrupt():
    with pytest.raises(SessionCorrupt):
        facts_in("something else", 0)


def test_a_row_tells_what_the_session_in_memory_would_tell():
    session = session_named("one", counts=(4, 3, 2, 1))
    session.size_bytes = 5000
    later = NOW + 1000

    row = facts_in(whole(session), 5000).info(session.id, "ada", session.retention, later)
    assert row == {**session.info(later), "state": "sleeping"}


def test_a_session_not_used_within_its_retention_is_told_to_be_expired():
    session = session_named()

    row = facts_of(session).info(session.id, "ada", 100.0, session.last_used + 101)
    assert (row["is_expired"], row["time_until_expiry"]) == (True, 0.0)
    row = facts_of(session).info(session.id, "ada", 100.0, session.last_used + 99)
    assert (row["is_expired"], row["time_until_expiry"]) == (False, 1.0)

import pytest
import trio
import trio.testing

from stui_actors.actors.mailbox import RANK, Mailbox, Question, Rank, check_rank
from stui_actors.errors import StorageError


async def test_a_full_mailbox_says_so_and_has_room_again_when_it_was_read():
    mailbox = Mailbox(2)

    assert [mailbox.post(number) for number in range(4)] == [True, True, False, False]
    assert await mailbox.inbox.receive() == 0
    assert [mailbox.post(9), mailbox.post(10)] == [True, False]
    assert mailbox.take_all() == [1, 9]


async def test_a_note_goes_into_a_full_mailbox():
    mailbox = Mailbox(1)
    mailbox.post("request")

    mailbox.notify("gone")

    assert len(mailbox) == 2
    assert mailbox.post("request") is False


async def test_messages_survive_their_reader():
    mailbox = Mailbox(10)
    for number in range(3):
        mailbox.post(number)

    async def failing_reader():
        async for number in mailbox.inbox:
            raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        await failing_reader()

    assert mailbox.take_all() == [1, 2]


async def test_a_message_goes_to_the_reader_that_has_waited_longest(nursery):
    mailbox, taken = Mailbox(10), []

    async def read(name):
        async for number in mailbox.inbox:
            taken.append((name, number))

    nursery.start_soon(read, "first")
    await trio.testing.wait_all_tasks_blocked()
    nursery.start_soon(read, "second")
    await trio.testing.wait_all_tasks_blocked()
    mailbox.post(0)
    await trio.testing.wait_all_tasks_blocked()
    mailbox.post(1)
    await trio.testing.wait_all_tasks_blocked()

    assert taken == [("first", 0), ("second", 1)]


async def test_no_message_is_lost_with_a_reader_that_stops_waiting():
    mailbox = Mailbox(10)
    with trio.move_on_after(0):
        await mailbox.inbox.receive()
    mailbox.post("kept")
    with trio.move_on_after(0):
        await mailbox.inbox.receive()

    assert await mailbox.inbox.receive() == "kept"


async def test_a_reader_with_a_full_mailbox_lets_others_run(nursery):
    mailbox, turns = Mailbox(10), []
    for number in range(3):
        mailbox.post(number)

    async def other():
        while len(turns) < 3:
            turns.append(len(mailbox))
            await trio.lowlevel.checkpoint()

    nursery.start_soon(other)
    for _ in range(3):
        await mailbox.inbox.receive()

    assert len(turns) >= 2


async def test_an_answer_wakes_all_who_asked_and_only_the_first_counts(autojump_clock):
    question, heard = Question(), []

    async def ask():
        heard.append(await question.answered())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        nursery.start_soon(ask)
        await trio.sleep(1)
        question.answer(42)
        question.answer(43)
        question.fail(StorageError("late"))

    assert heard == [42, 42]


async def test_a_failure_is_raised_where_it_was_asked():
    question = Question()
    question.fail(StorageError("disk full"))

    with pytest.raises(StorageError, match="disk full"):
        await question.answered()


@pytest.mark.parametrize(
    ("asker", "answerer", "allowed"),
    [
        (Rank.GATEWAY, Rank.CLIENT, True),
        (Rank.CLIENT, Rank.SERVICE, True),
        (Rank.OUTSIDE, Rank.SERVICE, True),
        (Rank.SERVICE, Rank.SERVICE, False),
        (Rank.SERVICE, Rank.CLIENT, False),
        (Rank.CLIENT, Rank.GATEWAY, False),
        (Rank.CLIENT, Rank.CLIENT, False),
    ],
)
async def test_who_waits_may_only_wait_for_a_lower_rank(asker, answerer, allowed):
    async def ask():
        RANK.set(asker)
        check_rank(answerer)

    if allowed:
        await ask()
    else:
        with pytest.raises(AssertionError, match="circle"):
            await ask()

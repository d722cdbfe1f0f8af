import pytest
import trio
import zmq

from stui_actors.client.trio_client import NoAnswer, connect
from stui_actors.config import ServerSettings, TransportSettings
from stui_actors.errors import EvaluationError, Overloaded
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Dialect, Event, Reply
from stui_actors.transport.router import Router

QUICK = Backoff(first=0.05, factor=1.0, most=0.05, attempts=4, jitter=0.0)


class Server:
    """Speaks the protocol over a real router; forgets, refuses or tells events as it is told."""

    def __init__(self, router):
        self.router, self.codec = router, Codec()
        self.requests, self.forget, self.refuse = [], 0, 0

    def arrived(self, address, payload):
        request = self.codec.decode(payload)
        self.requests.append(request)
        if self.forget > 0:
            self.forget -= 1
            return
        self.router.send(address, self.codec.encode_reply(request, self.reply(request), client_id=None, now=0.0))
        if request.command == "poke":
            event = Event("transcript", "s1", 5, {"text": "hello"}, 0.0)
            self.router.push(address.connection, self.codec.encode_event(event, Dialect.COMMAND))

    def reply(self, request):
        if self.refuse > 0:
            self.refuse -= 1
            return Reply(error=Overloaded("Busy.", retry_after=0.05))
        if request.parameters.get("code") == "nil foo":
            return Reply(error=EvaluationError("nil does not understand #foo"))
        return Reply(result={"result": request.parameters.get("code"), "message": "pong"})

    def malformed(self, address, fault):
        raise AssertionError(fault)

    def gone(self, connection):
        """It remembers nobody."""


@pytest.fixture
def router():
    router = Router.open(ServerSettings(bind="tcp://127.0.0.1:*"), TransportSettings())
    yield router
    router.close()


@pytest.fixture
async def server(router, nursery):
    serving = Server(router)
    nursery.start_soon(router.serve, serving)
    return serving


async def test_code_is_evaluated(server, router):
    async with connect(router.endpoint, client_id="ada", auth_token="secret") as client:
        assert await client.evaluate("3 + 4") == "3 + 4"

    assert (server.requests[0].client_id, server.requests[0].auth_token) == ("ada", "secret")


async def test_many_requests_at_once_each_get_their_own_answer(server, router):
    answers = {}
    async with connect(router.endpoint) as client, trio.open_nursery() as nursery:

        async def ask(code):
            answers[code] = await client.evaluate(code)

        for number in range(100):
            nursery.start_soon(ask, str(number))

    assert answers == {str(number): str(number) for number in range(100)}


async def test_an_error_is_raised_as_what_it_is_and_not_in_a_group(server, router):
    with pytest.raises(EvaluationError, match="does not understand"):
        async with connect(router.endpoint) as client:
            await client.evaluate("nil foo")


async def test_an_error_of_ones_own_leaves_the_block_as_it_is(server, router):
    with pytest.raises(KeyError):
        async with connect(router.endpoint):
            raise KeyError("mine")


async def test_a_request_without_an_answer_is_sent_again_under_its_own_id(server, router):
    server.forget = 2
    async with connect(router.endpoint, backoff=QUICK) as client:
        assert (await client.ask("ping"))["message"] == "pong"

    assert len(server.requests) == 3
    assert len({each.id for each in server.requests}) == 1


async def test_a_refusal_that_may_pass_is_tried_again(server, router):
    server.refuse = 2
    async with connect(router.endpoint, backoff=QUICK) as client:
        assert (await client.ask("ping"))["message"] == "pong"

    assert len(server.requests) == 3


async def test_a_server_that_never_answers_is_given_up(server, router):
    server.forget = 1000
    async with connect(router.endpoint, backoff=QUICK) as client:
        with pytest.raises(NoAnswer):
            await client.ask("ping")

    assert len(server.requests) == 4


async def test_events_can_be_taken(server, router):
    async with connect(router.endpoint) as client:
        await client.ask("poke")
        with trio.fail_after(5):
            event = await client.events.receive()

    assert (event.kind, event.session_id, event.seq, event.data) == ("transcript", "s1", 5, {"text": "hello"})


async def test_the_state_is_told(server, router):
    states = []
    server.forget = 1
    async with connect(router.endpoint, backoff=QUICK, on_state=states.append) as client:
        await client.ask("ping")

    assert states == ["waiting", "connected"]


async def test_a_server_that_comes_later_answers_all_the_same(nursery):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as probe:
        port = probe.bind_to_random_port("tcp://127.0.0.1")
    endpoint = f"tcp://127.0.0.1:{port}"
    async with connect(endpoint, backoff=Backoff(first=0.1, most=0.2, attempts=50)) as client:
        answers = []

        async def ask():
            answers.append(await client.ask("ping"))

        nursery.start_soon(ask)
        await trio.sleep(0.05)
        router = Router.open(ServerSettings(bind=endpoint), TransportSettings())
        try:
            async with trio.open_nursery() as inner:
                inner.start_soon(router.serve, Server(router))
                with trio.fail_after(5):
                    while not answers:  # noqa: ASYNC110  # the network is real
                        await trio.sleep(0.01)
                inner.cancel_scope.cancel()
        finally:
            router.close()

    assert answers[0]["message"] == "pong"


@pytest.mark.parametrize("endpoint", ["", "nonsense", "tcp://", "tcp://nowhere"])
async def test_what_is_no_endpoint_is_refused(endpoint):
    with pytest.raises(ValueError, match="no endpoint"):
        async with connect(endpoint):
            pass

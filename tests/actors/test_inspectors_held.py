"""What inspectors hold: how much of it there may be, and what is there of it after a restart and a rollback."""

from stui_actors.storage.memory import MemoryStore

from .test_inspectors import LOUD, POINTS, named, opened, select
from .world import running, settings_with


async def test_there_is_a_limit_that_the_client_sees(library):
    async with running(library, settings=settings_with(evaluation={"max_inspectors": 2})) as house:
        ada = house.peer()
        limits = (await ada.create("ada"))["limits"]
        await opened(ada, "1")
        await opened(ada, "2")

        refused = await ada.ask("inspector_open", target="refused := 3")

        assert limits["max_inspectors"] == 2
        assert refused["details"]["limit"] == "max_inspectors"
        assert await ada.evaluate("refused") == "nil"
        assert (await ada.do("get_context_summary"))["inspector_count"] == 2


async def test_the_oldest_ids_are_released_beyond_the_limit(library):
    async with running(library, settings=settings_with(evaluation={"max_objects": 1100})) as house:
        ada = house.peer()
        assert (await ada.create("ada"))["limits"]["max_objects"] == 1100
        first = await opened(ada, "3 @ 4")
        for _ in range(3):
            await opened(ada, "(1 to: 500) collect: [ :i | i @ i ]", view="elements", count=500)

        assert await ada.fail("inspect", object_id=first["root"]["object_id"]) == "ObjectNotFound"
        assert (await ada.do("get_context_summary"))["registry_count"] == 1100
        assert named(await select(ada, first)) == {"x": "3", "y": "4"}


async def test_objects_that_only_have_ids_give_way_where_memory_runs_out(library):
    async with running(library, settings=settings_with(evaluation={"max_memory": 1 << 20})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.do("evaluate", code=LOUD.format(name="Quiet", body="s << ''quiet''"))
        ids = [(await ada.do("evaluate", code="Quiet new held: (Array new: 25000)"))["object_id"] for _ in range(8)]

        assert await ada.fail("inspect", object_id=ids[0]) == "ObjectNotFound"
        assert await ada.evaluate("self held size", context=ids[-1]) == "25000"


async def test_what_inspectors_hold_counts_as_the_workspaces_memory(library):
    async with running(library, settings=settings_with(evaluation={"max_memory": 2 << 20})) as house:
        ada = house.peer()
        await ada.create("ada")
        for _ in range(3):
            await opened(ada, "Array new: 50000")

        refused = await ada.ask("evaluate", code="x := (1 to: 3) collect: [ :i | Array new: 50000 ]. 7")
        assert refused["details"]["limit"] == "memory"
        for each in (await ada.do("inspector_list"))["inspectors"]:
            await ada.do("inspector_close", inspector_id=each["id"])
        assert await ada.evaluate("x := Array new: 150000. x size") == "150000"


async def test_inspectors_are_there_after_a_restart_with_ids_path_and_identity(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.do("evaluate", code=f"c := {POINTS}")
        view = await opened(ada, "c", name="points", custom_views={"sum": "self x + self y"})
        await select(ada, view, [2])
        await select(ada, view, [2, "x"])
        before = await select(ada, view, "back", view="sum")
        nothing = await opened(ada, "nil")
    async with running(library, store) as house:
        later = house.peer(**ada.names)
        restored = await later.do("restore_session")
        assert [each["name"] for each in restored["workspace"]["inspectors"]] == ["points", "UndefinedObject"]

        after = await select(later, view)
        assert after == before
        assert (await select(later, view, "forward"))["path"] == [2, "x"]
        assert (await select(later, nothing))["selection"]["value"] == "nil"
        code = "self == (c at: 2)"
        await select(later, view, "back")
        assert (await later.do("inspector_evaluate", inspector_id=view["inspector_id"], code=code))["result"] == "true"
        assert (await opened(later, "3"))["inspector_id"] not in (view["inspector_id"], nothing["inspector_id"])


async def test_a_rollback_brings_back_the_inspectors_of_then(ada):
    view = await opened(ada, "3 @ 4")
    version = (await ada.do("get_session_info"))["version"]
    await ada.do("inspector_close", inspector_id=view["inspector_id"])

    await ada.do("rollback_session", version=version)

    assert named(await select(ada, view)) == {"x": "3", "y": "4"}


async def test_closing_the_session_releases_what_inspectors_held(ada):
    await opened(ada, "3 @ 4")

    released = (await ada.do("close_session"))["released"]

    assert released["objects"] == 2

"""What commands that change classes share: work in turns on the image, and the way back where it fails."""

from collections.abc import Callable

from stui_actors.commands.context import Context
from stui_actors.errors import ClassNotFound, InvalidRequest, StuiError
from stui_actors.session.evaluation import Outcome
from stui_actors.smalltalk.definitions import MethodDefinition
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.loading import Loading
from stui_actors.smalltalk.steps import Step


async def done(context: Context, body: Callable[[], object]) -> Outcome:
    """Do a body of work in the session's image, within the limits of an evaluation; raise what it failed with."""
    workspace = context.session.workspace
    work = workspace.start_work(body)
    await context.evaluator.run(work)
    outcome = workspace.outcome_of(work)
    context.warnings.extend(outcome.warnings)
    if outcome.error is not None:
        raise outcome.error
    return outcome


async def done_or_undone(context: Context, body: Callable[[], object]) -> Outcome:
    """The same; where it fails, the session is as it was before."""
    session = context.session
    checkpoint = await context.shelf.checkpoint(session)
    try:
        return await done(context, body)
    except StuiError:
        ended = await context.shelf.undo(session, checkpoint)
        if ended:
            context.warnings.append(f"{ended} processes that ran beside ended when the change was undone.")
        raise


async def loaded(context: Context, loading: Loading) -> Outcome:
    """Load source: nothing of it, or all; raise what is wrong with it, and where."""
    try:
        await done(context, loading.prepare)
        outcome = await done_or_undone(context, loading.apply)
    except StuiError as error:
        raise loading.placed(error) from error
    context.session.changed(context.now())
    return outcome


async def stepped(context: Context, step: Step) -> Loading:
    """Take one step of a load by itself, or none of it."""
    image = context.session.workspace.image
    loading = Loading.of_steps(image, (step,))
    await done(context, loading.prepare)
    is_one_move = isinstance(step, MethodDefinition)
    await (done(context, loading.apply) if is_one_move else done_or_undone(context, loading.apply))
    context.session.changed(context.now())
    return loading


def check_removable(image: Image, class_name: str) -> None:
    """Raise ClassNotFound for a class that is not there, InvalidRequest for one of the library's."""
    if class_name in image.own:
        return
    if image.record_named(class_name) is None:
        raise ClassNotFound(f"There is no class {class_name[:64]!r}.", class_name=class_name[:64])
    raise InvalidRequest(f"{class_name} belongs to the library and stays.", path="parameters.class_name")


def check_length(source: str, path: str, context: Context) -> None:
    """Raise InvalidRequest for a source above its limit."""
    most = context.settings.evaluation.max_source_bytes
    if len(source) > most:
        raise InvalidRequest(
            f"`{path}` has {len(source)} characters; {most} are allowed.",
            path=path,
            limit="max_source_bytes",
            value=most,
        )

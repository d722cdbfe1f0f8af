"""A client's Smalltalk: its variables, globals and classes, and the processes that run its code."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import FrameType, FunctionType

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.bindings import Kind
from stui_actors.smalltalk.compiler import LONG, compile_method, compile_parsed, compile_source
from stui_actors.smalltalk.composing import Composing
from stui_actors.smalltalk.do_its import CompiledDoIt
from stui_actors.smalltalk.factories import OF_HOSTS
from stui_actors.smalltalk.forwarding import Forwarding
from stui_actors.smalltalk.hosts import CLOSED, integer_class
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.memory import MemoryBudget
from stui_actors.smalltalk.mirror import definition_text
from stui_actors.smalltalk.names import OwnNames, WorkspaceNames
from stui_actors.smalltalk.objects import Instance, StString, symbol
from stui_actors.smalltalk.parser import parse_method
from stui_actors.smalltalk.preemption import Preemption, TimerPreemption
from stui_actors.smalltalk.process import Process
from stui_actors.smalltalk.records import ClassObject, ClassRecord, MetaclassObject, MethodRecord, OwnClassObject, Side
from stui_actors.smalltalk.reflected import definition_of
from stui_actors.smalltalk.scheduler import Scheduler
from stui_actors.smalltalk.stubs import give_code, not_understood
from stui_actors.smalltalk.tonel import write_class_file

OF_WORKSPACE = (Kind.WORKSPACE, Kind.UNKNOWN)
NOT_MADE = CLOSED - frozenset(("ByteString", "WideString"))


def _random_seed() -> int:
    return secrets.randbits(64)


class Variables(dict[str, object]):
    """The workspace's variables; those that are not there are nil."""

    def __missing__(self, name: str) -> None:
        """Nil."""
        return


class Image(Composing):
    """One workspace's objects and classes. Nothing of it is reachable from another image."""

    def __init__(
        self,
        library: Library,
        settings: EvaluationSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        wall_clock: Callable[[], float] = time.time,
        preemption: Preemption | None = None,
        random_seed: Callable[[], int] = _random_seed,
    ) -> None:
        super().__init__(library)
        self.settings = EvaluationSettings() if settings is None else settings
        self.clock = clock
        self.wall_clock = wall_clock
        self.random_seed = random_seed
        self.preemption: Preemption = TimerPreemption() if preemption is None else preemption
        self.variables: dict[str, object] = Variables()
        self.memory = MemoryBudget(self)
        self.scheduler = Scheduler(self)
        self.running: Process | None = None
        self.kept: Callable[[], Iterable[object]] = tuple  # what others hold of it
        self.forwarded: Callable[[Forwarding], object] = bool  # tells them what their objects have become
        self.let_go: Callable[[], bool] = bool  # makes them hold less; false if they cannot
        self.beside: Callable[[], int] = int  # bytes that they hold beside its objects

    # -- running

    def start(
        self, source: str, *, receiver: object = None, mode: str = "Execute", max_output: int | None = None
    ) -> Process:
        """A process for a do-it, not started yet; raise ParseError; a long one is parsed when it runs."""
        if len(source) > LONG:
            process = Process(self, partial(self._run_long, source, receiver), mode=mode)
        else:
            do_it = self._do_it(source, receiver)
            process = Process(self, partial(self.function_of(do_it), receiver), mode=mode)
            process.changed = do_it.assigned is None
            process.assigned = do_it.assigned or frozenset()
        if max_output is not None:
            process.max_output = min(max_output, process.max_output)
        return process

    def function_of(self, do_it: CompiledDoIt) -> FunctionType:
        """The function of a do-it, whose variables come into being."""
        for name in do_it.declared:
            self.variables.setdefault(name, None)
        return FunctionType(do_it.code, self.code_globals, "DoIt")

    def _run_long(self, source: str, receiver: object) -> object:
        """The value of a do-it that is compiled only now."""
        return self.function_of(self.compile_do_it(source, receiver))(receiver)

    def start_work(self, body: Callable[[], object]) -> Process:
        """A process for work of the server's own on this image, not started yet."""
        return Process(self, body)

    def evaluate(self, source: str, *, receiver: object = None) -> object:
        """The value of a do-it, run to its end at once; raise the error that it ends with. For tests and tools."""
        process = self.start(source, receiver=receiver)
        while not process.run_slice():
            pass
        outcome = process.outcome
        assert outcome is not None, "ended without an outcome"
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def _do_it(self, source: str, receiver: object) -> CompiledDoIt:
        """The compiled do-it, from the library's cache if it still means the same here."""
        if receiver is not None:
            return self.compile_do_it(source, receiver)
        found = self.library.do_its.get(source)
        if found is None or not self._still_means(found):
            found = self.compile_do_it(source, None)
            self.library.do_its.put(source, found)
        return found

    def compile_do_it(self, source: str, receiver: object) -> CompiledDoIt:
        """Compile a do-it whose ``self`` is ``receiver``; raise ParseError."""
        side = None if receiver is None else self.side_of_value(receiver)
        names = WorkspaceNames(self, side, self.globals, variables=self.variables)
        code, assigned = compile_source(source, names, self.settings.max_nesting, MACHINE.tick_if_due)
        if assigned and any(names.used.get(name) not in OF_WORKSPACE for name in assigned):
            assigned = None  # self's variables, or a class's
        fixable = tuple(names.assigned_globals)
        return CompiledDoIt(code, names.used, names.selectors, tuple(names.declared), fixable, assigned)

    def _still_means(self, do_it: CompiledDoIt) -> bool:
        names = WorkspaceNames(self, None, self.globals, variables=self.variables, declared=list(do_it.declared))
        for name, kind in do_it.names.items():
            if names.binding(name).kind is not kind:
                return False
        if any(map(names.is_fixed, do_it.assigned_globals)):
            return False
        return not any(names.table(selector) != table for selector, table in do_it.selectors.items())

    def install(self, process: Process) -> None:
        """Make this the image whose code runs."""
        self.running = process
        self.library.install(self.tables, self.class_variables)
        if process.saw_shared and self.has_own_tables:
            self.library.lend(self.tables)
        MACHINE.enter(self, process, self.tables.k)

    def tables_changed(self) -> None:
        """Make the new tables the current ones, if this image runs."""
        if self.running is not None and MACHINE.saved()[0] is self:
            self.install(self.running)

    @property
    def code_globals(self) -> dict[str, object]:
        """The globals of its own code."""
        is_new = self._code_globals is None
        made = super().code_globals
        if is_new:
            made["V"] = self.variables
        return made

    def compiled(self, method: MethodRecord) -> object:
        """The function of one of the client's methods, compiled now."""
        gone = (each for each in self.obsolete if each.name == method.class_name)
        record = self.record_named(method.class_name) or next(gone)
        assert method.function is not None, "not installed"
        side = record.meta if method.is_class_side else record.instance
        names = OwnNames(self, side, self.globals)
        give_code(method.function, compile_method(method.source, method.owner, names, pause=MACHINE.tick_if_due))
        return method.function

    def check_method(self, source: str, side: Side) -> str:
        """The selector of a method that compiles; raise ParseError for one that does not."""
        pause = MACHINE.tick_if_due
        method = parse_method(source, max_nesting=self.settings.max_nesting, pause=pause)
        compile_parsed(method, side.name, OwnNames(self, side, self.globals), pause=pause)
        return symbol(method.selector)

    def definition_text(self, record: ClassRecord) -> str:
        """The expression that defines a class."""
        return definition_text(definition_of(self, record.name))

    def tonel_text(self, record: ClassRecord) -> str:
        """A class's Tonel file."""
        return write_class_file(definition_of(self, record.name))

    def super_stub(self, key: str, name: str) -> Callable[..., object]:
        """The function above the class ``key`` for a mangled selector that the library does not define."""
        function: Callable[..., object] | None = getattr(self.tables.s[key], name, None)
        return self.stub(name) if function is None else function

    def stub(self, name: str) -> Callable[..., object]:
        """What runs for a mangled selector that nobody defines."""
        return not_understood(name[2:])

    def terminate_processes(self) -> int:
        """Stop all forked processes; say how many."""
        return self.scheduler.terminate_all()

    # -- what values are

    def side_of_value(self, value: object) -> Side:
        """The side that a value behaves as."""
        if isinstance(value, MetaclassObject):
            return self.library.records["Metaclass"].instance
        if value.__class__.is_class_object if hasattr(value.__class__, "is_class_object") else False:
            record: ClassRecord = value.record  # type: ignore[attr-defined]  # class objects have one
            return record.meta
        record_found = None if value.__class__ is bool else self.record_of_type(value.__class__)
        record_found = record_found or self.library.records[self.class_name(value)]
        assert record_found is not None, "a value without a class"
        return record_found.instance

    def class_name(self, value: object) -> str:
        """The printed name of a value's class."""
        kind = value.__class__
        if kind is int:
            return integer_class(value)  # type: ignore[arg-type]  # an int
        if kind is StString or kind is str:
            return self._text_class(str(value), "String" if kind is StString else "Symbol")
        if kind is bool:
            return "True" if value else "False"
        if isinstance(value, MetaclassObject):
            return "Metaclass"
        if getattr(kind, "is_class_object", False):
            return f"{value.record.name} class"  # type: ignore[attr-defined]  # class objects have one
        record = self.record_of_type(kind)
        assert record is not None, f"no class for {kind}"
        return record.name

    def _text_class(self, text: str, family: str) -> str:
        width = "Byte" if text.isascii() or max(text) < "\u0100" else "Wide"
        name = width + family
        return name if name in self.library.records else family

    def class_of(self, value: object) -> object:
        """The class of a value, as a Smalltalk object."""
        kind = value.__class__
        if getattr(kind, "is_class_object", False) and not isinstance(value, MetaclassObject):
            return value.record.metaclass_object  # type: ignore[attr-defined]  # class objects have one
        record = None if kind in (int, str, StString, bool) else self.record_of_type(kind)
        if record is None:
            record = self.library.records[self.class_name(value)]
        return record.class_object

    def new_exception(self, class_name: str, message_text: str | None, fields: Mapping[str, object]) -> object:
        """A new exception of a library class, initialized as the class does it."""
        made = MACHINE.send(self.library.globals[class_name], "new")
        if message_text is not None:
            made.i_messageText = StString(message_text)  # type: ignore[attr-defined]  # an exception has it
        for name, value in fields.items():
            if hasattr(made, name):
                setattr(made, name, value)
        return made

    def new_instance(self, behavior: object, size: int) -> object:
        """A new instance with ``size`` indexed variables; FAIL for classes whose instances are not made so."""
        record: ClassRecord = behavior.record  # type: ignore[attr-defined]  # behaviors have one
        if isinstance(behavior, MetaclassObject) or record.name in NOT_MADE:
            return FAIL
        if record.name in OF_HOSTS:
            return self._new_host(record.name, size)
        kind = record.instance.instance_type
        made = self.library.factory(record)() if record.is_library else object.__new__(kind)
        if record.type != "normal":
            made.indexed = bytearray(size) if record.type == "bytes" else [None] * size  # type: ignore[attr-defined]  # its place
        return made

    def first_instance(self, behavior: object) -> object:
        """A new instance, and the way to make further ones faster; FAIL where ``new_instance`` fails."""
        made = self.new_instance(behavior, 0)
        if made is not FAIL and isinstance(behavior, ClassObject | OwnClassObject):
            record, kind = behavior.record, behavior.record.instance.instance_type
            if record.is_library and (record.type == "normal" or record.name in OF_HOSTS):
                behavior.make = self.library.factory(record)
            elif record.type == "normal":
                behavior.make = partial(object.__new__, kind)
        return made

    def _new_host(self, name: str, size: int) -> object:
        if name == "Array":
            return [None] * size
        return bytearray(size) if name == "ByteArray" else StString("\0" * size)

    # -- globals

    def global_value(self, name: str) -> object:
        """The value of a global; nil if there is none."""
        return self.globals[name] if name in self.globals else self.library.globals.get(name)

    def has_global(self, name: str) -> bool:
        """Whether there is such a global."""
        return name in self.globals or name in self.library.globals

    def put_global(self, name: str, value: object) -> None:
        """Set a global; code that names it sees it at once."""
        self.globals[symbol(name)] = value
        self.code_globals[f"g:{name}"] = value

    def read_undeclared(self, name: str) -> object:
        """The value of a name that was not known when the code was compiled; signals if it still is not."""
        if self.has_global(name):
            return self.global_value(name)
        return MACHINE.signal("UndeclaredVariableRead", f"Attempt to read undeclared variable {name}")

    def read_unknown(self, name: str) -> object:
        """The value of a name that a do-it did not know when it was compiled; nil, with a warning, if none does."""
        if name in self.variables or self.has_global(name):
            return self.variables[name] if name in self.variables else self.global_value(name)
        warning = f"`{name}` is not declared: it reads as nil."
        if warning not in MACHINE.process.warnings:
            MACHINE.process.warnings.append(warning)
        return None

    def write_global(self, name: str, value: object) -> None:
        """Assign to a global from code; signals for what is none, or a class."""
        if name in self.globals and name not in self.own:
            self.put_global(name, value)
            return
        MACHINE.signal("UndeclaredVariableWrite", f"Attempt to write to undeclared variable {name}")

    # -- variables that a client added to library classes

    def added_variable(self, receiver: object, name: str) -> object:
        """Its value; nil before it is set."""
        if isinstance(receiver, Instance):
            return getattr(receiver, f"i_{name}", None)
        kept = getattr(receiver, "_x", None)
        return kept.get(name) if isinstance(kept, dict) else None

    def set_added_variable(self, receiver: object, name: str, value: object) -> None:
        """Set it; values without a place for it, like numbers, refuse, and so do objects that all clients share."""
        if isinstance(receiver, Instance):
            setattr(receiver, f"i_{name}", value)
        elif getattr(receiver.__class__, "is_class_object", True) or self.library.is_shared(receiver):
            MACHINE.signal("Error", f"{self.class_name(receiver)} has no place for {name}")
        else:
            kept = getattr(receiver, "_x", None)
            if not isinstance(kept, dict):
                kept = receiver._x = {}  # type: ignore[attr-defined]  # library instances have it
            kept[name] = value

    # -- memory

    def gone_variables(self, record: ClassRecord, gone: set[str]) -> None:
        """Let instances forget variables that their class lost."""
        if not gone:
            return
        kinds = {each.instance.instance_type for each in (record, *self._below(record))}
        for each in self.memory.reachable():
            if each.__class__ in kinds:
                for name in gone:
                    each.__dict__.pop(f"i_{name}", None)

    def is_alive(self, record: ClassRecord) -> bool:
        """Whether instances of a removed class, or it itself, can be reached."""
        kind, made, meta = record.instance.instance_type, record.class_object, record.metaclass_object
        return any(each.__class__ is kind or each is made or each is meta for each in self.memory.reachable())

    def roots(self) -> Iterable[object]:
        """What the image holds by itself."""
        yield self.variables
        yield self.globals
        yield self.class_variables
        yield from self.kept()
        for record in self.own.values():
            yield record.class_object

    def suspended_frames(self) -> Iterable[FrameType]:
        """Where processes other than the running one are suspended."""
        for process in self.scheduler.forked:
            if process is not self.running:
                yield from process.frames()

    def shared_ids(self) -> set[int]:
        """The identities of what does not count as the image's own."""
        shared = (
            self,
            self.library,
            self.library.code_globals,
            self.library.carriers.spare,
            self._code_globals,
            MACHINE,
            self.tables.k,
            self.tables.s,
        )
        return {
            id(each) for each in (*shared, self.library.globals, self.tables.u, self.running, *self.scheduler.forked)
        }

"""All commands, in the order in which the reference lists them. A new one is a file and a line here."""

from stui_actors.commands.authenticate import Authenticate
from stui_actors.commands.browse_class import BrowseClass
from stui_actors.commands.clear_context import ClearContext
from stui_actors.commands.close_session import CloseSession
from stui_actors.commands.command import Command
from stui_actors.commands.compile_method import CompileMethod
from stui_actors.commands.complete import Complete
from stui_actors.commands.create_session import CreateSession
from stui_actors.commands.debug import Debug
from stui_actors.commands.define_class import DefineClass
from stui_actors.commands.describe import Describe
from stui_actors.commands.evaluate import Evaluate
from stui_actors.commands.export_session import ExportSession
from stui_actors.commands.export_source import ExportSource
from stui_actors.commands.get_class_tree import GetClassTree
from stui_actors.commands.get_context_summary import GetContextSummary
from stui_actors.commands.get_history import GetHistory
from stui_actors.commands.get_method import GetMethod
from stui_actors.commands.get_method_categories import GetMethodCategories
from stui_actors.commands.get_method_code import GetMethodCode
from stui_actors.commands.get_method_list import GetMethodList
from stui_actors.commands.get_result import GetResult
from stui_actors.commands.get_session_info import GetSessionInfo
from stui_actors.commands.get_session_statistics import GetSessionStatistics
from stui_actors.commands.implementors_of import ImplementorsOf
from stui_actors.commands.import_session import ImportSession
from stui_actors.commands.inspect import Inspect
from stui_actors.commands.inspector_close import InspectorClose
from stui_actors.commands.inspector_evaluate import InspectorEvaluate
from stui_actors.commands.inspector_list import InspectorList
from stui_actors.commands.inspector_open import InspectorOpen
from stui_actors.commands.inspector_select import InspectorSelect
from stui_actors.commands.interrupt import Interrupt
from stui_actors.commands.list_classes import ListClasses
from stui_actors.commands.list_client_sessions import ListClientSessions
from stui_actors.commands.list_clients import ListClients
from stui_actors.commands.load_context import LoadContext
from stui_actors.commands.load_source import LoadSource
from stui_actors.commands.ping import Ping
from stui_actors.commands.poll_events import PollEvents
from stui_actors.commands.release_object import ReleaseObject
from stui_actors.commands.remove_class import RemoveClass
from stui_actors.commands.remove_method import RemoveMethod
from stui_actors.commands.rename_session import RenameSession
from stui_actors.commands.restore_session import RestoreSession
from stui_actors.commands.rollback_session import RollbackSession
from stui_actors.commands.save_context import SaveContext
from stui_actors.commands.search_classes import SearchClasses
from stui_actors.commands.search_methods import SearchMethods
from stui_actors.commands.senders_of import SendersOf
from stui_actors.commands.session_history import SessionHistory
from stui_actors.commands.system_info import SystemInfo
from stui_actors.commands.update_session_state import UpdateSessionState
from stui_actors.commands.validate_feature_access import ValidateFeatureAccess

COMMANDS: tuple[Command, ...] = (
    Ping(),
    Describe(),
    SystemInfo(),
    Authenticate(),
    ValidateFeatureAccess(),
    CreateSession(),
    RestoreSession(),
    UpdateSessionState(),
    CloseSession(),
    GetSessionInfo(),
    ListClientSessions(),
    GetSessionStatistics(),
    RenameSession(),
    ExportSession(),
    ImportSession(),
    SessionHistory(),
    RollbackSession(),
    ListClients(),
    Evaluate(),
    GetResult(),
    Interrupt(),
    SaveContext(),
    LoadContext(),
    ClearContext(),
    GetContextSummary(),
    GetHistory(),
    Complete(),
    Inspect(),
    InspectorOpen(),
    InspectorSelect(),
    InspectorEvaluate(),
    InspectorList(),
    InspectorClose(),
    ReleaseObject(),
    BrowseClass(),
    ListClasses(),
    GetMethod(),
    GetClassTree(),
    GetMethodCategories(),
    GetMethodList(),
    GetMethodCode(),
    SearchClasses(),
    SearchMethods(),
    SendersOf(),
    ImplementorsOf(),
    DefineClass(),
    CompileMethod(),
    RemoveClass(),
    RemoveMethod(),
    LoadSource(),
    ExportSource(),
    PollEvents(),
    Debug(),
)

COMMANDS_BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}

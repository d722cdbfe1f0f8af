"""The contract as a client's author reads it: what each command's result holds, and a client that speaks both dialects.

The names are written down by hand and not taken from the server's tables: what both forget, neither would miss.
"""

import json
import uuid

import zmq
from attrs import field, frozen

from .conftest import Client

SESSION_INFO = """session_id client_id name created_at last_modified timeout is_active is_expired time_until_expiry
    version state size_bytes statistics"""
WHOLE_SESSION = f"""{SESSION_INFO} session_state workspace_context object_registry inspector_state preferences workspace
    client_specific_data not_restored last_event_seq server_epoch session_epoch"""
EVALUATED = "result display result_type object_id execution_time has_error transcript truncated version"
VIEW = "inspector_id root path selection history position view page"
RESULTS = {
    "create_session": """session_id client_id created_at expires_at timeout is_active capabilities client_isolation
        max_concurrent_clients limits server_epoch session_epoch""",
    "restore_session": WHOLE_SESSION,
    "update_session_state": "session_id version last_modified session_state update_successful",
    "close_session": "session_id closed released",
    "get_session_info": SESSION_INFO,
    "list_client_sessions": "client_id session_count sessions",
    "get_session_statistics": """total_sessions active_clients max_sessions_per_client default_timeout
        cleanup_interval totals""",
    "rename_session": SESSION_INFO,
    "export_session": "data",
    "import_session": SESSION_INFO,
    "session_history": "generations",
    "rollback_session": WHOLE_SESSION,
    "list_clients": "clients",
    "evaluate": EVALUATED,
    "get_result": EVALUATED,
    "interrupt": "interrupted",
    "save_context": "name saved_at variables",
    "load_context": "name saved_at variables",
    "clear_context": "cleared",
    "get_context_summary": "variables history_count registry_count errors classes",
    "get_history": "entries",
    "complete": "items replace_from replace_to",
    "inspect": "object_info instance_vars elements",
    "inspector_open": VIEW,
    "inspector_list": "inspectors",
    "inspector_close": "closed",
    "inspector_select": VIEW,
    "inspector_evaluate": EVALUATED,
    "release_object": "released",
    "browse_class": "class_info instance_methods class_methods instance_vars class_vars",
    "list_classes": "classes total_count",
    "get_method": "method",
    "get_class_tree": "tree",
    "get_method_categories": "categories",
    "get_method_list": "methods",
    "get_method_code": "name category source_code line_count",
    "search_classes": "classes total_count",
    "search_methods": "methods",
    "senders_of": "methods",
    "implementors_of": "methods",
    "define_class": "class_info",
    "compile_method": "method",
    "remove_class": "removed",
    "remove_method": "removed",
    "load_source": "classes methods initializers",
    "export_source": "source",
    "authenticate": "client_id subscription_tier features expires_at",
    "validate_feature_access": "feature access_granted subscription_tier expires_at reason",
    "ping": "message status uptime server_epoch",
    "describe": "server protocol_versions commands error_types features limits server_epoch",
    "system_info": "info",
    "poll_events": "events",
}
METHOD_REFERENCE = "class_name method_name is_class_method package"
ROWS = {  # what stands within the fields above, by path; a list is told by its first element
    "close_session.released": "objects processes bytes",
    "list_client_sessions.sessions": SESSION_INFO,
    "session_history.generations": "version saved_at size reason",
    "list_clients.clients": "client_id connections sessions state last_seen",
    "clear_context.cleared": "variables objects",
    "get_context_summary.variables": "name class printString object_id",
    "get_history.entries": "index code mode started_at execution_time",
    "complete.items": "text kind detail",
    "inspect.object_info": "class_name string_representation hash size object_id",
    "inspector_list.inspectors": "id name class path",
    "browse_class.class_info": "name superclass comment package is_system",
    "get_method.method": "name source category is_class_method arguments comment",
    "get_class_tree.tree": "name children",
    "get_method_categories.categories": "name method_count",
    "get_method_list.methods": "name category is_class_method",
    "search_methods.methods": METHOD_REFERENCE,
    "senders_of.methods": METHOD_REFERENCE,
    "implementors_of.methods": METHOD_REFERENCE,
    "define_class.class_info": "name superclass comment package is_system",
    "compile_method.method": "name source category is_class_method arguments comment",
    "describe.commands": "name text parameters result errors available gated limited",
    "describe.error_types": "name text retryable",
    "describe.server": "name version",
    "poll_events.events": "event session_id seq request_id data timestamp",
}


@frozen
class Answer:
    """A reply of either dialect: its result, or its error's type and details."""

    whole: dict
    result: dict | None = None
    error_type: str | None = None
    message: str = ""
    details: dict = field(factory=dict)
    warnings: tuple = ()


class Speaker:
    """A client of one dialect; remembers what it was answered, by command, and which parameters it sent."""

    def __init__(self, endpoint, dialect, kind=zmq.DEALER, **options):
        self.dialect = dialect
        self.client = Client(endpoint, kind, **options)
        self.heard, self.sent = [], set()

    def request(self, command, parameters, request_id=None):
        """The request as it goes out."""
        request_id = str(uuid.uuid4()) if request_id is None else request_id
        if self.dialect == "command":
            return {"id": request_id, "command": command, "parameters": parameters}
        payload = {"type": "Request", "data": {"request_type": pascal(command), "params": parameters}}
        return {"id": request_id, "version": "1.0.0", "timestamp": "2026-01-01T00:00:00.000Z", "payload": payload}

    def ask(self, command, id=None, **parameters):
        """Send a request; its one answer."""
        request = self.request(command, parameters, id)
        self.client.send(request)
        reply = self.client.receive()
        assert reply["id"] == request["id"], reply
        answer = self.read(reply, command)
        self.heard.append((command, answer))
        self.sent |= {f"{command}.{name}" for name in parameters}
        return answer

    def read(self, reply, command):
        """A reply of this dialect, whose outer shape is checked."""
        if self.dialect == "command":
            assert {"status", "timestamp"} <= reply.keys()
            warnings = tuple(reply.get("warnings", ()))
            if reply["status"] == "success":
                return Answer(reply, result=reply["result"], warnings=warnings)
            assert {"error", "error_type", "severity", "details", "suggestion", "retryable"} <= reply.keys()
            return Answer(reply, None, reply["error_type"], reply["error"], reply["details"], warnings)
        assert reply["version"].startswith("1.")
        assert reply["payload"]["type"] == "Response"
        data = reply["payload"]["data"]
        if data["response_type"] != "Error":
            assert data["response_type"] == pascal(command)
            return Answer(reply, result=data["data"])
        error = data["data"]
        assert {"code", "message", "details", "stack_trace"} <= error.keys()
        assert all(isinstance(value, str) for value in error["details"].values())
        return Answer(reply, None, error["details"]["error_type"], error["message"], error["details"])

    def do(self, command, **parameters):
        """The result of what must succeed."""
        answer = self.ask(command, **parameters)
        assert answer.error_type is None, answer.whole
        return answer.result

    def fail(self, command, **parameters):
        """The error type of what must fail; its text is bounded and has advice."""
        answer = self.ask(command, **parameters)
        assert answer.error_type is not None, answer.whole
        advice = answer.details if self.dialect == "envelope" else answer.whole
        assert advice["suggestion"]
        assert len(answer.message) < 400
        return answer.error_type

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.client.close()


def pascal(command):
    """How the envelope dialect calls a command."""
    return "".join(part.capitalize() for part in command.split("_"))


def kinds(value, path=""):
    """Each path in a JSON value with its JSON type; the elements of a list share one path."""
    if isinstance(value, dict):
        yield path, "object"
        for key, part in value.items():
            yield from kinds(part, f"{path}.{key}")
    elif isinstance(value, list):
        yield path, "array"
        for part in value:
            yield from kinds(part, f"{path}[]")
    else:
        yield path, type(json.loads(json.dumps(value))).__name__

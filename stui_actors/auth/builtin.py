"""The tiers and features of a server that was given no others; ``conf/features.toml`` says the same."""

from stui_actors.auth.tiers import Catalogue, Feature, Tier

ALL = ("free", "basic", "pro", "enterprise")
PAID = ("pro", "enterprise")

TIERS = (Tier("free", 1), Tier("basic", 2), Tier("pro", 4), Tier("enterprise", 8))

FEATURES = (
    Feature(
        "basic",
        "Finding out about the server and proving who one is.",
        ALL,
        ("ping", "describe", "system_info", "authenticate", "validate_feature_access", "get_session_statistics"),
        anonymous=True,
    ),
    Feature(
        "session_persistence",
        "Sessions that outlive connections and servers.",
        ALL,
        (
            "create_session",
            "restore_session",
            "update_session_state",
            "close_session",
            "get_session_info",
            "list_client_sessions",
            "rename_session",
            "export_session",
            "import_session",
            "session_history",
            "rollback_session",
        ),
    ),
    Feature(
        "evaluation",
        "Running Smalltalk.",
        ALL,
        (
            "evaluate",
            "get_result",
            "interrupt",
            "save_context",
            "load_context",
            "clear_context",
            "get_context_summary",
            "get_history",
            "complete",
        ),
    ),
    Feature(
        "inspection",
        "Looking into objects.",
        ALL,
        (
            "inspect",
            "inspector_open",
            "inspector_list",
            "inspector_close",
            "inspector_select",
            "inspector_evaluate",
            "release_object",
        ),
    ),
    Feature(
        "browsing",
        "Reading the class library.",
        ALL,
        (
            "browse_class",
            "list_classes",
            "get_method",
            "get_class_tree",
            "get_method_categories",
            "get_method_list",
            "get_method_code",
            "search_classes",
            "search_methods",
            "senders_of",
            "implementors_of",
            "export_source",
        ),
    ),
    Feature(
        "development",
        "Changing classes and methods in one's own image.",
        ALL,
        ("define_class", "compile_method", "remove_class", "remove_method", "load_source"),
    ),
    Feature("events", "Reading what happened in a session.", ALL, ("poll_events",)),
    Feature("administration", "Seeing all clients.", ALL, ("list_clients",), administrators=True),
    Feature("remote_debugger", "Stepping through an evaluation.", PAID, ("debug",)),
)


def builtin_catalogue() -> Catalogue:
    """Tiers and features as shipped."""
    return Catalogue({each.name: each for each in TIERS}, {each.name: each for each in FEATURES})

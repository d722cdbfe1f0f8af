"""Which test tries which row of the fault table.

A row: words by which its clauses are known, the test, and the error type that the test asserts (empty where the fault
is no error to anybody, or costs a connection and not a reply). ``NOT_BUILT`` has what there is nothing yet to try on.
"""

from attrs import frozen


@frozen
class Row:
    """Clauses of one section, by words that occur in them, and the test that tries them."""

    words: tuple[str, ...]
    test: str
    error: str = ""


def row(words: str, test: str, error: str = "") -> Row:
    """Words that are told apart by a bar."""
    return Row(tuple(words.split("|")), f"tests/{test}", error)


FRAMING = [
    row(
        "empty payload|InvalidRequest",
        "e2e/test_framing.py::test_an_empty_payload_is_an_invalid_request",
        "InvalidRequest",
    ),
    row(
        "several payload frames",
        "e2e/test_framing.py::test_several_payload_frames_are_an_invalid_request",
        "InvalidRequest",
    ),
    row(
        "5,000 frames",
        "e2e/test_framing.py::test_five_thousand_frames_are_an_invalid_request_and_the_server_lives_on",
        "InvalidRequest",
    ),
    row(
        "no payload|8 frames|dropped and counted",
        "transport/test_router.py::test_a_shape_without_room_for_a_reply_is_dropped_and_counted",
    ),
    row(
        "frame over the limit|disconnects that peer",
        "transport/test_router.py::test_a_message_over_the_limit_costs_its_sender_the_connection_only",
    ),
    row("routing ids|255 bytes|NUL|64|terminal|served", "e2e/test_framing.py::test_any_routing_id_is_served"),
    row("logged as hex", "test_server.py::test_what_came_from_outside_cannot_steer_a_terminal"),
    row(
        "random bytes|HTTP|TLS|silent TCP|closed|nothing delivered",
        "e2e/test_framing.py::test_what_is_not_zeromq_is_never_delivered",
    ),
    row("log flood", "test_server.py::test_a_flood_of_one_kind_is_stemmed_and_counted_and_others_come_through"),
    row(
        "cut at every byte|nothing leaked",
        "e2e/test_framing.py::test_a_connection_cut_in_the_middle_of_a_message_delivers_nothing",
    ),
]
STRICT = "protocol/test_incoming.py::test_what_is_no_strict_request_is_refused_and_the_path_named"
JSON = [
    row(
        "65 refused|of `[`|4,301|1e999|NaN|invalid|overlong|truncated|surrogates|BOM|UTF-16|trailing|single quotes"
        "|comments|control|top-level|naming the path",
        STRICT,
        "InvalidRequest",
    ),
    row(
        "depth 64|2^63|2^64|-0|65,000 keys|900 kB|`__class__`",
        "protocol/test_incoming.py::test_what_is_strict_json_is_taken",
    ),
    row("`true` or", "e2e/test_json.py::test_what_is_not_a_strict_object_is_refused", "InvalidRequest"),
]
PROTOCOL = [
    row(
        "unknown|10 kB command", "e2e/test_protocol.py::test_an_unknown_command_is_unsupported", "UnsupportedOperation"
    ),
    row("empty", "e2e/test_protocol.py::test_a_missing_empty_or_mistyped_command_is_invalid", "InvalidRequest"),
    row(
        "mistyped field",
        "protocol/test_every_command.py::test_a_field_takes_its_type_and_nothing_else",
        "InvalidRequest",
    ),
    row(
        "wrong version",
        "e2e/test_protocol.py::test_another_major_version_is_invalid_and_told_which_are_served",
        "InvalidRequest",
    ),
    row(
        "id reused|InvalidRequest",
        "e2e/test_protocol.py::test_an_id_reused_with_other_content_is_refused",
        "InvalidRequest",
    ),
    row("while running|joins it|one reply", "e2e/test_protocol.py::test_a_request_repeated_while_it_runs_joins_it"),
    row(
        "after it finished|the same reply",
        "e2e/test_contract_meaning.py::test_an_id_that_comes_again_with_the_same_content_is_answered_as_before",
    ),
    row(
        "a long id past|not executed",
        "session/test_executed.py::test_beyond_the_window_a_long_id_is_refused_and_not_taken_for_new",
        "InvalidRequest",
    ),
    row("short id again|executed", "e2e/test_protocol.py::test_a_short_id_is_a_new_request_after_a_new_attach"),
    row(
        "a new one", "e2e/test_contract_meaning.py::test_a_long_id_is_remembered_across_attaches_and_a_short_one_is_not"
    ),
    row(
        "10,000 requests|Overloaded",
        "e2e/test_overload.py::test_ten_thousand_requests_before_the_first_reply_is_read_are_each_done_or_refused_once",
        "Overloaded",
    ),
    row("memory bounded", "e2e/test_overload.py::test_who_never_reads_is_cut_off_costs_little_and_harms_nobody"),
    row("timeout of 0|negative", "e2e/test_protocol.py::test_a_timeout_of_nothing_is_refused", "InvalidRequest"),
    row("10^12|capped|`warnings`", "e2e/test_protocol.py::test_a_timeout_beyond_the_most_is_capped_and_said"),
    row("interrupt of an unknown", "e2e/test_protocol.py::test_an_interrupt_of_an_unknown_request_says_so"),
    row("finished", "e2e/test_protocol.py::test_an_interrupt_of_a_request_that_has_ended_stops_nothing"),
    row(
        "foreign request",
        "e2e/test_protocol.py::test_an_interrupt_of_a_foreign_session_finds_no_session",
        "SessionNotFound",
    ),
]
SESSIONS = [
    row(
        "another client's|SessionNotFound",
        "e2e/test_sessions.py::test_another_clients_session_does_not_exist",
        "SessionNotFound",
    ),
    row(
        "audit record|same time",
        "e2e/test_sessions.py::test_the_log_tells_who_named_a_foreign_session_but_not_its_whole_id",
    ),
    row("malformed|10 kB ids", "e2e/test_sessions.py::test_a_malformed_session_id_is_refused", "SessionNotFound"),
    row("expired", "e2e/test_sessions.py::test_an_expired_session_says_so", "SessionExpired"),
    row("closed", "e2e/test_sessions.py::test_a_closed_session_is_closed", "SessionClosed"),
    row(
        "two connections|one writer",
        "actors/test_client.py::test_of_two_connections_that_restore_at_once_one_is_attached",
        "SessionConflict",
    ),
    row(
        "final save|waits|then works|never half",
        "actors/test_client.py::test_a_session_that_is_touched_while_it_falls_asleep_is_there",
    ),
    row(
        "expiry sweep",
        "actors/test_expiring.py::test_who_asks_for_what_is_about_to_be_deleted_waits_and_is_told_that_it_is_gone",
        "SessionNotFound",
    ),
    row(
        r"`../x`|`/etc`|`a/b`|`a\b`|`%2e%2e`|empty|NFC|NUL|newline|leading|trailing dot|InvalidRequest",
        "e2e/test_sessions.py::test_a_client_id_outside_the_rule_is_refused",
        "InvalidRequest",
    ),
    row(
        "`con`|`nul.txt`|`Alice`|63/64|by rule",
        "e2e/test_sessions.py::test_a_client_id_within_the_rule_has_a_workspace_of_its_own",
    ),
    row("no file touched outside", "e2e/test_sessions.py::test_no_file_is_made_outside_the_data_folder"),
    row(
        "limits per client",
        "e2e/test_sessions.py::test_more_attached_sessions_than_allowed_are_refused",
        "SessionLimitExceeded",
    ),
    row("in total", "e2e/test_sessions.py::test_more_clients_than_allowed_are_refused", "Overloaded"),
    row(
        "over its size|rolled back|usable",
        "e2e/test_sessions.py::test_a_session_over_its_size_is_refused_and_rolled_back",
        "ResourceExhausted",
    ),
    row("the clock|no expiry|no loss", "conformance/store_suite.py::test_a_clock_that_jumps_deletes_nothing"),
    row("suspended with an alarm", "storage/test_expiry.py::test_a_jump_is_an_alarm_until_the_clock_is_right_again"),
    row("a sweep never", "conformance/store_suite.py::test_a_sweep_deletes_ten_at_most_of_a_few"),
    row("5 %", "storage/test_expiry.py::test_of_many_a_twentieth_goes_at_once"),
]
ENDLESS = "e2e/test_evaluation.py::test_what_never_ends_is_stopped_by_its_time"
TOO_MUCH = "e2e/test_evaluation.py::test_what_takes_too_much_is_stopped_by_the_limit_that_it_hits"
FAILS = "e2e/test_evaluation.py::test_an_unhandled_exception_is_told_in_smalltalks_words"
UNPARSEABLE = "e2e/test_evaluation.py::test_what_does_not_parse_says_where"
EVALUATION = [
    row("Timeout|`printOn:`|`=`|`hash`|`ensure:`|sort blocks|catch all|`ifCurtailed:`", ENDLESS, "Timeout"),
    row(
        "= depth|blocks|= memory|10^7 small|`s := s|forty times|= integer|`1 bitShift"
        "|`1000000 factorial`|squaring|= processes",
        TOO_MUCH,
        "ResourceExhausted",
    ),
    row("`details.limit`", "e2e/test_evaluation.py::test_no_handler_catches_a_limit", "ResourceExhausted"),
    row(
        "= output|`truncated` true",
        "e2e/test_evaluation.py::test_output_without_end_is_cut_with_a_mark_and_is_no_error",
    ),
    row("source above", "e2e/test_evaluation.py::test_source_above_its_limit_is_refused", "InvalidRequest"),
    row("ParseError|comment|unterminated|block|nesting deeper than 500", UNPARSEABLE, "ParseError"),
    row(
        "linear time|without a crash|`16r`", "smalltalk/test_parser.py::test_hostile_programs_are_refused", "ParseError"
    ),
    row("10^5 cascades", "e2e/test_evaluation.py::test_a_hundred_thousand_cascades_parse"),
    row("`Array new: -1`|dead home|`become:`|`perform:`|redefining|TypeError|`nil` or", FAILS, "EvaluationError"),
    row("itself printed|NaN|garbage|Fine", "e2e/test_evaluation.py::test_what_is_odd_but_harmless_works"),
    row(
        "10^6-long|saved and freed",
        "e2e/test_exhausted.py::test_a_list_of_a_million_is_built_saved_restored_and_let_go",
    ),
    row("permutation", "smalltalk/test_sorting.py::test_an_inconsistent_order_still_gives_a_permutation"),
    row(
        "without effect on others|redefined|`doesNotUnderstand:`",
        "e2e/test_evaluation.py::test_a_clients_changes_to_the_library_are_its_own",
    ),
    row(
        "Overloaded|the rest answered",
        "e2e/test_overload.py::test_of_a_thousand_evaluations_in_flight_64_are_done_and_the_rest_refused",
        "Overloaded",
    ),
]
FILES = [
    row("truncated at every|zero length", "storage/test_damage.py::test_a_file_cut_at_any_length_is_passed_over"),
    row("trailing bytes", "storage/test_damage.py::test_trailing_bytes_are_noticed"),
    row("single bit", "storage/test_damage.py::test_each_single_flipped_bit_is_noticed"),
    row(
        "quarantined|`recovered_from`|the previous",
        "storage/test_damage.py::test_what_was_passed_over_is_told_with_its_reason_and_place",
    ),
    row(
        "all bad|SessionCorrupt",
        "storage/test_damage.py::test_when_nothing_is_whole_the_session_is_corrupt_and_stays_so",
        "SessionCorrupt",
    ),
    row("another client's file", "storage/test_damage.py::test_another_sessions_file_is_not_taken"),
    row(
        "newer format|refused and left",
        "storage/test_damage.py::test_a_newer_format_is_refused_and_left_untouched",
        "StorageError",
    ),
    row("wrong owner", "storage/test_damage.py::test_a_file_of_another_user_is_not_trusted"),
    row("or mode", "storage/test_damage.py::test_a_file_that_others_may_write_is_not_trusted"),
    row("symlink", "storage/test_damage.py::test_a_symbolic_link_is_not_followed"),
    row("folder|FIFO|socket in place", "storage/test_damage.py::test_what_stands_in_place_of_a_file_is_passed_over"),
    row(
        "no permission",
        "storage/test_faults.py::test_a_file_without_permission_is_an_error_and_not_an_older_state",
        "StorageError",
    ),
    row("disk full", "storage/test_faults.py::test_a_save_survives_an_error_at_any_system_call", "StorageError"),
    row(
        "read-only remount",
        "storage/test_faults.py::test_a_disk_that_became_read_only_refuses_to_save_and_still_loads",
        "StorageError",
    ),
    row("EIO at fsync", "storage/test_faults.py::test_after_a_failed_sync_another_file_is_written", "StorageError"),
    row("compression bomb", "storage/test_damage.py::test_a_compression_bomb_is_not_unpacked"),
    row("folder removed", "storage/test_damage.py::test_without_its_data_folder_a_store_refuses", "StorageError"),
    row(
        "second server|clear message|touches nothing",
        "e2e/test_sessions.py::test_a_second_server_on_the_same_folder_says_so_and_touches_nothing",
    ),
    row("stray|starts in", "storage/test_lock.py::test_strays_are_swept_and_sessions_stay"),
    row(
        "equal generations|higher epoch|audit",
        "storage/test_damage.py::test_of_equal_numbers_the_higher_epoch_wins_and_the_other_is_kept",
    ),
]
AUTH = [
    row(
        "expired|empty|1 MB token", "auth/test_authority.py::test_every_bad_try_looks_the_same", "AuthenticationFailed"
    ),
    row("replay", "auth/test_authority.py::test_a_forged_grant_is_worth_nothing"),
    row("20 bad tries|lock-out", "auth/test_authority.py::test_bad_tries_are_delayed_and_the_owner_is_not"),
    row(
        "unknown account", "auth/test_authority.py::test_an_unknown_account_costs_the_same_comparisons_as_a_wrong_token"
    ),
    row(
        "fail closed|15 minutes|explicit denial",
        "auth/test_authority.py::test_a_damaged_file_adds_no_right_and_after_a_grace_takes_all",
    ),
    row(
        "revoked|noticed within|session kept",
        "auth/test_authority.py::test_a_revoked_token_is_noticed_in_mid_session_and_the_reason_said",
    ),
    row(
        "downgraded|with the reason",
        "auth/test_authority.py::test_a_downgraded_account_loses_what_its_tier_had",
        "PermissionDenied",
    ),
]
LOAD = [
    row(
        "slow readers|a byte a second",
        "transport/test_router.py::test_a_peer_that_stays_slow_is_cut_off_and_costs_the_others_nothing",
    ),
    row("evicted within", "e2e/test_overload.py::test_who_never_reads_is_cut_off_costs_little_and_harms_nobody"),
    row(
        "5x overload|refusals|goodput",
        "e2e/test_overload.py::test_of_a_thousand_evaluations_in_flight_64_are_done_and_the_rest_refused",
        "Overloaded",
    ),
    row("99 quiet|their p99", "actors/test_client.py::test_an_endless_loop_does_not_keep_others_from_being_served"),
    row("1,000 clients cut|99 %|back to normal", "tools/test_bench.py::test_a_crowd_that_comes_back_is_timed"),
    row(
        "nothing done twice", "e2e/test_killed.py::test_kills_under_load_lose_nothing_acknowledged_and_do_nothing_twice"
    ),
    row(
        "descriptors exhausted",
        "e2e/test_exhausted.py::test_without_descriptors_those_who_are_here_go_on_and_new_ones_come_in_once_there_are_some",
        "StorageError",
    ),
    row(
        "SIGTERM|every acknowledged|exit within",
        "e2e/test_killed.py::test_sigterm_under_load_saves_everything_acknowledged_and_exits_with_zero",
    ),
]
ROWS = {
    "Framing": FRAMING,
    "JSON": JSON,
    "Protocol": PROTOCOL,
    "Sessions": SESSIONS,
    "Evaluation": EVALUATION,
    "Files": FILES,
    "Auth": AUTH,
    "Load": LOAD,
}
NOT_BUILT = {  # tokens here are secrets in a file, and nobody outside is asked about them
    "Auth": (
        "not yet valid",
        "audience",
        "issuer",
        "signature",
        "`alg",
        "HS256",
        "`crit`",
        "`jku`",
        "`kid`",
        "`exp`",
        "external API",
        "500",
        "malformed",
        "redirecting",
        "slow",
    ),
}

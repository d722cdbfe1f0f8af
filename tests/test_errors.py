"""The error types, as the contract lists them."""

import pytest

from stui_actors import errors
from stui_actors.errors import WIRE_ERRORS, ConfigError, StuiError

CONTRACT = {
    "InvalidRequest": ("InvalidRequest", False),
    "UnsupportedOperation": ("UnsupportedOperation", False),
    "AuthenticationRequired": ("PermissionDenied", False),
    "AuthenticationFailed": ("PermissionDenied", False),
    "PermissionDenied": ("PermissionDenied", False),
    "SessionNotFound": ("ObjectNotFound", False),
    "SessionExpired": ("ObjectNotFound", False),
    "SessionClosed": ("ObjectNotFound", False),
    "SessionConflict": ("InvalidRequest", False),
    "SessionParked": ("InternalError", True),
    "SessionLimitExceeded": ("PermissionDenied", True),
    "RateLimited": ("Timeout", True),
    "Overloaded": ("Timeout", True),
    "SessionCorrupt": ("InternalError", False),
    "StorageError": ("InternalError", True),
    "ParseError": ("EvaluationError", False),
    "EvaluationError": ("EvaluationError", False),
    "Interrupted": ("EvaluationError", False),
    "Timeout": ("Timeout", False),
    "ResourceExhausted": ("EvaluationError", False),
    "ObjectNotFound": ("ObjectNotFound", False),
    "ClassNotFound": ("ClassNotFound", False),
    "MethodNotFound": ("MethodNotFound", False),
    "ActorCrashed": ("InternalError", False),
    "ShuttingDown": ("Timeout", True),
    "InternalError": ("InternalError", False),
}


def test_the_wire_knows_exactly_the_errors_of_the_contract():
    assert {each.error_type: (each.envelope_code, each.retryable) for each in WIRE_ERRORS} == CONTRACT
    assert len(WIRE_ERRORS) == len(CONTRACT)


def test_every_error_is_on_the_wire_but_those_of_settings():
    defined = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, StuiError)}

    assert defined - set(WIRE_ERRORS) == {StuiError, ConfigError}


@pytest.mark.parametrize("error_class", WIRE_ERRORS, ids=lambda each: each.error_type)
def test_every_error_says_what_to_do_next(error_class):
    error = error_class("Too bad.", line=1)

    assert error.advice.endswith(".")
    assert (error.message, str(error), error.details) == ("Too bad.", "Too bad.", {"line": 1})
    assert error_class("x", suggestion="Do that.").advice == "Do that."
    assert error.severity == "error"
    assert error_class.__name__ == error_class.error_type

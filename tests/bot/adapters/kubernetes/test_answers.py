"""Every refusal that was recorded, and what becomes of it."""

import re
from collections import Counter
from typing import Any

import pytest

from bot.adapters.kubernetes.answers import Call, refusal
from bot.errors import (
    AlreadyExists,
    Conflict,
    Expired,
    Forbidden,
    Invalid,
    LeadsmanError,
    NotFound,
    PermanentError,
    PreconditionFailed,
    ServerFailed,
    TemporaryError,
    Throttled,
    Unauthenticated,
    Unsupported,
)
from tests.bot.adapters.kubernetes.recorded import body, exchanges, headers, title

REFUSALS = exchanges("refusals")
BARE = "the server rejected our request due to an error in our request"

# Status, reason, and for 404 and 422 what the answer speaks of: a named object, none, or the failed JSON patch.
MEANING: dict[tuple[int, str, str], type[LeadsmanError]] = {
    (400, "BadRequest", ""): Invalid,
    (401, "Unauthorized", ""): Unauthenticated,
    (403, "Forbidden", ""): Forbidden,
    (404, "NotFound", "an object"): NotFound,
    (404, "NotFound", "no object"): Unsupported,
    (404, "", "plain text"): Unsupported,
    (405, "MethodNotAllowed", ""): Unsupported,
    (405, "", ""): Unsupported,
    (406, "NotAcceptable", ""): Unsupported,
    (409, "AlreadyExists", ""): AlreadyExists,
    (409, "Conflict", ""): Conflict,
    (410, "Expired", ""): Expired,
    (415, "UnsupportedMediaType", ""): Unsupported,
    (422, "Invalid", "a failed JSON patch"): PreconditionFailed,
    (422, "Invalid", "an object"): Invalid,
    (422, "Invalid", "no object"): Invalid,
    (429, "TooManyRequests", ""): Throttled,
    (500, "", ""): ServerFailed,
    (504, "Timeout", ""): ServerFailed,
}


def kind_of(exchange: dict[str, Any]) -> tuple[int, str, str]:
    status, said = exchange["response"]["status"], exchange["response"]["body"]
    if not isinstance(said, dict):
        return status, "", "plain text" if status == 404 else ""
    speaks_of = ""
    if status in (404, 422):
        speaks_of = "an object" if said.get("details", {}).get("name") else "no object"
    if said["message"] == BARE:
        speaks_of = "a failed JSON patch"
    return status, said.get("reason", ""), speaks_of


def call_of(exchange: dict[str, Any]) -> Call:
    request = exchange["request"]
    json_patch = "json-patch" in (request["headers"] or {}).get("Content-Type", "")
    return Call("prod-eu", request["method"].lower(), "deployments.apps shop/x", request["method"] != "GET", json_patch)


def error_of(exchange: dict[str, Any]) -> LeadsmanError:
    status = exchange["response"]["status"]
    return refusal(call_of(exchange), status, headers(exchange), body(exchange), "")


@pytest.mark.parametrize("exchange", REFUSALS, ids=title)
def test_a_recorded_refusal_becomes_the_error_that_says_what_to_do(exchange: dict[str, Any]) -> None:
    error = error_of(exchange)
    assert type(error) is MEANING[kind_of(exchange)]
    sentence = str(error)
    assert sentence.startswith("Cluster prod-eu: cannot ")
    assert sentence.endswith(".")
    assert re.search(r"(?<!\.)\.\. ", sentence) is None
    assert re.search(r"(?<!\.)\.\. ", sentence) is None
    assert len(sentence) < 520
    for part_of_an_object in ("fieldsV1", "creationTimestamp", 'containers":', "PodSpec{"):
        assert part_of_an_object not in sentence


def test_no_kind_of_refusal_in_the_table_is_without_a_recording() -> None:
    assert Counter(kind_of(exchange) for exchange in REFUSALS).keys() == MEANING.keys()


def find(status: int, message: str) -> dict[str, Any]:
    for exchange in REFUSALS:
        said = exchange["response"]["body"]
        text = said if isinstance(said, str) else said["message"]
        if exchange["response"]["status"] == status and message in text:
            return exchange
    raise LookupError(message)


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (
            401,
            "Unauthorized",
            "HTTP 401, Unauthorized. The credential is wrong or has expired: renew it (kubeconfig user, token file or "
            "service account).",
        ),
        (
            403,
            'cannot patch resource "deployments"',
            "Give this account the right; `leadsman rbac` prints the rules it needs.",
        ),
        (403, "system:anonymous", "No credential was sent: give the kubeconfig's context a user."),
        (403, "because it is being terminated", "forbids it: ask whoever runs the cluster."),
        (404, 'deployments.apps "missing" not found', "Create it, or correct the name, namespace or cluster"),
        (404, "404 page not found", "The cluster does not know this kind: install its CustomResourceDefinition."),
        (404, "could not find the requested resource", "The cluster does not know this kind"),
        (409, "already exists", "Use another name, or take over or delete the one that is there."),
        (409, "has been modified", "Somebody changed it at the same moment; it is read again and tried again."),
        (422, BARE, "the object is not as it was when this was decided. It is looked at again and decided anew."),
        (422, "must be greater than or equal to 0", "Correct what the message names; trying again changes nothing."),
        (429, "disruption budget", "The cluster asks for patience; it is tried again later."),
        (500, "more than one PodDisruptionBudget", "The server is at fault, not the request; it is tried again."),
    ],
)
def test_the_sentence_says_what_the_server_said_and_what_to_do(status: int, message: str, sentence: str) -> None:
    assert sentence in str(error_of(find(status, message)))


def test_what_was_never_applied_is_told_from_what_may_have_been() -> None:
    for exchange in REFUSALS:
        error = error_of(exchange)
        maybe = isinstance(error, TemporaryError) and error.maybe_applied
        assert maybe == (isinstance(error, ServerFailed) and exchange["request"]["method"] != "GET")


def test_a_permanent_error_is_never_a_temporary_one() -> None:
    for error in map(error_of, REFUSALS):
        assert not (isinstance(error, PermanentError) and isinstance(error, TemporaryError))


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "Fri, 20 Nov 2026 09:53:30 GMT", "Date": "Fri, 20 Nov 2026 09:53:00 GMT"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2026 09:52:30 GMT", "Date": "Fri, 20 Nov 2026 09:53:00 GMT"}, 0.0),
        ({"Retry-After": "Fri, 20 Nov 2026 09:53:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date_and_never_trusted_beyond_an_hour(
    headers: dict[str, str], delay: float | None
) -> None:
    error = refusal(Call("prod-eu", "list", "pods shop"), 429, headers, b"")
    assert isinstance(error, Throttled)
    assert error.delay == delay


def test_the_delay_of_a_recorded_timeout_is_the_one_the_server_named() -> None:
    error = error_of(find(504, "Too large resource version"))
    assert isinstance(error, ServerFailed)
    assert error.delay == 1.0


def test_a_failed_test_is_a_precondition_only_in_a_json_patch() -> None:
    bare = find(422, BARE)
    other = Call("prod-eu", "create", "deployments.apps shop/x", writes=True)
    assert isinstance(refusal(other, 422, {}, body(bare)), Invalid)


@pytest.mark.parametrize(
    "text",
    [
        "you sent Authorization: Bearer sentinel-5f0c1a77e2d94b",
        "token sentinel-5f0c1a77e2d94b is not known",
        "authorization: bearer some-other-token-entirely",
        "jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl refused",
    ],
)
def test_a_credential_that_a_server_echoes_is_cut_out(text: str) -> None:
    call = Call("prod-eu", "get", "pods shop/x")
    error = refusal(call, 500, {"Content-Type": "text/plain"}, text.encode(), "sentinel-5f0c1a77e2d94b")
    for secret in ("sentinel", "some-other", "eyJ"):
        assert secret not in str(error)


def test_a_page_of_html_is_not_quoted() -> None:
    call = Call("prod-eu", "get", "pods shop/x")
    error = refusal(call, 502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1>" * 50)
    assert "HTTP 502 without a reason" in str(error)

"""Reviews: what somebody may do, and who they are."""

from typing import TYPE_CHECKING, Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.auth import Attributes, Authenticator, Authorizer, User
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.objects import BODY_TYPES, read_object
from bot.playground.kubernetes.requests import Reply
from bot.playground.kubernetes.status import ApiError, Cause

if TYPE_CHECKING:
    from bot.playground.kubernetes.api import Call

Obj = dict[str, Any]

_EXACTLY_ONE = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


class Reviews:
    """Answers the create-only kinds of authentication and authorization."""

    def __init__(self, authenticator: Authenticator, authorizer: Authorizer) -> None:
        self._authenticator = authenticator
        self._authorizer = authorizer

    def answer(self, call: "Call", now: str) -> Reply:
        """Do what is asked. Raises ApiError."""
        media = call.content_type or "application/json"
        if media not in BODY_TYPES[:2]:
            raise status.unsupported_media_type(BODY_TYPES)
        body = read_object(call.body, media, call.resource).value
        kind = call.resource.kind
        review = {"kind": kind, "apiVersion": call.resource.api_version, "metadata": {}}
        match kind:
            case "SelfSubjectReview":
                shown = {**review, "metadata": {"creationTimestamp": now}, "status": {"userInfo": user_info(call.user)}}
                return Reply(shown, 201)
            case "TokenReview":
                return Reply({**review, **self._token(body)}, 201)
            case "SelfSubjectRulesReview":
                return Reply({**review, "spec": {}, "status": self._rules(call.user, body)}, 201)
            case "SelfSubjectAccessReview":
                return Reply({**review, **self._access(call.user, body)}, 201)
        spec = body.get("spec") or {}
        subject = User(spec.get("user") or "", spec.get("uid") or "", tuple(spec.get("groups") or ()))
        if kind == "LocalSubjectAccessReview":
            review["metadata"] = {"namespace": call.namespace}
        return Reply({**review, **self._access(subject, body)}, 201)

    def _access(self, user: User, body: Obj) -> Obj:
        spec = body.get("spec") or {}
        about, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if (about is None) == (path is None):
            cause = Cause("Invalid", f"Invalid value: null: {_EXACTLY_ONE}", "spec.resourceAttributes")
            raise status.invalid("", "authorization.k8s.io", "", [cause])
        wanted = (
            Attributes(
                about.get("verb", ""),
                about.get("group", ""),
                about.get("resource", ""),
                about.get("subresource", ""),
                about.get("namespace", ""),
                about.get("name", ""),
            )
            if about is not None
            else Attributes((path or {}).get("verb", ""), path=(path or {}).get("path", ""))
        )
        reason = self._authorizer.decide(user, wanted)
        decision: Obj = {"allowed": reason is not None}
        if reason:
            decision["reason"] = reason
        return {"spec": spec, "status": decision}

    def _rules(self, user: User, body: Obj) -> Obj:
        namespace = (body.get("spec") or {}).get("namespace")
        if not namespace:
            raise status.bad_request("no namespace on request")
        rules = self._authorizer.rules_in(user, namespace)
        if "system:masters" in user.groups:
            rules = [
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
                {"verbs": ["*"], "nonResourceURLs": ["*"]},
                *rules,
            ]
        return {
            "resourceRules": [_kept(rule) for rule in rules if rule.get("resources")],
            "nonResourceRules": sorted((_kept(r) for r in rules if r.get("nonResourceURLs")), key=canonical),
            "incomplete": False,
        }

    def _token(self, body: Obj) -> Obj:
        spec = body.get("spec") or {}
        try:
            user = self._authenticator.user(f"Bearer {spec.get('token', '')}")
        except ApiError:
            return {"spec": spec, "status": {"user": {}, "error": "invalid bearer token"}}
        shown = {"authenticated": True, "user": user_info(user), "audiences": ["https://kubernetes.default.svc"]}
        return {"spec": spec, "status": shown}


def _kept(rule: Obj) -> Obj:
    return {key: value for key, value in rule.items() if value}


def user_info(user: User) -> Obj:
    """A user as reviews show it."""
    shown: Obj = {"username": user.name}
    if user.uid:
        shown["uid"] = user.uid
    shown["groups"] = list(user.groups)
    if user.extra:
        shown["extra"] = dict(user.extra)
    return shown

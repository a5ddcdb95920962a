"""Who asks, and what they may do: bearer tokens, impersonation, RBAC."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import status
from bot.playground.kubernetes.status import ApiError, bad_request, qualified, unauthorized
from bot.playground.kubernetes.store import Store

Obj = dict[str, Any]

RBAC_GROUP = "rbac.authorization.k8s.io"
_CACHE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class User:
    """Somebody: name, uid, groups, and extra facts."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, list[str]] = field(default_factory=dict)


ANONYMOUS = User("system:anonymous", groups=("system:unauthenticated",))
ADMIN = User("admin", "admin", ("system:masters", "system:authenticated"))


@dataclass(frozen=True, slots=True)
class Attributes:
    """What somebody wants to do: a verb on a resource, or on a path that is none."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        """`pods/log`, as a rule names it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def service_account_user(namespace: str, name: str, uid: str = "") -> User:
    """The user that a service account is."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", uid, groups)


class Authenticator:
    """Knows the tokens. A deleted service account's token lives some seconds longer, as the server's cache has it."""

    def __init__(self, store: Store, clock: PlaygroundClock) -> None:
        self._store = store
        self._clock = clock
        self._users: dict[str, User] = {}
        self._accounts: dict[str, tuple[str, str, str]] = {}
        self._seen: dict[str, datetime] = {}
        self.expired = False

    def add(self, token: str, user: User) -> None:
        """Let a token stand for a user."""
        self._users[token] = user

    def token_for(self, namespace: str, name: str) -> str:
        """A token of a service account; the same one each time for the same account."""
        account = self._store.get("serviceaccounts", namespace, name)
        uid = account["metadata"]["uid"] if account else ""
        token = "sa-" + hashlib.sha256(f"{namespace}/{name}/{uid}".encode()).hexdigest()[:40]
        self._accounts[token] = (namespace, name, uid)
        return token

    def user(self, authorization: str | None) -> User:
        """Who sent the header. Raises ApiError 401."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or self.expired:
            raise unauthorized()
        user = self._users.get(token) or self._account_user(token)
        if user is None:
            raise unauthorized()
        return user

    def _account_user(self, token: str) -> User | None:
        known = self._accounts.get(token)
        if known is None:
            return None
        namespace, name, uid = known
        account = self._store.get("serviceaccounts", namespace, name)
        now = self._clock.real_now()
        if account is not None and uid in ("", account["metadata"]["uid"]):
            self._seen[token] = now
            return service_account_user(namespace, name, account["metadata"]["uid"])
        last = self._seen.get(token)
        if last is not None and now - last < timedelta(seconds=_CACHE_SECONDS):
            return service_account_user(namespace, name, uid)
        return None


def impersonated(user: User, headers: Mapping[str, str], many: Mapping[str, list[str]]) -> User | None:
    """The user somebody asks to act as, if they do. Raises ApiError 400."""
    name = headers.get("Impersonate-User", "")
    groups = many.get("impersonate-group", [])
    uid = headers.get("Impersonate-Uid", "")
    extra = {
        key.removeprefix("impersonate-extra-"): values
        for key, values in many.items()
        if key.startswith("impersonate-extra-")
    }
    if not name:
        if not groups and not uid and not extra:
            return None
        shown = "{" + ", ".join(f'"{group}"' for group in groups) + "}"
        raise bad_request(
            f'requested &user.DefaultInfo{{Name:"", UID:"{uid}", Groups:[]string{shown}, '
            f"Extra:map[string][]string(nil)}} without impersonating a user name"
        )
    if name.startswith("system:serviceaccount:") and not groups:
        _, _, namespace, account = name.split(":", 3)
        return service_account_user(namespace, account, uid)
    given = tuple(groups)
    known = ("system:authenticated", "system:unauthenticated")
    tail = () if any(group in known for group in given) or name == ANONYMOUS.name else ("system:authenticated",)
    return User(name, uid, given + tail, extra)


class Authorizer:
    """RBAC over the roles and bindings in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def decide(self, user: User, wanted: Attributes) -> str | None:
        """Why the user may (empty for a super-user); None when they may not."""
        if "system:masters" in user.groups:
            return ""
        for reason, rule in self._rules(user, wanted.namespace):
            if _allows(rule, wanted):
                return reason
        return None

    def check(self, user: User, wanted: Attributes) -> None:
        """Raises ApiError 403."""
        if self.decide(user, wanted) is None:
            raise refusal(user, wanted)

    def rules_in(self, user: User, namespace: str) -> list[Obj]:
        """The rules that apply to a user in a namespace."""
        return [rule for _, rule in self._rules(user, namespace)]

    def _rules(self, user: User, namespace: str) -> Iterator[tuple[str, Obj]]:
        for binding in reversed(self._store.objects(f"clusterrolebindings.{RBAC_GROUP}")):
            yield from self._bound(user, binding, "ClusterRoleBinding", binding["metadata"]["name"])
        if namespace:
            for binding in self._store.objects(f"rolebindings.{RBAC_GROUP}", namespace):
                yield from self._bound(user, binding, "RoleBinding", f"{binding['metadata']['name']}/{namespace}")

    def _bound(self, user: User, binding: Obj, kind: str, shown: str) -> Iterator[tuple[str, Obj]]:
        subject = next((s for s in binding.get("subjects") or () if _is(s, user, binding)), None)
        if subject is None:
            return
        reference = binding["roleRef"]
        namespace = binding["metadata"].get("namespace", "") if reference["kind"] == "Role" else ""
        storage = f"{'roles' if reference['kind'] == 'Role' else 'clusterroles'}.{RBAC_GROUP}"
        role = self._store.get(storage, namespace, reference["name"])
        named = reference["name"] + (f"/{namespace}" if namespace else "")
        reason = f'RBAC: allowed by {kind} "{shown}" of {reference["kind"]} "{named}" to {_shown(subject)}'
        for rule in (role or {}).get("rules") or ():
            yield reason, rule


def _shown(subject: Obj) -> str:
    name = subject["name"] + (f"/{subject['namespace']}" if subject.get("namespace") else "")
    return f'{subject["kind"]} "{name}"'


def _is(subject: Obj, user: User, binding: Obj) -> bool:
    match subject.get("kind"):
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
        case "ServiceAccount":
            space = subject.get("namespace") or binding["metadata"].get("namespace", "")
            return user.name == f"system:serviceaccount:{space}:{subject['name']}"
    return False


def _allows(rule: Obj, wanted: Attributes) -> bool:
    if not {"*", wanted.verb} & set(rule.get("verbs") or ()):
        return False
    if wanted.path:
        return any(_path_matches(pattern, wanted.path) for pattern in rule.get("nonResourceURLs") or ())
    if not {"*", wanted.group} & set(rule.get("apiGroups") or ()):
        return False
    resources = {"*", wanted.full_resource}
    if wanted.subresource:
        resources.add(f"*/{wanted.subresource}")
    if not resources & set(rule.get("resources") or ()):
        return False
    names = rule.get("resourceNames") or ()
    return not names or wanted.name in names


def _path_matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == path


def refusal(user: User, wanted: Attributes) -> ApiError:
    """403, in the words of the authorizer."""
    if wanted.path:
        message = f'forbidden: User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
        return ApiError(403, message, "Forbidden", {})
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    why = f'User "{user.name}" cannot {wanted.verb} resource "{wanted.full_resource}" in API group "{wanted.group}" {where}'
    name = f' "{wanted.name}"' if wanted.name else ""
    message = f"{qualified(wanted.resource, wanted.group)}{name} is forbidden: {why}"
    return ApiError(403, message, "Forbidden", status.details_of(wanted.name, wanted.group, wanted.resource))

"""The Roles and RoleBindings that Leadsman needs in a cluster, made from the configuration: nothing more than it uses."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.adapters.kubernetes import Kind
from bot.config import Config
from bot.config.config import Environment
from bot.rights import Right, rights
from bot.templates import kinds
from strategies.model import Native

Document = dict[str, object]

API_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Account:
    """The service account that Leadsman uses in the cluster."""

    name: str = "leadsman"
    namespace: str = "leadsman"


def rbac_documents(config: Config, cluster: str, account: Account = Account()) -> tuple[Document, ...]:
    """A Role and a RoleBinding for each namespace of `cluster` that an app runs in, by name; and, where something is
    read that belongs to no namespace, a ClusterRole and a ClusterRoleBinding for that alone.
    """
    places: dict[str, list[Environment]] = {}
    for environment in config.environments():
        if environment.cluster == cluster:
            places.setdefault(environment.target.namespace, []).append(environment)
    documents: list[Document] = []
    whole: dict[Right, None] = {}
    for namespace in sorted(places):
        needed = needed_rights(config, places[namespace])
        metadata = _metadata(config.instance, namespace)
        rules = role_rules(tuple(right for right in needed if right.kind.namespaced))
        documents += [_role("Role", metadata, rules), _binding("Role", metadata, account)]
        whole |= dict.fromkeys(right for right in needed if not right.kind.namespaced)
    if whole:
        metadata = _metadata(config.instance, None)
        rules = role_rules(tuple(whole))
        documents += [_role("ClusterRole", metadata, rules), _binding("ClusterRole", metadata, account)]
    return tuple(documents)


def needed_rights(config: Config, environments: Iterable[Environment]) -> tuple[Right, ...]:
    """What the rollouts of these environments need."""
    here = tuple(environments)
    templates = [kind for environment in here for kind in template_kinds(config, environment)]
    targets = [environment.target for environment in here]
    referring = any(environment.workload_ref for environment in here)
    return rights(targets, observes=config.observes, templates=templates, referring=referring)


def template_kinds(config: Config, environment: Environment) -> tuple[Kind, ...]:
    """The kinds of template that the environment's plan names and the configuration does not have."""
    driver = config.driver_for(environment.app, environment.name)
    return kinds(driver.plan, frozenset(config.templates)) if isinstance(driver, Native) else ()


def role_rules(needed: tuple[Right, ...]) -> list[Document]:
    """The rules of a role: one for each kind or subresource, verbs in their order."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in needed:
        verbs.setdefault((right.kind.group, right.resource), []).append(right.verb)
    return [{"apiGroups": [group], "resources": [name], "verbs": found} for (group, name), found in verbs.items()]


def _metadata(instance: str, namespace: str | None) -> Document:
    labels = {
        "app.kubernetes.io/name": "leadsman",
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/managed-by": "leadsman",
    }
    name = instance if instance == "leadsman" else f"leadsman-{instance}"
    return {"name": name, **({"namespace": namespace} if namespace else {}), "labels": labels}


def _role(kind: str, metadata: Document, rules: list[Document]) -> Document:
    return {"apiVersion": f"{API_GROUP}/v1", "kind": kind, "metadata": metadata, "rules": rules}


def _binding(kind: str, metadata: Document, account: Account) -> Document:
    return {
        "apiVersion": f"{API_GROUP}/v1",
        "kind": f"{kind}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": API_GROUP, "kind": kind, "name": metadata["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}],
    }

"""The Roles and RoleBindings that Leadsman needs in a cluster, made from the configuration: nothing more than it uses."""

from dataclasses import dataclass

from bot.config import Config
from bot.rights import Right, rights
from strategies.model import Target

Document = dict[str, object]

API_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Account:
    """The service account that Leadsman uses in the cluster."""

    name: str = "leadsman"
    namespace: str = "leadsman"


def rbac_documents(config: Config, cluster: str, account: Account = Account()) -> tuple[Document, ...]:
    """A Role and a RoleBinding for each namespace of `cluster` that an app runs in, by name."""
    targets: dict[str, list[Target]] = {}
    for environment in config.environments():
        if environment.cluster == cluster:
            targets.setdefault(environment.target.namespace, []).append(environment.target)
    documents: list[Document] = []
    for namespace in sorted(targets):
        metadata = _metadata(config.instance, namespace)
        rules = role_rules(rights(targets[namespace], observes=config.observes))
        documents += [_role(metadata, rules), _binding(metadata, account)]
    return tuple(documents)


def role_rules(needed: tuple[Right, ...]) -> list[Document]:
    """The rules of a Role: one for each kind, verbs in their order."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in needed:
        verbs.setdefault((right.kind.group, right.kind.plural), []).append(right.verb)
    return [{"apiGroups": [group], "resources": [plural], "verbs": found} for (group, plural), found in verbs.items()]


def _metadata(instance: str, namespace: str) -> Document:
    labels = {
        "app.kubernetes.io/name": "leadsman",
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/managed-by": "leadsman",
    }
    return {
        "name": instance if instance == "leadsman" else f"leadsman-{instance}",
        "namespace": namespace,
        "labels": labels,
    }


def _role(metadata: Document, rules: list[Document]) -> Document:
    return {"apiVersion": f"{API_GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": rules}


def _binding(metadata: Document, account: Account) -> Document:
    return {
        "apiVersion": f"{API_GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": API_GROUP, "kind": "Role", "name": metadata["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}],
    }

"""What people apply: it parses, fits together, and passes Pod Security's restricted profile."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.config import Config, Settings, load_config
from bot.rbac import rbac_documents
from bot.yaml_text import yaml_text
from strategies.native.sides import Sides, sides
from tests.manifests.documents import ROOT, Document, every, one, read

NAME = {"app.kubernetes.io/name": "leadsman", "app.kubernetes.io/instance": "leadsman"}
DEPLOYMENTS = ["base/deployment.yaml", "example/deployment.yaml"]
KUSTOMIZATIONS = ["base", "overlays/postgres", "example"]


def config() -> Config:
    found = load_config(ROOT / "base" / "config" / "leadsman.yaml")
    assert isinstance(found, Config), "\n".join(map(str, found))
    return found


def pod(name: str) -> Document:
    found: Document = one(name, "Deployment")["spec"]["template"]["spec"]
    return found


def test_every_file_is_yaml_with_documents_in_it() -> None:
    assert len(list(every())) > 15


def test_the_shipped_configuration_loads() -> None:
    assert set(config().apps) == {"checkout"}


def test_the_shipped_roles_are_those_that_the_configuration_needs() -> None:
    assert (ROOT / "base" / "rbac.yaml").read_text() == yaml_text(rbac_documents(config(), "main"))


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_pass_the_restricted_profile(name: str) -> None:
    spec = pod(name)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    allowed = {"configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    assert all(set(volume) - {"name"} <= allowed for volume in spec.get("volumes", []))
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
        }  # fmt: skip
        assert {"requests", "limits"} <= set(container["resources"])
        assert not any("hostPort" in port for port in container["ports"])


def test_the_namespaces_enforce_the_restricted_profile() -> None:
    for name in ("base/namespace.yaml", "example/namespace.yaml"):
        labels = one(name, "Namespace")["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_only_one_bot_runs_and_it_can_write_only_where_it_must() -> None:
    deployment = one("base/deployment.yaml", "Deployment")
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    [container] = pod("base/deployment.yaml")["containers"]
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/var/lib/leadsman", "/tmp"}
    claim = one("base/volume.yaml", "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_probes_ask_the_internal_listener() -> None:
    [container] = pod("base/deployment.yaml")["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    settings = environment(container)
    assert (settings.listen.port, settings.internal.port) == (ports["http"], ports["internal"])
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "internal"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "internal"}


def environment(container: Document) -> Settings:
    found = Settings.from_environ({entry["name"]: entry["value"] for entry in container["env"]})
    assert isinstance(found, Settings), found
    return found


def test_configuration_and_templates_are_mounted_where_the_configuration_looks() -> None:
    spec = pod("base/deployment.yaml")
    [container] = spec["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    made = {made["name"]: made["files"] for made in read("base/kustomization.yaml")[0]["configMapGenerator"]}
    volumes = {volume["name"]: volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume}
    path = environment(container).config
    assert str(path.parent) == mounts["config"]
    assert [Path(file).name for file in made[volumes["config"]]] == [path.name]
    [pattern] = config().file.analysis_templates
    assert (path.parent / pattern).parent.resolve() == Path(mounts["analysis"])
    listed = {Path(file).name for file in made[volumes["analysis"]]}
    assert listed == {file.name for file in (ROOT / "base" / "analysis").iterdir()}


def test_everything_of_ours_carries_name_and_instance_and_selectors_only_those() -> None:
    for name in ("serviceaccount", "volume", "deployment", "service", "networkpolicy", "rbac", "namespace"):
        for document in read(f"base/{name}.yaml"):
            assert NAME.items() <= document["metadata"]["labels"].items()
    assert one("base/deployment.yaml", "Deployment")["spec"]["selector"] == {"matchLabels": NAME}
    assert one("base/service.yaml", "Service")["spec"]["selector"] == NAME
    assert one("base/networkpolicy.yaml", "NetworkPolicy")["spec"]["podSelector"] == {"matchLabels": NAME}
    [pairs] = [made["pairs"] for made in read("base/kustomization.yaml")[0]["labels"]]
    assert {label.removeprefix("app.kubernetes.io/") for label in pairs} == {
        "version", "component", "part-of", "managed-by"
    }  # fmt: skip


def test_the_version_is_the_projects() -> None:
    version = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]["version"]
    [kustomization] = read("base/kustomization.yaml")
    assert kustomization["images"] == [{"name": "leadsman", "newTag": version}]
    assert kustomization["labels"][0]["pairs"]["app.kubernetes.io/version"] == version


@pytest.mark.parametrize("folder", KUSTOMIZATIONS)
def test_a_kustomization_names_every_file_beside_it_and_no_other(folder: str) -> None:
    [made] = read(f"{folder}/kustomization.yaml")
    named = [*made.get("resources", []), *(patch["path"] for patch in made.get("patches", []))]
    files = {name for name in named if name.endswith(".yaml")}
    assert files == {path.name for path in (ROOT / folder).glob("*.yaml")} - {"kustomization.yaml"}
    assert all((ROOT / folder / name).exists() for name in named)


def test_the_postgres_overlay_takes_the_disk_away_and_the_address_from_a_secret() -> None:
    patch = pod("overlays/postgres/deployment.yaml")
    [container] = patch["containers"]
    [entry] = container["env"]
    assert (entry["name"], entry["value"]) == ("DATABASE_URL", None)
    assert entry["valueFrom"] == {"secretKeyRef": {"name": "leadsman-database", "key": "DATABASE_URL"}}
    base = pod("base/deployment.yaml")
    [data] = [volume["name"] for volume in base["volumes"] if "persistentVolumeClaim" in volume]
    assert patch["volumes"] == [{"name": data, "$patch": "delete"}]
    [path] = [mount["mountPath"] for mount in base["containers"][0]["volumeMounts"] if mount["name"] == data]
    assert container["volumeMounts"] == [{"mountPath": path, "$patch": "delete"}]
    assert one("overlays/postgres/volume.yaml", "PersistentVolumeClaim")["$patch"] == "delete"


def test_no_secret_is_shipped() -> None:
    assert not [name for name, document in every() if isinstance(document, dict) and document.get("kind") == "Secret"]
    text = "".join(path.read_text() for path in ROOT.rglob("*.yaml"))
    assert not re.search(r"xox[a-z]-\w|xapp-\w", text)


def test_the_example_is_what_the_configuration_deploys_and_its_sides_are_disjoint() -> None:
    found = config()
    target = found.target("checkout", "prod")
    deployment = one("example/deployment.yaml", "Deployment")
    services = [document for document in read("example/services.yaml") if document["kind"] == "Service"]
    assert (target.namespace, target.workload) == ("shop", deployment["metadata"]["name"])
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["name"] == target.container
    assert container["image"].startswith(f"{found.apps['checkout'].image}:")
    assert isinstance(sides(deployment, services, target), Sides)
    ingress = one("example/ingress.yaml", "Ingress")
    assert target.router is not None
    assert ingress["metadata"]["name"] == target.router.ingress
    [rule] = ingress["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == target.router.stable_service


def test_the_image_holds_what_the_wheel_needs_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]}
    ignored = (ROOT / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert copied == {*packages, "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    [container] = pod("base/deployment.yaml")["containers"]
    user = pod("base/deployment.yaml")["securityContext"]["runAsUser"]
    assert f"USER {user}:{user}" in lines
    assert 'ENTRYPOINT ["leadsman"]' in lines
    assert container["args"] == ["run"]

"""The official asynchronous client works with the playground as with a real server."""

import asyncio

from kubernetes.aio import client as api
from kubernetes.aio import config, watch

from bot.playground.kubernetes import Cluster
from tests.playground.kubernetes.conftest import IMAGE, PATIENCE, Wait, deployment


async def test_the_official_client_lists_patches_and_watches(cluster: Cluster, until: Wait) -> None:
    await cluster.apply(deployment())
    settings = api.Configuration()
    await config.load_kube_config_from_dict(cluster.kubeconfig(), client_configuration=settings)
    async with api.ApiClient(settings) as connection:
        apps = api.AppsV1Api(connection)
        listed = await apps.list_namespaced_deployment("shop")
        assert [item.metadata.name for item in listed.items if item.metadata] == ["checkout"]
        seen: list[tuple[str, str]] = []

        async def follow() -> None:
            stream = watch.Watch()
            assert listed.metadata is not None
            version = listed.metadata.resource_version
            events = stream.stream(apps.list_namespaced_deployment, "shop", resource_version=version)
            try:
                async for event in events:
                    image = event["object"].spec.template.spec.containers[0].image
                    seen.append((event["type"], image))
                    if image.endswith(":v2"):
                        return
            finally:
                await stream.close()

        following = asyncio.create_task(follow())
        change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"{IMAGE}:v2"}]}}}}
        patched = await apps.patch_namespaced_deployment("checkout", "shop", change)
        assert patched.metadata is not None
        assert patched.metadata.generation == 2
        async with asyncio.timeout(PATIENCE):
            await following
    assert seen[-1] == ("MODIFIED", f"{IMAGE}:v2")


async def test_the_official_client_is_told_of_a_conflict(cluster: Cluster) -> None:
    await cluster.apply(deployment())
    settings = api.Configuration()
    await config.load_kube_config_from_dict(cluster.kubeconfig(), client_configuration=settings)
    async with api.ApiClient(settings) as connection:
        core = api.CoreV1Api(connection)
        body = api.V1ConfigMap(metadata=api.V1ObjectMeta(name="weights"), data={"v2": "10"})
        await core.create_namespaced_config_map("shop", body)
        try:
            await core.create_namespaced_config_map("shop", body)
        except api.ApiException as error:
            assert error.status == 409
            assert "already exists" in str(error.body)
        else:
            raise AssertionError("the second create was accepted")

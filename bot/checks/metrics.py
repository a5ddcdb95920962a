"""Does each Prometheus answer a query?"""

from concurrent.futures import Executor

from bot.adapters.prometheus import Prometheus
from bot.checks.finding import Finding, Group, unreached
from bot.config import Config
from bot.errors import LeadsmanError


async def check_prometheus(config: Config, name: str, address: str, executor: Executor) -> tuple[Finding, ...]:
    """What the Prometheus of the cluster `name` says."""
    server = Prometheus(address, executor=executor)
    try:
        await server.query("vector(1)")
    except LeadsmanError as error:
        place = str(config.mark("clusters", name, "prometheus"))
        return (unreached(Group.METRICS, name, error, place),)
    finally:
        server.close()
    return (Finding(Group.METRICS, ok=True, sentence=f"{name}: Prometheus at {server.address} answers"),)

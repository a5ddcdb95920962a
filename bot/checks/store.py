"""Is the database there, is it ours, and are its tables those of this version?"""

from pathlib import Path

from bot.checks.finding import Finding, Group
from bot.clock import Clock
from bot.config import Settings
from bot.errors import LeadsmanError
from bot.store.location import check_disk, read_address
from bot.store.store import Store


async def check_store(settings: Settings, clock: Clock) -> tuple[Finding, ...]:
    """What the database says. Nothing in it is changed, and a running bot is not disturbed."""
    address = settings.database_url.get_secret_value()
    try:
        if fresh := _not_made_yet(address):
            return (_found(f"{fresh} is made at the first start"),)
        store = Store.open(address, clock=clock, read_only=True)
        try:
            current = await store.is_current()
        finally:
            await store.close()
    except LeadsmanError as error:
        return (Finding(Group.STORE, ok=False, sentence=str(error).rstrip(".")),)
    if not current:
        sentence = f"{store.place} has the tables of another version"
        return (Finding(Group.STORE, ok=False, sentence=sentence, fix="leadsman db upgrade brings them to this one."),)
    return (_found(f"{store.place} answers, its tables are current"),)


def _not_made_yet(address: str) -> Path | None:
    """The file of a SQLite database that does not exist yet, if its folder could hold it. Raises NotConfigured if not."""
    url = read_address(address)
    if url.get_backend_name() != "sqlite":
        return None
    path = Path(str(url.database)).absolute()
    check_disk(path)
    return None if path.exists() else path


def _found(sentence: str) -> Finding:
    return Finding(Group.STORE, ok=True, sentence=sentence)

"""Names of places and versions, cut so that the news stays readable beside the longest of them."""

from handlers.slack.views.message import LONGEST_HEADER
from handlers.slack.views.prose import shorten

_VERSION = 20
_LEAST = 8


def version_name(version: str, longest: int = _VERSION) -> str:
    """A version as cards name it; the whole one stands in Details."""
    return shorten(version, longest)


def place_name(app: str, environment: str, longest: int = 80) -> str:
    """`checkout in prod`, each name cut where both together are too long."""
    whole = f"{app} in {environment}"
    if len(whole) <= longest:
        return whole
    half = max(_LEAST, (longest - 4) // 2)
    environment = shorten(environment, max(half, longest - 4 - len(app)))
    return f"{shorten(app, max(_LEAST, longest - 4 - len(environment)))} in {environment}"


def headline(app: str, environment: str, news: str) -> str:
    """`checkout in prod: v1.4.2 is live`, in at most 60 characters; names give way before the news does."""
    news = shorten(news, LONGEST_HEADER - 2 - 2 * _LEAST - 4)
    return f"{place_name(app, environment, LONGEST_HEADER - 2 - len(news))}: {news}"

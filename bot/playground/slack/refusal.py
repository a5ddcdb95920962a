"""How Slack says no: an error word, and what comes with it."""

from typing import Any

Json = dict[str, Any]


class RefusalError(Exception):
    """The Web API's answer `{"ok": false, "error": …}`; `more` holds the further keys of that answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more: Json = more

    def answer(self) -> Json:
        """The JSON as Slack sends it."""
        return {"ok": False, "error": self.error, **self.more}


class ImpossibleError(Exception):
    """What a person in Slack could not do at all: the client would not let them. The sentence says why."""


class GoneError(ImpossibleError):
    """What was on the person's screen is not there any more: somebody or something was faster, and nobody made a mistake."""


def bad_blocks(complaints: list[str]) -> RefusalError:
    """`invalid_blocks` with the complaints, each ending in its JSON pointer."""
    return RefusalError("invalid_blocks", errors=complaints, response_metadata={"messages": marked(complaints)})


def bad_arguments(complaints: list[str]) -> RefusalError:
    """`invalid_arguments` with the complaints."""
    return RefusalError("invalid_arguments", response_metadata={"messages": marked(complaints)})


def marked(complaints: list[str]) -> list[str]:
    """Complaints as `response_metadata.messages` carries them."""
    return [f"[ERROR] {complaint}" for complaint in complaints]

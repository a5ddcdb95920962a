"""Who is asked: the roles of a question as the user groups that hold them."""

from collections.abc import Mapping, Sequence

from handlers.slack.views.prose import Group, Line, Part, shorten

Groups = Mapping[str, tuple[Group, ...]]
"""The user groups behind each role. A role without one is named by its own word, and nobody is mentioned."""


def asked(roles: Sequence[str], groups: Groups, *, ping: bool) -> Line:
    """The groups of the roles, with commas; `ping` mentions them, else their handles are plain text."""
    parts: list[Part] = []
    for role in roles:
        for part in groups.get(role) or (shorten(role),):
            shown = part if ping or isinstance(part, str) else f"@{part.handle}"
            parts += [", ", shown] if parts else [shown]
    return tuple(parts)

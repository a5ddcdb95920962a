"""Who is asked: the roles of a question as the groups and people that hold them."""

from collections.abc import Mapping, Sequence

from handlers.slack.views.prose import Line, Part, shorten

Groups = Mapping[str, tuple[Part, ...]]
"""The user groups and people behind each role. A role without any is named by its own word, and nobody is mentioned."""


_ROLE = 20


def asked(roles: Sequence[str], groups: Groups) -> Line:
    """Those who hold the roles, with commas."""
    parts: list[Part] = []
    for role in roles:
        for part in groups.get(role) or (shorten(role, _ROLE),):
            parts += [", ", part] if parts else [part]
    return tuple(parts)

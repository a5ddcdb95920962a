"""The tree of a Rollout in letters of one width, as `kubectl argo rollouts get rollout` prints it, cut where Slack takes no more."""

from slack_sdk.models.blocks import RichTextBlock, RichTextElementParts, RichTextPreformattedElement

LONGEST = 3000
"""Characters of a tree that are shown: as many as Slack takes of any one text."""

_ROOM = 24
"""Characters kept free for how many lines are left out."""


def tree_block(text: str) -> RichTextBlock:
    """The tree, at most `LONGEST` characters of it: whole lines, and how many more there are."""
    part = RichTextElementParts.Text(text=cut(text))
    return RichTextBlock(block_id="tree", elements=[RichTextPreformattedElement(elements=[part])])


def cut(text: str) -> str:
    """The first lines that fit, without the blanks at their ends. A first line that does not fit is cut itself."""
    rows = [row.rstrip() for row in text.rstrip().splitlines()]
    if len("\n".join(rows)) <= LONGEST:
        return "\n".join(rows)
    kept: list[str] = []
    for row in rows:
        if len("\n".join([*kept, row])) > LONGEST - _ROOM:
            break
        kept.append(row)
    kept = kept or [rows[0][: LONGEST - _ROOM]]
    left = len(rows) - len(kept)
    return "\n".join([*kept, f"… {left} more line{'' if left == 1 else 's'}"] if left else kept)

"""A chart as a message of its own, for the thread."""

from slack_sdk.models.blocks import ImageBlock
from slack_sdk.models.blocks.basic_components import SlackFile

from handlers.slack.views.card import Picture
from handlers.slack.views.message import Message, text_of


def picture_message(picture: Picture) -> Message:
    """The chart, and its takeaway for where images are not shown."""
    image = ImageBlock(block_id="chart", slack_file=SlackFile(id=picture.file), alt_text=picture.alt)
    return Message(text_of(picture.alt), (image,))

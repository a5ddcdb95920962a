"""A Slack workspace on this machine: it refuses what Slack refuses, and a page shows it to people.

Tiers, scopes, limits, errors and shapes follow Slack's documentation and recorded answers. Time stamps of messages
are in the playground's
scaled time, so that they agree with what the bot writes; signatures, rates, trigger ids and response_urls live in
real time.
"""

from bot.playground.slack.changes import Change
from bot.playground.slack.courier import Delivery
from bot.playground.slack.identity import SlashCommand, Team
from bot.playground.slack.page import Welcome
from bot.playground.slack.refusal import ImpossibleError
from bot.playground.slack.workspace import Workspace

__all__ = ["Change", "Delivery", "ImpossibleError", "SlashCommand", "Team", "Welcome", "Workspace"]

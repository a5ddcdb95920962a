"""Whole rollouts, from a deploy to their end: the bot without Slack, on the playground, through real HTTP."""

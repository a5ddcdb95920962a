"""Leadsman in Slack: commands, buttons, forms, the card and the announcer."""

"""`leadsman check`: everything that must be so before Leadsman can work, looked at in one go.

Values only: the command line draws them. Each finding says what was looked at, and where it fails, why and what to do.
"""

from bot.checks.all import Probes, check
from bot.checks.finding import Finding, Group
from bot.checks.slack import SlackProbe

__all__ = ["Finding", "Group", "Probes", "SlackProbe", "check"]

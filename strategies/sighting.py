"""What a look at a target shows, whoever walks it: Leadsman itself, or Argo's controller."""

from strategies.argo.seen import ArgoSeen
from strategies.model import Seen

Sighting = Seen | ArgoSeen

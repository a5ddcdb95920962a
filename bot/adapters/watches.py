"""Who watches what in a cluster, so that a thousand rollouts share a handful of connections."""

from random import Random

from bot.adapters.kubernetes import Kind, Kubernetes
from bot.adapters.reflector import Reflector
from bot.clock import Clock


class Watches:
    """One reflector for each kind and namespace of a cluster, shared by all, started when first needed.

    A call to the cluster that gets no answer makes all of them doubt their connections: what cut the one off may have
    cut off the others without a word.
    """

    def __init__(self, kubernetes: Kubernetes, *, clock: Clock, random: Random) -> None:
        self._kubernetes = kubernetes
        self._clock = clock
        self._random = random
        self._reflectors: dict[tuple[Kind, str | None], Reflector] = {}
        kubernetes.when_unanswered(self._reopen)

    async def ensure(self, kind: Kind, namespace: str | None) -> Reflector:
        """The reflector of this kind, with its first list done.

        Raises what prevents that; the reflector goes on trying.
        """
        reflector = self._reflectors.get((kind, namespace))
        if reflector is None:
            reflector = Reflector(self._kubernetes, kind, namespace, clock=self._clock, random=self._random)
            self._reflectors[kind, namespace] = reflector
            reflector.start()
        await reflector.ready()
        return reflector

    def _reopen(self) -> None:
        for reflector in self._reflectors.values():
            reflector.reopen()

    async def stop(self) -> None:
        """Stop all of them."""
        reflectors, self._reflectors = tuple(self._reflectors.values()), {}
        for reflector in reflectors:
            await reflector.stop()

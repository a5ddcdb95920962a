"""Rights over the whole run: what the roles grant is what all tests together use, no verb more and none less.

A start asks the cluster for every right that its rollout needs, so that the log of the playground's cluster holds both: by what was asked
for in a namespace, whose role it was; and what was then done there. Where nothing was asked for, or what no role is alone, one role or
another must grant it. The comparison is made at the end of a run of everything, by the process that collects the others' ledgers.

Left out: requests that were refused for want of a right, which tests provoke; those of other clients; the tests that try our client or
the cluster themselves (`APART`); and what speaks to a cluster in a process of its own, which tells nobody its log (`leadsman demo`).
"""

import functools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.roles import Role

Use = tuple[str, str, str]
"""API group, resource with its subresource, verb."""
Uses = frozenset[Use]

TESTS = Path(__file__).parent
APART = ("bot/adapters", "playground")
CLIENT = "leadsman"
_REFUSED = (401, 403)
_EVERYBODYS = ("authorization.k8s.io", "selfsubjectaccessreviews")
_NEVER_NEEDED = ("argoproj.io", "applications")
"""Argo CD's, which are read where that is allowed, and which no role of ours names."""


@dataclass(slots=True)
class Ledger:
    """What was used, by what had been asked for in the same namespace, each with a test that used it."""

    used: dict[Uses, dict[Use, str]] = field(default_factory=dict)

    def add(self, asked: Iterable[Use], used: Iterable[Use], test: str) -> None:
        """What a test did in one namespace of one cluster. Of several tests the first by name stands."""
        known = self.used.setdefault(frozenset(asked), {})
        known |= {use: min(test, known.get(use, test)) for use in used}

    def enter(self, log: Iterable[Any], test: str) -> None:
        """The whole log of one cluster."""
        asked: dict[str, set[Use]] = {}
        used: dict[str, set[Use]] = {}
        for request in log:
            what = (request.group, request.resource)
            if request.agent != CLIENT or not request.resource or request.status in _REFUSED or what == _NEVER_NEEDED:
                continue
            if what == _EVERYBODYS:
                wanted = json.loads(request.body)["spec"]["resourceAttributes"]
                asked.setdefault(wanted["namespace"], set()).add(_use(**wanted))
            else:
                use = _use(request.group, request.resource, request.verb, request.subresource)
                used.setdefault(request.namespace, set()).add(use)
        for namespace, uses in used.items():
            self.add(asked.get(namespace, ()), uses, test)

    def problems(self, roles: Sequence["Role"]) -> Iterator[str]:
        """Where what is granted and what was used differ, in words."""
        for role in roles:
            used = self.used.get(role.asked, {})
            if unused := role.granted - used.keys():
                yield f"{role.name} grants and nothing uses: {_listed(dict.fromkeys(unused, ''))}"
            if more := {use: test for use, test in used.items() if use not in role.granted}:
                yield f"{role.name} does not grant and what has it uses: {_listed(more)}"
        of_any = frozenset[Use]().union(*(role.granted for role in roles))
        known = {role.asked for role in roles}
        others = {asked: used for asked, used in self.used.items() if asked not in known}
        of_none = {use: test for used in others.values() for use, test in used.items() if use not in of_any}
        if of_none:
            yield f"no role grants and something uses: {_listed(of_none)}"


def _use(group: str, resource: str, verb: str, subresource: str = "", **_: str) -> Use:
    return group, f"{resource}/{subresource}" if subresource else resource, verb


def _listed(uses: Mapping[Use, str]) -> str:
    """Each use as sentences name it, with the test that made it where one did."""
    return ", ".join(
        f"{verb} {resource}{'.' if group else ''}{group}{f' ({test})' if test else ''}"
        for (group, resource, verb), test in sorted(uses.items())
    )


class Run:
    """One run of tests, in one process of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ledger = Ledger()
        self._clusters: list[Any] = []
        self._files: set[str] = set()
        self._partial = False
        self._said = ""

    def pytest_collection_finish(self) -> None:
        """Hear of every cluster that is made from now on; where no test has imported it, none will be."""
        module = sys.modules.get("bot.playground.kubernetes.cluster")
        if module is None:
            return
        making = module.Cluster.__init__

        @functools.wraps(making)
        def made(cluster: Any, *arguments: Any, **more: Any) -> None:
            making(cluster, *arguments, **more)
            self._clusters.append(cluster)

        module.Cluster.__init__ = made

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Enter what the test's clusters saw until the last of them was stopped."""
        yield
        clusters, self._clusters = self._clusters, []
        if not any(item.path.is_relative_to(TESTS / folder) for folder in APART):
            for cluster in clusters:
                self._ledger.enter(cluster.requests, item.nodeid)

    def pytest_deselected(self) -> None:
        """Not everything is run."""
        self._partial = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which files ran, and whether something did not pass."""
        self._files.add(report.nodeid.partition("::")[0])
        self._partial |= not report.passed

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the ledger of a process that has done its part."""
        told = getattr(node, "workeroutput", {}).get("rights")
        self._partial |= told is None or told["partial"]
        for asked, use, test in told["used"] if told else ():
            self._ledger.add(map(tuple, asked), [tuple(use)], test)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Hand the ledger over, or compare it once all are together."""
        if hasattr(self._config, "workeroutput"):
            used = [([*asked], use, test) for asked, uses in self._ledger.used.items() for use, test in uses.items()]
            self._config.workeroutput["rights"] = {"partial": self._partial, "used": used}
        elif exitstatus == pytest.ExitCode.OK and self._is_whole():
            # What is printed for a configuration takes a second to import, which the other runs need not wait for.
            from tests.roles import roles

            problems = [*self._ledger.problems(roles())]
            self._said = "; ".join(problems) or "what the roles grant is what was used."
            if problems:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _is_whole(self) -> bool:
        everything = {path.relative_to(self._config.rootpath).as_posix() for path in TESTS.rglob("test_*.py")}
        return not self._partial and self._files >= everything

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how the comparison ended, where there was one."""
        if self._said:
            terminalreporter.write_line(f"Rights over the whole run: {self._said}")


def pytest_configure(config: pytest.Config) -> None:
    """Accompany the run."""
    config.pluginmanager.register(Run(config), "rights over the run")

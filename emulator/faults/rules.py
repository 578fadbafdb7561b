"""When a fault strikes: rules, and the book that holds them while the emulator runs.

Time is handed in and chance comes from each rule's own seed, so the same rules and the same calls give the same faults.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from random import Random

from emulator.faults.catalogue import Fault, Moment

REMEMBERED_HITS = 20
"""How many of its last hits a rule remembers; their number is always exact."""


@dataclass(frozen=True)
class Call:
    """What is about to happen.

    :param moment: what kind of thing.
    :param acts: pairs of service, as the emulator's router calls it, and API operation, for example `lambda` and
        `CreateFunction`; the first counts most. CloudFormation may need several for one resource.
    :param names: everything that the resource goes by: ARN, name, logical id.
    :param stack: name of the stack that the resource belongs to; empty if none.
    :param type: its CloudFormation type; empty if unknown.
    """

    moment: Moment
    acts: tuple[tuple[str, str], ...] = ()
    names: frozenset[str] = frozenset()
    stack: str = ""
    type: str = ""

    @property
    def title(self) -> str:
        """How a list of hits shows it."""
        if self.moment is Moment.REQUEST:
            return ":".join(self.acts[0])
        return f"{self.moment} {self.type}"


@dataclass(frozen=True)
class Target:
    """What a rule is about; `*` stands for any text, and what is None for anything."""

    service: str | None = None
    action: str | None = None
    resource: str | None = None
    stack: str | None = None
    type: str | None = None

    def matches(self, call: Call) -> bool:
        """Tell whether a call is what the rule is about."""
        return (
            (self.act_of(call) is not None or (self.service is None and self.action is None))
            and _fits(self.stack, call.stack)
            and _fits(self.type, call.type)
            and (self.resource is None or any(fnmatchcase(name, self.resource) for name in call.names))
        )

    def act_of(self, call: Call) -> tuple[str, str] | None:
        """Return the first service and operation of a call that the rule is about."""
        found = (act for act in call.acts if _fits(self.service, act[0]) and _fits(self.action, act[1]))
        return next(found, None)


def _fits(pattern: str | None, value: str) -> bool:
    return pattern is None or fnmatchcase(value, pattern)


@dataclass(frozen=True)
class When:
    """At which of the matching calls a rule strikes.

    :param nth: the first of them that it strikes at, counted from 1.
    :param times: at most that often; None is without end.
    :param probability: chance at each call, 0 to 1.
    :param seed: of that chance.
    :param after: seconds from now until it begins.
    :param lasting: seconds that it then stays; None is without end.
    """

    nth: int = 1
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    after: float = 0.0
    lasting: float | None = None


@dataclass(frozen=True)
class Effect:
    """Details of a fault; None leaves them to the fault.

    :param code: AWS error code.
    :param status: HTTP status.
    :param message: words of the error, or the reason that the stack's events show.
    :param seconds: how long it takes.
    """

    code: str | None = None
    status: int | None = None
    message: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Rule:
    """One fault, what it is about, and when it strikes."""

    fault: Fault
    target: Target = Target()
    when: When = When()
    effect: Effect = Effect()

    def settings(self) -> dict[str, object]:
        """Return what was asked for, without what was left to its default."""
        given = {**_unlike(self.target, Target()), **_unlike(self.when, When()), **_unlike(self.effect, Effect())}
        return {"fault": self.fault.name, **given}


def _unlike(part: Target | When | Effect, default: Target | When | Effect) -> dict[str, object]:
    usual = asdict(default)
    return {name: value for name, value in asdict(part).items() if value != usual[name]}


@dataclass
class _Armed:
    rule: Rule
    since: float
    chance: Random
    seen: int = 0
    hits: int = 0
    recent: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_HITS))

    def is_due(self, now: float) -> bool:
        when = self.rule.when
        begun = now - self.since - when.after
        if begun < 0 or (when.lasting is not None and begun > when.lasting):
            return False
        return when.times is None or self.hits < when.times

    def strikes(self) -> bool:
        """Count one matching call."""
        self.seen += 1
        when = self.rule.when
        return self.seen >= when.nth and (when.probability >= 1 or self.chance.random() < when.probability)

    def note(self, call: Call, now: float) -> None:
        self.hits += 1
        self.recent.append({"at": now, "call": call.title, "on": min(call.names, default=""), "stack": call.stack})


class RuleBook:
    """The rules that are in force; safe to use from several threads, for functions run on threads of their own."""

    def __init__(self) -> None:
        self._armed: dict[str, _Armed] = {}
        self._added = 0
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """Whether there is no rule at all, so that nobody has to look closely at a call."""
        return not self._armed

    def add(self, rule: Rule, now: float) -> str:
        """Put a rule into force and return its id."""
        with self._lock:
            self._added += 1
            identifier = f"f{self._added}"
            self._armed[identifier] = _Armed(rule, now, Random(rule.when.seed))  # noqa: S311 - not for secrets
            return identifier

    def remove(self, identifier: str) -> bool:
        """Take a rule away; tell whether there was one."""
        with self._lock:
            return self._armed.pop(identifier, None) is not None

    def clear(self) -> int:
        """Take all rules away and return how many there were."""
        with self._lock:
            number = len(self._armed)
            self._armed.clear()
            return number

    def identifiers(self) -> list[str]:
        """Return the ids in force, oldest first."""
        return list(self._armed)

    def take(self, call: Call, now: float) -> tuple[Rule, ...]:
        """Return the rules that strike at this call, and count them; at most one of them answers it.

        :param now: seconds since the epoch.
        """
        struck: list[Rule] = []
        with self._lock:
            for armed in self._armed.values():
                rule = armed.rule
                if call.moment not in rule.fault.moments or not rule.target.matches(call) or not armed.is_due(now):
                    continue
                if rule.fault.owned and not call.stack:
                    continue
                if rule.fault.answers and any(other.fault.answers for other in struck):
                    continue
                if armed.strikes():
                    armed.note(call, now)
                    struck.append(rule)
        return tuple(struck)

    def describe(self) -> list[dict[str, object]]:
        """Return each rule with its id, its settings, how often it struck, and at what lately."""
        with self._lock:
            return [
                {
                    "id": identifier,
                    **armed.rule.settings(),
                    "hits": armed.hits,
                    "matching_calls": armed.seen,
                    "recent": list(armed.recent),
                }
                for identifier, armed in self._armed.items()
            ]

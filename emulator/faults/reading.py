"""From what a user asks for to a rule, with every mistake named before anything changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from emulator.faults.catalogue import BY_NAME, FAULTS, Fault, Moment
from emulator.faults.rules import Effect, Rule, Target, When

type Setting = str | int | float

LONGEST_SECONDS = 7 * 24 * 3600.0
"""How long a fault takes at most; at the highest speed the clock jumps as far."""

SHOWN = 40
"""Names that an error lists at most."""


class RuleError(Exception):
    """A rule cannot be made from what was asked; the message says why, what is allowed, and how to mend it."""


@dataclass(frozen=True)
class Option:
    """One setting of a rule.

    :param type: what its value is.
    :param help: one line for the command's help.
    :param minimum: smallest value; None if any will do.
    :param maximum: largest value.
    :param pattern: regular expression for a whole text; empty if any text will do.
    :param form: what such a text is, for the error.
    """

    type: type[str] | type[int] | type[float]
    help: str
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    form: str = "a text"


TARGET: dict[str, Option] = {
    "service": Option(str, "service as boto3 calls it, for example lambda"),
    "action": Option(str, "API operation, for example CreateFunction or Describe*"),
    "resource": Option(str, "the resource's ARN, name or logical id; * stands for any text"),
    "stack": Option(str, "name of the stack that the resource belongs to; * stands for any text"),
    "type": Option(str, "CloudFormation type of the resource, for example AWS::EC2::*"),
}
WHEN: dict[str, Option] = {
    "nth": Option(int, "begin with the Nth matching call; strikes once unless --times says otherwise", 1),
    "times": Option(int, "strike at most that often (default: always; vanish: once)", 1),
    "probability": Option(float, "strike at a matching call with this chance, 0 to 1", 0, 1),
    "seed": Option(int, "of that chance, so that a run can be repeated (default: 0)"),
    "after": Option(float, "begin after so many seconds of the clock", 0),
    "lasting": Option(float, "end so many seconds after that", 0),
}
EFFECT: dict[str, Option] = {
    "code": Option(
        str,
        "AWS error code, for example ServiceUnavailable",
        pattern="[A-Za-z0-9._-]{1,128}",
        form="an error code: letters, digits, dots, hyphens and underscores, 128 at most",
    ),
    "status": Option(int, "HTTP status of the error", 400, 599),
    "message": Option(str, "words of the error; for fail-*: the reason in the stack's events"),
    "seconds": Option(float, "how long: of timeout, delay, slow-* and function-timeout", 0, LONGEST_SECONDS),
}
OPTIONS = {**TARGET, **WHEN, **EFFECT}


@dataclass(frozen=True)
class Known:
    """What there is in this emulator.

    :param services: what a user may call a service, to what the router calls it.
    :param actions: gets the router's name, returns the API operations; empty if they are not known.
    :param types: CloudFormation types.
    """

    services: Mapping[str, str]
    actions: Callable[[str], Collection[str]]
    types: Collection[str]


def read_rule(asked: Mapping[str, object], known: Known) -> Rule:
    """Return the rule that was asked for.

    :param asked: `fault` and any of :data:`OPTIONS`; None is as good as not there.
    :raises RuleError: naming the mistake.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    fault = _fault(given.pop("fault", ""))
    settings = {name: _value(fault, name, value) for name, value in given.items()}
    target = _target({name: str(value) for name, value in settings.items() if name in TARGET}, known)
    _check_place(fault, target)
    when = {name: value for name, value in settings.items() if name in WHEN}
    if "times" not in when and (fault.once or "nth" in when):
        when["times"] = 1
    effect = {name: value for name, value in settings.items() if name in EFFECT}
    return Rule(fault, target, When(**when), Effect(**effect))  # type: ignore[arg-type]  # checked by _value


def _fault(name: object) -> Fault:
    if not isinstance(name, str):
        raise RuleError(f"fault is {name!r}, but must be a text")
    found = BY_NAME.get(name)
    if found is None:
        raise RuleError(
            _unknown("fault", name, [fault.name for fault in FAULTS])
            + "\n  next: 'python -m emulator faults names' explains each"
        )
    return found


def _value(fault: Fault, name: str, value: object) -> Setting:
    option = OPTIONS.get(name)
    if option is None:
        raise RuleError(_unknown("setting", name, list(OPTIONS)))
    if name in EFFECT and name not in fault.settings:
        allowed = ", ".join(fault.settings) or "none of code, status, message and seconds"
        raise RuleError(f"{fault.name} has no setting {name!r}; it takes {allowed}")
    read = _read(option, value)
    if read is None or not _is_within(option, read):
        raise RuleError(f"{name} is {value!r}, but must be {_kind(option)}")
    return read


def _is_within(option: Option, read: Setting) -> bool:
    low, high = option.minimum, option.maximum
    if isinstance(read, str):
        return not option.pattern or re.fullmatch(option.pattern, read) is not None
    return (low is None or read >= low) and (high is None or read <= high)


def _read(option: Option, value: object) -> Setting | None:
    """Return a value as its option has it; None if it cannot be read so."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return option.type(str(value))
    except ValueError:
        return None


def _kind(option: Option) -> str:
    kind = {str: option.form, int: "a whole number", float: "a number"}[option.type]
    bounds = [
        f"of at least {option.minimum:g}" if option.minimum is not None else "",
        f"of at most {option.maximum:g}" if option.maximum is not None else "",
    ]
    return " ".join([kind, " and ".join(bound for bound in bounds if bound)]).strip()


def _target(asked: dict[str, str], known: Known) -> Target:
    service = asked.get("service")
    if service is not None:
        if service not in known.services:
            raise RuleError(_unknown("service", service, sorted(known.services)))
        asked["service"] = known.services[service]
    if "action" in asked:
        _check_action(asked["action"], service, known)
    wanted = asked.get("type", "*")
    if not wanted.startswith("Custom::") and not any(fnmatchcase(name, wanted) for name in known.types):
        raise RuleError(_unknown("resource type", wanted, sorted(known.types)))
    return Target(**asked)


def _check_action(action: str, service: str | None, known: Known) -> None:
    if service is None:
        raise RuleError(f"an action belongs to a service: say --service with --action {action}")
    actions = sorted(known.actions(known.services[service]))
    if actions and not any(fnmatchcase(name, action) for name in actions):
        raise RuleError(_unknown(f"action of {service}", action, actions))


def _check_place(fault: Fault, target: Target) -> None:
    if fault.moments == {Moment.INVOKE} and (target.service or target.action or target.type):
        raise RuleError(f"{fault.name} is about functions: say which with --resource or --stack, without the rest")


def _unknown(kind: str, name: str, allowed: Sequence[str]) -> str:
    folded = {one.lower(): one for one in allowed}
    near = get_close_matches(name.lower(), folded, n=1)
    guess = f"; did you mean {folded[near[0]]!r}?" if near else ";"
    listed = [folded[one] for one in get_close_matches(name.lower(), folded, n=SHOWN, cutoff=0.0)]
    shown = list(allowed) if len(allowed) <= SHOWN else listed
    more = f", … ({len(allowed)} in all)" if len(allowed) > SHOWN else ""
    return f"there is no {kind} {name!r}{guess} there are {', '.join(shown)}{more}"

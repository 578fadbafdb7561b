"""What a protected environment must have unless a reason is given: it is not deleted by mistake, keeps what it holds,
and somebody hears of its alarms.

Each safeguard is looked at by itself, so that all that is missing is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from config.models.base import Removal

if TYPE_CHECKING:
    from config.models.configuration import Configuration

SHORTEST_LOG_RETENTION_DAYS = 30
"""Less than a month of logs does not explain what last month's bill or complaint is about."""


class Rule(StrEnum):
    """Rules that a configuration may break, if it says why."""

    TERMINATION_PROTECTION = "termination-protection"
    DELETION_PROTECTION = "deletion-protection"
    RETENTION = "retention"
    LOG_RETENTION = "log-retention"
    ALARMS = "alarms"
    KNOWN_REGION = "known-region"
    KNOWN_INSTANCE_TYPE = "known-instance-type"


SAFEGUARDS = tuple(rule for rule in Rule if rule not in (Rule.KNOWN_REGION, Rule.KNOWN_INSTANCE_TYPE))


def check_safeguards(configuration: Configuration) -> Iterator[str]:
    """Yield what is wrong: a safeguard that is missing without a reason, and a reason for what is not missing."""
    missing: dict[Rule, list[str]] = {}
    if configuration.is_protected:
        for rule, message in _missing(configuration):
            missing.setdefault(rule, []).append(message)
    for rule, messages in missing.items():
        if rule not in configuration.exceptions:
            for message in messages:
                yield f"{message}, or say why not in exceptions.{rule}, in at least ten characters"
    for rule in SAFEGUARDS:
        if rule in configuration.exceptions and rule not in missing:
            yield f"exceptions.{rule}: {_why_spare(configuration)}; take exceptions.{rule} out"


def _why_spare(configuration: Configuration) -> str:
    if configuration.is_protected:
        return "the configuration keeps this rule, so there is nothing to except"
    return f"environment {configuration.environment} is not protected, so that the rule is not for it"


def _missing(configuration: Configuration) -> Iterator[tuple[Rule, str]]:
    environment = f"protected environment {configuration.environment}"
    if not configuration.termination_protection:
        yield (
            Rule.TERMINATION_PROTECTION,
            f"termination_protection false: one command would delete the stacks of {environment}; make it true",
        )
    if not configuration.fleet.deletion_protection:
        yield (
            Rule.DELETION_PROTECTION,
            f"fleet.deletion_protection false: a change could delete the load balancer of {environment} and the "
            "addresses that people use; make it true",
        )
    for path, removal in _removals(configuration):
        if removal is Removal.DESTROY:
            yield Rule.RETENTION, f"{path} destroy: {environment} would lose data with its stack; make it retain"
    for path, days in _log_retentions(configuration):
        if days < SHORTEST_LOG_RETENTION_DAYS:
            yield (
                Rule.LOG_RETENTION,
                f"{path} {days}: {environment} keeps logs for {SHORTEST_LOG_RETENTION_DAYS} days at least; "
                f"write {SHORTEST_LOG_RETENTION_DAYS} or more",
            )
    observability = configuration.observability
    if not observability.alarm_emails and not observability.alarm_urls:
        yield (
            Rule.ALARMS,
            f"observability.alarm_emails: nobody hears of the alarms of {environment}; name an address there or in "
            "observability.alarm_urls",
        )


def _removals(configuration: Configuration) -> Iterator[tuple[str, Removal]]:
    yield "removal", configuration.removal
    for name, bucket in configuration.storage.buckets.items():
        if bucket.removal is not None:
            yield f"storage.{name}.removal", bucket.removal


def _log_retentions(configuration: Configuration) -> Iterator[tuple[str, int]]:
    yield "network.flow_log_retention_days", configuration.network.flow_log_retention_days
    yield "fleet.log_retention_days", configuration.fleet.log_retention_days
    yield "image.log_retention_days", configuration.image.log_retention_days
    yield "functions.log_retention_days", configuration.functions.log_retention_days
    for name, value in configuration.functions:
        days = getattr(value, "log_retention_days", None)
        if days is not None:
            yield f"functions.{name}.log_retention_days", days

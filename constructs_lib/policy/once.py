"""A rule pack that examines each content of a template once, and afterwards repeats what it found.

Whether a finding is accepted is no business of this module: the CDK decides that anew in every synthesis, so what is
remembered never lets anything pass.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
    Validations,
)

from constructs_lib.policy.memory import Memory, digest_of

Check = Callable[[App, Sequence[PolicyValidationStack]], Iterable[PolicyViolation]]
"""Returns what a rule pack finds in some stacks of an application."""


@jsii.implements(IPolicyValidationPlugin)
class OncePerTemplate:
    """A plug-in for `Validations` that hands its rule pack only what is not remembered.

    :param name: the rule pack's name, which the ids of its findings begin with.
    :param check: the rule pack.
    :param identity: what decides its judgement beside the template, for example versions.
    :param memory: what it found before; none to examine everything each time.
    """

    def __init__(self, app: App, name: str, check: Check, *, identity: Sequence[str], memory: Memory | None) -> None:
        self._app = app
        self._name = name
        self._check = check
        self._identity = [name, *identity]
        self._memory = memory

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> None:
        return None

    @property
    def rule_ids(self) -> None:
        return None

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        # The rest of the context is asked for only where it is needed: each word of it crosses to another process.
        paths = context.template_paths
        digests = self._digests(paths) if self._memory else {}
        texts = {path: self._recall(digests.get(path)) for path in paths}
        if None in texts.values():
            for stack in context.stack_templates:
                path = stack.template_path
                if texts[path] is None:
                    texts[path] = self._examine(stack, digests.get(path))
        found = [violation for path, text in texts.items() for violation in _from_text(text or "[]", path)]
        return PolicyValidationPluginReport(success=not found, violations=found)

    def _recall(self, digest: str | None) -> str | None:
        return self._memory.recall(digest) if self._memory and digest else None

    def _examine(self, stack: PolicyValidationStack, digest: str | None) -> str:
        text = _as_text(self._check(self._app, [stack]))
        if self._memory and digest:
            self._memory.keep(digest, text)
        return text

    def _digests(self, paths: Sequence[str]) -> dict[str, str]:
        """Return what identifies each template's content and all else that findings in it depend on.

        What cannot be read has none, and is examined.
        """
        found = {}
        for path, template in ((path, Path(path)) for path in paths):
            with suppress(OSError, ValueError, KeyError):
                parts = [_place(template), template.read_text(encoding="utf-8"), _accepted(template)]
                found[path] = digest_of([*self._identity, *parts])
        return found


def _place(template: Path) -> list[str]:
    """Return a stack's name, its construct's path, and account and region, which the assembly's manifest tells."""
    stacks = _stacks(template.with_name("manifest.json").read_text(encoding="utf-8"))
    return stacks[template.name]


@lru_cache(maxsize=1)
def _stacks(manifest: str) -> dict[str, list[str]]:
    return {
        each["properties"]["templateFile"]: [name, each.get("displayName", name), each["environment"]]
        for name, each in json.loads(manifest)["artifacts"].items()
        if each["type"] == "aws:cloudformation:stack"
    }


def _accepted(template: Path) -> dict[str, list[object]]:
    """Return the accepted findings by construct, which the CDK writes into a file beside the template.

    A rule pack of cdk-nag keeps what is accepted by the mere name of a rule to itself. The rest of the file differs
    from run to run.
    """
    metadata = template.with_name(template.name.replace(".template.json", ".metadata.json"))
    entries = json.loads(metadata.read_text(encoding="utf-8"))
    kind = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return {path: [each["data"] for each in listed if each["type"] == kind] for path, listed in entries.items()}


def _as_text(violations: Iterable[PolicyViolation]) -> str:
    return json.dumps(
        [
            {
                "rule": each.rule_name,
                "description": each.description,
                "severity": each.severity,
                "fix": each.fix,
                "metadata": dict(each.rule_metadata or {}),
                "resources": [
                    [at.construct_path, at.resource_logical_id, list(at.locations)] for at in each.violating_resources
                ],
            }
            for each in violations
        ]
    )


def _from_text(text: str, template_path: str) -> list[PolicyViolation]:
    return [
        PolicyViolation(
            rule_name=each["rule"],
            description=each["description"],
            severity=each["severity"],
            fix=each["fix"],
            rule_metadata=each["metadata"],
            violating_resources=[
                PolicyViolatingResource(
                    construct_path=path,
                    resource_logical_id=logical_id,
                    locations=locations,
                    template_path=template_path,
                )
                for path, logical_id, locations in each["resources"]
            ],
        )
        for each in json.loads(text)
    ]

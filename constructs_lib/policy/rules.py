"""The rules that every synthesis has to pass: rule packs of cdk-nag, and the CDK's own linter for CloudFormation.

What they find fails the synthesis unless it was accepted (:mod:`constructs_lib.policy.findings`). The libraries are
loaded only when there is something to examine.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    App,
    CloudFormationValidatePlugin,
    IPolicyValidationContext,
    PolicyValidationStack,
    PolicyViolation,
    Validations,
)
from constructs import IConstruct

from constructs_lib.policy.findings import STANDARDS
from constructs_lib.policy.memory import Memory
from constructs_lib.policy.once import Check, OncePerTemplate

if TYPE_CHECKING:
    from cdk_nag import NagPack

CLOUD_FORMATION = "CloudFormation Validate"
"""Name of the CDK's own linter, as its findings have it."""

PACKS = ("AwsSolutions", *STANDARDS)
"""Rule packs of cdk-nag by their own names. Source: https://github.com/cdklabs/cdk-nag/blob/main/RULES.md"""


def add_rules(app: App, *, memory: Memory | None = None, without: Collection[str] = ()) -> None:
    """Examine everything in an application when it is synthesised.

    :param app: an application without the CDK's built-in validation, which is one of the rules here.
    :param memory: what was found before; none to examine everything each time.
    :param without: names of rule packs to leave out.
    """
    checks: dict[str, Check] = {**{name: partial(_inspect, name) for name in PACKS}, CLOUD_FORMATION: _lint}
    identity = _identity()
    plugins = [
        OncePerTemplate(app, name, check, identity=identity, memory=memory)
        for name, check in checks.items()
        if name not in without
    ]
    Validations.of(app).add_plugins(*plugins)


def _identity() -> list[str]:
    """Return what decides how the rules judge: the versions of the libraries, and the sources beside this file."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))]
    return [metadata.version("aws-cdk-lib"), metadata.version("cdk-nag"), *sources]


def _inspect(pack: str, app: App, stacks: Sequence[PolicyValidationStack]) -> Iterator[PolicyViolation]:
    rules = _pack(pack, app)
    for each in stacks:
        yield from rules.validate_scope(_construct(app, each.stack_construct_path)).violations


def _pack(name: str, app: App) -> "NagPack":
    # Loaded here: that takes longer than all that a synthesis of remembered templates does for the rules.
    import cdk_nag

    match name:
        case "AwsSolutions":
            return cdk_nag.AwsSolutionsChecks(app)
        case "NIST.800.53.R5":
            return cdk_nag.NIST80053R5Checks(app)
        case "PCI.DSS.321":
            return cdk_nag.PCIDSS321Checks(app)
        case "HIPAA.Security":
            return cdk_nag.HIPAASecurityChecks(app)
    raise ValueError(f"{name!r} is no rule pack of cdk-nag that is known here")


def _construct(app: App, path: str) -> IConstruct:
    found: IConstruct = app
    for name in path.split("/"):
        found = found.node.find_child(name)
    return found


def _lint(app: App, stacks: Sequence[PolicyValidationStack]) -> list[PolicyViolation]:
    return _linter().validate(_Part(app, stacks)).violations


@cache
def _linter() -> CloudFormationValidatePlugin:
    # One for the whole process: it starts a WebAssembly machine, which takes a second.
    return CloudFormationValidatePlugin()


@jsii.implements(IPolicyValidationContext)
class _Part:
    """What a rule pack is told of some stacks of an application."""

    def __init__(self, app: App, stacks: Sequence[PolicyValidationStack]) -> None:
        self._app = app
        self._stacks = list(stacks)

    @property
    def app_construct(self) -> IConstruct:
        return self._app

    @property
    def stack_templates(self) -> list[PolicyValidationStack]:
        return self._stacks

    @property
    def template_paths(self) -> list[str]:
        return [each.template_path for each in self._stacks]

    @property
    def account_id(self) -> None:
        return None

    @property
    def region(self) -> None:
        return None

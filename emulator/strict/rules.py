"""Which rules of cfn-lint are AWS's own, and at which moment AWS refuses what they find.

A false alarm is worse than a gap: only what AWS is known to refuse is on. The test of this table demands a choice for
each error that the installed cfn-lint knows, so that an update of it brings nothing new unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    """When AWS refuses what a rule finds.

    :cvar ARRIVAL: the request itself fails with `ValidationError`, and leaves no stack behind.
    :cvar DEPLOYMENT: the service refuses the resource; here the validation before the deployment does.
    :cvar NEVER: AWS does not, or something else here checks it already.
    """

    ARRIVAL = "arrival"
    DEPLOYMENT = "deployment"
    NEVER = "never"


@dataclass(frozen=True)
class Choice:
    """Rules that are treated alike.

    :param rules: ids of cfn-lint, separated by spaces; `E310-E312` is a span.
    :param reason: why at this moment.
    """

    moment: Moment
    rules: str
    reason: str

    def ids(self) -> frozenset[str]:
        """Return the ids, spans written out."""
        found: set[str] = set()
        for word in self.rules.split():
            first, _, last = word.partition("-")
            found.update(f"E{number:04}" for number in range(int(first[1:]), int((last or first)[1:]) + 1))
        return frozenset(found)


CHOICES = (
    # What a template is made of.
    Choice(Moment.ARRIVAL, "E1001 E1002 E1004 E1005", "sections, size, description and transforms of a template"),
    Choice(Moment.ARRIVAL, "E1010 E1020", "references to what the template does not have"),
    Choice(Moment.ARRIVAL, "E1011 E1015-E1019 E1021 E1022 E1024 E1028", "intrinsic functions with wrong arguments"),
    Choice(Moment.ARRIVAL, "E1030 E1031", "functions of the language extensions with wrong arguments"),
    Choice(Moment.ARRIVAL, "E1027 E1050 E1051", "dynamic references where none may stand, or badly formed ones"),
    Choice(Moment.ARRIVAL, "E1701 E1702", "the section Rules"),
    Choice(Moment.ARRIVAL, "E2001-E2003 E2010 E2011 E2015", "parameters"),
    Choice(Moment.ARRIVAL, "E3001 E3004 E3005 E3007 E3010 E3011 E3015", "resources, their names and dependencies"),
    Choice(Moment.ARRIVAL, "E3016 E3028 E3035 E3036 E3055", "attributes of a resource beside its properties"),
    Choice(Moment.ARRIVAL, "E6001-E6003 E6004-E6005 E6010 E6011 E6101 E6102", "outputs and exports"),
    Choice(Moment.ARRIVAL, "E7001 E7002 E7010", "mappings"),
    Choice(Moment.ARRIVAL, "E8001-E8007", "conditions"),
    # What a service refuses.
    Choice(Moment.DEPLOYMENT, "E3014 E3020 E3021 E3058", "properties that exclude or need each other"),
    Choice(Moment.DEPLOYMENT, "E3013 E3057", "CloudFront: aliases, and origins that are missing"),
    Choice(Moment.DEPLOYMENT, "E3023 E3029 E3041 E3661", "Route 53: record sets and health checks"),
    Choice(Moment.DEPLOYMENT, "E3024", "tags: the same key twice"),
    Choice(Moment.DEPLOYMENT, "E3027 E3615", "EventBridge's schedules, CloudWatch's periods"),
    Choice(Moment.DEPLOYMENT, "E3039 E3638 E3639", "DynamoDB: keys without definition, billing mode"),
    Choice(Moment.DEPLOYMENT, "E3045", "S3: an access control list where ownership forbids one"),
    Choice(Moment.DEPLOYMENT, "E3056 E3671 E3673 E3674 E3706 E3715", "EC2 and Auto Scaling: launch and size"),
    Choice(Moment.DEPLOYMENT, "E3059 E3060", "VPC: subnets outside of their VPC, or over each other"),
    Choice(Moment.DEPLOYMENT, "E3501 E3502 E3505 E3633 E3634 E3705", "SQS: queues, and functions that read them"),
    Choice(Moment.DEPLOYMENT, "E3503", "ACM: domains of the validation"),
    Choice(Moment.DEPLOYMENT, "E3510 E3512 E3513 E3530", "policies that IAM calls malformed"),
    Choice(Moment.DEPLOYMENT, "E3660 E3698 E3699", "API Gateway: names and parts of another API"),
    Choice(Moment.DEPLOYMENT, "E3663 E3677 E3678 E3685 E3696 E3697", "Lambda: environment, code and logging"),
    Choice(Moment.DEPLOYMENT, "E3676 E3680-E3681 E3683 E3684 E3711", "Elastic Load Balancing"),
    Choice(Moment.DEPLOYMENT, "E3687 E3688", "security groups: ports of a protocol"),
    # What stays off.
    Choice(Moment.NEVER, "E0000-E0003 E0100 E0200 E2900", "about cfn-lint's own work and its other files"),
    Choice(Moment.NEVER, "E1003", "the emulator checks the length of the description, as other limits"),
    Choice(Moment.NEVER, "E1029", "a text may contain `${...}` without meaning anything by it"),
    Choice(
        Moment.NEVER, "E1032 E1033 E3066 E3724", "the emulator expands macros and language extensions, and checks them"
    ),
    Choice(
        Moment.NEVER, "E1040 E1041 E1101 E1103 E1150-E1164", "formats of ids and names: AWS asks its service instead"
    ),
    Choice(Moment.NEVER, "E1052", "AWS documents the places, but is known to accept more"),
    Choice(Moment.NEVER, "E1700", "nothing in use has it"),
    Choice(Moment.NEVER, "E2529 E2530 E2531 E2533", "depends on today's date, or on what else the account has"),
    Choice(
        Moment.NEVER,
        "E3002 E3003 E3008 E3012 E3017 E3018 E3030-E3034 E3037 E3040 E3065",
        "registry schemas: emulator.strict.properties holds the properties against them, with their values",
    ),
    Choice(Moment.NEVER, "E3006 E3710", "the emulator refuses the types that it has not"),
    Choice(Moment.NEVER, "E3009", "cfn-init reads it on the instance; CloudFormation does not"),
    Choice(Moment.NEVER, "E3019 E3050 E3064 E3714", "AWS compares with what exists, not with the template"),
    Choice(
        Moment.NEVER, "E3022 E3025 E3026 E3038 E3042-E3044 E3046-E3049 E3051-E3054 E3061-E3063", "not in our stacks"
    ),
    Choice(Moment.NEVER, "E3504 E3511 E3514 E3601", "patterns and languages that grow faster than the rule"),
    Choice(
        Moment.NEVER,
        "E3617 E3620 E3621 E3628 E3635 E3640-E3644 E3647 E3652 E3653 E3667 E3670 E3672 E3675",
        "lists of instance types, which are out of date whenever AWS adds one",
    ),
    Choice(Moment.NEVER, "E3636 E3679 E3682 E3686 E3689-E3695 E3700-E3704 E3707-E3709", "not in our stacks"),
    Choice(Moment.NEVER, "E3712 E3713 E3716-E3723 E3725", "not in our stacks, or nothing that AWS refuses"),
    Choice(Moment.NEVER, "E4001 E4002 E5001", "metadata for consoles, and modules: AWS is lenient there"),
)


def moments() -> Mapping[str, Moment]:
    """Return the moment of each rule."""
    return {rule: choice.moment for choice in CHOICES for rule in choice.ids()}


def enabled() -> list[str]:
    """Return the ids of the rules that are on."""
    return sorted(rule for rule, moment in moments().items() if moment is not Moment.NEVER)

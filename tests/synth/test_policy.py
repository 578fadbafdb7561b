"""What the rule packs let pass: every accepted finding is listed here, and one that nobody accepted fails synthesis."""

from __future__ import annotations

import json
import re

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

import app as application
from constructs_lib.policy.findings import HIPAA, NIST, STANDARDS
from constructs_lib.policy.memory import Memory
from constructs_lib.policy.rules import CLOUD_FORMATION, add_rules
from tests.synth.assemblies import COMPONENTS, ENVIRONMENTS, ROOT, synthesise
from tests.synth.settings import changes, groups, patched

AWS = "AwsSolutions"
ANNOTATION = "Annotation"
LINTER = "CloudFormation-Validate"

FUNCTIONS = frozenset({"CacheService", "HtmlService", "ProxyManagement", "SemanticTextService"})
HANDLERS = {f"functions/{name}/Function" for name in FUNCTIONS}
FUNCTION_ROLES = {f"identity/{name}Role" for name in FUNCTIONS}
BUCKETS = {"storage/Artifacts", "storage/Cache", "storage/Configuration"}
SECRETS = {"identity/CertificateAuthority", "identity/DashboardUsers"}
BALANCERS = {"LoadBalancer", "LoadBalancerInPublicSubnets"}
PUBLIC_SUBNETS = {"network/Vpc/PublicSubnet1", "network/Vpc/PublicSubnet2"}
LOGS = {
    *(f"functions/{name}/LogGroup" for name in FUNCTIONS),
    "image/Proxy/ImageLogs",
    "image/Proxy/PipelineLogs",
    "network/FlowLogs",
    "fleet/InstanceLogs",
    "storage/AutoDeleteLogs",
}

ACCEPTED: dict[tuple[str, tuple[str, ...]], set[str]] = {
    ("AS3", (AWS,)): {"fleet/Group"},
    ("CloudWatchAlarmAction", (NIST, HIPAA)): {"fleet/RolloutAlarm", "fleet/RolloutStartAlarm"},
    ("CloudWatchLogGroupEncrypted", STANDARDS): LOGS,
    ("ELBDeletionProtectionEnabled", (NIST, HIPAA)): {f"fleet/{name}/Balancer" for name in BALANCERS},
    ("ELBv2ACMCertificateRequired", STANDARDS): {f"fleet/{name}/Balancer/Listener" for name in BALANCERS},
    ("IAM4", (AWS,)): {"image/BuildRole", "image/LifecycleRole"},
    ("IAM5", (AWS,)): {*FUNCTION_ROLES, "identity/InstanceRole", "image/BuildRole", "image/DistributionRole"},
    ("IAMNoInlinePolicy", STANDARDS): {
        *FUNCTION_ROLES,
        "identity/InstanceRole",
        "image/BuildRole",
        "image/DistributionRole",
        "network/Vpc/FlowLogRole",
    },
    ("L1", (AWS,)): HANDLERS,
    ("LambdaConcurrency", (NIST, HIPAA)): HANDLERS,
    ("LambdaDLQ", (NIST, HIPAA)): HANDLERS,
    ("LambdaInsideVPC", STANDARDS): HANDLERS,
    ("S3BucketReplicationEnabled", STANDARDS): BUCKETS,
    ("S3BucketVersioningEnabled", STANDARDS): BUCKETS - {"storage/Configuration"},
    ("S3DefaultEncryptionKMS", STANDARDS): BUCKETS,
    ("SMG4", (AWS,)): SECRETS,
    ("SecretsManagerRotationEnabled", (NIST, HIPAA)): SECRETS,
    ("SecretsManagerUsingKMSKey", STANDARDS): SECRETS,
    ("VPCDefaultSecurityGroupClosed", STANDARDS): {"network/Vpc"},
    ("VPCNoUnrestrictedRouteToIGW", STANDARDS): PUBLIC_SUBNETS,
    ("VPCSubnetAutoAssignPublicIpDisabled", STANDARDS): PUBLIC_SUBNETS,
    ("W3010", (LINTER,)): {"network/Vpc"},
}
"""Constructs by a rule's name and the rule packs that have it. The reason stands where each is accepted.

The list only shrinks: a finding is mended. Where it cannot be, a new line needs a reviewer's eye.
"""

AT_MOST = 159
"""How many findings of rule packs are accepted."""

OF_THE_LIBRARY = {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}
"""Accepted by the CDK itself on its own flow log, whatever the linter says."""


def reports(folder):
    """Return what each rule pack found, as the CDK wrote it down."""
    return json.loads((folder / "validation-report.json").read_text())["pluginReports"]


def violations(folder):
    """Return what nobody accepted."""
    return [
        f"{violation['ruleName']} at {construct['constructPath']}"
        for report in reports(folder)
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]


def below(assembly, path):
    """Return a construct's path without the part that is the environment's."""
    return path.removeprefix("/").removeprefix(f"slipway-{assembly.environment}-")


def used(assembly):
    """Yield rule and place of every finding that was accepted."""
    for report in reports(assembly.folder):
        for found in report.get("suppressedViolations") or ():
            yield found["acknowledgedId"], below(assembly, found["acknowledgedAt"])


def declared(assembly):
    """Yield rule, place and reason of everything that the constructs accept."""
    for path in assembly.folder.glob("*.metadata.json"):
        for construct, entries in json.loads(path.read_text()).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    for rule, reason in entry["data"].items():
                        yield rule, below(assembly, construct), reason


def expected_id(pack, rule):
    return f"{pack}::{pack}-{rule}" if pack in (AWS, *STANDARDS) else f"{pack}::{rule}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_is_found_that_is_not_accepted_be_it_a_warning(environment, assembly):
    assert violations(assembly(environment).folder) == []


def test_every_rule_pack_looked(assembly):
    looked = {report["pluginName"] for report in reports(assembly("test").folder)}

    assert looked == {AWS, *STANDARDS, CLOUD_FORMATION}


def test_only_these_findings_are_accepted(assembly):
    found = {
        (re.sub(r"\[.*\]$", "", rule), place)
        for environment in ENVIRONMENTS
        for rule, place in used(assembly(environment))
    }

    assert found == {
        (expected_id(pack, rule), place)
        for (rule, packs), places in ACCEPTED.items()
        for pack in packs
        for place in places
    }


def test_the_list_only_shrinks():
    found = sum(len(packs) * len(places) for (_, packs), places in ACCEPTED.items())

    assert found == AT_MOST, "mend what is found; where something was mended, AT_MOST is lower now"


def test_nothing_is_accepted_that_is_found_nowhere(assembly):
    every = [assembly(environment) for environment in ENVIRONMENTS]
    needed = {each for one in every for each in used(one)}

    assert {rule for one in every for rule, place, _ in declared(one) if (rule, place) not in needed} == OF_THE_LIBRARY


def test_each_accepted_finding_has_a_reason(assembly):
    reasons = {reason for environment in ENVIRONMENTS for _, _, reason in declared(assembly(environment))}

    assert [reason for reason in reasons if len(reason.split()) < 6] == []


def test_an_accepted_wildcard_is_spelled_out(assembly):
    wildcards = [rule for rule, _, _ in declared(assembly("production")) if "AwsSolutions-IAM5" in rule]

    assert wildcards
    assert [rule for rule in wildcards if not re.fullmatch(r".*-IAM5\[(Resource|Action)::.*\*.*\]", rule)] == []


class Counted(Memory):
    """A memory that counts what was not in it."""

    examined = 0

    def keep(self, digest, text):
        self.examined += 1
        super().keep(digest, text)


def test_only_what_changed_is_examined_again(tmp_path):
    """Each template once by each rule pack; afterwards only that of the stack that a change is about."""
    counts = []
    for number, overrides in enumerate(((), (), ("fleet.cross_zone=false",))):
        memory = Counted(tmp_path / "findings")
        synthesise("test", tmp_path / str(number), overrides=overrides, without=(), memory=memory)
        counts.append(memory.examined)

    packs = len((AWS, *STANDARDS, CLOUD_FORMATION))
    assert counts == [len(COMPONENTS) * packs, 0, packs]


def test_no_other_value_of_any_setting_raises_a_finding(tmp_path):
    """Whatever the configuration allows can be synthesised; settings that go together are changed together."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
    memory = Memory(tmp_path / "findings")
    wrong = []
    for number, group in enumerate(groups(changes())):
        configuration = patched(group[0].before, *(change.patch for change in group))
        app = App(outdir=str(tmp_path / str(number)), context=context, builtin_cloud_formation_validation=False)
        application.build(app, configuration, memory=memory)
        try:
            app.synth()
        except RuntimeError as error:
            wrong.append(f"{[change.path for change in group]}: {error}")
        wrong += violations(tmp_path / str(number))

    assert wrong == []


def test_a_finding_that_nobody_accepted_fails_the_synthesis(tmp_path):
    app = App(outdir=str(tmp_path), analytics_reporting=False, builtin_cloud_formation_validation=False)
    s3.Bucket(Stack(app, "Careless"), "Open")
    add_rules(app, without=(CLOUD_FORMATION,))

    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()

"""Linters that know nothing of the CDK find nothing in any environment's templates that is not listed here."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import ENVIRONMENTS
from tests.synth.lint import Finding, cfn_lint, checkov, unlike

NAMES = ("CacheService", "HtmlService", "ProxyManagement", "SemanticTextService")
FUNCTIONS = {f"functions/{name}Function" for name in NAMES}
LOG_GROUPS = {
    *(f"functions/{name}LogGroup" for name in NAMES),
    "image/ProxyImageLogs",
    "image/ProxyPipelineLogs",
    "network/FlowLogs",
    "fleet/InstanceLogs",
    "storage/AutoDeleteLogs",
}
SUBNETS = {f"network/Vpc{kind}Subnet{number}Subnet" for kind in ("Public", "Private") for number in (1, 2)}
EMPTIES_BUCKETS = "storage/CustomS3AutoDeleteObjectsCustomResourceProviderHandler"

ACCEPTED_OF_CFN_LINT: dict[str, tuple[str, set[str]]] = {
    "W3005": (
        "what needs a role or a topic waits for its policies, too, which a reference to it alone does not say",
        {"image/BuildProfile", "network/VpcFlowLog", "observability/Budget", EMPTIES_BUCKETS},
    ),
    "W3010": ("zones are named by configuration, so that synthesis does not ask the account for them", SUBNETS),
}
ACCEPTED_OF_CHECKOV: dict[str, tuple[str, set[str]]] = {
    "CKV_AWS_18": ("the bucket that access logs go to does not log access to itself", {"storage/Artifacts"}),
    "CKV_AWS_21": (
        "nothing in them is changed by hand, and what is written can be had again or is a log",
        {"storage/Artifacts", "storage/Cache"},
    ),
    "CKV_AWS_88": (
        "with egress public an instance reaches pages by an address of its own; only the load balancer is let in",
        {"fleet/LaunchTemplate"},
    ),
    "CKV_AWS_115": (
        "a share of their own would be taken from all others of the account; configuration can give one",
        {*FUNCTIONS, EMPTIES_BUCKETS},
    ),
    "CKV_AWS_116": (
        "whoever calls waits for the answer, and hears of a failure at once",
        {*FUNCTIONS, EMPTIES_BUCKETS},
    ),
    "CKV_AWS_117": (
        "they reach nothing in the VPC; configuration can put those of ours inside",
        {*FUNCTIONS, EMPTIES_BUCKETS},
    ),
    "CKV_AWS_149": (
        "Secrets Manager encrypts it with the account's key, and only named roles may read it",
        {"identity/CertificateAuthority", "identity/DashboardUsers"},
    ),
    "CKV_AWS_158": (
        "CloudWatch encrypts every log with keys of its own, and what people read is never logged",
        LOG_GROUPS,
    ),
    "CKV_AWS_173": ("Lambda encrypts them with keys of its own, and none of these variables is a secret", FUNCTIONS),
}
"""Reason and resources by rule. What other rule packs ask for in the same words is decided where the construct is.

These lists only shrink: what is found is mended.
"""

AT_MOST = 42
"""How many findings are accepted."""


@pytest.fixture(scope="module")
def templates(assembly, tmp_path_factory):
    """Return the templates of all environments."""
    paths = sorted(path for name in ENVIRONMENTS for path in assembly(name).folder.glob("*.template.json"))
    return unlike(paths, tmp_path_factory.mktemp("templates"))


@pytest.mark.parametrize(
    ("linter", "accepted"),
    [(cfn_lint, ACCEPTED_OF_CFN_LINT), (checkov, ACCEPTED_OF_CHECKOV)],
    ids=["cfn-lint", "checkov"],
)
def test_only_what_is_accepted_is_found(linter, accepted, templates):
    expected = {Finding(rule, place) for rule, (_, places) in accepted.items() for place in places}

    assert linter(templates) == expected


def test_the_list_only_shrinks():
    found = sum(len(places) for table in (ACCEPTED_OF_CFN_LINT, ACCEPTED_OF_CHECKOV) for _, places in table.values())

    assert found == AT_MOST, "mend what is found; where something was mended, AT_MOST is lower now"


def test_each_acceptance_has_a_reason():
    reasons = [reason for table in (ACCEPTED_OF_CFN_LINT, ACCEPTED_OF_CHECKOV) for reason, _ in table.values()]

    assert [reason for reason in reasons if len(reason.split()) < 6] == []


@pytest.mark.parametrize(
    ("linter", "rule"), [(cfn_lint, "E3002"), (checkov, "CKV_AWS_18")], ids=["cfn-lint", "checkov"]
)
def test_a_linter_finds_what_is_wrong_and_where(linter, rule, tmp_path):
    path = tmp_path / "slipway-any-storage.template.json"
    resource = {"Type": "AWS::S3::Bucket", "Properties": {"Bucketname": "pages"}}
    path.write_text(json.dumps({"Resources": {"PagesDEADBEEF": resource}}))

    assert Finding(rule, "storage/Pages") in linter([path])


def test_templates_that_differ_by_their_environment_alone_are_looked_at_once(tmp_path):
    texts = {"slipway-test-dns": '"test-zone"', "slipway-local-dns": '"local-zone"', "slipway-local-fleet": '"testing"'}
    paths = [tmp_path / f"{name}.template.json" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)

    found = unlike(paths, tmp_path / "copies")

    assert [path.name for path in found] == ["slipway-any-dns.template.json", "slipway-any-fleet.template.json"]
    assert [path.read_text() for path in found] == ['"any-zone"', '"testing"']

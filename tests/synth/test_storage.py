"""The storage stack: three locked buckets, and what happens to what lies in them."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import synthesise

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
BUCKETS = {"Artifacts", "Configuration", "Cache"}


def buckets(template):
    """Return the buckets by the first word of their logical ids."""
    found = template.resources("AWS::S3::Bucket")
    return {next(word for word in BUCKETS if name.startswith(word)): entry for name, entry in found.items()}


def test_logical_ids_are_pinned_since_another_would_lose_what_lies_in_them(production):
    assert set(production("storage").resources("AWS::S3::Bucket")) == {
        "Artifacts82DD59A1",
        "Configuration6A36F2CE",
        "Cache18F6EE16",
    }


def test_local_names_hold_the_account_of_the_emulator(local):
    assert {entry["Properties"]["BucketName"] for entry in buckets(local("storage")).values()} == {
        "slipway-local-artifacts-000000000000-us-east-1",
        "slipway-local-config-000000000000-us-east-1",
        "slipway-local-cache-000000000000-us-east-1",
    }


@pytest.mark.parametrize("environment", ["local", "production"])
def test_buckets_are_locked(environment, assembly):
    template = assembly(environment).template("storage")
    for bucket in template.properties("AWS::S3::Bucket"):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    refusals = [
        statement["Condition"]
        for policy in template.properties("AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert refusals.count({"Bool": {"aws:SecureTransport": "false"}}) == 3
    assert refusals.count({"NumericLessThan": {"s3:TlsVersion": 1.2}}) == 3


def test_access_is_logged_except_to_the_logs(production):
    found = {
        name: entry["Properties"].get("LoggingConfiguration") for name, entry in buckets(production("storage")).items()
    }

    artifacts = {"Ref": "Artifacts82DD59A1"}
    assert found == {
        "Artifacts": None,
        "Configuration": {"DestinationBucketName": artifacts, "LogFilePrefix": "access-logs/config/"},
        "Cache": {"DestinationBucketName": artifacts, "LogFilePrefix": "access-logs/cache/"},
    }


def test_only_configuration_keeps_its_history(production):
    versioned = {
        name
        for name, entry in buckets(production("storage")).items()
        if "VersioningConfiguration" in entry["Properties"]
    }

    assert versioned == {"Configuration"}


def test_what_grows_is_deleted_some_day(production):
    rules = {
        rule["Id"]: (rule.get("Prefix"), rule.get("ExpirationInDays"))
        for bucket in production("storage").properties("AWS::S3::Bucket")
        for rule in bucket["LifecycleConfiguration"]["Rules"]
    }

    assert rules == {
        "AbortUploads": (None, None),
        "ExpireAccessLogs": ("access-logs/", 90),
        "ExpireBuildLogs": ("image-builder/", 365),
        "ExpireStatistics": ("statistics/", 90),
        "ExpirePages": ("", 7),
        "ExpireExports": ("_exports/", 1),
        "ExpirePreviousVersions": (None, None),
    }


@pytest.mark.parametrize(
    ("environment", "policy", "emptied"), [("production", "RetainExceptOnCreate", 0), ("development", "Delete", 3)]
)
def test_what_becomes_of_the_buckets(environment, policy, emptied, assembly):
    template = assembly(environment).template("storage")

    assert {entry["DeletionPolicy"] for entry in buckets(template).values()} == {policy}
    assert len(template.resources("Custom::S3AutoDeleteObjects")) == emptied


def test_what_empties_the_buckets_leaves_no_logs_behind(assembly):
    template = assembly("development").template("storage")
    ((logical_id, group),) = template.resources("AWS::Logs::LogGroup").items()
    function = template.only("AWS::Lambda::Function")
    role = template.only("AWS::IAM::Role")

    assert group["Properties"]["LogGroupName"] == "/slipway/development/auto-delete"
    assert group["DeletionPolicy"] == "Delete"
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": logical_id}}
    # With a permission to create the group, a late record would make it again, for ever.
    assert role["ManagedPolicyArns"] == []
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == {"Fn::GetAtt": [logical_id, "Arn"]}


def test_where_nothing_is_emptied_nothing_logs(production):
    assert production("storage").resources("AWS::Logs::LogGroup") == {}


@pytest.fixture(scope="module")
def unusual(tmp_path_factory):
    """The stacks with every setting of the buckets another than usual."""
    settings = {
        "artifacts.removal": "retain",
        "artifacts.versioned": "true",
        "artifacts.lifecycle": '[{prefix: image-builder/, infrequent_access_after_days: 30, glacier_after_days: 90}]',
        "configuration.encryption": "kms",
        "configuration.no_access_logs_reason": "nobody would read them",
        "configuration.versioned": "false",
        "cache.encryption": "kms",
        "cache.key_arn": KEY,
        "cache.versioned": "true",
        "cache_expiration_days": "9",
        "previous_version_expiration_days": "11",
    }  # fmt: skip
    overrides = tuple(f"storage.{path}={value}" for path, value in settings.items())
    return synthesise("development", tmp_path_factory.mktemp("unusual"), overrides=overrides)


def test_each_bucket_has_settings_of_its_own(unusual):
    template = unusual.template("storage")
    found = buckets(template)
    ((key, _),) = template.resources("AWS::KMS::Key").items()

    def encryption(name):
        (rule,) = found[name]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        return rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")

    assert encryption("Artifacts") is None
    assert encryption("Configuration") == {"Fn::GetAtt": [key, "Arn"]}
    assert encryption("Cache") == KEY
    policies = {name: entry["DeletionPolicy"] for name, entry in found.items()}
    assert policies == {"Artifacts": "RetainExceptOnCreate", "Configuration": "Delete", "Cache": "Delete"}
    assert "VersioningConfiguration" not in found["Configuration"]["Properties"]
    logged = {name for name, entry in found.items() if "LoggingConfiguration" in entry["Properties"]}
    assert logged == {"Cache"}
    rules = {rule["Id"]: rule for rule in found["Artifacts"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert [move["TransitionInDays"] for move in rules["Own1"]["Transitions"]] == [30, 90]
    assert rules["Own1"]["Prefix"] == "image-builder/"
    statistics = rules["ExpirePreviousStatistics"]
    assert statistics["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}, "each report makes one"
    assert (statistics["Prefix"], "ExpirationInDays" in statistics) == ("statistics/", False)


def test_previous_versions_go_from_every_bucket_that_keeps_them(unusual, production):
    def kept(template):
        return {
            name: rule.get("NoncurrentVersionExpiration")
            for name, entry in buckets(template).items()
            for rule in entry["Properties"]["LifecycleConfiguration"]["Rules"]
            if rule["Id"] == "ExpirePreviousVersions"
        }

    days = {"NoncurrentDays": 11}
    assert kept(unusual.template("storage")) == {"Artifacts": days, "Cache": days}
    assert kept(production("storage")) == {"Configuration": {"NoncurrentDays": 90}}


def test_each_function_may_use_the_key_of_its_bucket_through_s3_only(unusual):
    through_s3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    found = {
        policy["Roles"][0]["Ref"][:-8]: statement
        for policy in unusual.template("identity").properties("AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "Key"
    }

    assert found.keys() == {"CacheServiceRole", "ProxyManagementRole"}
    assert {tuple(statement["Action"]) for statement in found.values()} == {("kms:Decrypt", "kms:GenerateDataKey")}
    assert found["CacheServiceRole"]["Resource"] == KEY
    assert found["CacheServiceRole"]["Condition"] == {"StringEquals": through_s3}
    assert found["ProxyManagementRole"]["Condition"] == {
        "StringEquals": through_s3,
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/slipway-development-storage"]},
    }


def test_the_alias_is_that_of_the_key(unusual):
    assert unusual.template("storage").only("AWS::KMS::Alias")["AliasName"] == "alias/slipway-development-storage"


def test_what_is_retained_has_a_name_by_which_a_later_deployment_can_take_it_back(tmp_path):
    """CloudFormation imports only what has a name without references in the template; a bucket's holds the account.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    """
    named = {"AWS::S3::Bucket": "BucketName", "AWS::Logs::LogGroup": "LogGroupName"}
    assembly = synthesise("production", tmp_path, overrides=("account=123456789012",))
    kept = [
        (entry["DeletionPolicy"], entry["Properties"][named[entry["Type"]]])
        for path in assembly.folder.glob("*.template.json")
        for entry in json.loads(path.read_text())["Resources"].values()
        if entry["Type"] in named
    ]

    assert len(kept) > len(BUCKETS)
    assert {policy for policy, _name in kept} == {"RetainExceptOnCreate"}
    assert [name for _policy, name in kept if not isinstance(name, str)] == []


def test_buckets_that_are_there_are_used_and_left_alone(tmp_path):
    names = {"artifacts": "my-artifacts", "configuration": "my-configuration", "cache": "my-pages"}
    overrides = tuple(f"storage.{bucket}.existing_name={name}" for bucket, name in names.items())
    assembly = synthesise("production", tmp_path, overrides=overrides)

    assert assembly.template("storage").resources("AWS::S3::Bucket") == {}
    assert set(assembly.template("storage").outputs().values()) == set(names.values())
    variables = [
        item["Environment"]["Variables"] for item in assembly.template("functions").properties("AWS::Lambda::Function")
    ]
    assert {item["SLIPWAY_CACHE_BUCKET"] for item in variables if "SLIPWAY_CACHE_BUCKET" in item} == {"my-pages"}
    told = json.dumps(assembly.template("identity").body)
    assert "s3:::my-pages/*" in told
    assert "s3:::my-artifacts/statistics/*" in told
    assert "s3:::my-configuration/fleet-settings/*" in told
    assert "s3:::slipway" not in told

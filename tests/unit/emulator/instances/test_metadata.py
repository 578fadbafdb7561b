"""The metadata service, and that an SDK can use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.utils import InstanceMetadataFetcher

from emulator.instances.metadata import Identity, Metadata, MetadataServer, RoleCredentials, listing

IDENTITY = Identity(
    instance_id="i-0123456789abcdef0", account="000000000000", region="us-east-1", zone="us-east-1b",
    image_id="ami-1", instance_type="t3.micro", private_address="127.0.77.10", architecture="x86_64",
    launched="2026-01-01T00:00:00Z", role="proxy", profile_arn="arn:aws:iam::000000000000:instance-profile/proxy",
    user_data="#!/bin/sh\n", tags={"Name": "n"},
)  # fmt: skip
CREDENTIALS = RoleCredentials("ASIAX", "secret", "token", "2099-01-01T00:00:00Z")
CHANGING = {"meta-data/autoscaling/target-lifecycle-state": "InService"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def metadata(clock):
    return Metadata(IDENTITY, lambda: CREDENTIALS, lambda: CHANGING, clock)


@pytest.fixture
def server(metadata):
    running = MetadataServer(metadata)
    yield running
    running.close()


@pytest.mark.parametrize(("path", "text"), [
    ("/latest/meta-data/instance-id", IDENTITY.instance_id),
    ("/latest/meta-data/local-ipv4", "127.0.77.10"),
    ("/latest/meta-data/placement/region", "us-east-1"),
    ("/latest/meta-data/placement", "availability-zone\nregion"),
    ("/latest/meta-data/iam/security-credentials/", "proxy"),
    ("/latest/meta-data/iam/security-credentials", "proxy"),
    ("/latest/meta-data/tags/instance/Name", "n"),
    ("/latest/user-data", "#!/bin/sh\n"),
    ("/latest/meta-data/instance-life-cycle", "on-demand"),
    ("/latest/meta-data/autoscaling/target-lifecycle-state", "InService"),
    ("/latest/meta-data/autoscaling", "target-lifecycle-state"),
])  # fmt: skip
def test_documents(metadata, path, text):
    assert metadata.read(path) == text


@pytest.mark.parametrize("path", ["/", "/latest/none", "/2009-01-01/meta-data/ami-id", "/latest/meta-data/iam/x"])
def test_unknown_documents(metadata, path):
    assert metadata.read(path) is None


def test_folders_within_folders_end_with_a_slash():
    assert listing({"a/b/c": "1", "a/d": "2"}, "a/") == "b/\nd"


def test_identity_document(metadata):
    document = json.loads(metadata.read("/latest/dynamic/instance-identity/document"))

    assert (document["instanceId"], document["region"], document["privateIp"]) == (
        IDENTITY.instance_id, "us-east-1", "127.0.77.10",
    )  # fmt: skip


def test_token_ends(metadata, clock):
    token = metadata.issue_token("60")

    clock.now = 59.0
    assert metadata.accepts(token)
    clock.now = 60.0
    assert not metadata.accepts(token)


@pytest.mark.parametrize("lifetime", [None, "", "0", "-1", "21601", "x"])
def test_wrong_lifetimes(metadata, lifetime):
    assert metadata.issue_token(lifetime) is None


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_strange_tokens(metadata, token):
    assert not metadata.accepts(token)


def status_of(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_without_token_nothing_is_told(server):
    assert status_of(urllib.request.Request(f"{server.url}/latest/meta-data/instance-id")) == 401


@pytest.mark.parametrize(("headers", "status"), [
    ({"X-aws-ec2-metadata-token-ttl-seconds": "60"}, 200),
    ({}, 400),
    ({"X-aws-ec2-metadata-token-ttl-seconds": "60", "X-Forwarded-For": "192.0.2.1"}, 403),
])  # fmt: skip
def test_asking_for_a_token(server, headers, status):
    request = urllib.request.Request(f"{server.url}/latest/api/token", method="PUT", headers=headers)

    assert status_of(request) == status


def test_sdk_gets_the_credentials_of_the_role(server):
    fetcher = InstanceMetadataFetcher(base_url=f"{server.url}/", config={"ec2_metadata_v1_disabled": True})

    found = fetcher.retrieve_iam_role_credentials()

    assert found["role_name"] == "proxy"
    assert (found["access_key"], found["secret_key"], found["token"]) == ("ASIAX", "secret", "token")


def test_expired_tokens_are_dropped(metadata, clock):
    for _ in range(10):
        assert metadata.issue_token("60")
    clock.now = 60.0

    token = metadata.issue_token("60")

    assert metadata.count_tokens() == 1
    assert metadata.accepts(token)


def test_a_role_that_ec2_may_not_assume_has_no_credentials(clock):
    metadata = Metadata(IDENTITY, lambda: None, clock=clock)

    text = metadata.read("/latest/meta-data/iam/security-credentials/proxy")

    assert json.loads(text)["Code"] == "AssumeRoleUnauthorizedAccess"
    assert "AccessKeyId" not in text

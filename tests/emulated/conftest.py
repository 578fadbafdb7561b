"""One embedded AWS for all tests of this folder, with a state of its own, and clients for it.

With `--aws` the clients lead to a real account instead, and only what is marked as a `behaviour` of AWS runs.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.launcher import Emulator
from tests.emulated.shapes import watch


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    started = Emulator(tmp_path_factory.mktemp("emulator"))
    started.start()
    yield started
    started.destroy()


Client = Callable[..., Any]


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest) -> Client:
    """Return a function that makes a boto3 client of a service; each answer is held against botocore's description."""
    if request.config.getoption("--aws"):
        return lambda service, region=None: watch(boto3.client(service, region_name=region))
    emulator: Emulator = request.getfixturevalue("emulator")
    return lambda service, region="us-east-1": watch(
        boto3.client(
            service,
            endpoint_url=emulator.endpoint_url,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
    )


LONGEST_SECONDS = 300.0
"""How long a stack may take to go, in seconds; on AWS, a load balancer or a network takes minutes."""


class Stack:
    """One CloudFormation stack of a test."""

    def __init__(self, name: str, cloudformation: Any) -> None:
        self.name = name
        self._cloudformation = cloudformation

    def put(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, str]:
        """Create or update the stack and return its outputs; fails with the first reason if that fails."""
        self.apply(
            {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
        )
        if self.status() not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise AssertionError(f"{self.name} is {self.status()}: {self.reasons()}")
        described = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    def apply(self, template: dict[str, Any]) -> None:
        """Create or update the stack with a whole template and wait until it is done, well or badly."""
        self.begin(template)
        while (self.status() or "").endswith("_IN_PROGRESS"):
            time.sleep(0.02)

    def begin(self, template: dict[str, Any]) -> None:
        """Begin to create or update the stack with a whole template."""
        body = json.dumps(template)
        request = {"StackName": self.name, "TemplateBody": body, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        if self.status() in (None, "DELETE_COMPLETE"):
            self._cloudformation.create_stack(**request)
        else:
            self._cloudformation.update_stack(**request)

    def status(self) -> str | None:
        try:
            return self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except self._cloudformation.exceptions.ClientError:
            return None

    def reasons(self) -> list[str]:
        events = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        reasons = [event["ResourceStatusReason"] for event in events if "FAILED" in event["ResourceStatus"]]
        found = self._cloudformation.describe_events(StackName=self.name)["OperationEvents"]
        return reasons + [
            f"{event['ValidationPath']}: {event['ValidationStatusReason']}"
            for event in found
            if "ValidationPath" in event
        ]

    def physical_id(self, logical_id: str) -> str:
        described = self._cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return described["StackResourceDetail"]["PhysicalResourceId"]

    def delete(self) -> str | None:
        """Delete the stack and return the status that it ends in; None when it is gone."""
        self._cloudformation.delete_stack(StackName=self.name)
        # A test that failed may have left an update that waits for an hour.
        eventually(
            lambda: not (self.status() or "").endswith("_IN_PROGRESS"), f"the end of {self.name}", LONGEST_SECONDS
        )
        return self.status()


@pytest.fixture
def stack(client: Client) -> Iterator[Stack]:
    name = f"slipway-test-{uuid.uuid4().hex[:8]}"
    made = Stack(name, client("cloudformation"))
    yield made
    made.delete()


@pytest.fixture
def people(stack: Stack, client: Client) -> Iterator[Any]:
    """Return what makes users and roles of little rights for the test; they go when its stack is gone."""
    from tests.emulated.people import People

    made = People(stack.name, client)
    yield made
    stack.delete()
    made.clear()


@pytest.fixture(scope="session")
def account(client: Client) -> str:
    """Return the id of the account that the tests run in."""
    return str(client("sts").get_caller_identity()["Account"])


def eventually[T](look: Callable[[], T], what: str, seconds: float = 60.0) -> T:
    """Look again and again until there is something to see, and return it; fails if there never is."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen in {seconds:.0f} s")
        time.sleep(0.05)
    return seen


@pytest.fixture(scope="session")
def project_root() -> Path:
    return Path(__file__).resolve().parents[2]

"""A deployed image stack of a test's own, and the `slipway image` command that works on it, in the test's process."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import load
from config.models import Configuration
from contract import images, outputs
from slipway.cli.app import run
from slipway.cli.world import World
from slipway.engine.images.events import Event
from slipway.engine.images.ports import Site
from slipway.wiring import deployment_of, image_site
from tests.emulated.conftest import Stack

HOME, FURTHER, THIRD = "us-east-1", "eu-west-1", "eu-central-1"
BASE_IMAGE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
COMPONENT = """
name: proxy
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - {name: InstallPackages, action: ExecuteBash, inputs: {commands: [apt-get install -y nftables]}}
      - {name: InstallProxy, action: ExecuteBash, inputs: {commands: [pip install mitmproxy]}}
  - name: test
    steps:
      - {name: TryProxy, action: ExecuteBash, inputs: {commands: [slipway-proxy --version]}}
"""
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": HOME}


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Workshop:
    """An environment `blue` of a project of its own, in two regions."""

    def __init__(self, project: str, folder: Path, client: Callable[..., Any], capture: Any) -> None:
        self.project = project
        self.client = client
        self._capture = capture
        self.image_site = shared_site
        self._environments = folder / "environments"
        self._environments.mkdir(parents=True)
        self.configure()
        (self._environments / "base.yaml").write_text(f"project: {project}\n")
        self.stack = Stack(f"{project}-blue-image", client("cloudformation"))
        self.fleet = Stack(f"{project}-blue-fleet", client("cloudformation"))

    def configure(self, *, regions: tuple[str, ...] = (HOME, FURTHER), **more: Any) -> None:
        """Write the environment's file anew."""
        networks = {
            region: {"network": {"cidr": f"10.{80 + number}.0.0/16"}} for number, region in enumerate(regions[1:])
        }
        zones = [f"{region}{letter}" for region in regions for letter in "ab"]
        settings = {
            "removal": "destroy",
            "regions": regions,
            "regional": networks,
            "network": {"zones": zones},
            "dns": {"visibility": "public"},
        }
        # JSON is YAML as well.
        (self._environments / "blue.yaml").write_text(json.dumps({**settings, **more}))

    @property
    def world(self) -> World:
        return World(
            environ={}, now=lambda: datetime.now(UTC), environments=self._environments, image_site=self.image_site
        )

    def parameter(self, version: str = "1.0.0") -> str:
        return images.parameter(self.project, "blue", version)

    def deploy(
        self,
        version: str = "1.0.0",
        regions: tuple[str, ...] = (HOME, FURTHER),
        base: str = "",
        component: str = COMPONENT,
    ) -> None:
        """Deploy the image stack, as the CDK application would."""
        self.stack.put(*image_stack(self.project, version, regions, base or BASE_IMAGE.format("arm64"), component))

    def __call__(self, *arguments: str) -> Result:
        self._capture.readouterr()
        status = run(["image", *arguments], self.world)
        out, err = self._capture.readouterr()
        return Result(status, out, err)

    def built(self, *arguments: str) -> dict[str, Any]:
        """Build an image and return what is told of it; fails if that fails."""
        result = self("build", "blue", "--json", *arguments)
        assert result.status == 0, result.err
        return result.document

    def start_as_scheduled(self) -> str:
        """Start a build with no tags but those that the pipeline gives one, as its schedule does; return its ARN."""
        builder = self.client("imagebuilder")
        (pipeline,) = builder.list_image_pipelines(
            filters=[{"name": "name", "values": [f"{self.project}-blue-proxy"]}]
        )["imagePipelineList"]
        tags = {images.RECIPE_VERSION_TAG: "1.0.0"}
        answer = builder.start_image_pipeline_execution(imagePipelineArn=pipeline["arn"], tags=tags)
        return str(answer["imageBuildVersionArn"])

    def named(self, region: str = HOME, version: str = "1.0.0") -> str:
        """Return the AMI that the parameter of a region names."""
        return self.client("ssm", region).get_parameter(Name=self.parameter(version))["Parameter"]["Value"]

    def amis(self, region: str = HOME) -> set[str]:
        """Return the AMIs of this project that there are in a region."""
        tagged = [{"Name": "tag:Ec2ImageBuilderArn", "Values": [f"*:image/{self.project}-blue-proxy/*"]}]
        return {
            ami["ImageId"]
            for ami in self.client("ec2", region).describe_images(Owners=["self"], Filters=tagged)["Images"]
        }

    def clear(self) -> None:
        self.fleet.delete()
        self("delete", "blue", "--all", "--yes")
        self.stack.delete()


def image_stack(
    project: str, version: str, regions: tuple[str, ...], base: str, component: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return resources and outputs of an image stack."""
    name = f"{project}-blue-proxy"
    kind = "AWS::ImageBuilder::"
    parameter = images.parameter(project, "blue", version)
    distributions = [
        {
            "Region": region,
            "AmiDistributionConfiguration": {"AmiTags": {"slipway:environment": "blue"}},
            "SsmParameterConfigurations": [{"ParameterName": parameter, "DataType": "aws:ec2:image"}],
        }
        for region in regions
    ]
    trust = {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}
    copying = {"Effect": "Allow", "Action": ["ec2:*", "ssm:*"], "Resource": "*"}
    resources = {
        "Component": {"Type": f"{kind}Component", "Properties": {
            "Name": f"{name}-proxy", "Platform": "Linux", "Version": version, "Data": component}},
        "Recipe": {"Type": f"{kind}ImageRecipe", "Properties": {
            "Name": name, "Version": version, "ParentImage": f"ssm:{base}",
            "Components": [{"ComponentArn": {"Fn::GetAtt": ["Component", "Arn"]}}]}},
        "Machine": {"Type": f"{kind}InfrastructureConfiguration", "Properties": {
            "Name": name, "InstanceProfileName": "profile", "InstanceTypes": ["t4g.small"]}},
        "Distribution": {"Type": f"{kind}DistributionConfiguration", "Properties": {
            "Name": name, "Distributions": distributions}},
        "Pipeline": {"Type": f"{kind}ImagePipeline", "Properties": {
            "Name": name,
            "ImageRecipeArn": {"Ref": "Recipe"},
            "InfrastructureConfigurationArn": {"Ref": "Machine"},
            "DistributionConfigurationArn": {"Ref": "Distribution"}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": f"{project}-blue-image-distribution-{HOME}",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [copying]}}]}},
    }  # fmt: skip
    told = {
        outputs.IMAGE_PIPELINE_ARN: {"Ref": "Pipeline"},
        outputs.IMAGE_VERSION: version,
        outputs.IMAGE_PARAMETER: parameter,
        outputs.BASE_IMAGE_PARAMETER: base,
        outputs.IMAGE_LOG_GROUP: f"/aws/imagebuilder/{name}",
        outputs.IMAGE_DISTRIBUTION_ROLE_ARN: {"Fn::GetAtt": ["Role", "Arn"]},
    }
    return resources, told


def one_site() -> Callable[[Configuration, Callable[[Event], None]], Site]:
    """Return what makes what the command works on, with clients that are made once, which takes longest of all."""
    made = functools.cache(lambda: image_site(load("development"), lambda _: None))
    return lambda configuration, say: dataclasses.replace(made(), deployment=deployment_of(configuration), say=say)


shared_site = one_site()


def enter(monkeypatch: pytest.MonkeyPatch, client: Callable[..., Any]) -> None:
    """Let what finds credentials in the environment find those of the embedded AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", client("sts").meta.endpoint_url)

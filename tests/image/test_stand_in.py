"""The stand-in of the CloudWatch agent: verified like the agent itself, and refused where another key has signed it."""

from __future__ import annotations

import pytest

from local.image.awstoe import BuildFailed
from local.image.builds import Hearing, Workshop
from local.image.documents import Document
from local.image.root import Root
from tests.image.conftest import Image

TRANSLATOR = "/opt/aws/amazon-cloudwatch-agent/bin/config-translator"


def test_it_is_installed_and_no_key_comes_along(image: Image) -> None:
    assert image.path("/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent").is_file()
    assert not list(image.folder.glob("usr/share/keyrings/*amazon*"))


def test_it_takes_the_configuration_of_an_instance_and_runs(instance: Root) -> None:
    assert instance.run(["systemctl", "start", "amazon-cloudwatch-agent.service"]).status == 0
    assert instance.run(["systemctl", "is-active", "amazon-cloudwatch-agent.service"]).stdout == "active\n"


def test_it_takes_no_setting_that_the_agent_does_not_know(machine: Root) -> None:
    script = f"""echo '{{"agent": {{"run_as": "x"}}}}' >/tmp/it.json && mkdir -p /tmp/more &&
      {TRANSLATOR} --mode ec2 --input /tmp/it.json --input-dir /tmp/more --output /tmp/it.toml"""
    outcome = machine.run(["bash", "-c", script])
    assert outcome.status == 1
    assert "Under path : /agent | Error : Additional property run_as is not allowed" in outcome.stderr


def test_an_agent_that_another_key_has_signed_is_not_installed(
    shop: Workshop, image: Image, components: list[Document]
) -> None:
    chosen = [found for found in components if found.name == "slipway-cloudwatch-agent"]
    with shop.builder("forged", image.folder, hearing=Hearing()) as machine:
        machine.run(["bash", "-c", "apt-get -q -y purge amazon-cloudwatch-agent; apt-get -q update"])
        with pytest.raises(BuildFailed, match="has no valid signature of 0000"):
            shop.executor(machine, Hearing(), {"CloudWatchAgentKey": "0" * 40}).run(chosen, "build")
        assert machine.run(["dpkg", "--status", "amazon-cloudwatch-agent"]).status == 1

"""Launch templates."""

from __future__ import annotations

import pytest

from tests.emulated.test_scaling import IMAGE

SPOT = {"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "one-time"}}


@pytest.mark.behaviour("EC2", "launch templates keep their market options, from a stack and from the API")
def test_market_options_are_kept(stack, client):
    ec2 = client("ec2")
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "InstanceMarketOptions": SPOT}
    outputs = stack.put(
        {"Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}},
        {"Id": {"Ref": "Template"}},
    )
    made = ec2.create_launch_template(
        LaunchTemplateName=stack.name, LaunchTemplateData={"InstanceMarketOptions": SPOT}
    )["LaunchTemplate"]["LaunchTemplateId"]

    for template in (outputs["Id"], made):
        shown = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"][0]
        assert shown["LaunchTemplateData"]["InstanceMarketOptions"] == SPOT
    ec2.delete_launch_template(LaunchTemplateId=made)

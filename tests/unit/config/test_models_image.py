"""What the settings of the image allow, and what they refuse, with the cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.models import Image
from contract import versions

LOCK = Path(__file__).resolve().parents[3] / "ami_build" / "proxy" / "requirements" / "proxy.txt"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ami_id": "ami-1"}, "ami_id"),
        ({"python_version": "3.13"}, r"3\.13 cannot be built: Ubuntu 24\.04.*write 3\.12, or name.*image\.ami_id"),
        ({"mitmproxy_version": "11.0.0"}, r"11\.0\.0 cannot be built: .*proxy\.txt brings 12"),
        ({"extra_components": ["../secret.yaml"]}, "extra_components"),
        ({"extra_components": ["/etc/passwd"]}, "extra_components"),
        ({"extra_components": ["arn:aws:iam::123456789012:role/x"]}, "extra_components"),
        ({"schedule": "weekly"}, "schedule"),
        ({"base_image_parameter": "images/ami-id"}, "the name of an SSM parameter"),
        (
            {"base_image_parameter": "/images/{architecture}/ami-id"},
            "reads parameters below /aws/service/ and /imagebuilder/ only; name one there",
        ),
        ({"keep_images": 1}, "keep_images"),
        ({"revision": "x" * 65}, "revision"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError) as caught:
        Image.model_validate(values)

    assert re.search(words, str(caught.value), re.DOTALL), caught.value


def test_components_are_arns_or_files():
    chosen = (
        "arn:aws:imagebuilder:{region}:aws:component/aws-cli-version-2-linux/1.0.4/1",
        "ami_build/more/50-own.yaml",
    )

    assert Image(extra_components=chosen).extra_components == chosen


def test_a_base_image_may_be_named_by_a_parameter_of_ones_own():
    name = "/imagebuilder/{architecture}/ami-id"

    assert Image(base_image_parameter=name).base_image_parameter == name


def test_the_versions_are_those_of_the_lock():
    assert f"mitmproxy=={versions.MITMPROXY} " in LOCK.read_text()

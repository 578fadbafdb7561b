"""The list of instance types is botocore's."""

from config.models.machines import FILE, instance_types
from tests.unit.config.instance_types import as_kept, of_botocore

AGAIN = "botocore knows others; run: python -m tests.unit.config.instance_types"


def test_the_instance_types_are_those_of_botocore() -> None:
    assert instance_types() == set(of_botocore()), AGAIN
    assert FILE.read_text(encoding="utf-8") == as_kept(of_botocore()), AGAIN


def test_usual_ones_are_among_them() -> None:
    assert {"t3.small", "t4g.small", "m7g.large", "c7gn.metal", "u-6tb1.112xlarge"} <= instance_types()
    assert "t4g.smal" not in instance_types()

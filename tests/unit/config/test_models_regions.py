"""The table of partitions and regions is botocore's."""

import json
from pathlib import Path

import botocore
import pytest

from config.models.regions import PARTITIONS, REGIONS, partition_of

DATA = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())["partitions"]


def test_each_region_that_botocore_knows_is_known() -> None:
    known = {entry["id"]: {name for name in entry["regions"] if "global" not in name} for entry in DATA}

    assert {partition: set(regions) for partition, regions in PARTITIONS.items()} == known


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_name_tells_its_partition(region: str) -> None:
    assert region in PARTITIONS[partition_of(region)]


def test_a_region_that_is_new_is_in_the_partition_of_its_neighbours() -> None:
    assert partition_of("eu-east-1") == "aws"
    assert partition_of("us-gov-north-1") == "aws-us-gov"

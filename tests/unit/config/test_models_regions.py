"""The table of partitions and regions is botocore's."""

import gzip
import json
from pathlib import Path

import botocore.session
import pytest

from config.models.regions import COMPREHEND_REGIONS, PARTITIONS, REGIONS, UNKNOWN_TO_ROUTE53, partition_of

DATA = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())["partitions"]


def test_each_region_that_botocore_knows_is_known() -> None:
    known = {entry["id"]: {name for name in entry["regions"] if "global" not in name} for entry in DATA}

    assert {partition: set(regions) for partition, regions in PARTITIONS.items()} == known


@pytest.mark.parametrize("shape", ["CloudWatchRegion", "VPCRegion"])
def test_the_regions_that_route_53_does_not_know_are_those_that_botocore_does_not(shape: str) -> None:
    (model,) = (Path(botocore.__file__).parent / "data" / "route53").glob("*/service-2.json.gz")
    known = json.loads(gzip.decompress(model.read_bytes()))["shapes"][shape]["enum"]

    assert set(REGIONS) - set(known) == UNKNOWN_TO_ROUTE53


def test_the_regions_with_comprehend_are_those_of_botocore() -> None:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    known = {region for each in partitions for region in session.get_available_regions("comprehend", each)}

    assert known == COMPREHEND_REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_name_tells_its_partition(region: str) -> None:
    assert region in PARTITIONS[partition_of(region)]


def test_a_region_that_is_new_is_in_the_partition_of_its_neighbours() -> None:
    assert partition_of("eu-east-1") == "aws"
    assert partition_of("us-gov-north-1") == "aws-us-gov"

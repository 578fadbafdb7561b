"""Rules on what the storage, functions and cache sections name and that stands in one region, or in a network, only.

They are called by the root, which alone sees several sections at a time.
"""

from collections.abc import Iterator, Sequence

from config.models.cache import Cache, CacheBackend
from config.models.functions import Functions
from config.models.network import Egress, NetworkSettings
from config.models.storage import Storage
from contract.components import Function


def check_locality(storage: Storage, functions: Functions, cache: Cache, regions: Sequence[str]) -> None:
    """Check that what is named by its ARN, or as an existing bucket, can be used in all regions.

    :raises ValueError: if something stands in another region than the deployment, or in one of several.
    """
    for path, arn in _arns(storage, functions, cache):
        strangers = [region for region in regions if region != arn.split(":")[3]]
        if strangers:
            raise ValueError(
                f"{path} {arn}: works in its own region only, and the deployment is in {', '.join(regions)}; "
                "name one of that region, or none in a deployment to several regions"
            )
    if len(regions) > 1:
        for name, bucket in storage.buckets.items():
            if bucket.existing_name is not None:
                raise ValueError(
                    f"storage.{name}.existing_name {bucket.existing_name}: one bucket cannot serve the regions "
                    f"{', '.join(regions)}, each of which has its own; remove the name, or deploy to one region"
                )


def _arns(storage: Storage, functions: Functions, cache: Cache) -> Iterator[tuple[str, str]]:
    for name, bucket in storage.buckets.items():
        if bucket.key_arn is not None:
            yield f"storage.{name}.key_arn", bucket.key_arn
    for function in Function:
        for place, arn in enumerate(functions.of(function).layers):
            yield f"functions.{function.package}.layers.{place}", arn
    if cache.valkey.key_arn is not None:
        yield "cache.valkey.key_arn", cache.valkey.key_arn


def check_way_out(functions: Functions, cache: Cache, network: NetworkSettings) -> None:
    """Check that functions in the network reach what they need: they never get an address of the internet's.

    In a VPC of ours with public subnets alone they still reach S3, through its gateway endpoint, and nothing else.

    :raises ValueError: if one would not.
    """
    within = [f"functions.{function.package}.vpc" for function in Function if functions.of(function).vpc]
    if cache.backend is CacheBackend.VALKEY:
        within.append("cache.backend valkey")
    if within and network.existing is not None and not network.existing.private_subnets:
        raise ValueError(
            f"{within[0]}: network.existing has no private subnets, and a function in a public one reaches nothing; "
            "name some in network.existing.private_subnets"
        )
    if functions.semantic_text_service.vpc and network.existing is None and network.egress is Egress.PUBLIC:
        raise ValueError(
            "functions.semantic_text_service.vpc: with network.egress public there are no private subnets, from which "
            "alone it would reach Comprehend; set network.egress nat, or leave it outside the network"
        )

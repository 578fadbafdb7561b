"""Rules on what sections name and that stands in one region, or in a network, only.

They are called by the root, which alone sees several sections at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from config.models.cache import Cache, CacheBackend
from config.models.functions import Functions
from config.models.image import IN_EACH_REGION, Image
from config.models.network import Egress, NetworkSettings
from config.models.proxy import Proxy
from config.models.regions import COMPREHEND_REGIONS, REGIONS
from config.models.storage import Storage
from contract.components import Function
from contract.modes import Engine

if TYPE_CHECKING:
    from config.models.configuration import Configuration


def check_arns(
    storage: Storage, functions: Functions, cache: Cache, image: Image, proxy: Proxy, regions: Sequence[str]
) -> None:
    """Check that what is named by its ARN can be used in all regions.

    :raises ValueError: if something stands in another region than the deployment, or in one of several.
    """
    for path, arn in _arns(storage, functions, cache, image, proxy):
        if any(region != arn.split(":")[3] for region in regions):
            raise ValueError(
                f"{path} {arn}: works in its own region only, and the deployment is in {', '.join(regions)}; "
                "name one of that region, or none in a deployment to several regions"
            )


def check_buckets(storage: Storage, regions: Sequence[str]) -> None:
    """Check that each region has buckets of its own.

    :raises ValueError: if an existing one is named for several.
    """
    if len(regions) == 1:
        return
    for name, bucket in storage.buckets.items():
        if bucket.existing_name is not None:
            raise ValueError(
                f"storage.{name}.existing_name {bucket.existing_name}: one bucket cannot serve the regions "
                f"{', '.join(regions)}, each of which has its own; remove the name, or deploy to one region"
            )


def check_images(images: Mapping[str, str | None]) -> None:
    """Check that no two regions use the same existing image, which stands in one of them at most.

    :param images: ids of existing images by region; none where one is built.
    :raises ValueError: if two do.
    """
    owners: dict[str, str] = {}
    for region, image in images.items():
        if image is None:
            continue
        if image in owners:
            raise ValueError(
                f"image.ami_id {image}: an image stands in one region, and {owners[image]} and {region} would both "
                f"use this one; copy it, and name the copy in regional.{region}.image.ami_id"
            )
        owners[image] = region


def _arns(
    storage: Storage, functions: Functions, cache: Cache, image: Image, proxy: Proxy
) -> Iterator[tuple[str, str]]:
    for name, bucket in storage.buckets.items():
        if bucket.key_arn is not None:
            yield f"storage.{name}.key_arn", bucket.key_arn
    for function in Function:
        for arn in functions.of(function).layers:
            yield f"functions.{function.package}.layers", arn
    if cache.valkey.key_arn is not None:
        yield "cache.valkey.key_arn", cache.valkey.key_arn
    for component in image.extra_components:
        if component.startswith("arn:") and IN_EACH_REGION not in component:
            yield "image.extra_components", component
    if proxy.authentication.secret_arn is not None:
        yield "proxy.authentication.secret_arn", proxy.authentication.secret_arn


def check_engine(configuration: "Configuration") -> None:
    """Check that Comprehend is where it is to be asked; of a region that is not known here, nothing is said.

    :raises ValueError: if it is not.
    """
    if configuration.proxy.semantic_engine is not Engine.COMPREHEND:
        return
    for region in configuration.regions:
        if region in REGIONS and region not in COMPREHEND_REGIONS:
            raise ValueError(
                f"proxy.semantic_engine comprehend: there is no Comprehend in {region}, and another region's would get "
                "the texts of pages; set proxy.semantic_engine embedded, or deploy elsewhere"
            )


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

"""Say which images there are, and which of them the fleet launches or is to launch. It only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract import outputs
from slipway.domain.images import Image, Parameter
from slipway.engine.images import finding
from slipway.engine.images.ports import Site


@dataclass(frozen=True)
class Entry:
    """An image of a deployment, and what hangs on it.

    :param image: with those of its AMIs that there still are.
    :param launched_in: regions whose fleet launches or runs it.
    :param named_in: regions in which a parameter names it, so that a deployment launches it.
    :param chosen_in: those of them where somebody chose it, so that it stays.
    :param volume_gib: size of its volumes, in GiB; none where its AMI is gone.
    """

    image: Image
    launched_in: tuple[str, ...]
    named_in: tuple[str, ...]
    volume_gib: int | None
    chosen_in: tuple[str, ...] = ()

    @property
    def is_in_use(self) -> bool:
        """Whether a fleet would miss it, now or with its next deployment."""
        return bool(self.launched_in or self.named_in)


def entries(site: Site, images: Sequence[Image] | None = None) -> list[Entry]:
    """Return all images of a deployment, newest first.

    :param images: those images; they are asked for if left out.
    :raises SlipwayError: if AWS refuses to tell.
    """
    finding.check_account(site)
    known = finding.images_of(site) if images is None else images
    launched, parameters, home = launched_amis(site), _parameters(site), site.deployment.home
    named = {region: frozenset({each.ami}) for region, each in parameters.items()}
    chosen = {region: frozenset({each.ami}) for region, each in parameters.items() if each.is_chosen}
    sizes = {
        ami.identifier: ami.volume_gib
        for ami in site.machines.amis(home, [image.amis[home] for image in known if home in image.amis])
    }
    return [
        Entry(
            there,
            _regions(image, launched),
            _regions(image, named),
            sizes.get(image.amis.get(home, "")),
            _regions(image, chosen),
        )
        for image, there in zip(known, finding.with_what_is_there(site, known), strict=True)
    ]


def _regions(image: Image, amis: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    return tuple(region for region, found in amis.items() if image.amis.get(region) in found)


def launched_amis(site: Site) -> dict[str, frozenset[str]]:
    """Return, by region, the AMIs that the fleet launches or runs; none where there is no fleet."""
    found = {}
    for region, stack in site.deployment.fleet_stacks.items():
        group = (site.stacks.outputs(region, stack) or {}).get(outputs.AUTO_SCALING_GROUP_NAME)
        found[region] = site.machines.launched(region, group) if group else frozenset()
    return found


def amis_in_use(site: Site) -> dict[str, frozenset[str]]:
    """Return, by region, the AMIs that a fleet would miss: what it launches or runs, or its next deployment would."""
    named = {region: frozenset({each.ami}) for region, each in _parameters(site).items()}
    return {region: launched | named.get(region, frozenset()) for region, launched in launched_amis(site).items()}


def _parameters(site: Site) -> dict[str, Parameter]:
    """Return, by region, the parameter of the deployed recipe: what it names is launched by the next deployment."""
    deployed = site.stacks.outputs(site.deployment.home, site.deployment.image_stack) or {}
    name = deployed.get(outputs.IMAGE_PARAMETER)
    read = {region: site.parameters.read(region, name) for region in site.deployment.built_for} if name else {}
    return {region: parameter for region, parameter in read.items() if parameter is not None}

"""Say which images there are, and which of them the fleet launches or is to launch. It only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import outputs
from slipway.domain.images import Image
from slipway.engine.images import finding
from slipway.engine.images.ports import Site


@dataclass(frozen=True)
class Entry:
    """An image of a deployment, and what hangs on it.

    :param launched_in: regions whose fleet launches or runs it.
    :param named_in: regions in which a parameter names it, so that a deployment launches it.
    :param volume_gib: size of its volumes, in GiB; none where its AMI is gone.
    """

    image: Image
    launched_in: tuple[str, ...]
    named_in: tuple[str, ...]
    volume_gib: int | None

    @property
    def is_in_use(self) -> bool:
        """Whether a fleet would miss it, now or with its next deployment."""
        return bool(self.launched_in or self.named_in)


def entries(site: Site) -> list[Entry]:
    """Return all images of a deployment, newest first.

    :raises SlipwayError: if AWS refuses to tell.
    """
    finding.check_account(site)
    known = finding.images_of(site)
    launched, named, home = launched_amis(site), named_amis(site), site.deployment.home
    sizes = {
        ami.identifier: ami.volume_gib
        for ami in site.machines.amis(home, [image.amis[home] for image in known if home in image.amis])
    }
    return [
        Entry(image, _regions(image, launched), _regions(image, named), sizes.get(image.amis.get(home, "")))
        for image in known
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


def named_amis(site: Site) -> dict[str, frozenset[str]]:
    """Return, by region, the AMI that the fleet's next deployment launches: what the recipe's parameter names."""
    deployed = site.stacks.outputs(site.deployment.home, site.deployment.image_stack) or {}
    name = deployed.get(outputs.IMAGE_PARAMETER)
    found = {}
    for region in site.deployment.built_for if name else ():
        parameter = site.parameters.read(region, name) if name else None
        found[region] = frozenset({parameter.ami} if parameter else ())
    return found

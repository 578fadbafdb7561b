"""What differs from region to region, in the sections of the root: what only makes sense in one region.

An id of a network, an image or a certificate exists in one region only. Everything else is the same everywhere.
"""

from typing import Annotated

from pydantic import Field

from config.models.base import AmiId, CertificateArn, Model, Region, VpcBlock
from config.models.network import Egress, ExistingNetwork

Regions = Annotated[tuple[Region, ...], Field(min_length=1, max_length=64)]


class RegionalNetwork(Model):
    """Keys of `network` that one region has for itself."""

    cidr: VpcBlock | None = None
    """Address block of this region's VPC; none for `network.cidr`."""

    existing: ExistingNetwork | None = None
    """A VPC of this region that exists already; none for `network.existing`."""

    egress: Egress | None = None
    """How instances of this region reach the internet; none for `network.egress`."""


class RegionalImage(Model):
    """Keys of `image` that one region has for itself."""

    ami_id: AmiId | None = None
    """An existing image of this region; none for `image.ami_id`, or to build one."""


class RegionalFleet(Model):
    """Keys of `fleet` that one region has for itself."""

    certificate_arn: CertificateArn | None = None
    """Certificate of this region's `tls` listeners; none for `fleet.certificate_arn`."""


class RegionalSettings(Model):
    """One region's own values; they go over those of the sections of the same name."""

    network: RegionalNetwork = RegionalNetwork()
    """VPC and subnets of this region."""

    image: RegionalImage = RegionalImage()
    """Instance image of this region."""

    fleet: RegionalFleet = RegionalFleet()
    """Load balancer of this region."""

    def over(self, section: str, common: Model) -> Model:
        """Return a section with this region's values over the common ones.

        :param section: name of a field of this model and of the root.
        """
        own: Model = getattr(self, section)
        written = {name: value for name, value in own if value is not None}
        return common.model_copy(update=written)

"""Names in a bill of materials that its writer, in the image, and its readers have in common.

A bill is a CycloneDX document; what that format has no field for stands in properties of these names.
Source: https://cyclonedx.org/docs/1.6/json/
"""

from enum import StrEnum

SPEC_VERSION = "1.6"
"""CycloneDX of the documents: the newest that common scanners read; nothing of a newer one is used."""

PLACE = "slipway:place"
"""Property of a component: where in the image it is installed, one of :class:`Place`."""

ARCHITECTURE = "slipway:architecture"
"""Property of a system package: the architecture it is built for, as dpkg writes it."""

SOURCE_PACKAGE = "slipway:source-package"
"""Property of a system package: the source package that it is built from."""

RELEASED = "slipway:released"
"""Property of a system package: the day of the newest entry in its changelog, as 2026-11-21."""

SUITE = "slipway:suite"
"""Property of a system package: the archive's suite that the newest entry in its changelog is for."""

SECURITY_SUITE = "-security"
"""How the names of those suites end that hold security updates only."""

BASE_IMAGE = "slipway:base-image"
"""Property of a bill: id of the machine image that this one was built on."""


class Place(StrEnum):
    """Where a component is installed."""

    SYSTEM = "system"
    SNAP = "snap"
    PROXY = "proxy"
    HEALTH = "health"
    APPLICATION = "application"

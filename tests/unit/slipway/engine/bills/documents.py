"""Bills of materials, written by the program that writes them in an image."""

from __future__ import annotations

from typing import Any

from contract import bills
from contract.bills import Place
from slipway.domain.bills import Bill
from slipway.engine.bills.reading import read
from slipway_proxy.bill.document import written
from slipway_proxy.bill.part import Part

SYSTEM = Part("system", "operating-system", "ubuntu", "24.04", Place.SYSTEM, description="Ubuntu 24.04.3 LTS")


def part(place: Place, name: str, version: str, *, suite: str = "noble", arch: str = "arm64", **more: Any) -> Part:
    """Return a part; a package of the system is of an architecture and a suite."""
    properties = {bills.ARCHITECTURE: arch, bills.SUITE: suite} if place is Place.SYSTEM else {}
    kind = "application" if place is Place.APPLICATION else "library"
    reference = f"{place}/{name}:{arch}" if properties else f"{place}/{name}"
    return Part(reference, kind, name, version, place, properties=properties, **more)


def document(*parts: Part, base_image: str | None = "ami-0001") -> bytes:
    """Return the bill of an image with these parts on one system."""
    return written([SYSTEM, *parts], contains=[], base_image=base_image)


def bill(*parts: Part, base_image: str | None = "ami-0001") -> Bill:
    """Return what that bill says."""
    return read(document(*parts, base_image=base_image), "the bill")

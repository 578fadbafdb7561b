"""Write the bill of materials of the machine that this runs on, or of a root folder.

    slipway-bom --output /opt/slipway/bill.cdx.json

prints the SHA-256 of the document, by which it is found later; on a running instance it tells what is there now. Off
AWS, or with `AWS_EC2_METADATA_DISABLED=true`, the bill does not name the base image.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contract.bills import Place
from slipway_proxy.bill import application, document, dpkg, environments
from slipway_proxy.bill.part import Part
from slipway_proxy.instance import DEFAULT_ENDPOINT, ENDPOINT_VARIABLE, MetadataError, MetadataService

HOME = Path("opt/slipway")
"""Where the application and its environments are, below the root."""

ENVIRONMENTS = (Place.PROXY, Place.HEALTH)
SYSTEM = "system"
"""Reference of the operating system."""


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Write the bill, and return the exit status."""
    parser = argparse.ArgumentParser(prog="slipway-bom", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path("/"), help="root of the file system (default: %(default)s)")
    parser.add_argument("--output", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    try:
        bill = bill_of(options.root, base_image(environ))
        options.output.write_bytes(bill)
    except (OSError, BillError) as error:
        print(f"error: there is no bill of materials: {error}", file=sys.stderr)  # noqa: T201 - it talks to the build
        return 1
    print(hashlib.sha256(bill).hexdigest(), end="")  # noqa: T201 - its output, which becomes part of a name
    return 0


class BillError(Exception):
    """The bill would not tell the truth; the message says why and what to do."""


def bill_of(root: Path, base_image_id: str | None) -> bytes:
    """Return the bill of what is installed below a root.

    :raises BillError: if a part of the image that has to be there is not.
    """
    system = dpkg.operating_system(root)
    packages = dpkg.parts(root, system)
    if not packages:
        raise BillError(f"{root / dpkg.STATUS} lists no installed package; run this on a Debian or Ubuntu system")
    by_place = {place: environments.parts(root / HOME / place, place) for place in ENVIRONMENTS}
    for place, found in by_place.items():
        if not found:
            raise BillError(f"{root / HOME / place} is no virtual environment; run this after it has been made")
    roots = tuple(reference for found in by_place.values() for reference in environments.roots(found))
    programs = [application.part(root / HOME, roots), *application.snaps(root)]
    whole = Part(
        reference=SYSTEM,
        kind="operating-system",
        name=system.get("ID", "unknown"),
        version=system.get("VERSION_ID", ""),
        place=Place.SYSTEM,
        description=system.get("PRETTY_NAME", ""),
        needs=tuple(part.reference for part in packages),
    )
    return document.written(
        [whole, *packages, *programs, *(part for found in by_place.values() for part in found)],
        contains=[SYSTEM, *(part.reference for part in programs)],
        base_image=base_image_id,
    )


def base_image(environ: Mapping[str, str]) -> str | None:
    """Return the id of the machine image that this machine was started from, or nothing off AWS."""
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    service = MetadataService(environ.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT)
    try:
        return service.text("ami-id")
    except MetadataError:
        return None
    finally:
        service.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

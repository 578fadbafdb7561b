"""`slipway image bom` and `compare`: what an image is made of, and what is different between two."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli import bill_reports
from slipway.cli.configuration import AsJson, Assignments, EnvironmentName, complete_environment
from slipway.cli.image import ImageReference, images, told
from slipway.cli.output import data, talk
from slipway.domain.bills import Bill
from slipway.engine.bills import comparing, finding, reading
from slipway.engine.images.finding import LATEST

app = typer.Typer()


@app.command("bom")
def bom_command(
    context: typer.Context,
    environment: EnvironmentName,
    reference: ImageReference = LATEST,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write the document itself, byte for byte, for scanners and archives.",
            show_default=False,
        ),
    ] = None,
    assignments: Assignments = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document itself.")] = False,
) -> None:
    """Say what an image is made of: its bill of materials, in CycloneDX.

    Example: slipway image bom production

    Example: slipway image bom production 1.297482.88210943/2 --output image.cdx.json
    """
    with images(context, environment, assignments, as_json=as_json) as (site, _):
        found = finding.bill_of(site, reference)
        bill = reading.read(found.document, f"the bill of image {found.image.label}")
    if output is not None:
        output.write_bytes(found.document)
        talk(f"{output} is the bill of materials of image {found.image.label}")
    if as_json:
        data(found.document.decode().rstrip("\n"))
    elif output is None:
        data(bill_reports.summary(f"{found.image.label} of {environment}", bill))


@app.command("compare")
def compare_command(
    context: typer.Context,
    environment: Annotated[
        str | None,
        typer.Argument(
            metavar="ENVIRONMENT",
            help="Name of a file in config/environments, without .yaml.",
            autocompletion=complete_environment,
            show_default=False,
        ),
    ] = None,
    old: Annotated[
        str | None, typer.Argument(metavar="OLD", help="The image to compare with.", show_default=False)
    ] = None,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The image that is compared; the newest if left out.")
    ] = LATEST,
    files: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--files",
            metavar="OLD NEW",
            help="Compare two documents that `bom --output` wrote, instead of an environment's images.",
            show_default=False,
        ),
    ] = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Say what came, went and changed from one image to another; what its archive calls a security update first.

    Example: slipway image compare production 1.297482.88210943/2

    Example: slipway image compare --files old.cdx.json new.cdx.json
    """
    if files is not None and environment is None:
        with told("", as_json=as_json):
            bills = [_Named.read(str(path), path.read_bytes()) for path in files]
    elif files is None and environment is not None and old is not None:
        with images(context, environment, assignments, as_json=as_json) as (site, _):
            found = [finding.bill_of(site, reference) for reference in (old, new)]
            bills = [_Named.read(f"image {each.image.label}", each.document) for each in found]
    else:
        raise typer.BadParameter("give ENVIRONMENT and OLD, or --files with two documents, and not both")
    before, after = bills
    report = bill_reports.differences_as_json if as_json else bill_reports.differences
    data(report(before.name, after.name, comparing.compare(before.bill, after.bill)))


@dataclass(frozen=True)
class _Named:
    """A bill, and what people call it."""

    name: str
    bill: Bill

    @classmethod
    def read(cls, name: str, document: bytes) -> _Named:
        """Read a document.

        :raises BillError: if it is no bill.
        """
        return cls(name, reading.read(document, name))

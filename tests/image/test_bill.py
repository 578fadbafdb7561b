"""The bill of materials of a really built image is valid, whole, kept where it says, and the same when made again."""

from __future__ import annotations

import json
import subprocess
from urllib.parse import urlsplit

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from contract.bills import Place
from contract.images import bill_key
from local.image.builds import Workshop
from slipway.domain.bills import Group
from slipway.engine.bills.comparing import compare
from slipway.engine.bills.reading import digest_of, read
from slipway_proxy.bill.__main__ import HOME, bill_of
from tests.image.conftest import Image

BILL = f"{HOME}/bill.cdx.json"


def test_it_lists_what_dpkg_and_pip_have_installed(image: Image) -> None:
    text = image.path(BILL).read_text()
    bill = read(text.encode(), "the bill")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    asked = ["chroot", str(image.folder), "dpkg-query", "--show", "--showformat=${Package} ${Version}\n"]
    installed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    listed = [f"{part.name} {part.version}" for part in bill.parts if part.group is Group.SYSTEM]
    assert sorted(listed) == sorted(installed)
    assert "amazon-cloudwatch-agent" in {part.name for part in bill.parts}
    for place in (Place.PROXY, Place.HEALTH):
        found = [part for part in bill.parts if part.group is Group.of(place)]
        assert {"boto3"} < {part.name for part in found}
        lock = image.path(f"{HOME}/{place}/installed.json").read_text()
        assert all(part.sha256 and part.sha256 in lock for part in found)
    assert sum(bool(part.licences) for part in bill.parts) > 0.8 * len(bill.parts)


def test_it_is_kept_under_its_hash(shop: Workshop, image: Image) -> None:
    document = image.path(BILL).read_bytes()
    place = urlsplit(shop.arguments["BillsUri"])

    assert shop.outside.get_object(place.netloc, bill_key(place.path.strip("/"), digest_of(document))) == document


def test_cleaning_up_changed_nothing_that_it_lists(image: Image) -> None:
    again = bill_of(image.folder, None)

    assert compare(read(image.path(BILL).read_bytes(), "before"), read(again, "after")).changes == ()


def test_it_tells_of_no_machine_and_no_index(image: Image) -> None:
    components = json.loads(image.path(BILL).read_text())["components"]

    assert [each["name"] for each in components if "://" in json.dumps(each).replace("https://snapcraft.io", "")] == []

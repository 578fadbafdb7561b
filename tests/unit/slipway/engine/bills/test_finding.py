"""The bill of an image is found by its tag or its log, and nothing else is taken for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract import outputs
from slipway.domain.errors import MissingError
from slipway.engine.bills.finding import bill_of
from slipway.engine.bills.reading import BillError
from tests.unit.slipway.engine.bills.documents import document
from tests.unit.slipway.engine.bills.sites import URI, Workshop


@pytest.mark.parametrize(("tag", "log"), [(True, False), (False, True), (True, True)])
def test_a_bill_is_found_by_the_tag_or_the_log(tag: bool, log: bool) -> None:
    workshop = Workshop()
    image = workshop.add(document(), tag=tag, log=log)

    found = bill_of(workshop.site, "latest")

    assert (found.image, found.document) == (image, document())


def test_an_image_that_tells_of_no_bill_is_named_with_what_to_do() -> None:
    workshop = Workshop()
    workshop.add(document(), tag=False)

    with pytest.raises(MissingError, match=r"image 1\.2\.3/1 of environment blue has no bill of materials") as caught:
        bill_of(workshop.site, "ami-0001")

    assert caught.value.code == "bill-missing"
    assert "slipway image build blue --force" in caught.value.next_step


def test_the_embedded_aws_is_not_advised_to_build_a_bill() -> None:
    workshop = Workshop()
    workshop.add(document(), tag=False)
    site = replace(workshop.site, deployment=replace(workshop.site.deployment, environment="local"))

    with pytest.raises(MissingError) as caught:
        bill_of(site, "latest")

    assert "python -m local.image run --keep" in caught.value.next_step
    assert "--force" not in caught.value.next_step


def test_a_bill_that_is_gone_is_named_with_its_hash_and_place() -> None:
    workshop = Workshop()
    workshop.add(document())
    (_, digest) = next(iter(workshop.kept))
    workshop.kept.clear()

    with pytest.raises(MissingError, match=f"{digest} of image .* is not below {URI}"):
        bill_of(workshop.site, "latest")


def test_a_bill_that_somebody_changed_is_refused() -> None:
    workshop = Workshop()
    workshop.add(document())
    workshop.kept = {place: kept + b" " for place, kept in workshop.kept.items()}

    with pytest.raises(BillError, match="is not the one that its build made") as caught:
        bill_of(workshop.site, "latest")

    assert caught.value.code == "bill-altered"


def test_a_stack_that_does_not_say_where_bills_are_has_to_be_deployed_anew() -> None:
    workshop = Workshop()
    workshop.add(document())
    workshop.outputs = {key: value for key, value in workshop.outputs.items() if key != outputs.BILLS_OF_MATERIALS}

    with pytest.raises(MissingError, match=outputs.BILLS_OF_MATERIALS) as caught:
        bill_of(workshop.site, "latest")

    assert "cdk deploy -c env=blue shop-blue-image" in caught.value.next_step


def test_an_unknown_image_is_refused_with_what_there_is() -> None:
    workshop = Workshop()
    workshop.add(document())

    with pytest.raises(MissingError, match=r'no image "1\.2\.3/9"; available: 1\.2\.3/1'):
        bill_of(workshop.site, "1.2.3/9")

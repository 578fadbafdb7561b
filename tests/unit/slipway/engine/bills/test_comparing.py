"""What came, went and changed between two images."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.bills import Place
from slipway.domain.bills import Kind
from slipway.engine.bills.comparing import compare
from slipway_proxy.bill.part import Part
from tests.unit.slipway.engine.bills.documents import bill, part

SYSTEM, PROXY, HEALTH, APPLICATION, SNAP = (
    Place.SYSTEM,
    Place.PROXY,
    Place.HEALTH,
    Place.APPLICATION,
    Place.SNAP,
)

type Row = tuple[Kind, str | None, str | None]


def rows(old: list[Part], new: list[Part]) -> list[Row]:
    """Return kind, and name and version of old and new, of each change."""
    changes = compare(bill(*old), bill(*new)).changes
    return [
        (
            change.kind,
            f"{change.old.name} {change.old.version}" if change.old else None,
            f"{change.new.name} {change.new.version}" if change.new else None,
        )
        for change in changes
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], []),
        ([part(SYSTEM, "a", "1")], [part(SYSTEM, "a", "1")], []),
        ([], [part(SYSTEM, "a", "1")], [(Kind.CAME, None, "a 1")]),
        ([part(SYSTEM, "a", "1")], [], [(Kind.WENT, "a 1", None)]),
        ([part(SYSTEM, "a", "1.9")], [part(SYSTEM, "a", "1.10")], [(Kind.UPGRADED, "a 1.9", "a 1.10")]),
        ([part(PROXY, "a", "1.0")], [part(PROXY, "a", "1.0rc1")], [(Kind.DOWNGRADED, "a 1.0", "a 1.0rc1")]),
        ([part(SNAP, "a", "1")], [part(SNAP, "a", "2")], [(Kind.CHANGED, "a 1", "a 2")]),
        (
            [part(APPLICATION, "slipway", "0.1.0+a")],
            [part(APPLICATION, "slipway", "0.1.0+b")],
            [(Kind.CHANGED, "slipway 0.1.0+a", "slipway 0.1.0+b")],
        ),
        # The same version from another archive is another thing.
        (
            [part(PROXY, "a", "1", sha256="0" * 64)],
            [part(PROXY, "a", "1", sha256="1" * 64)],
            [(Kind.CHANGED, "a 1", "a 1")],
        ),
        # Which archive it was is not always known; and a new word for the licence changes nothing.
        ([part(PROXY, "a", "1", sha256="0" * 64)], [part(PROXY, "a", "1")], []),
        ([part(PROXY, "a", "1", licences=("MIT",))], [part(PROXY, "a", "1", licences=("Expat",))], []),
        # One name in two environments is two parts.
        (
            [part(PROXY, "a", "1"), part(HEALTH, "a", "1")],
            [part(PROXY, "a", "1"), part(HEALTH, "a", "2")],
            [(Kind.UPGRADED, "a 1", "a 2")],
        ),
        # So is one name for two architectures; of which one alone may go.
        (
            [part(SYSTEM, "a", "1"), part(SYSTEM, "a", "1", arch="armhf")],
            [part(SYSTEM, "a", "2")],
            [(Kind.WENT, "a 1", None), (Kind.UPGRADED, "a 1", "a 2")],
        ),
        # All of an image changes when its architecture does.
        (
            [part(SYSTEM, "a", "1", arch="amd64")],
            [part(SYSTEM, "a", "2", arch="arm64")],
            [(Kind.UPGRADED, "a 1", "a 2")],
        ),
        # Each kernel is a package of its own name.
        (
            [part(SYSTEM, "linux-image-6.8.0-1018-aws", "6.8.0-1018.20")],
            [part(SYSTEM, "linux-image-6.8.0-1021-aws", "6.8.0-1021.23")],
            [
                (
                    Kind.UPGRADED,
                    "linux-image-6.8.0-1018-aws 6.8.0-1018.20",
                    "linux-image-6.8.0-1021-aws 6.8.0-1021.23",
                )
            ],
        ),
        (
            [part(SYSTEM, "linux-image-6.12.43+deb13-arm64", "6.12.43-1"), part(SYSTEM, "linux-base", "4")],
            [part(SYSTEM, "linux-image-6.12.48+deb13-arm64", "6.12.48-1"), part(SYSTEM, "linux-libc", "4")],
            [
                (Kind.WENT, "linux-base 4", None),
                (
                    Kind.UPGRADED,
                    "linux-image-6.12.43+deb13-arm64 6.12.43-1",
                    "linux-image-6.12.48+deb13-arm64 6.12.48-1",
                ),
                (Kind.CAME, None, "linux-libc 4"),
            ],
        ),
        # A name with numbers in it is no kernel.
        (
            [part(SYSTEM, "a-1.2.3-4", "1")],
            [part(SYSTEM, "a-1.2.3-5", "1")],
            [(Kind.WENT, "a-1.2.3-4 1", None), (Kind.CAME, None, "a-1.2.3-5 1")],
        ),
    ],
)
def test_what_became_of_each_part(old: list[Part], new: list[Part], expected: list[Row]) -> None:
    assert rows(old, new) == expected


def test_security_comes_first_and_then_what_is_ours() -> None:
    names = {"openssl": "noble-security", "curl": "noble-updates"}
    old = [*(part(SYSTEM, name, "1") for name in names), part(PROXY, "boto3", "1"), part(APPLICATION, "slipway", "1")]
    new = [
        *(part(SYSTEM, name, "2", suite=suite) for name, suite in names.items()),
        part(PROXY, "boto3", "2"),
        part(APPLICATION, "slipway", "2"),
    ]

    orders = {tuple(row[2] for row in rows(old, list(each))) for each in permutations(new)}

    assert orders == {("openssl 2", "slipway 2", "boto3 2", "curl 2")}


@pytest.mark.parametrize(
    ("old", "new", "is_security", "fixes"),
    [
        (part(SYSTEM, "a", "1"), part(SYSTEM, "a", "2", suite="noble-security"), True, ()),
        (part(SYSTEM, "a", "1"), part(SYSTEM, "a", "2", fixes=("CVE-2026-1",)), True, ("CVE-2026-1",)),
        (
            part(SYSTEM, "a", "1", fixes=("CVE-2026-1", "CVE-2026-2")),
            part(SYSTEM, "a", "2", fixes=("CVE-2026-2", "CVE-2026-3", "CVE-2025-9")),
            True,
            ("CVE-2025-9", "CVE-2026-3"),
        ),
        (part(SYSTEM, "a", "1", fixes=("CVE-2026-1",)), part(SYSTEM, "a", "2", fixes=("CVE-2026-1",)), False, ()),
        (part(SYSTEM, "a", "1"), part(SYSTEM, "a", "2", suite="noble-updates"), False, ()),
        # To go back behind a security update is news, too; to go back to one is not.
        (part(SYSTEM, "a", "2", suite="noble-security"), part(SYSTEM, "a", "1"), True, ()),
        (part(SYSTEM, "a", "2"), part(SYSTEM, "a", "1", suite="noble-security", fixes=("CVE-2026-1",)), False, ()),
        (part(PROXY, "a", "1"), part(PROXY, "a", "2"), False, ()),
    ],
)
def test_what_is_for_the_sake_of_security(old: Part, new: Part, is_security: bool, fixes: tuple[str, ...]) -> None:
    (change,) = compare(bill(old), bill(new)).changes

    assert (change.is_security, change.fixes) == (is_security, fixes)


def test_what_is_the_same_is_counted_and_so_is_each_kind() -> None:
    same = [part(SYSTEM, name, "1") for name in "abc"]

    found = compare(bill(*same, part(SYSTEM, "d", "1")), bill(*same, part(SYSTEM, "d", "2"), part(PROXY, "e", "1")))

    assert found.same == 3
    assert found.counts == {Kind.UPGRADED: 1, Kind.CAME: 1}
    assert not found.is_equal


def test_another_base_image_is_a_difference_even_if_no_part_is() -> None:
    assert compare(bill(), bill()).is_equal
    assert not compare(bill(), bill(base_image="ami-0002")).is_equal


PARTS = st.lists(
    st.builds(
        part,
        st.sampled_from([SYSTEM, PROXY, SNAP]),
        st.sampled_from(["a", "b", "linux-image-6.8.0-1-aws", "linux-image-6.8.0-2-aws"]),
        st.from_regex(r"[0-9]{1,2}(\.[0-9])?", fullmatch=True),
        arch=st.sampled_from(["arm64", "armhf"]),
    ),
    max_size=6,
)
MIRRORED = {Kind.CAME: Kind.WENT, Kind.UPGRADED: Kind.DOWNGRADED, Kind.CHANGED: Kind.CHANGED}
MIRRORED |= {other: kind for kind, other in MIRRORED.items()}


@given(old=PARTS, new=PARTS)
def test_every_part_is_told_once_and_the_way_back_is_the_mirror(old: list[Part], new: list[Part]) -> None:
    before, after = bill(*old), bill(*new)

    there, back = compare(before, after), compare(after, before)

    assert there.same + sum(change.old is not None for change in there.changes) == len(before.parts)
    assert there.same + sum(change.new is not None for change in there.changes) == len(after.parts)
    assert sorted(MIRRORED[change.kind] for change in there.changes) == sorted(change.kind for change in back.changes)

"""Package URLs as others write them, and text that any reader can show."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from slipway_proxy.bill.part import line, package_url, read_text


@pytest.mark.parametrize(
    ("name", "version", "url"),
    [
        ("libstdc++6", "1:2.3+b1~x", "pkg:deb/debian/libstdc%2B%2B6@1:2.3%2Bb1~x?arch=amd64"),
        ("a", "1", "pkg:deb/debian/a@1?arch=amd64"),
    ],
)
def test_a_package_url_is_the_canonical_one(name: str, version: str, url: str) -> None:
    assert package_url("deb", "debian", name, version=version, arch="amd64", distro="") == url
    assert PackageURL.from_string(url).to_string() == url


# A slash at an end of a name is nothing to the library that reads it here; no package's name has one.
WORD = st.text(st.characters(exclude_characters="/"), min_size=1).map(line).filter(bool)


@given(name=WORD, version=WORD)
def test_every_name_and_version_comes_back_from_its_url(name: str, version: str) -> None:
    found = PackageURL.from_string(package_url("generic", name, version=version, distro=version))

    assert (found.name, found.version) == (name, version)


def test_a_line_controls_no_terminal_and_has_an_end() -> None:
    assert line(" a\x1b[31m\r\nb\ud800\u2028c\u202e ") == "a [31m  b  c"
    assert len(line("x" * 5000)) == 1000


def test_text_that_is_no_utf_8_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9")

    assert read_text(tmp_path / "latin") == "caf\ufffd"
    assert read_text(tmp_path / "absent") == ""
    assert read_text(tmp_path / "latin" / "below") == ""

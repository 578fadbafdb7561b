"""Which browser the tests of pages take."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.browser import find, has_own
from local.setup import SetupError


def test_the_one_that_the_set_up_unpacked_comes_first_with_its_own_libraries_and_fonts(tmp_path: Path) -> None:
    own = tmp_path / "chromium" / "chromium"
    own.parent.mkdir()
    own.touch()

    found = find(tmp_path, lambda _: "/usr/bin/chrome")

    assert found.program == own
    assert found.environment == {"LD_LIBRARY_PATH": f"{own.parent}/lib", "FONTCONFIG_PATH": str(own.parent)}


def test_an_installed_one_will_do(tmp_path: Path) -> None:
    found = find(tmp_path, {"chromium": "/usr/bin/chromium"}.get)

    assert (found.program, found.environment) == (Path("/usr/bin/chromium"), {})


def test_without_any_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.browser.ON_A_MAC", tmp_path / "none")

    with pytest.raises(SetupError, match=r"run `make test`, or install one of google-chrome, .*chromium"):
        find(tmp_path, lambda _: None)


def test_npm_has_one_for_linux_on_x86_64_only() -> None:
    assert has_own("linux", "x86_64")
    assert not has_own("linux", "aarch64")
    assert not has_own("darwin", "x86_64")

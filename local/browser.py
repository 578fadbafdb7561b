"""`python -m local.browser`: put a browser below `.slipway` for the tests that look at pages as people do.

The set-up calls it for tests only; nobody who deploys waits for it. Where npm has none for this machine, an installed
Chrome or Chromium does. It starts nothing and asks nobody but npm.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.setup import ROOT, VENV, WORK, SetupError, run, say

FOLDER = WORK / "browser"
READY = FOLDER / "ready"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"

INSTALLED = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

_UNPACK = """
const { createReadStream, createWriteStream, readdirSync } = require("fs");
const { createBrotliDecompress } = require("zlib");
const { pipeline } = require("stream/promises");
const [from, to] = process.argv.slice(1);
(async () => {
  for (const name of readdirSync(from))
    await pipeline(createReadStream(`${from}/${name}`), createBrotliDecompress(),
      createWriteStream(`${to}/${name.replace(/\\.br$/, "")}`));
})().catch((error) => { console.error(error.message); process.exitCode = 1; });
"""
"""Python's standard library knows no Brotli, Node's does."""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Browser:
    """A Chromium that can be started.

    :param environment: variables that it needs beside those of this process.
    """

    program: Path
    environment: dict[str, str]


def has_own(system: str, machine: str) -> bool:
    """Return whether npm has a browser for a machine.

    :param system: as in `sys.platform`.
    :param machine: as `platform.machine` says.
    """
    return system == "linux" and machine == "x86_64"


def find(folder: Path = FOLDER, installed: Callable[[str], str | None] = shutil.which) -> Browser:
    """Return the browser that the set-up has unpacked, else one that is installed.

    :raises SetupError: if there is none.
    """
    own = folder / "chromium" / "chromium"
    if own.exists():
        # Its own libraries and fonts, so that nothing has to be installed and pictures are the same everywhere.
        return Browser(own, {"LD_LIBRARY_PATH": str(own.parent / "lib"), "FONTCONFIG_PATH": str(own.parent)})
    found = next((path for name in INSTALLED if (path := installed(name))), None)
    if found is None and ON_A_MAC.exists():
        found = str(ON_A_MAC)
    if found is None:
        raise SetupError(
            f"there is no browser for the tests; run `make test`, or install one of {', '.join(INSTALLED)}"
        )
    return Browser(Path(found), {})


def build() -> None:
    """Install what `tests/browser/package-lock.json` names, and unpack the browser.

    :raises SetupError: if npm does not give it.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for path in (*(ROOT / "tests" / "browser").glob("package*.json"), ROOT / ".npmrc"):
        shutil.copy(path, FOLDER)
    is_own = has_own(sys.platform, platform.machine())
    environment = {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
    without = [] if is_own else ["--omit=optional"]
    npm = ("ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", *without)
    run(VENV / "bin" / "npm", *npm, env=environment)
    if is_own:
        _unpack(FOLDER / "node_modules" / "@sparticuz" / "chromium" / "bin", FOLDER / "chromium")
    READY.touch()


def _unpack(packed: Path, folder: Path) -> None:
    folder.mkdir()
    run(VENV / "bin" / "node", "-e", _UNPACK, str(packed), str(folder))
    for archive in folder.glob("*.tar"):
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder), encoding="utf-8")
    shutil.rmtree(packed)  # 70 MB that are unpacked now


if __name__ == "__main__":
    try:
        build()
    except SetupError as error:
        say(f"error: {error}")
        sys.exit(1)

"""Which build of a function's dependencies can be loaded on this machine.

Functions run on this machine's Python. Their layer is built for Lambda's: where Python's version, the processor or the
system is another one, its compiled parts cannot be loaded, and another build takes its place.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from emulator.paths import ROOT

LAYERS = ROOT / ".slipway" / "build" / "layers"
NATIVE = ROOT / ".slipway" / "build" / "native"
"""Site packages built for whatever machine this is; used where no layer fits."""

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Host:
    """An interpreter and the machine under it.

    :param runtime: Lambda's name of its version, for example `python3.12`.
    :param architecture: Lambda's name of the processor; empty if Lambda has no such one.
    :param is_linux: whether Linux wheels can be loaded.
    """

    runtime: str
    architecture: str
    is_linux: bool

    def fits(self, runtime: str, architecture: str) -> bool:
        """Tell whether a layer for this runtime and architecture can be loaded here."""
        return self.is_linux and (self.runtime, self.architecture) == (runtime, architecture)

    def own_packages(self, layers: Path = LAYERS, native: Path = NATIVE) -> Path | None:
        """Return the site packages that can be loaded here in place of a layer that cannot; None if there are none."""
        layer = layers / f"{self.runtime}-{self.architecture}" / "python" / "lib" / self.runtime / "site-packages"
        candidates = (layer, native) if self.is_linux else (native,)
        return next((folder for folder in candidates if folder.is_dir()), None)


def this_host() -> Host:
    """Return the interpreter that runs this."""
    return Host(
        runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        architecture=_ARCHITECTURES.get(platform.machine().lower(), ""),
        is_linux=sys.platform == "linux",
    )

"""Which sources travel: in the package of a function, and to the machine that builds the image.

What is left out may change without another package, another recipe of the image, or another fleet.
"""

from fnmatch import fnmatchcase
from pathlib import PurePath

IMAGE_SOURCES = ("ami_build", "contract")
"""Folders that the image is built from."""

LEFT_OUT = (".*", "*~", "#*#", "README.md", "*.in", "proxy-dev.*")
"""Names of what is only read by people and their tools: what editors and systems leave behind, texts, what locks are
compiled from, and the lock with the tests' own requirements."""


def travels(path: PurePath) -> bool:
    """Tell whether a file is part of what is deployed.

    :param path: relative to the repository; that itself may lie anywhere.
    """
    return not any(fnmatchcase(part, pattern) for part in path.parts for pattern in LEFT_OUT)

"""Read a how-to page as somebody who follows it: the files that one writes, and the commands that one types."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.loader import ENVIRONMENTS
from tests.synth.assemblies import ROOT

FOLDER = ROOT / "docs" / "how-to"
_BLOCK = re.compile(r"^( *)```(\w+)(?: title=\"([^\"]*)\")?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"config/environments/(\w+)\.yaml(, added)?")


@dataclass(frozen=True)
class Written:
    """An environment's file, as it is after a step.

    :param environment: its name.
    :param text: the whole file.
    """

    environment: str
    text: str


@dataclass(frozen=True)
class Typed:
    """A command, as its words."""

    words: tuple[str, ...]


def steps(page: str) -> Iterator[Written | Typed]:
    """Yield what a page has its reader do, in its order; a file that is added to is yielded whole.

    :param page: name without `.md`.
    :raises ValueError: if a block of YAML does not say which file it is.
    """
    files: dict[str, str] = {}
    for _, language, title, block in _BLOCK.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8")):
        text = textwrap.dedent(block)
        if language == "sh":
            yield from (Typed(tuple(shlex.split(line, comments=True))) for line in text.splitlines() if line)
            continue
        file = _FILE.fullmatch(title)
        if file is None:
            raise ValueError(f'{page}: say which file this is, ```yaml title="config/environments/NAME.yaml":\n{text}')
        environment, added = file.groups()
        files[environment] = files[environment] + text if added else text
        yield Written(environment, files[environment])


def new_folder(folder: Path) -> Path:
    """Return a folder of environments that holds the base and nothing else."""
    (folder / "base.yaml").write_bytes((ENVIRONMENTS / "base.yaml").read_bytes())
    return folder

"""The real pages in `local/pages`, as `pages.json` describes them. It only reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "pages"
MAIN_PAGE = "python-whatsnew.html"


@dataclass(frozen=True)
class CorpusPage:
    """One page, byte for byte as its source ships it, unless `changed` says otherwise.

    :param file: its name in the folder and its path on the page server.
    :param content_type: the header that the page server sends; with or without the charset.
    :param charset: the charset in which the bytes really are; None for what is not text.
    :param size: number of bytes.
    :param sha256: hexadecimal digest of its bytes.
    :param what: what is special about it.
    :param source: the package and version it comes from.
    :param source_path: where it stands in that package.
    :param licence: short name of the licence; `LICENSES/` and `README.md` hold the texts.
    :param changed: what was changed, or None.
    """

    file: str
    content_type: str
    charset: str | None
    size: int
    sha256: str
    what: str
    source: str
    source_path: str
    licence: str
    changed: str | None

    def read(self) -> bytes:
        """Return the page's bytes."""
        return (FOLDER / self.file).read_bytes()


def pages() -> tuple[CorpusPage, ...]:
    """Return all pages, in the order of `pages.json`."""
    return tuple(CorpusPage(**each) for each in json.loads((FOLDER / "pages.json").read_text(encoding="utf-8")))


def page(file: str) -> CorpusPage:
    """Return the page of a name.

    :raises KeyError: if there is none.
    """
    return {each.file: each for each in pages()}[file]

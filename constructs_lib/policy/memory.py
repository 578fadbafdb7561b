"""Remembers what the rules found in a template, so that a template that did not change is not examined again.

It keeps texts by digests and knows no rule. A record that is missing, cut off or altered counts as none: whenever in
doubt, the rules run.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

MOST_RECORDS = 10_000
"""Number of records to keep, of some kilobytes each; the oldest go first."""


class Memory:
    """Texts by digest, one file each, so that syntheses at the same time cannot spoil each other's.

    :param folder: where the files stand; it is made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, digest: str) -> str | None:
        """Return what was kept under a digest, or none."""
        try:
            checksum, _, text = (self._folder / digest).read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return None
        return text if checksum == digest_of([digest, text]) else None

    def keep(self, digest: str, text: str) -> None:
        """Keep a text. Where nothing can be written nothing is kept, and the next synthesis examines again."""
        unfinished = self._folder / f".{digest}-{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(f"{digest_of([digest, text])}\n{text}", encoding="utf-8")
            unfinished.replace(self._folder / digest)
        except OSError:
            return

    def forget(self, most: int = MOST_RECORDS) -> None:
        """Delete the oldest records.

        :param most: number of records to leave.
        """
        try:
            records = list(self._folder.iterdir())
            if len(records) > most:
                for record in sorted(records, key=lambda path: path.stat().st_mtime)[: len(records) - most]:
                    record.unlink(missing_ok=True)
        except OSError:
            return


def digest_of(parts: Iterable[object]) -> str:
    """Return the SHA-256 of values that JSON can express, in hexadecimal."""
    return hashlib.sha256(json.dumps(list(parts), sort_keys=True).encode()).hexdigest()

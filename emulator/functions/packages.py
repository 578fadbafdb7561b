"""Code and layers of functions, unpacked once for all the processes that run them.

Each archive gets a folder named after its content. What a killed emulator leaves half unpacked has another name, so it
is never used.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
import uuid
import zipfile
from collections.abc import Container
from pathlib import Path

KEEP = 32
"""How many archives that nothing uses just now stay unpacked for the next cold start."""


class PackageError(Exception):
    """An archive cannot be unpacked; the message says why."""


class Packages:
    """The unpacked archives below one folder.

    :param folder: made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._by_last_use: dict[Path, None] = {}

    def unpack(self, archive: bytes) -> Path:
        """Return the folder with an archive's files; whoever uses them must not change them.

        :raises PackageError: if it is no readable ZIP archive.
        """
        target = self._folder / hashlib.sha256(archive).hexdigest()
        with self._lock:
            if not target.is_dir():
                self._unpack(archive, target)
            self._by_last_use.pop(target, None)
            self._by_last_use[target] = None
        return target

    def forget(self, used: Container[Path]) -> None:
        """Remove what is not in use, but for the :data:`KEEP` archives that were asked for last."""
        with self._lock:
            unused = [folder for folder in self._by_last_use if folder not in used]
            for folder in unused[:-KEEP]:
                del self._by_last_use[folder]
                shutil.rmtree(folder, ignore_errors=True)

    def _unpack(self, archive: bytes, target: Path) -> None:
        unfinished = target.with_name(f".{uuid.uuid4().hex}")
        unfinished.mkdir(parents=True)
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as file:
                for member in file.infolist():
                    _extract(file, member, unfinished)
            unfinished.rename(target)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise PackageError(f"the archive cannot be unpacked: {error}") from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _extract(file: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    # Names that lead out of the folder are made harmless by the library; rights, which it drops, are kept.
    path = Path(file.extract(member, folder))
    rights = (member.external_attr >> 16) & 0o777
    if rights and path.is_file():
        path.chmod(rights | 0o400)

"""Puts the entries of a namespace into a zip file, one after the other, and says where it can be fetched.

The file goes to the bucket as it grows, part by part, so that a namespace of any size passes through little memory; a
function's own answer could carry 4.5 MB of it. What cannot be put in within :data:`LONGEST_SECONDS` is left for a next
file, and the answer says where that has to begin. Knows no S3 and no HTTP.
"""

from __future__ import annotations

import json
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from contract.cache import EXPORTS
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.listing import READERS, Entry, Selection, walk
from lambda_src.cache_service.objects import CacheObject, ObjectStore, content_hash

PART_BYTES = 8 * 1024 * 1024
"""Size of a part; S3 wants 5 MB at least of all but the last, and takes 10,000 of them.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

READ_AHEAD_BYTES = 16 * 1024 * 1024
"""How much is read at a time; more only if a single entry is larger."""

MOST_ENTRIES = 10_000
"""Entries that are looked at for one file; its contents and its manifest are kept in memory until the end."""

LONGEST_SECONDS = 15.0
"""After that nothing is read any more for a file; half of what the function has at least."""

URL_SECONDS = 900
"""For how long a file can be fetched; it is deleted a day later at the latest."""

MANIFEST = "manifest.json"

_ENDINGS = {
    "application/json": ".json",
    "text/css": ".css",
    "text/html": ".html",
    "text/plain": ".txt",
}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST_WORD = 40
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC).timestamp()
"""Zip files know no earlier time."""


class Upload(Protocol):
    """A file on its way to the bucket; each method raises :class:`UnavailableError` if that fails."""

    def add(self, part: bytes) -> None:
        """Send the next part."""

    def finish(self) -> None:
        """Let the parts be one file."""

    def abort(self) -> None:
        """Leave nothing behind."""


class Exports(Protocol):
    """Where files are kept until they are fetched."""

    def begin(self, path: str, content_type: str) -> Upload:
        """Begin a file."""

    def url(self, path: str, file_name: str, seconds: int) -> str:
        """Return where anybody may fetch a file for so many seconds, and is told this name for it."""


@dataclass(frozen=True)
class Export:
    """A file that was made.

    :param url: where to fetch it, by GET and without a signature of one's own.
    :param url_expires_at: until when, in seconds since 1970, UTC.
    :param size: bytes of the file.
    :param entries: how many are in it.
    :param next: id of the last entry that was looked at, behind which the next file has to begin; None if this was all.
    """

    url: str
    url_expires_at: float
    size: int
    entries: int
    next: str | None


@dataclass(frozen=True)
class Packed:
    """What the manifest tells of an entry; times in seconds since 1970, UTC."""

    name: str
    cache_id: str
    strategy: str
    key: str
    content_type: str
    cache_hash: str
    size: int
    stored_at: float
    expires_at: float


class Exporter:
    """Makes zip files of what is in a namespace.

    :param now: returns seconds since 1970, UTC.
    """

    def __init__(self, objects: ObjectStore, exports: Exports, now: Callable[[], float]) -> None:
        self._objects = objects
        self._exports = exports
        self._now = now

    def export(self, namespace: str, prefix: str = "", after: Address | None = None) -> Export:
        """Make a file of the entries whose keys begin with a prefix and whose time is not over.

        :param after: entry behind which to begin, from :attr:`Export.next` of the file before.
        :raises UnavailableError: if the store does not answer; nothing is left behind then.
        """
        path = f"{EXPORTS}/{namespace}/{uuid.uuid4()}.zip"
        upload = self._exports.begin(path, "application/zip")
        try:
            stream = _Parts(upload)
            packed, following = self._write(stream, Selection(namespace, key_prefix=prefix, after=after))
            stream.close()
        except BaseException:
            upload.abort()
            raise
        now = self._now()
        file_name = f"{namespace}-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}.zip"
        url = self._exports.url(path, file_name, URL_SECONDS)
        return Export(url, now + URL_SECONDS, stream.size, len(packed), following)

    def _write(self, stream: _Parts, wanted: Selection) -> tuple[list[Packed], str | None]:
        """Write entries and manifest; return what was written, and where to go on if there is more."""
        packed: list[Packed] = []
        deadline = self._now() + LONGEST_SECONDS
        looked_at, last, is_complete = 0, "", True
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for batch in _batches(walk(self._objects, wanted)):
                if looked_at + len(batch) > MOST_ENTRIES or self._now() > deadline:
                    is_complete = False
                    break
                for entry, item in self._read(batch):
                    packed.append(_pack(archive, len(packed) + 1, entry, item))
                looked_at, last = looked_at + len(batch), batch[-1].address.cache_id
            manifest = {
                "namespace": wanted.namespace,
                "prefix": wanted.key_prefix,
                "made_at": self._now(),
                "next": None if is_complete else last,
                "entries": [asdict(each) for each in packed],
            }
            archive.writestr(_member(MANIFEST, self._now()), json.dumps(manifest, indent=1))
        return packed, None if is_complete else last

    def _read(self, batch: list[Entry]) -> Iterator[tuple[Entry, CacheObject]]:
        """Yield those of some entries that are there and have not ended."""
        with ThreadPoolExecutor(READERS) as readers:
            # Fresh: what is read once for a file need not drive from Valkey what is read all the time.
            items = list(readers.map(lambda entry: self._objects.get(entry.listed.path, fresh=True), batch))
        now = self._now()
        for entry, item in zip(batch, items, strict=True):
            if item is not None and item.expires_at > now:
                yield entry, item


class _Parts:
    """The end of a stream that goes to an upload, as :class:`zipfile.ZipFile` writes to it: forward only."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._waiting = bytearray()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._waiting += data
        self.size += len(data)
        while len(self._waiting) > PART_BYTES:
            self._upload.add(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]
        return len(data)

    def flush(self) -> None:
        """Do nothing: a part that is sent too early is too small."""

    def close(self) -> None:
        self._upload.add(bytes(self._waiting))
        self._upload.finish()


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Yield entries, as many as are read at a time."""
    while few := list(islice(entries, READERS)):
        batch, size = [few[0]], few[0].listed.size
        for entry in few[1:]:
            if size + entry.listed.size > READ_AHEAD_BYTES:
                yield batch
                batch, size = [], 0
            batch.append(entry)
            size += entry.listed.size
        yield batch


def _pack(archive: zipfile.ZipFile, number: int, entry: Entry, item: CacheObject) -> Packed:
    """Write one entry, and return what the manifest tells of it."""
    name = _name(number, entry.address, item.content_type)
    archive.writestr(_member(name, entry.listed.modified_at), item.data)
    return Packed(
        name=name,
        cache_id=entry.address.cache_id,
        strategy=entry.address.strategy.value,
        key=entry.address.key,
        content_type=item.content_type,
        cache_hash=content_hash(item.data),
        size=len(item.data),
        stored_at=entry.listed.modified_at,
        expires_at=item.expires_at,
    )


def _name(number: int, address: Address, content_type: str) -> str:
    """Return the name of an entry in the file: one that leads nowhere and that every file system takes.

    It is a number, and of the key what is plain; so no two are alike, not even where capitals count for nothing.
    """
    word = _NOT_PLAIN.sub("-", address.key)[:_LONGEST_WORD].strip("-")
    ending = _ENDINGS.get(content_type.partition(";")[0].strip().lower(), ".bin")
    return f"entries/{number:06d}{'-' if word else ''}{word}{ending}"


def _member(name: str, time: float) -> zipfile.ZipInfo:
    """Return what stands in a zip file about a member.

    :param time: seconds since 1970, UTC.
    """
    made = datetime.fromtimestamp(max(time, _EARLIEST), UTC)
    member = zipfile.ZipInfo(name, (made.year, made.month, made.day, made.hour, made.minute, made.second))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member

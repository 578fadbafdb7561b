"""Zip files of what is in a namespace: complete, harmless to unpack, and never whole in memory."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.cache import Strategy
from lambda_src.cache_service import export as module
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.export import LONGEST_SECONDS, MOST_ENTRIES, PART_BYTES, URL_SECONDS, Exporter
from lambda_src.cache_service.objects import CacheObject
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore

NOW = 1_700_000_000.0
MEGABYTE = 1024 * 1024


class Clock:
    time = NOW

    def __call__(self):
        return self.time


class Upload:
    def __init__(self, file, fails_at=None):
        self.file = file
        self.parts = []
        self.fails_at = fails_at
        self.is_finished = self.is_aborted = False

    def add(self, part):
        if len(self.parts) == self.fails_at:
            raise UnavailableError("storage-unavailable", "could not write an export")
        self.parts.append(len(part))
        self.file.write(part)

    def finish(self):
        self.is_finished = True

    def abort(self):
        self.is_aborted = True


class Kept:
    """Keeps files as an :class:`Exports` does."""

    def __init__(self, file=None, fails_at=None):
        self.file = file or io.BytesIO()
        self.upload = Upload(self.file, fails_at)

    def begin(self, path, content_type):
        self.path, self.content_type = path, content_type
        return self.upload

    def url(self, path, file_name, seconds):
        return f"https://example.org/{path}?name={file_name}&seconds={seconds}"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def objects(clock):
    return MemoryStore(clock)


def keep(objects, namespace, address, data, *, stays=60.0, content_type="text/html"):
    objects.put(address.path(namespace), CacheObject(data, content_type, NOW + stays))


def by_key(key):
    return Address(Strategy.KEY_BASED, key)


def manifest(archive):
    return json.loads(archive.read("manifest.json"))


def test_a_file_has_every_entry_and_says_what_it_is(objects, clock):
    temporal = Address(Strategy.TEMPORAL, "", f"2023.11.14.22.1320000000-{'0' * 32}")
    keep(objects, "shop", by_key("a/b"), b"<p>", content_type="text/html; charset=latin-1")
    keep(objects, "shop", temporal, b"\x00" * 9, content_type="application/x-own")
    keep(objects, "shop", by_key("ended"), b"old", stays=0.0)
    keep(objects, "shop-2", by_key("others"), b"others")
    objects.put("shop/hashes/00/x", CacheObject(b"", "text/plain", NOW + 60))
    kept = Kept()

    made = Exporter(objects, kept, clock).export("shop")

    with zipfile.ZipFile(kept.file) as archive:
        assert archive.testzip() is None
        told = manifest(archive)
        assert {name: archive.read(name) for name in archive.namelist()[:-1]} == {
            "entries/000001-a-b.html": b"<p>",
            "entries/000002.bin": b"\x00" * 9,
        }
    assert told["entries"][0] == {
        "name": "entries/000001-a-b.html",
        "cache_id": "key_based.a_2Fb",
        "strategy": "key_based",
        "key": "a/b",
        "content_type": "text/html; charset=latin-1",
        "cache_hash": hashlib.sha256(b"<p>").hexdigest()[:16],
        "size": 3,
        "stored_at": NOW,
        "expires_at": NOW + 60,
    }
    assert [each["cache_id"] for each in told["entries"]] == ["key_based.a_2Fb", temporal.cache_id]
    assert (told["namespace"], told["prefix"], told["next"]) == ("shop", "", None)
    assert (made.entries, made.size, made.next) == (2, len(kept.file.getvalue()), None)
    assert made.url_expires_at == NOW + URL_SECONDS
    assert made.url.endswith("?name=shop-20231114T221320Z.zip&seconds=900")
    assert kept.path.startswith("_exports/shop/")
    assert kept.content_type == "application/zip"
    assert kept.upload.is_finished
    assert not kept.upload.is_aborted


def test_a_prefix_chooses_keys(objects, clock):
    for key in ("red/1", "red/2", "redder", "blue"):
        keep(objects, "shop", by_key(key), key.encode())
    kept = Kept()

    assert Exporter(objects, kept, clock).export("shop", "red/").entries == 2
    with zipfile.ZipFile(kept.file) as archive:
        assert [each["key"] for each in manifest(archive)["entries"]] == ["red/1", "red/2"]


def test_of_an_empty_namespace_there_is_a_file_with_nothing_but_the_manifest(objects, clock):
    kept = Kept()

    assert Exporter(objects, kept, clock).export("shop").entries == 0
    with zipfile.ZipFile(kept.file) as archive:
        assert archive.namelist() == ["manifest.json"]


class Endless(MemoryStore):
    """Makes what an object holds when it is read, so that only the export can be what fills the memory."""

    def get(self, path, *, fresh=False):
        item = super().get(path, fresh=fresh)
        return replace(item, data=random.Random(path).randbytes(MEGABYTE // 8))  # noqa: S311 - no secret


def test_hundreds_of_entries_take_little_memory_and_any_program_can_read_the_file(tmp_path, clock):
    objects = Endless(clock)
    for number in range(300):
        keep(objects, "shop", by_key(f"page {number}"), b"")
    path = tmp_path / "shop.zip"
    with path.open("wb") as file:
        kept = Kept(file)
        tracemalloc.start()
        made = Exporter(objects, kept, clock).export("shop")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert made.size > 37 * MEGABYTE
    assert peak < 3 * PART_BYTES + 4 * MEGABYTE
    assert set(kept.upload.parts[:-1]) == {PART_BYTES}
    assert sum(kept.upload.parts) == made.size == path.stat().st_size
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", path], capture_output=True, text=True, check=True
    ).stdout
    assert listed.count("entries/") == 300
    with zipfile.ZipFile(path) as archive:
        some = manifest(archive)["entries"][299]
        assert hashlib.sha256(archive.read(some["name"])).hexdigest()[:16] == some["cache_hash"]


@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_part_that_is_not_taken_ends_it_and_leaves_nothing(objects, clock, fails_at):
    for number in range(5):
        content = random.Random(number).randbytes(2 * MEGABYTE)  # noqa: S311 - no secret
        keep(objects, "shop", by_key(str(number)), content)
    kept = Kept(fails_at=fails_at)

    with pytest.raises(UnavailableError):
        Exporter(objects, kept, clock).export("shop")
    assert kept.upload.is_aborted
    assert not kept.upload.is_finished


def test_a_store_that_fails_ends_it_and_leaves_nothing(clock):
    kept = Kept()

    with pytest.raises(UnavailableError):
        Exporter(DeadStore(), kept, clock).export("shop")
    assert kept.upload.is_aborted


def test_what_takes_too_long_goes_on_in_a_next_file(clock):
    class Slow(MemoryStore):
        def get(self, path, *, fresh=False):
            clock.time += LONGEST_SECONDS / 20
            return super().get(path, fresh=fresh)

    objects, seen, after, files = Slow(clock), [], None, 0
    for number in range(50):
        keep(objects, "shop", by_key(f"{number:02d}"), b"x", stays=10_000)
    while files == 0 or after:
        kept = Kept()
        made = Exporter(objects, kept, clock).export("shop", after=after)
        with zipfile.ZipFile(kept.file) as archive:
            told = manifest(archive)
        seen += [each["key"] for each in told["entries"]]
        assert told["next"] == made.next
        after = Address.of_id(made.next) if made.next else None
        files += 1

    assert seen == [f"{number:02d}" for number in range(50)]
    assert files == 3


def test_a_file_has_so_many_entries_at_most(objects, clock, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTRIES", 16)
    for number in range(20):
        keep(objects, "shop", by_key(f"{number:02d}"), b"x")

    made = Exporter(objects, Kept(), clock).export("shop")

    assert (made.entries, made.next) == (16, "key_based.15")
    assert Exporter(objects, Kept(), clock).export("shop", after=Address.of_id(made.next)).entries == 4
    assert MOST_ENTRIES == 10_000


def test_large_entries_are_read_a_few_at_a_time(objects, clock):
    at_once = []

    class Watched(MemoryStore):
        def get(self, path, *, fresh=False):
            at_once.append(path)
            return super().get(path, fresh=fresh)

    watched = Watched(clock)
    for number in range(8):
        keep(watched, "shop", by_key(str(number)), bytes(6 * MEGABYTE))
    sizes = [len(batch) for batch in module._batches(module.walk(watched, module.Selection("shop")))]

    assert sizes == [2, 2, 2, 2]
    assert at_once == []


@given(st.text(min_size=1, max_size=200).filter(lambda key: len(key.encode(errors="ignore")) > 0), st.text(max_size=50))
def test_no_name_leads_out_of_the_folder_or_is_too_long_for_a_file_system(key, content_type):
    name = module._name(1, by_key(key), content_type)

    folder, _, file = name.partition("/")
    assert folder == "entries"
    assert file.startswith("000001")
    assert len(file) < 60
    assert set(file) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")
    assert ".." not in file


def test_an_entry_from_before_zip_files_has_their_earliest_time():
    assert module._member("a", 0.0).date_time == (1980, 1, 1, 0, 0, 0)

"""Actions of component documents, carried out by a real shell on real files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from local.image.actions import ActionError, Place, RebootWanted, TimedOut, perform

from .here import Here, Shelf

BUCKET = "bucket"


@pytest.fixture
def place() -> Place:
    return Place(Here(), Shelf({(BUCKET, "a/one.txt"): b"1\0", (BUCKET, "a/two.txt"): b"2"}), lambda: 10.0)


def test_commands_are_one_script_whose_last_command_decides(place: Place) -> None:
    given = perform("ExecuteBash", {"commands": ["x=1; false", "echo $x; cat"]}, place)
    assert given == {"stdout": "1"}


def test_a_script_that_fails_says_why(place: Place) -> None:
    with pytest.raises(ActionError, match=r"no such thing \(status 3\)"):
        perform("ExecuteBash", {"commands": ["echo no such thing >&2; exit 3"]}, place)


def test_a_script_may_ask_for_a_restart(place: Place) -> None:
    with pytest.raises(RebootWanted):
        perform("ExecuteBash", {"commands": ["exit 194"]}, place)


def test_a_program_gets_its_arguments_as_they_are(place: Place) -> None:
    assert perform("ExecuteBinary", {"path": "/bin/echo", "arguments": ["$HOME", "a b"]}, place) == {
        "stdout": "$HOME a b"
    }


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimedOut):
        perform("ExecuteBash", {"commands": ["sleep 60 & sleep 60"]}, Place(Here(), Shelf(), lambda: 0.05))


def test_objects_come_from_s3_by_name_and_by_pattern(place: Place, tmp_path: Path) -> None:
    perform("S3Download", [{"source": "s3://bucket/a/one.txt", "destination": f"{tmp_path}/x"}], place)
    perform("S3Download", [{"source": "s3://bucket/a/*", "destination": f"{tmp_path}/"}], place)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "x": b"1\0",
        "one.txt": b"1\0",
        "two.txt": b"2",
    }


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("s3://bucket/none", "NoSuchKey"),
        ("s3://bucket/z/*", "nothing in the bucket"),
        ("/etc/passwd", "no address in S3"),
    ],
)
def test_what_is_not_in_s3_is_named(place: Place, tmp_path: Path, source: str, cause: str) -> None:
    with pytest.raises(ActionError, match=cause):
        perform("S3Download", [{"source": source, "destination": f"{tmp_path}/x"}], place)


def test_files_go_to_s3(place: Place, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a").write_bytes(b"\0")
    (tmp_path / "below" / "b").write_bytes(b"b")

    perform("S3Upload", [{"source": f"{tmp_path}/a", "destination": "s3://up/name"}], place)
    perform("S3Upload", [{"source": f"{tmp_path}/*", "destination": "s3://up/all/", "recurse": True}], place)

    shelf = place.outside
    assert isinstance(shelf, Shelf)
    stored = {key: body for (bucket, key), body in shelf.objects.items() if bucket == "up"}
    assert stored == {"name": b"\0", "all/a": b"\0", "all/below/b": b"b"}


def test_a_file_from_the_web_is_verified(place: Place, tmp_path: Path) -> None:
    shelf = place.outside
    assert isinstance(shelf, Shelf)
    shelf.pages["http://x/f"] = b"it"
    right = {"source": "http://x/f", "destination": f"{tmp_path}/n/", "algorithm": "SHA256"}

    given = perform("WebDownload", [{**right, "checksum": hashlib.sha256(b"it").hexdigest()}], place)
    assert given == {"destination": f"{tmp_path}/n/f"}
    assert (tmp_path / "n" / "f").read_bytes() == b"it"
    with pytest.raises(ActionError, match="has the SHA256 checksum 2ad8"):
        perform("WebDownload", [{**right, "checksum": "00"}], place)
    with pytest.raises(ActionError, match="is there already"):
        perform("WebDownload", [{"source": "http://x/f", "destination": f"{tmp_path}/n/", "overwrite": False}], place)


def test_files_and_folders(place: Place, tmp_path: Path) -> None:
    os.umask(0o022)
    steps: list[tuple[str, dict[str, object]]] = [
        ("CreateFolder", {"path": "d", "permissions": "0750"}),
        ("CreateFile", {"path": "d/new/f", "content": "a", "permissions": "0640"}),
        ("AppendFile", {"path": "d/new/f", "content": "b\n"}),
        ("CopyFile", {"source": "d/new/*", "destination": "copies/"}),
        ("CopyFolder", {"source": "d/new", "destination": "e/f"}),
        ("MoveFile", {"source": "copies/f", "destination": "moved"}),
        ("MoveFolder", {"source": "e", "destination": "g"}),
        ("CreateSymlink", {"path": "link", "target": "moved"}),
        ("SetFilePermissions", {"path": "moved", "permissions": "0600"}),
        ("SetFolderPermissions", {"path": "g", "permissions": "0700", "recursive": True}),
        ("DeleteFile", {"path": "d/new/*"}),
        ("DeleteFolder", {"path": "d", "force": True}),
    ]
    for action, told in steps:
        absolute = {
            key: f"{tmp_path}/{value}" if key in ("path", "source", "destination") else value
            for key, value in told.items()
        }
        perform(action, [absolute], place)

    found = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in sorted(tmp_path.rglob("*"))}
    assert found == {"copies": 0o755, "g": 0o700, "g/f": 0o700, "g/f/f": 0o700, "link": 0o600, "moved": 0o600}
    assert perform("ReadFile", [{"path": f"{tmp_path}/moved"}], place) == {"content": "ab\n"}
    assert perform("ListFiles", [{"path": f"{tmp_path}/g/f"}], place) == {"files": f"{tmp_path}/g/f/f"}


@pytest.mark.parametrize(
    ("action", "told", "cause"),
    [
        ("AppendFile", {"path": "none"}, "there is no file"),
        ("CreateFile", {"path": "there", "overwrite": False}, "is there already"),
        ("CopyFile", {"source": "none", "destination": "x"}, "there is no"),
        ("CopyFile", {"source": "there", "destination": "there", "overwrite": False}, "is there already"),
        ("DeleteFolder", {"path": "full"}, "not empty"),
    ],
)
def test_what_cannot_be_done_to_files_says_why(
    place: Place, tmp_path: Path, action: str, told: dict[str, object], cause: str
) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "full" / "x").mkdir(parents=True)
    absolute = {key: f"{tmp_path}/{value}" if isinstance(value, str) else value for key, value in told.items()}
    with pytest.raises(ActionError, match=cause):
        perform(action, [absolute], place)


def test_an_assertion_holds_or_says_what_does_not(place: Place, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    holding = [
        {"fileExists": f"{tmp_path}/f"},
        {"binaryExists": "sh"},
        {"fileSHA256Equals": digest, "path": f"{tmp_path}/f"},
    ]
    perform("Assert", holding, place)
    with pytest.raises(ActionError, match="does not hold"):
        perform("Assert", [*holding, {"binaryExists": "no-such-program"}], place)


def test_a_restart_is_the_machines(place: Place) -> None:
    perform("Reboot", None, place)
    assert isinstance(place.machine, Here)
    assert place.machine.reboots == 1

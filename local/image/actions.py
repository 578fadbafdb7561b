"""How the actions of component documents are carried out on a machine, with nothing there but a shell and coreutils.

Files go in and out through the machine's standard input and output, so it may be anything that runs commands. What an
action reaches outside of the machine (S3, the web) it reaches from here, as AWSTOE does, whose own program does it too.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from local.image import inputs
from local.image.conditions import holds

REBOOT_STATUS = 194
"""A command that ends so asks for a restart of the machine, after which its step is run again."""


class ActionError(Exception):
    """An action failed; the message says why."""


class TimedOut(Exception):  # noqa: N818
    """A command ran longer than it may, and was ended with everything that it had started."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    :param status: its exit status.
    """

    status: int
    stdout: str = ""
    stderr: str = ""


class Machine(Protocol):
    """What the documents are run on."""

    def run(self, command: Sequence[str], stdin: bytes = b"", *, seconds: float | None = None) -> Outcome:
        """Run a command as root and wait for its end.

        :param seconds: after how long it is ended with all that it has started; None for never.
        :raises TimedOut: if that was necessary.
        """

    def reboot(self) -> None:
        """Start the machine anew, with the same disk."""


class Outside(Protocol):
    """What actions reach beside the machine; every method raises :class:`ActionError`."""

    def list_objects(self, bucket: str, prefix: str) -> list[str]: ...

    def get_object(self, bucket: str, key: str) -> bytes: ...

    def put_object(self, bucket: str, key: str, body: bytes) -> None: ...

    def fetch(self, url: str) -> bytes: ...


@dataclass(frozen=True)
class Place:
    """Where an action is carried out.

    :param seconds: tells how many seconds the step has left; None for without end.
    """

    machine: Machine
    outside: Outside
    seconds: Callable[[], float | None]

    def run(self, *command: str, stdin: bytes = b"") -> Outcome:
        return self.machine.run(command, stdin, seconds=self.seconds())

    def must(self, *command: str, stdin: bytes = b"") -> str:
        """Run a command that has to succeed; return what it printed.

        :raises ActionError: with what it said, if it does not.
        """
        outcome = self.run(*command, stdin=stdin)
        if outcome.status:
            raise ActionError(outcome.stderr.strip() or f"{command[0]} ended with {outcome.status}")
        return outcome.stdout

    def script(self, text: str, *arguments: str, stdin: bytes = b"") -> str:
        return self.must("bash", "-euc", text, "bash", *arguments, stdin=stdin)

    # What conditions ask.

    def file_exists(self, path: str) -> bool:
        return self.run("test", "-e", path).status == 0

    def binary_exists(self, name: str) -> bool:
        return self.run("bash", "-c", 'command -v -- "$1"', "bash", name).status == 0

    def digest(self, path: str, algorithm: str) -> str | None:
        outcome = self.run(f"{algorithm}sum", "--", path)
        return outcome.stdout.split()[0].lstrip("\\") if outcome.status == 0 else None


class RebootWanted(Exception):  # noqa: N818
    """A command asked for a restart; its step has to be run again after it."""


def perform(action: str, told: object, place: Place) -> dict[str, str]:
    """Carry out an action and return its outputs.

    :param action: its name.
    :param told: the inputs of its step, references resolved.
    :raises ActionError: if it fails. :raises TimedOut: if it takes too long.
    :raises RebootWanted: if a command ended with the status that asks for it.
    """
    results = [_one(action, entry, place) for entry in inputs.parse(action, told)]
    names = inputs.ACTIONS[action].outputs
    return {name: "\n".join(result[name] for result in results if name in result) for name in names}


def _one(action: str, told: inputs.Inputs, place: Place) -> dict[str, str]:
    match told:
        case inputs.ExecuteBash(commands=commands):
            # All commands are one script, whose last command decides; none of them reads the script as its input.
            return _execute(place, ["bash", "-c", 'exec bash -c "$(cat)" < /dev/null'], "\n".join(commands))
        case inputs.ExecuteBinary(path=path, arguments=arguments):
            return _execute(place, [path, *arguments])
        case inputs.S3Upload():
            _upload(told, place)
        case inputs.S3Download():
            _download(told, place)
        case inputs.WebDownload():
            return _web_download(told, place)
        case inputs.Reboot():
            place.machine.reboot()
        case inputs.Assert(expressions=expressions):
            for expression in expressions:
                if not holds(expression, place):
                    raise ActionError(f"does not hold: {expression}")
        case _:
            return _on_files(action, told, place)
    return {}


def _execute(place: Place, command: list[str], stdin: str = "") -> dict[str, str]:
    outcome = place.run(*command, stdin=stdin.encode())
    if outcome.status == REBOOT_STATUS:
        raise RebootWanted
    if outcome.status:
        said = [line for line in (outcome.stderr or outcome.stdout).splitlines() if line.strip()][-3:]
        raise ActionError(f"{' / '.join(said) or 'it said nothing'} (status {outcome.status})")
    return {"stdout": outcome.stdout.rstrip("\n")}


def _bucket_and_key(address: str) -> tuple[str, str]:
    scheme, separator, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not separator or not bucket:
        raise ActionError(f"{address} is no address in S3; write s3://bucket/key")
    return bucket, key


def _write(place: Place, path: str, content: bytes) -> None:
    place.script('cat > "$1"', path, stdin=content)


def _download(told: inputs.S3Download, place: Place) -> None:
    bucket, key = _bucket_and_key(told.source)
    if "*" not in key:
        target = told.destination + (PurePosixPath(key).name if told.destination.endswith("/") else "")
        return _write(place, target, place.outside.get_object(bucket, key))
    prefix = key.partition("*")[0]
    found = [each for each in place.outside.list_objects(bucket, prefix) if PurePosixPath(each).match(key)]
    if not found:
        raise ActionError(f"nothing in the bucket {bucket} is like {key}")
    for each in found:
        _write(
            place, f"{told.destination.rstrip('/')}/{PurePosixPath(each).name}", place.outside.get_object(bucket, each)
        )
    return None


def _upload(told: inputs.S3Upload, place: Place) -> None:
    bucket, key = _bucket_and_key(told.destination)
    depth = [] if told.recurse else ["-maxdepth", "1"]
    listing = place.script('find $1 "${@:2}" -type f', told.source, *depth)
    files = listing.splitlines()
    if not files:
        raise ActionError(f"there is no file {told.source}")
    base = PurePosixPath(told.source.rstrip("/").removesuffix("*").rstrip("/") or "/")
    for path in files:
        below = str(PurePosixPath(path).relative_to(base)) if PurePosixPath(path) != base else ""
        target = key if not below and not key.endswith("/") else f"{key.rstrip('/')}/{below or base.name}"
        # Base 64: what a machine prints is text.
        body = place.script('base64 -w0 -- "$1"', path)
        place.outside.put_object(bucket, target.lstrip("/"), base64.b64decode(body))


def _web_download(told: inputs.WebDownload, place: Place) -> dict[str, str]:
    target = told.destination + (PurePosixPath(told.source).name if told.destination.endswith("/") else "")
    if place.file_exists(target) and not told.overwrite:
        raise ActionError(f"{target} is there already")
    content = place.outside.fetch(told.source)
    if told.checksum and told.algorithm:
        found = hashlib.new(told.algorithm.lower(), content, usedforsecurity=False).hexdigest()
        if found != told.checksum.lower():
            raise ActionError(f"{told.source} has the {told.algorithm} checksum {found}, not {told.checksum}")
    place.script('mkdir -p -- "$(dirname -- "$1")"', target)
    _write(place, target, content)
    return {"destination": target}


# By action: what to run, with the path (or source and destination) and then the rest as its arguments.
_PARENT = 'mkdir -p -- "$(dirname -- "$1")"; '
_FREE = '[ "$2" = True ] || [ ! -e "$1" ] || { echo "$1 is there already" >&2; exit 1; }; '
_OWNED = '[ -z "$3" ] || chown -- "$3" "$1"; [ -z "$4" ] || chgrp -- "$4" "$1"; [ -z "$5" ] || chmod -- "$5" "$1"'
# A source may have a star in its last part; a destination that ends with / is a folder.
_TO = (
    'IFS=; from=($1); to=$2; [ -e "${from[0]}" ] || { echo "there is no $1" >&2; exit 1; }; '
    'case $to in */) mkdir -p -- "$to"; first=$to${from[0]##*/};; '
    '*) mkdir -p -- "$(dirname -- "$to")"; first=$to;; esac; '
    '[ "$3" = True ] || [ ! -e "$first" ] || { echo "$first is there already" >&2; exit 1; }; '
)
_SCRIPTS = {
    "AppendFile": '[ -f "$1" ] || { echo "there is no file $1" >&2; exit 1; }; cat >> "$1"',
    "CreateFile": _PARENT + _FREE + 'cat > "$1"; ' + _OWNED,
    "CreateFolder": _FREE + 'mkdir -p -- "$1"; ' + _OWNED,
    "CreateSymlink": _PARENT + 'ln -s -- "$2" "$1"',
    "CopyFile": _TO + 'cp -- "${from[@]}" "$to"',
    "CopyFolder": _TO + 'cp -rT -- "${from[0]}" "$first"',
    "MoveFile": _TO + 'mv -- "${from[@]}" "$to"',
    "MoveFolder": _TO + 'mv -T -- "${from[0]}" "$first"',
    "DeleteFile": 'IFS=; rm -- $1',
    "DeleteFolder": 'if [ "$2" = True ]; then rm -r -- "$1"; else rmdir -- "$1"; fi',
    "ListFiles": 'find "$1" -maxdepth 1 -type f -name "*${2:+.}${2#.}" | sort',
    "ReadFile": 'cat -- "$1"',
    "SetFileOwner": 'chown -- "$2${3:+:}$3" "$1"',
    "SetFolderOwner": 'if [ "$4" = True ]; then set -- "$@" -R; fi; chown ${5:-} -- "$2${3:+:}$3" "$1"',
    "SetFilePermissions": 'chmod -- "$2" "$1"',
    "SetFolderPermissions": 'if [ "$3" = True ]; then set -- "$@" -R; fi; chmod ${4:-} -- "$2" "$1"',
}  # fmt: skip


def _on_files(action: str, told: inputs.Inputs, place: Place) -> dict[str, str]:
    match told:
        case inputs.CreateFolder():
            arguments = [told.path, str(told.overwrite), told.owner or "", told.group or "", told.permissions or ""]
        case inputs.Transfer():
            arguments = [told.source, told.destination, str(getattr(told, "overwrite", True))]
        case inputs.Content():
            arguments = [told.path]
        case _:
            arguments = ["" if value is None else str(value) for value in told.model_dump().values()]
    stdin = told.content.encode() if isinstance(told, inputs.Content) else b""
    printed = place.script(_SCRIPTS[action], *arguments, stdin=stdin)
    return {"files": printed.rstrip("\n"), "content": printed}

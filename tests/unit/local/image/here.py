"""A machine for the tests of documents: this one, as the user who runs the tests, with the state that a test sees."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

from local.image.actions import ActionError, Outcome, TimedOut


@dataclass
class Here:
    """Runs commands on this machine; of restarts it only keeps count."""

    reboots: int = 0
    commands: list[list[str]] = field(default_factory=list)

    def run(self, command: Sequence[str], stdin: bytes = b"", *, seconds: float | None = None) -> Outcome:
        self.commands.append(list(command))
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        try:
            out, err = process.communicate(stdin, seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise TimedOut from None
        return Outcome(process.returncode, out.decode(), err.decode())

    def reboot(self) -> None:
        self.reboots += 1


@dataclass
class Shelf:
    """S3 and the web, in memory."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    pages: dict[str, bytes] = field(default_factory=dict)

    def list_objects(self, bucket: str, prefix: str) -> list[str]:
        return [key for there, key in self.objects if there == bucket and key.startswith(prefix)]

    def get_object(self, bucket: str, key: str) -> bytes:
        if (bucket, key) not in self.objects:
            raise ActionError(f"s3://{bucket}/{key}: NoSuchKey")
        return self.objects[bucket, key]

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[bucket, key] = body

    def fetch(self, url: str) -> bytes:
        return self.pages[url]

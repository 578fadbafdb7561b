"""A system that runs in a folder of this machine: with processes, mounts, control groups and a real systemd of its own.

It stands in for the instance on which an image is built, or for one that is launched from it. It is made of namespaces,
so that whatever happens inside ends, and whatever is mounted is unmounted, with its first process; and that one ends
with the process that started it. It is no barrier against programs that mean harm: root inside is root.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from emulator.launcher import EmulatorError
from local.console import LocalError, talk
from local.image.actions import Outcome, TimedOut
from local.image.host import INSIDE
from local.image.lines import Reader

ENTER = Path(__file__).with_name("enter.sh")
NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net", "--root")
REACHING = (f"NetworkNamespacePath={INSIDE}/network", "CapabilityBoundingSet=~CAP_NET_ADMIN")
"""This machine's network is for fetching; nobody inside sets it up, or a firewall could become this machine's."""
START_SECONDS = 60.0
GROUP = "group"
"""Names the control group, for whoever removes what a run left that was ended by force."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Root:
    """A system that runs in a folder, from entering this context to leaving it.

    :param folder: its root folder, which it may change.
    :param work: an empty folder for its files outside; holds `lent` and `folders`.
    :param environment: variables for every command.
    :param settings: variables for every service that systemd starts inside.
    :param reachable: whether its commands may use this machine's network; its services never do.
    :param heard: is told every line that a command prints.
    """

    def __init__(
        self,
        folder: Path,
        work: Path,
        *,
        environment: Mapping[str, str],
        reachable: bool = False,
        settings: Mapping[str, str] | None = None,
        heard: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.folder = folder
        self.heard = heard
        self._work = work
        self._environment = environment
        self._settings = [f"systemd.setenv={name}={value}" for name, value in (settings or {}).items()]
        self.reachable = reachable
        self._group = f"slipway-image-{os.getpid()}-{work.name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._steps = 0

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self) -> None:
        (self._work / "cgroup").mkdir(exist_ok=True)
        (self._work / GROUP).write_text(self._group)
        if self.reachable:
            (self._work / "reachable").touch()
        with (self._work / "console.log").open("wb") as log:
            arguments = ["outside", str(self.folder), str(self._work), self._group, *self._settings]
            # Not even the end of this process by force leaves anything behind.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", str(ENTER), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self._first() and self._inside(["systemctl", "is-system-running", "--wait"]).returncode in (0, 1)):
            self._still_starts(deadline)
            time.sleep(0.05)
        state = self._inside(["systemctl", "is-system-running"]).stdout.decode().strip()
        while state not in ("running", "degraded"):
            self._still_starts(deadline)
            time.sleep(0.05)
            state = self._inside(["systemctl", "is-system-running"]).stdout.decode().strip()

    def _still_starts(self, deadline: float) -> None:
        process = self._process
        if process is None or process.poll() is not None or time.monotonic() > deadline:
            said = (self._work / "console.log").read_text(errors="replace").strip()
            raise LocalError(
                f"the system in {self.folder} did not start: {said or f'nothing within {START_SECONDS:.0f} s'}",
                "see whether this machine lets root mount and make namespaces (most containers do not); "
                "a virtual machine does",
            )

    def _first(self) -> int | None:
        """Return this machine's number of the first process inside, or None before there is one."""
        if self._process is None or self._process.poll() is not None:
            return None
        number = self._process.pid
        try:
            children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
            if children and Path(f"/proc/{children[0]}/comm").read_text().strip() == "systemd":
                return int(children[0])
        except OSError:
            pass
        return None

    @property
    def pid(self) -> int:
        """This machine's number of the first process inside.

        :raises LocalError: if it has ended.
        """
        first = self._first()
        if first is None:
            raise LocalError(f"the system in {self.folder} has ended", "read what its last command said")
        return first

    @property
    def view(self) -> Path:
        """Its root folder as it is seen from inside, memory-backed parts included, for this machine to read."""
        return Path(f"/proc/{self.pid}/root")

    def _entering(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", f"--target={self.pid}", *NAMESPACES, "--wd=/", "--", *command]

    def _inside(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self._entering(command),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"PATH": PATH, "LANG": "C.UTF-8"},
        )

    def run(self, command: Sequence[str], stdin: bytes = b"", *, seconds: float | None = None) -> Outcome:
        """Run a command inside, as a unit of systemd's, with which everything ends that it has started.

        :raises TimedOut: if it ran longer.
        """
        self._steps += 1
        unit = f"slipway-step-{self._steps}"
        variables = {"HOME": "/root", "PATH": PATH, "LANG": "C.UTF-8", **self._environment}
        wrapped = [
            *("systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={unit}", "--expand-environment=no"),
            *("--service-type=exec", "--property=KillMode=control-group", "--property=TimeoutStopSec=5"),
            *(f"--property={each}" for each in (REACHING if self.reachable else ())),
            *(f"--setenv={name}={value}" for name, value in variables.items()),
            *("--", *command),
        ]
        process = subprocess.Popen(
            self._entering(wrapped),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": PATH, "LANG": "C.UTF-8"},
            # Ctrl-C reaches this process alone, which then ends what runs inside; that would outlive this one's end.
            start_new_session=True,
        )
        readers = [Reader(_pipe(stream), self.heard) for stream in (process.stdout, process.stderr)]
        try:
            with contextlib.suppress(BrokenPipeError), _pipe(process.stdin) as given:
                given.write(stdin)
            status = process.wait(seconds)
        except BaseException as error:
            self._inside(["systemctl", "kill", "--signal=KILL", f"{unit}.service"])
            process.kill()
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimedOut from None
            raise
        return Outcome(status, *(reader.text() for reader in readers))

    def halt(self) -> None:
        """Stop everything inside as a machine does that is switched off, so that its disk is as it would be then."""
        self._inside(["systemctl", "--no-block", "poweroff"])
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(START_SECONDS)
        self._end()

    def reboot(self) -> None:
        """Switch it off and on."""
        self.halt()
        self._start()

    @contextmanager
    def network(self) -> Iterator[None]:
        """Let what this thread does, and the processes that it starts, be in the network of the system inside."""
        with Path("/proc/thread-self/ns/net").open() as here, Path(f"/proc/{self.pid}/ns/net").open() as there:
            os.setns(there.fileno(), os.CLONE_NEWNET)
            try:
                yield
            finally:
                os.setns(here.fileno(), os.CLONE_NEWNET)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            # The first process inside dies with this one, and all others with that.
            process.kill()
            process.wait()
        remove_group(self._group, self._work)


def remove_group(name: str, work: Path) -> None:
    """Remove a part of the tree of control groups, as soon as nothing is in it."""
    script = (
        'mount -t cgroup2 cgroup2 "$1"; cd "$1/$2" 2>/dev/null || exit 0; cd ..; '
        'for i in 1 2 3 4 5 6 7 8 9 10; do find "$2" -depth -type d -exec rmdir {} + 2>/dev/null; '
        '[ -e "$2" ] || exit 0; sleep 0.1; done'
    )
    place = work / "cgroup"
    if place.is_dir():
        subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", str(place), name], check=False)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("a process was started without its pipes")
    return stream


@contextmanager
def workplace(folder: Path, *, ending: Callable[[Path], None] = lambda _old: None) -> Iterator[Path]:
    """Make a folder that is gone at the end; one that a run left which was ended by force is removed too.

    :param folder: where such folders are made. :param ending: ends what still runs in the folder that such a run left.
    :raises LocalError: if it cannot be removed at the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("run-*"):
        with contextlib.suppress(OSError), _held(old):
            try:
                ending(old)
                remove(old)
            except (LocalError, EmulatorError) as error:
                # It is in nobody's way but for its room.
                talk.print(f"an earlier run was ended by force, and is still there: {error}", soft_wrap=True)
    new = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    with _held(new):
        # Only now does it have a name that another run may find.
        place = new.rename(folder / new.name.replace("new-", "run-", 1))
        try:
            yield place
        finally:
            remove(place)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder; the kernel lets go of it when this process ends, however it ends.

    :raises OSError: if somebody else holds it.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(number)


def copy(source: Path, target: Path) -> None:
    """Copy a system with owners, modes and times; blocks are shared where the file system can."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def remove(folder: Path) -> None:
    """Remove a folder with a whole system in it.

    :raises LocalError: if something of it stays.
    """
    command = ["rm", "-rf", "--one-file-system", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        cause = (done.stderr.splitlines() or ["no reason given"])[0]
        raise LocalError(f"{folder} cannot be removed: {cause}", f"end what still writes there; then rm -rf {folder}")


def size(folder: Path) -> int:
    """Return how many bytes the files of a system hold; what its memory holds does not count."""
    told = subprocess.run(["du", "-sxb", str(folder)], check=False, capture_output=True, text=True).stdout
    return int(told.split()[0]) if told else 0

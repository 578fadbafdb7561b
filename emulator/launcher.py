"""Start, find and stop one embedded AWS.

The emulator itself runs as a process of its own, in a virtual environment of its own; this module only looks after that
process. Everything that it and the emulator write stands below one state folder, so several run side by side. It must
not import the emulator, nor pass on any credential or setting of the user's environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from emulator import logfile, ports
from emulator.control import HEADER, PREFIX
from emulator.paths import DEFAULT_STATE, EMULATOR_PYTHON, FUNCTIONS_PYTHON, ROOT, StatePaths
from emulator.processes import ProcessIdentity, end

ACCOUNT = "000000000000"
REGION = "us-east-1"
START_TIMEOUT_SECONDS = 60.0
STOP_GRACE_SECONDS = 2.0
READY_PATH = "/_ministack/ready"

# Servers that this very process started: they have to be waited for, or they stay behind as zombies.
_children: dict[int, subprocess.Popen[bytes]] = {}


class EmulatorError(Exception):
    """The emulator could not be started or stopped; the message says why and what to do next."""


def _silent(_text: str) -> None:
    pass


class Emulator:
    """One embedded AWS, known by the folder that holds its state.

    :param state: folder for everything that it writes; made if missing.
    :param enforce_iam: whether policies count; None as at its last start, and at the first one they do.
    :param python: interpreter of the virtual environment that holds the emulator.
    :param say: receives one line of progress at a time.
    :param bound: whether its process ends with the one that starts it, however that ends (on Linux).
    """

    def __init__(
        self,
        state: Path = DEFAULT_STATE,
        *,
        enforce_iam: bool | None = None,
        python: Path = EMULATOR_PYTHON,
        say: Callable[[str], None] = _silent,
        bound: bool = False,
    ) -> None:
        self.state = state.absolute()
        self._paths = StatePaths(self.state)
        self._python = python
        self._log_begins = 0
        self._say = say
        self._wanted_iam = enforce_iam
        self._bound = bound

    @property
    def log(self) -> Path:
        """The emulator's log file."""
        return self._paths.log

    @property
    def port(self) -> int | None:
        """The loopback port that belongs to this state, or None before the first start."""
        try:
            return int(self._paths.port.read_text())
        except (OSError, ValueError):
            return None

    @property
    def resolver(self) -> str | None:
        """Address of the DNS server that answers for the zones of Route 53, or None before the first start."""
        try:
            return f"127.0.0.1:{int(self._paths.resolver_port.read_text())}"
        except (OSError, ValueError):
            return None

    @property
    def endpoint_url(self) -> str:
        """The address for every AWS client.

        :raises EmulatorError: before the first start, when there is none yet.
        """
        if self.port is None:
            raise EmulatorError(f"the emulator of {self.state} has never been started; start it first")
        return f"http://127.0.0.1:{self.port}"

    @property
    def enforces_iam(self) -> bool:
        """Whether policies count: as wanted, else as at the last start, else they do."""
        if self._wanted_iam is not None:
            return self._wanted_iam
        try:
            return self._paths.iam.read_text().strip() != "off"
        except OSError:
            return True

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point AWS tools at this emulator, and at nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The profile and files of the user must not win over the above.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
        }

    def is_running(self) -> bool:
        """Tell whether this emulator's own process lives and answers."""
        process = self._process()
        return process is not None and process.is_alive() and self._answers()

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        """Have the running emulator do something that AWS does not offer; see :mod:`emulator.control`.

        :raises EmulatorError: if it does not run, refuses, or does not answer as it should.
        """
        if not self.is_running():
            raise EmulatorError("the embedded AWS does not run\n  next: start it, then try this again")
        try:
            answer = self._ask(command, arguments)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise EmulatorError(
                f"the embedded AWS did not answer {command} as it should ({type(error).__name__}: {error})\n"
                f"  next: read {self.log}; then try this again, or stop and start it"
            ) from error
        if "error" in answer:
            raise EmulatorError(str(answer["error"]))
        return answer

    def _ask(self, command: str, arguments: dict[str, object]) -> dict[str, Any]:
        body = json.dumps(arguments)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", PREFIX + command, body, {HEADER: "1"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise http.client.HTTPException("the answer is no JSON object")
        return answer

    def start(self) -> None:
        """Start the emulator unless it runs already; return when it is ready.

        :raises EmulatorError: if it cannot start; its state is then as it was.
        """
        with self._usable(), self._lock():
            if self.is_running():
                self._refuse_another_mode()
                self._say(f"the embedded AWS already runs at {self.endpoint_url}")
                return
            self._end_everything()
            self._paths.iam.write_text("enforced\n" if self.enforces_iam else "off\n")
            port = self._reserve_port()
            self._say(f"starting the embedded AWS at {self.endpoint_url} ...")
            self._await_ready(self._launch(port), port)

    def stop(self) -> None:
        """Stop the emulator, its functions and its instances; do nothing if it does not run."""
        if not self.state.exists():
            return
        with self._usable(), self._lock():
            self._end_everything()

    def destroy(self) -> None:
        """Stop the emulator and remove its state."""
        self.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EmulatorError(
                f"the state folder {self.state} cannot be used: {error.strerror or error}"
                f"{f' ({error.filename})' if error.filename else ''}\n  next: mend that, or give another --state"
            ) from error

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It holds secrets and the credentials of sessions; an earlier version let everyone read it.
        self.state.chmod(0o700)
        with self._paths.lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _refuse_another_mode(self) -> None:
        runs_with = Emulator(self.state).enforces_iam
        if self._wanted_iam not in (None, runs_with):
            now = "enforces IAM" if runs_with else "does not enforce IAM"
            raise EmulatorError(
                f"the embedded AWS already runs and {now}, which it cannot change while it runs\n"
                "  next: 'python -m emulator stop', then start it as you want it"
            )

    def _process(self) -> ProcessIdentity | None:
        return ProcessIdentity.load(self._paths.process)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _end_everything(self) -> None:
        """End what this state's earlier run left: the server first, as it would replace instances that die."""
        server = self._process()
        if server is not None:
            end([server], STOP_GRACE_SECONDS)
            _reap(server.pid)
        self._paths.process.unlink(missing_ok=True)
        left = [ProcessIdentity.load(path) for path in self._paths.instances.glob("*/processes/*.json")]
        # The server has asked them already; where it could not, they go as on a machine that loses its power.
        end(left, 0.0)
        shutil.rmtree(self._paths.runtime, ignore_errors=True)
        shutil.rmtree(self._paths.temporary, ignore_errors=True)

    def _reserve_port(self) -> int:
        remembered = self.port
        if remembered is None and self._paths.port.exists():
            raise EmulatorError(
                f"{self._paths.port} does not hold a port number, and everything deployed in {self.state} was deployed "
                "for one port\n  next: write that number into the file; or remove that folder and deploy again"
            )
        if remembered is not None:
            if not ports.is_free(remembered):
                raise EmulatorError(
                    f"port {remembered} is taken by another program, and everything deployed in {self.state} was "
                    "deployed for that port\n  next: end that program; or remove that folder and deploy again"
                )
            return remembered
        (port,) = ports.pick()
        self._paths.port.write_text(f"{port}\n")
        return port

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        for python in (self._python, FUNCTIONS_PYTHON):
            if not python.exists():
                raise EmulatorError(f"there is no {python}\n  next: run 'make setup'")
        shutil.rmtree(self._paths.instances, ignore_errors=True)
        for folder in (self._paths.temporary, self._paths.trust, self._paths.instances):
            folder.mkdir(exist_ok=True)
        logfile.shorten(self.log)
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            server = subprocess.Popen(
                [self._python, ROOT / "emulator" / "server.py"],
                cwd=self.state,
                env=self._server_environment(port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,  # what is saved is for nobody else, from the first import on
            )
        _children[server.pid] = server
        identity = ProcessIdentity.find(server.pid)
        if identity is not None:
            try:
                identity.save(self._paths.process)
            except OSError:
                # Nobody could find it again.
                end([identity], 0.0)
                _reap(server.pid)
                raise
        return server

    def _server_environment(self, port: int) -> dict[str, str]:
        certificates = ssl.get_default_verify_paths().cafile
        return {
            # All that the emulator, and with it each function and instance, gets to see of the user's environment.
            "PATH": os.pathsep.join(os.get_exec_path()),
            **({"SSL_CERT_FILE": certificates} if certificates else {}),
            "LANG": "C.UTF-8",
            "HOME": str(self.state),
            "TMPDIR": str(self._paths.temporary),
            "PYTHONPATH": str(ROOT),
            "SLIPWAY_EMULATOR_STATE": str(self.state),
            **({"SLIPWAY_EMULATOR_STARTER": str(os.getpid())} if self._bound else {}),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "MINISTACK_HOST": "127.0.0.1",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._paths.services),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._paths.objects),
            "LOG_LEVEL": "INFO",
            # Policies are enforced, so that a missing permission shows here and not on AWS.
            "AUTH": "true" if self.enforces_iam else "false",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # No container engine is ever used, even where there is one.
            "DOCKER_HOST": f"unix://{self.state}/no-docker.sock",
        }

    def _await_ready(self, server: subprocess.Popen[bytes], port: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._answers():
            if server.poll() is not None:
                raise EmulatorError(self._failure(f"ended with {server.returncode}"))
            if time.monotonic() > deadline:
                end([ProcessIdentity.find(server.pid)], STOP_GRACE_SECONDS)
                _reap(server.pid)
                raise EmulatorError(self._failure(f"did not answer on port {port} in {START_TIMEOUT_SECONDS:.0f} s"))
            time.sleep(0.05)
        self._say(f"the embedded AWS is ready at {self.endpoint_url}")

    def _failure(self, what: str) -> str:
        said = self.log.read_bytes()[self._log_begins :].decode(errors="replace").strip()
        if said.startswith("error: ") or "\nerror: " in said:
            return f"the embedded AWS cannot start: {said.rpartition('error: ')[2]}"
        lines = "".join(f"\n    {line}" for line in said.splitlines()[-8:])
        return f"the embedded AWS {what}; its log ends with:{lines}\n  next: read {self.log}, mend it, start again"


def _reap(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()


def describe(emulator: Emulator) -> dict[str, object]:
    """Return what `status --json` prints."""
    running = emulator.is_running()
    process = ProcessIdentity.load(StatePaths(emulator.state).process)
    return {
        "running": running,
        "endpoint_url": emulator.endpoint_url if emulator.port else None,
        "iam_enforced": emulator.enforces_iam,
        "resolver": emulator.resolver,
        "pid": process.pid if running and process else None,
        "state": str(emulator.state),
        "saving": _saving(emulator) if running else None,
        "log": str(emulator.log),
    }


def _saving(emulator: Emulator) -> dict[str, Any] | None:
    with contextlib.suppress(EmulatorError):
        return emulator.control("saving")
    # It was started by an earlier version of this program, which does not say.
    return None


def export_lines(environment: dict[str, str]) -> str:
    """Return shell lines that set the environment, for `eval`."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())


def progress(text: str) -> None:
    """Print one line of progress to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201

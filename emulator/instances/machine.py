"""The process that is a local instance: it runs the user data, and it is the instance's service manager.

Started by the emulator with the path of the instance's root folder; ends, with everything below it, when the emulator
ends or asks it to. It must not know anything about AWS.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.instances.units import Places, Unit, UnitError, parse, template_of
from emulator.processes import ProcessIdentity, die_with_parent, end

SOCKET = "systemctl.sock"
SPECIFICATION = "machine.json"
USER_DATA = "user-data"
BOOTED = "booted"
"""Exists once an instance has booted: user data runs only the first time."""
ENABLED = "enabled"
"""Names the services that start whenever the instance boots, one per line."""
TICK_SECONDS = 0.1
SHUTDOWN_SECONDS = 0.8
CLIENT_SECONDS = 1.0
"""How long `systemctl` may take to say what it wants; meanwhile no service is looked after."""


@dataclass
class _Service:
    unit: Unit
    process: subprocess.Popen[bytes] | None = None
    status: int = 0
    wanted: bool = True
    start_at: float = 0.0


class ServiceManager:
    """Starts services, watches them, and starts them again as their units say.

    :param root: the instance's root folder.
    :param environment: variables of every service.
    :param load: returns a unit by its name, or raises :class:`UnitError`.
    """

    def __init__(self, root: Path, environment: Mapping[str, str], load: Callable[[str], Unit]) -> None:
        self._root = root
        self._environment = environment
        self._load = load
        self._services: dict[str, _Service] = {}

    def start(self, name: str) -> None:
        """Start a service unless it runs.

        :raises UnitError: if its unit cannot be read or a path that it needs is missing.
        :raises OSError: if its program cannot be started.
        """
        if self.is_active(name):
            return
        unit = self._load(name)
        missing = [path for path in unit.required_paths if not path.exists()]
        if missing:
            raise UnitError(f"{name} needs {missing[0]}, which does not exist")
        service = _Service(unit)
        self._services[name] = service
        self._launch(service)

    def stop(self, name: str) -> None:
        """Stop a service, if it runs."""
        service = self._services.pop(name, None)
        if service is not None and service.process is not None and service.process.poll() is None:
            end([ProcessIdentity.find(service.process.pid)], service.unit.stop_seconds)
            service.process.wait()

    def enable(self, name: str) -> None:
        """Have a service started whenever the instance boots."""
        (self._root / ENABLED).write_text("".join(f"{each}\n" for each in sorted({*self.enabled(), name})))

    def disable(self, name: str) -> None:
        """Undo :meth:`enable`."""
        (self._root / ENABLED).write_text("".join(f"{each}\n" for each in self.enabled() if each != name))

    def enabled(self) -> list[str]:
        """Return the services that start whenever the instance boots."""
        path = self._root / ENABLED
        return path.read_text().split() if path.exists() else []

    def is_active(self, name: str) -> bool:
        """Tell whether a service runs."""
        service = self._services.get(name)
        return service is not None and service.process is not None and service.process.poll() is None

    def outcome(self, name: str) -> int | None:
        """Return the exit status that the start of a service waits for; None as long as it does."""
        service = self._services.get(name)
        if service is None or not service.unit.is_oneshot:
            return 0
        return service.status if service.process is None else None

    def tend(self, now: float) -> None:
        """Look after all services once: note those that ended, start those that are due again."""
        for service in self._services.values():
            if service.process is not None and service.process.poll() is not None:
                self._note_end(service, now)
            if service.process is None and service.wanted and now >= service.start_at:
                with contextlib.suppress(OSError):
                    self._launch(service)

    def shut_down(self, grace_seconds: float) -> None:
        """Stop all services at the same time."""
        running = [service.process for service in self._services.values() if service.process is not None]
        end([ProcessIdentity.find(process.pid) for process in running], grace_seconds)
        for process in running:
            process.wait()
        self._services.clear()

    def _note_end(self, service: _Service, now: float) -> None:
        status = service.process.returncode if service.process else 0
        say(f"{service.unit.name} ended with {status}")
        service.process, service.status = None, status
        service.wanted = service.unit.restart == "always" or (service.unit.restart == "on-failure" and status != 0)
        service.start_at = now + service.unit.restart_seconds

    def _launch(self, service: _Service) -> None:
        log = self._root / "log" / f"{service.unit.name.removesuffix('.service')}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") if not service.unit.on_console else os.fdopen(os.dup(1), "ab") as output:
            service.process = subprocess.Popen(
                service.unit.command,
                cwd=self._root,
                env={**self._environment, **service.unit.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - there is one thread
            )
        remember(self._root, service.unit.name, service.process.pid)
        say(f"{service.unit.name} started (process {service.process.pid}, output in {log.name})")


class Machine:
    """One local instance at work.

    :param root: its root folder, which holds the specification.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        specification = json.loads((root / SPECIFICATION).read_text())
        self._environment: dict[str, str] = specification["environment"]
        units = Path(specification["units"])
        places = Places(specification["places"])
        self._manager = ServiceManager(root, self._environment, lambda name: _read_unit(units, name, places))
        self._running = True
        self._parent = os.getppid()
        self._waiting: list[tuple[socket.socket, list[str]]] = []

    def run(self) -> None:
        """Boot, then look after the services until asked to stop."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        with _listen(self._root) as listener, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            boot = self._boot()
            while self._running and os.getppid() == self._parent:
                for _key, _events in selector.select(TICK_SECONDS):
                    self._answer(listener)
                boot = _report_end(boot)
                self._manager.tend(time.monotonic())
                self._waiting = [each for each in self._waiting if not self._settle(*each)]
        if boot is not None:
            end([ProcessIdentity.find(boot.pid)], 0)
        self._manager.shut_down(SHUTDOWN_SECONDS)

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self._running = False

    def _boot(self) -> subprocess.Popen[bytes] | None:
        """Run the user data of a new instance; one that has booted before starts the services that are enabled."""
        if (self._root / BOOTED).exists():
            for name in self._manager.enabled():
                say(control(self._manager, {"verb": "start", "units": [name]})["text"] or f"{name} is enabled")
            return None
        (self._root / BOOTED).touch()
        if not (self._root / USER_DATA).read_text():
            return None
        process = subprocess.Popen(
            ["/bin/sh", self._root / USER_DATA],
            cwd=self._root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - there is one thread
        )
        remember(self._root, USER_DATA, process.pid)
        return process

    def _answer(self, listener: socket.socket) -> None:
        """Do what one `systemctl` asks for; one that sends nonsense, nothing, or goes away must not end the machine."""
        try:
            connection, _address = listener.accept()
            connection.settimeout(CLIENT_SECONDS)
            with connection.makefile("r") as stream:
                request = json.loads(stream.readline())
            reply = control(self._manager, request)
            if reply["status"] == 0 and request["verb"] == "start":
                self._waiting.append((connection, [unit_name(name) for name in request["units"]]))
            else:
                _reply(connection, reply)
        except (OSError, ValueError, KeyError, TypeError) as error:
            say(f"systemctl got no answer: {error!r}")

    def _settle(self, connection: socket.socket, names: list[str]) -> bool:
        """Answer one who waits for services to be started, if they are; tell whether they are."""
        outcomes = {name: self._manager.outcome(name) for name in names}
        if None in outcomes.values():
            return False
        failed = [
            f"Job for {name} failed because it ended with {status}." for name, status in outcomes.items() if status
        ]
        with contextlib.suppress(OSError):
            _reply(connection, {"status": int(bool(failed)), "text": " ".join(failed)})
        return True


def control(manager: ServiceManager, request: Mapping[str, Any]) -> dict[str, Any]:
    """Do what `systemctl` was asked to.

    :param request: `verb` and `units`.
    :returns: `status`, the exit status, and `text`, what to print.
    """
    names = [unit_name(name) for name in request["units"]]
    try:
        match request["verb"]:
            case "start":
                _each(manager.start, names)
            case "stop":
                _each(manager.stop, names)
            case "restart" | "try-restart" | "reload-or-restart":
                _each(manager.stop, names)
                _each(manager.start, names)
            case "is-active":
                active = all(manager.is_active(name) for name in names)
                return {"status": 0 if active else 3, "text": "active" if active else "inactive"}
            case "enable":
                _each(manager.enable, names)
            case "disable":
                _each(manager.disable, names)
            case "daemon-reload":
                pass
            case verb:
                return {"status": 1, "text": f"the local service manager does not know {verb!r}"}
    except (UnitError, OSError) as error:
        return {"status": 1, "text": str(error)}
    return {"status": 0, "text": ""}


def unit_name(name: str) -> str:
    """Return a unit's full name; one without a type is a service."""
    return name if "." in name else f"{name}.service"


def _reply(connection: socket.socket, reply: Mapping[str, Any]) -> None:
    with connection:
        connection.sendall(f"{json.dumps(reply)}\n".encode())


def _each(action: Callable[[str], None], names: list[str]) -> None:
    for name in names:
        action(name)


def _read_unit(folder: Path, name: str, places: Places) -> Unit:
    path = folder / template_of(name)
    if Path(name).name != name or not path.is_file():
        raise UnitError(f"there is no unit {name}")
    return parse(name, path.read_text(), places)


def _report_end(boot: subprocess.Popen[bytes] | None) -> subprocess.Popen[bytes] | None:
    if boot is None or boot.poll() is None:
        return boot
    say(f"user data ended with {boot.returncode}")
    return None


def _listen(root: Path) -> socket.socket:
    # Bound by its name within the current folder, since the full path may be longer than a socket's name may be.
    os.chdir(root)
    Path(SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(SOCKET)
    listener.listen()
    return listener


def remember(root: Path, name: str, pid: int) -> None:
    """Record a process, so that it can be found and ended even when its parents are gone."""
    identity = ProcessIdentity.find(pid)
    if identity is not None:
        identity.save(root / "processes" / f"{name}.json")


def say(text: str) -> None:
    """Print a line to the instance's console."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Be the instance whose root folder is given; return the exit status."""
    Machine(Path(arguments[0])).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""An instance of an image among all that it has on AWS: a network, AWS itself with a deployment, and an internet.

The network is the instance's own and leads nowhere else, so nothing that it sends leaves this machine.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulator.launcher import Emulator
from local.console import LocalError
from local.image import internet
from local.image.actions import ActionError
from local.image.builds import Hearing, Workshop
from local.image.deployment import Deployment
from local.image.root import Root
from local.setup import PYTHON, ROOT

AWS_PORT = 4566
CERTIFICATE = "/run/origin.pem"
"""The web site's, in memory on the instance, whose proxy trusts it."""
INTERNET = "local.image.internet"
_MAKE_CERTIFICATE = """
set -eu
openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=origin -addext "subjectAltName=IP:$2" -keyout "$1.key" -out "$1"
cat "$1" >> "$1.key"
"""


@dataclass(frozen=True)
class Launched:
    """An instance that has started, and that nobody has told yet what it is for.

    :param machine: the instance. :param deployment: what it finds in AWS, and how to tell it.
    """

    machine: Root
    deployment: Deployment

    def await_state(self, wanted: str, seconds: float) -> None:
        """Return as soon as the group says that of the instance.

        :raises LocalError: if it has not within so many seconds.
        """
        with self.machine.network():
            self.deployment.await_state(wanted, seconds)


@contextmanager
def launched(shop: Workshop, name: str, image: Path, *, internet_module: str = INTERNET) -> Iterator[Launched]:
    """Launch an instance of an image.

    :param name: of its folder. :param image: root folder of the image.
    :param internet_module: the program that is its internet; takes and says what :mod:`local.image.internet` does.
    :raises LocalError: if the instance, or what is around it, does not start.
    :raises ActionError: if its network cannot be set up.
    """
    emulator = Emulator(shop.folder / f"aws-of-{name}", enforce_iam=False, bound=True)
    emulator.state.mkdir()
    (emulator.state / "port").write_text(str(AWS_PORT))
    where = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{AWS_PORT}", "SSL_CERT_FILE": CERTIFICATE}
    with ExitStack() as stack:
        machine = stack.enter_context(shop.instance(name, image, hearing=Hearing(), settings=where))
        for address in internet.ADDRESSES:
            _do(machine, ["ip", "address", "add", f"{address}/32", "dev", "lo"])
        _do(machine, ["bash", "-c", _MAKE_CERTIFICATE, "bash", CERTIFICATE, internet.ORIGIN])
        stack.callback(emulator.destroy)
        with machine.network():
            emulator.start()
            deployment = Deployment(emulator, internet.FUNCTIONS_URL)
            certificate = f"{machine.view}{CERTIFICATE}.key"
            stack.enter_context(_internet([internet_module, certificate, deployment.instance_id]))
        yield Launched(machine, deployment)


def _do(machine: Root, command: list[str]) -> None:
    outcome = machine.run(command, seconds=60)
    if outcome.status:
        raise ActionError(f"{command[0]} failed: {outcome.stderr.strip()[-500:]}")


@contextmanager
def _internet(command: list[str]) -> Iterator[None]:
    bound = ["setpriv", "--pdeathsig", "KILL", str(PYTHON), "-m"]
    process = subprocess.Popen([*bound, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline().strip() != internet.READY:
            raise LocalError("what stands in for the internet did not start", f"read what {command[0]} said above")
        yield
    finally:
        process.kill()
        process.communicate()

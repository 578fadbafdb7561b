"""Serve the real pages of `local/pages` on loopback, over HTTP and HTTPS, with a real web server: Caddy, from PyPI.

This is the origin behind the proxy in `make up`, in tests and in benchmarks. It serves each page with the Content-Type
that `pages.json` gives, compressed with zstd or gzip for clients that accept it. Besides the pages there are

* `/large.html`: the main page repeated until it is larger than 4 MB;
* `/no-charset/<page>`: every page with the bare type `text/html`, so that only the page can name its charset;
* `/`: a list of them all.

It never touches the system: no trust store, no administration port, no file outside its state folder.
"""

from __future__ import annotations

import argparse
import errno
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from emulator.processes import ProcessIdentity, end
from local import corpus
from local.setup import VENV, WORK

ADDRESSES = (*(f"127.0.77.{last}" for last in range(1, 10)), "127.0.0.1")
"""Tried in this order. Linux answers on all of 127.0.0.0/8; macOS on 127.0.0.1 only, unless told otherwise."""

HTTP_PORT, HTTPS_PORT = 8000, 8443
LARGE_PAGE = "large.html"
LARGE_PAGE_BYTES = 4 * 1024 * 1024
START_SECONDS = 15.0
STOP_SECONDS = 3.0

_CADDYFILE = """\
{{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	http_port {http_port}
	https_port {https_port}
	default_bind {address}
	storage file_system "{storage}"
	servers {{
		protocols h1 h2
	}}
}}

http://{address}:{http_port}, https://{address}:{https_port} {{
	tls internal
	root * "{root}"
	encode zstd gzip
	handle_path /no-charset/* {{
		header Content-Type text/html
		file_server
	}}
	handle {{
{content_types}
		file_server browse
	}}
}}
"""


class PageServerError(Exception):
    """The page server cannot do what it was asked; the message says why and what to do next."""


@dataclass(frozen=True)
class Endpoint:
    """Where a page server listens.

    :param address: a loopback address.
    """

    address: str
    http_port: int
    https_port: int

    def is_free(self) -> bool:
        """Tell whether both ports can be had at this address."""
        return all(_can_listen(self.address, port) for port in (self.http_port, self.https_port))


class PageServer:
    """One page server; everything it knows lies in its state folder, so any process may ask for it or stop it.

    :param state: folder for its configuration, certificates, pages and log; made at the first start.
    :param address: loopback address to listen on; None takes the first of :data:`ADDRESSES` with both ports free.
    :param http_port: TCP port for HTTP.
    :param https_port: TCP port for HTTPS.
    """

    main_page = corpus.MAIN_PAGE

    def __init__(
        self, state: Path, address: str | None = None, http_port: int = HTTP_PORT, https_port: int = HTTPS_PORT
    ) -> None:
        self.state = state.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = [Endpoint(each, http_port, https_port) for each in ([address] if address else ADDRESSES)]

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens, or did when it last ran.

        :raises PageServerError: if it was never started.
        """
        try:
            return Endpoint(**json.loads(self._endpoint_file.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise PageServerError(
                f"no page server was started with the state folder {self.state}; next: start it with "
                f"'python -m local.page_server start --state {self.state}'"
            ) from error

    @property
    def http_url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://{self.endpoint.address}:{self.endpoint.http_port}"

    @property
    def https_url(self) -> str:
        """Base URL without a trailing slash; its certificate is signed by :attr:`ca_certificate`."""
        return f"https://{self.endpoint.address}:{self.endpoint.https_port}"

    @property
    def ca_certificate(self) -> Path:
        """PEM file of the certificate authority that clients have to trust; it outlives restarts."""
        return self.state / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def is_running(self) -> bool:
        """Tell whether its process is alive."""
        process = ProcessIdentity.load(self._process_file)
        return process is not None and process.is_alive()

    def start(self) -> None:
        """Start it and wait until it answers; one that runs where it should is left alone.

        :raises PageServerError: if no address has both ports free, or the server does not start.
        """
        if self.is_running() and self.endpoint in self._wanted:
            return
        self.stop()
        endpoint = self._choose_endpoint()
        self._write_files(endpoint)
        self._process = self._launch()
        try:
            self._await_answer(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it, by force if it does not go in time; one that does not run is no error."""
        if process := ProcessIdentity.load(self._process_file):
            end([process], STOP_SECONDS)
        if self._process:
            self._process.wait()  # our own child: it stays a zombie until someone asks how it ended
            self._process = None
        self._process_file.unlink(missing_ok=True)

    @property
    def _endpoint_file(self) -> Path:
        return self.state / "endpoint.json"

    @property
    def _process_file(self) -> Path:
        return self.state / "process.json"

    @property
    def _log_file(self) -> Path:
        return self.state / "caddy.log"

    def _choose_endpoint(self) -> Endpoint:
        for endpoint in self._wanted:
            if endpoint.is_free():
                return endpoint
        first, last = self._wanted[0], self._wanted[-1]
        raise PageServerError(
            f"port {first.http_port} or {first.https_port} is taken at every address that was tried "
            f"({first.address} to {last.address}), perhaps by a program that listens on all addresses; next: stop that "
            f"program (find it with 'ss -ltnp' or 'lsof -iTCP -sTCP:LISTEN') and try again"
        )

    def _write_files(self, endpoint: Endpoint) -> None:
        root = self.state / "www"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        for page in corpus.pages():
            shutil.copy(corpus.FOLDER / page.file, root)
        main_page = corpus.page(corpus.MAIN_PAGE).read()
        (root / LARGE_PAGE).write_bytes(main_page * (LARGE_PAGE_BYTES // len(main_page) + 1))
        (self.state / "Caddyfile").write_text(caddyfile(endpoint, root, self.state / "caddy"), encoding="utf-8")
        self._endpoint_file.write_text(json.dumps(asdict(endpoint)))

    def _launch(self) -> subprocess.Popen[bytes]:
        # A session of its own, so that Ctrl-C in the terminal that started it does not end it; an environment of its
        # own, so that it reads and writes nothing in the user's home.
        environment = {"HOME": str(self.state), "XDG_CONFIG_HOME": str(self.state), "XDG_DATA_HOME": str(self.state)}
        try:
            with self._log_file.open("wb") as log:
                process = subprocess.Popen(
                    [VENV / "bin" / "caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
                    cwd=self.state,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise PageServerError(f"the web server cannot be run: {error}; next: run 'make setup'") from error
        with suppress(ProcessLookupError):  # it has ended already: whoever waits for its answer finds out why
            ProcessIdentity.of(process.pid).save(self._process_file)
        return process

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                raise PageServerError(f"the web server ended with status {process.returncode}: {self._last_words()}")
            if time.monotonic() > deadline:
                raise PageServerError(
                    f"the web server does not answer after {START_SECONDS:.0f} s: {self._last_words()}"
                )
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            trust = ssl.create_default_context(cafile=str(self.ca_certificate))
            with httpx.Client(verify=trust, trust_env=False, timeout=2) as client:
                return all(client.head(f"{url}/{LARGE_PAGE}").is_success for url in (self.http_url, self.https_url))
        except (OSError, httpx.TransportError):
            return False

    def _last_words(self) -> str:
        lines = self._log_file.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1] if lines else 'it said nothing'}; next: read {self._log_file}"


def caddyfile(endpoint: Endpoint, root: Path, storage: Path) -> str:
    """Return the web server's configuration.

    :param root: folder whose files are served.
    :param storage: folder for the certificate authority and its certificates.
    """
    types = {page.file: page.content_type for page in corpus.pages()}
    types[LARGE_PAGE] = types[corpus.MAIN_PAGE]
    lines = (f'\t\theader /{file} Content-Type "{content_type}"' for file, content_type in types.items())
    return _CADDYFILE.format(**asdict(endpoint), root=root, storage=storage, content_types="\n".join(lines))


def _can_listen(address: str, port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
                return False
            raise
    return True


def describe(server: PageServer) -> dict[str, str]:
    """Return what `status` prints of a server that runs."""
    return {"http_url": server.http_url, "https_url": server.https_url, "ca_certificate": str(server.ca_certificate)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status of `status` is 3 when the server does not run."""
    parser = argparse.ArgumentParser(prog="python -m local.page_server", description="Serve real pages on loopback.")
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--state", type=Path, default=WORK / "pages", help="state folder (default: %(default)s)")
    options = parser.parse_args(arguments)
    server = PageServer(options.state)
    try:
        match options.action:
            case "start":
                server.start()
            case "stop":
                server.stop()
                return 0
        if not server.is_running():
            print("the page server does not run", file=sys.stderr)
            return 3
        print(json.dumps(describe(server), indent=2))
    except PageServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        place = error.filename2 or error.filename
        print(
            f"error: {place} cannot be used: {error.strerror}; next: mend that, or give another --state",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

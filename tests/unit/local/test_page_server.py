"""The page server, run for real on free loopback ports."""

import gzip
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emulator import ports
from emulator.processes import ProcessIdentity, wait_until_gone
from local import corpus
from local.page_server import LARGE_PAGE, LARGE_PAGE_BYTES, Endpoint, PageServer, PageServerError, caddyfile, main

LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = PageServer(tmp_path_factory.mktemp("page server"), LOOPBACK, *ports.pick(2))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(verify=ssl.create_default_context(cafile=str(server.ca_certificate)), trust_env=False) as client:
        yield client


@pytest.fixture
def stopped(tmp_path):
    """A page server that is not started, and is stopped after the test."""
    server = PageServer(tmp_path, LOOPBACK, *ports.pick(2))
    yield server
    server.stop()


@pytest.mark.parametrize("page", corpus.pages(), ids=lambda page: page.file)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_page_comes_with_its_bytes_and_its_type(server, client, page, scheme):
    base = server.http_url if scheme == "http" else server.https_url
    response = client.get(f"{base}/{page.file}", headers={"accept-encoding": "identity"})
    assert response.status_code == 200
    assert response.headers["content-type"] == page.content_type
    assert response.content == page.read()
    assert int(response.headers["content-length"]) == page.size


def test_gzip_for_who_accepts_it(server, client):
    with client.stream("GET", f"{server.http_url}/{server.main_page}", headers={"accept-encoding": "gzip"}) as response:
        packed = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert len(packed) < corpus.page(server.main_page).size / 2
    assert gzip.decompress(packed) == corpus.page(server.main_page).read()


def test_zstd_for_who_accepts_it(server, client):
    url = f"{server.http_url}/{server.main_page}"
    with client.stream("GET", url, headers={"accept-encoding": "zstd"}) as response:
        packed = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "zstd"
    assert packed.startswith(b"\x28\xb5\x2f\xfd")


@pytest.mark.parametrize("file", ["python-whatsnew.html", "yaskkserv-install-ja.html"])
def test_the_same_page_without_a_charset_in_the_header(server, client, file):
    response = client.get(f"{server.https_url}/no-charset/{file}")
    assert response.headers["content-type"] == "text/html"
    assert response.content == corpus.page(file).read()


def test_a_range(server, client):
    response = client.get(f"{server.http_url}/{server.main_page}", headers={"range": "bytes=100-199"})
    assert response.status_code == 206
    assert response.content == corpus.page(server.main_page).read()[100:200]


def test_head(server, client):
    response = client.head(f"{server.http_url}/sqlite-redirect.html", headers={"accept-encoding": "identity"})
    assert response.headers["content-length"] == str(corpus.page("sqlite-redirect.html").size)
    assert response.content == b""


def test_a_client_that_has_the_page_gets_304(server, client):
    url = f"{server.http_url}/sqlite-faq.html"
    tag = client.get(url).headers["etag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304


def test_the_large_page_is_larger_than_four_megabytes(server, client):
    response = client.get(f"{server.http_url}/{LARGE_PAGE}")
    assert len(response.content) > LARGE_PAGE_BYTES
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_the_root_lists_the_pages(server, client):
    listing = client.get(f"{server.https_url}/").text
    assert all(page.file in listing for page in corpus.pages())


def test_a_client_that_does_not_know_the_authority_refuses_the_certificate(server):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{server.https_url}/", trust_env=False)


def test_it_writes_only_below_its_state_folder(server):
    environment = Path(f"/proc/{ProcessIdentity.load(server.state / 'process.json').pid}/environ")
    if not environment.exists():  # no /proc on macOS: the configuration says it as well
        assert f'file_system "{server.state}/caddy"' in (server.state / "Caddyfile").read_text()
        return
    homes = [entry for entry in environment.read_bytes().split(b"\0") if entry.startswith((b"HOME=", b"XDG_"))]
    assert len(homes) == 3
    assert all(str(server.state).encode() in entry for entry in homes)


def test_started_twice_it_is_the_same_process(server):
    before = ProcessIdentity.load(server.state / "process.json")
    server.start()
    assert ProcessIdentity.load(server.state / "process.json") == before


def test_another_object_finds_it_by_its_folder(server):
    other = PageServer(server.state)
    assert other.is_running()
    assert other.http_url == server.http_url


def test_stopped_it_is_gone_and_comes_back_with_the_same_authority(stopped):
    stopped.start()
    authority = stopped.ca_certificate.read_bytes()
    stopped.stop()
    assert not stopped.is_running()
    with pytest.raises(httpx.ConnectError):
        httpx.get(stopped.http_url, trust_env=False)
    stopped.start()
    assert stopped.ca_certificate.read_bytes() == authority


def test_killed_it_starts_again(stopped):
    stopped.start()
    process = ProcessIdentity.load(stopped.state / "process.json")
    os.kill(process.pid, signal.SIGKILL)
    wait_until_gone([process], 5)
    assert not stopped.is_running()
    stopped.start()
    assert httpx.get(f"{stopped.http_url}/sqlite-redirect.html", trust_env=False).is_success


def test_stopping_what_does_not_run_is_no_error(stopped):
    stopped.stop()


def test_taken_ports_are_an_error_with_a_next_step(tmp_path):
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PageServerError, match=rf"port {port} or 1 is taken .* next: stop that program"):
            PageServer(tmp_path, LOOPBACK, port, 1).start()
    assert not (tmp_path / "process.json").exists()


def test_asked_for_its_address_before_it_ever_started_it_says_how_to_start_it(stopped):
    with pytest.raises(PageServerError, match=r"no page server was started .* next: start it with"):
        _ = stopped.http_url


def test_a_web_server_that_refuses_its_configuration_is_reported_with_its_reason(tmp_path):
    folder = tmp_path / 'a "quoted" folder'
    with pytest.raises(PageServerError, match=r"ended with status 1: .* next: read .*caddy\.log"):
        PageServer(folder, LOOPBACK, *ports.pick(2)).start()
    assert not (folder / "process.json").exists()


def test_the_configuration_opens_no_administration_port_and_touches_no_trust_store():
    text = caddyfile(Endpoint(LOOPBACK, 1, 2), Path("/pages"), Path("/storage"))
    assert "\tadmin off\n" in text
    assert "\tskip_install_trust\n" in text


def test_command_line_tells_when_nothing_runs(tmp_path, capsys):
    assert main(["status", "--state", str(tmp_path)]) == 3
    assert capsys.readouterr().err == "the page server does not run\n"


def test_command_line_prints_where_a_running_server_is(server):
    command = [sys.executable, "-m", "local.page_server", "status", "--state", str(server.state)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=corpus.FOLDER.parent.parent)
    assert json.loads(result.stdout)["http_url"] == server.http_url


def test_command_line_stops_a_server(stopped):
    stopped.start()
    assert main(["stop", "--state", str(stopped.state)]) == 0
    assert not stopped.is_running()

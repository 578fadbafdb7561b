"""What stands at the end of `make up`: addresses that work, commands that can be copied, outputs that are whole."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.headers import Result
from contract.modes import Mode
from local import show
from local.browse import Page
from local.console import LocalError, Step
from local.platform import Instance, LoadBalancer, Workspace

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a-very-long-name-that-fits-no-terminal-of-eighty-columns"
INSTANCE = Instance("i-0123456789abcdef0", "127.0.77.10", 8080, 8081, 8082)
LOAD_BALANCER = LoadBalancer("proxy.elb.us-east-1.amazonaws.com", "127.0.78.10", 8080, healthy_targets=2)
OTHER = Instance("i-0123456789abcdef1", "127.0.77.11", 8080, 8081, 8082)


@dataclass
class Server:
    """Stands for the emulator and for the page server, of which only addresses are asked."""

    endpoint_url: str = "http://127.0.0.1:4566"
    resolver: str = "127.0.0.1:5353"
    http_url: str = "http://127.0.77.1:8000"
    https_url: str = "https://127.0.77.1:8443"
    main_page: str = "page.html"

    def control(self, command: str) -> dict[str, object]:
        assert command == "stacks"
        others = [("slipway-local-fleet", "UPDATE_ROLLBACK_FAILED"), ("CDKToolkit", "CREATE_COMPLETE")]
        stacks = [("slipway-local-identity", "CREATE_COMPLETE"), *others]
        return {"stacks": [{"name": name, "status": status} for name, status in stacks]}


class Answers:
    """A browser that gets the given results, one after the other."""

    def __init__(self, *results: str) -> None:
        self._results: Iterator[str] = iter(results)
        self.modes: list[Mode] = []

    def fetch(self, url: str, mode: Mode) -> Page:
        assert url == "https://a.test/"
        self.modes.append(mode)
        return Page(200, b"", "utf-8", next(self._results), "timeout", 0.0)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    outputs = {"slipway-local-identity": {"SecretArn": ARN, "PublishOutputRefSecret1234": "of no use"}}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")
    return Workspace(tmp_path)


def test_a_file_gets_outputs_whole_and_exports_not_at_all(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    show.show_platform(workspace, Server(), LOAD_BALANCER, [INSTANCE], Server())

    lines = capsys.readouterr().out.splitlines()
    assert f"    SecretArn  {ARN}" in lines
    assert not any("PublishOutput" in line for line in lines)


def test_stacks_are_those_that_there_are_and_a_stuck_one_says_so(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = {"slipway-local-dns": {"Zone": "Z1"}}
    workspace.outputs.write_text(json.dumps({**json.loads(workspace.outputs.read_text()), **gone}))
    show.show_platform(workspace, Server(), LOAD_BALANCER, [INSTANCE], Server())

    shown = capsys.readouterr().out
    assert "  slipway-local-fleet  UPDATE_ROLLBACK_FAILED" in shown
    assert "  slipway-local-identity\n" in shown
    assert "slipway-local-dns" not in shown
    assert "CDKToolkit" not in shown


def test_every_command_stands_on_a_line_of_its_own(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    show.show_platform(workspace, Server(), LOAD_BALANCER, [INSTANCE], Server())

    lines = capsys.readouterr().out.splitlines()
    trust = f"--cacert {workspace.ca_certificate}"
    assert f"  curl -x http://127.0.78.10:8080 {trust} -H 'mitm-mode: xxx' https://127.0.77.1:8443/page.html" in lines
    assert "  make down" in lines


def test_the_load_balancer_is_the_proxy_to_use_and_the_instances_stand_behind_it(workspace: Workspace) -> None:
    places = dict(show.places(workspace, Server(), LOAD_BALANCER, [INSTANCE, OTHER], Server()))

    assert places["proxy for a browser"].startswith("127.0.78.10 port 8080")
    assert places["instances behind it"] == "127.0.77.10, 127.0.77.11 (2 healthy of 2)"
    assert places["dashboard"] == "http://127.0.77.10:8082/dashboard"


def test_the_resolver_is_shown_as_the_command_that_asks_it(workspace: Workspace) -> None:
    def shown() -> str:
        return dict(show.places(workspace, Server(), None, [], Server()))["names of its zones"]

    assert shown() == "dig @127.0.0.1 -p 5353 <name>"
    outputs = json.loads(workspace.outputs.read_text())
    workspace.outputs.write_text(json.dumps({**outputs, "records": {"ProxyDomainName": "proxy.example.org"}}))
    assert shown() == "dig @127.0.0.1 -p 5353 proxy.example.org"


def test_without_an_instance_no_address_is_made_up(workspace: Workspace) -> None:
    places = dict(show.places(workspace, Server(), None, [], Server()))
    commands = [command for command, _ in show.next_commands(workspace, None, Server())]

    assert "none runs" in places["proxy"]
    assert "dashboard" not in places
    assert not any("curl" in command for command in commands)


def test_a_page_is_asked_for_until_the_functions_have_started() -> None:
    browser = Answers(Result.FAILED_OPEN, Result.FAILED_OPEN, Result.TRANSFORMED)

    page = show.transformed(browser, "https://a.test/", Mode.ROUNDTRIP, Step("x"))

    assert page.result == Result.TRANSFORMED
    assert browser.modes == [Mode.ROUNDTRIP] * 3


def test_a_page_that_is_never_transformed_is_an_error_with_its_reason() -> None:
    browser = Answers(*[Result.FAILED_OPEN] * show.ATTEMPTS)

    with pytest.raises(LocalError, match=r"failed-open \(timeout\)"):
        show.transformed(browser, "https://a.test/", Mode.XXX, Step("x"))

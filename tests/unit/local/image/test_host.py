"""What a root is lent: settings of pip and apt, moved to where the root sees them, and nothing about this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.image import host


@pytest.fixture
def lent(tmp_path: Path) -> Path:
    folder = tmp_path / "lent"
    folder.mkdir()
    return folder


def test_addresses_stay_and_folders_are_moved(lent: Path, tmp_path: Path) -> None:
    index, wheels = tmp_path / "index" / "simple", tmp_path / "wheels"
    index.mkdir(parents=True)
    wheels.mkdir()
    pip = {
        "index-url": "https://example.org/simple",
        "extra-index-url": f"file://{index} https://example.com/simple",
        "find-links": f"{wheels}",
        "cache-dir": "/srv/own/cache",
        "cert": "/srv/own/ca.pem",
    }

    loan = host.lend(lent, pip=pip, apt="", environ={})

    inside = f"{host.INSIDE}/folders"
    assert {name: value for name, value in loan.environment.items() if name.startswith("PIP_")} | {"PIP_CERT": ""} == {
        "PIP_CERT": "",
        "PIP_INDEX_URL": "https://example.org/simple",
        "PIP_EXTRA_INDEX_URL": f"file://{inside}{index} https://example.com/simple",
        "PIP_FIND_LINKS": f"{inside}{wheels}",
    }
    assert loan.folders == {f"folders{index.parent}": index.parent, f"folders{wheels}": wheels}


def test_authorities_and_proxies_are_lent(lent: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "own.pem"
    bundle.write_text("certificates")
    environ = {"SSL_CERT_FILE": str(bundle), "https_proxy": "http://proxy:3128", "AWS_SECRET_ACCESS_KEY": "never"}

    loan = host.lend(lent, pip={}, apt="", environ=environ)

    assert (lent / "ca.pem").read_text() == "certificates"
    assert loan.environment["SSL_CERT_FILE"] == f"{host.INSIDE}/ca.pem"
    assert loan.environment["https_proxy"] == "http://proxy:3128"
    assert "AWS_SECRET_ACCESS_KEY" not in loan.environment


def test_of_apt_only_the_way_to_packages_is_lent(lent: Path) -> None:
    apt = 'Acquire::http::Proxy "http://proxy:3142";\nDPkg::Post-Invoke "rm -rf /";\nDir::Cache "/x";\n'
    host.lend(lent, pip={}, apt=apt, environ={})
    assert (lent / "apt.conf").read_text().splitlines()[0] == 'Acquire::http::Proxy "http://proxy:3142";'
    assert "Post-Invoke" not in (lent / "apt.conf").read_text()


def test_os_release_is_read_without_its_quotes(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('ID=debian\nPRETTY_NAME="Debian 13"\n\n')
    assert host.os_release(tmp_path / "os-release") == {"ID": "debian", "PRETTY_NAME": "Debian 13"}
    assert host.os_release(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("system", "user", "cause"),
    [("Darwin", 0, "takes Linux, and this is Darwin"), ("Linux", 1000, "with sudo")],
)
def test_a_machine_that_cannot_says_why(system: str, user: int, cause: str) -> None:
    assert cause in host.can_build(system, user)


def test_the_settings_of_pip_are_read_from_pip(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\nprintf '%s\\n' \"global.index-url='https://a'\" \"install.timeout='9'\" "
        "\":env:.index-url='https://b'\" \"list.format='json'\"\n"
    )
    program.chmod(0o755)
    assert host.pip_settings(str(program)) == {"index-url": "https://b", "timeout": "9"}


def test_root_in_a_container_is_told_what_it_lacks() -> None:
    probe = ["sh", "-c", "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1"]

    assert host.can_isolate(probe).endswith(
        "unless it is privileged (unshare: unshare failed: Operation not permitted)"
    )
    assert host.can_isolate(["true"]) == ""
    assert host.can_build("Linux", 0, lambda: "no") == "no"

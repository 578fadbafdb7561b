"""An instance of the image serves: boot step, services under their systemd, and a real page through the proxy."""

from __future__ import annotations

from pathlib import Path

from contract import headers
from local.image.internet import INSTANCE, ORIGIN, PAGES
from local.image.root import Root
from tests.image.conftest import Image

PAGE = "sqlite-faq.html"
OTHER_PAGE = "dbus-daemon.html"
"""Another one, since the proxy remembers a page by what it holds, wherever it came from."""
WRITTEN_BY_A_BOOT = (
    "dev", "proc", "sys", "run", "tmp", "var",
    "etc/machine-id", "etc/.updated", "etc/ld.so.cache", "etc/slipway/instance.json", "etc/resolv.conf",
    "etc/systemd/system/multi-user.target.wants/slipway-boot.service", "opt/aws/amazon-cloudwatch-agent/etc",
)  # fmt: skip
"""What may differ after a boot: what is in memory, what changes by its nature, who the instance is, and
where its agent sends what it measures."""
PROXY = ("--proxy", f"http://{INSTANCE}:8080")


def curl(machine: Root, *arguments: str) -> str:
    outcome = machine.run(["curl", "--silent", "--show-error", "--max-time", "20", *arguments])
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file outside of what a boot writes."""
    found = {}
    for place, folders, names in folder.walk():
        here = str(place.relative_to(folder)).removeprefix(".")
        folders[:] = [name for name in folders if f"{here}/{name}".lstrip("/") not in WRITTEN_BY_A_BOOT]
        for name in names:
            if (full := f"{here}/{name}".lstrip("/")) not in WRITTEN_BY_A_BOOT:
                told = (place / name).lstat()
                found[full] = (told.st_size, told.st_mtime_ns)
    return found


def test_a_real_page_goes_through_it(instance: Root) -> None:
    head, _, body = curl(instance, "--include", *PROXY, f"http://{ORIGIN}/{PAGE}").partition("\r\n\r\n")
    original = (PAGES / PAGE).read_text()

    assert "HTTP/1.1 200" in head
    assert "x-slipway-result: transformed" in head.lower(), head
    assert (body == original, len(body)) == (False, len(original))


def test_a_page_is_intercepted_on_its_way_over_https(instance: Root) -> None:
    trusting = ["--cacert", "/run/slipway/mitmproxy-ca-cert.pem"]
    head, _, body = curl(instance, "--include", *trusting, *PROXY, f"https://{ORIGIN}/{OTHER_PAGE}").rpartition(
        "\r\n\r\n"
    )
    assert "x-slipway-result: transformed" in head.lower(), head
    assert "xxxx" in body


def test_a_page_is_untouched_where_the_client_wants_that(instance: Root) -> None:
    body = curl(instance, *PROXY, "--header", f"{headers.MODE}: off", f"http://{ORIGIN}/{PAGE}")
    assert body == (PAGES / PAGE).read_text()


def test_the_services_run_as_their_users_in_their_sandboxes(instance: Root) -> None:
    asked = ["systemctl", "show", "--property=ActiveState,User,NRestarts,NoNewPrivileges,Slice"]
    proxy = instance.run([*asked, "slipway-proxy@1.service"]).stdout.splitlines()
    health = instance.run([*asked, "slipway-health.service"]).stdout.splitlines()

    assert {"ActiveState=active", "NRestarts=0", "NoNewPrivileges=yes"} <= {*proxy} & {*health}
    assert {"User=slipway-proxy", "Slice=slipway-proxy.slice"} <= {*proxy}
    assert "User=slipway-health" in health


def test_the_firewall_keeps_the_proxy_from_private_networks(instance: Root) -> None:
    asked = ["setpriv", "--reuid=slipway-proxy", "--clear-groups", "curl", "--silent", "--max-time", "3"]
    assert instance.run([*asked, f"http://{ORIGIN}/{PAGE}"]).status == 0
    assert instance.run([*asked, "http://127.0.0.1:8082/dashboard"]).status == 7
    assert instance.run([*asked, f"http://{INSTANCE}:8081/info/health"]).status == 7


def test_secrets_lie_in_memory_and_are_the_proxys_alone(instance: Root) -> None:
    asked = ["stat", "--file-system", "--format=%T", "/run/slipway/mitmproxy-ca.pem"]
    assert instance.run(asked).stdout.strip() == "tmpfs"
    owner = instance.run(["stat", "--format=%U %a", "/run/slipway/mitmproxy-ca.pem"]).stdout.strip()
    assert owner == "slipway-proxy 600"


def test_nothing_was_installed_on_the_way_to_healthy(instance: Root, image: Image) -> None:
    assert files(instance.view) == files(image.folder)
    packages = "var/lib/dpkg/status"
    assert (instance.view / packages).read_bytes() == (image.folder / packages).read_bytes()

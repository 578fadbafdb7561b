"""One browser and one dashboard for all tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local import browser
from tests.browser.site import PASSWORD, Site, busy_site

expect.set_options(timeout=20_000)  # A machine that runs other tests at the same time is slow.

FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--font-render-hinting=none")  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures", type=Path, help="folder to write pictures of the dashboard to, such as docs/pictures"
    )


# Not for the session: as long as it is there, its event loop runs, and no asynchronous test of another module can.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = browser.find()
    # As root a browser has no sandbox; it sees no page but ours.
    flags = [*FLAGS, *(["--no-sandbox", "--no-zygote"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.program, args=flags, env={**os.environ, **found.environment}
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = busy_site()
    with made.served():
        yield made


@pytest.fixture
def changing(chromium: Browser) -> Iterator[tuple[Page, Site]]:
    """Return a page of somebody who is signed in to a dashboard of its own, and that dashboard."""
    made = busy_site()
    with made.served():
        context = chromium.new_context(base_url=made.address)
        page = context.new_page()
        sign_in(page)
        yield page, made
        context.close()


@pytest.fixture(scope="module")
def visitors(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    """Return a browser of somebody who is signed in."""
    context = chromium.new_context(base_url=site.address, reduced_motion="reduce")
    sign_in(context.new_page())
    yield context
    context.close()


def sign_in(page: Page) -> None:
    page.goto("/dashboard")
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")

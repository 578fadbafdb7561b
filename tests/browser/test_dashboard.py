"""The dashboard as people meet it: with eyes, on a phone, by keyboard, with a screen reader, without scripts.

`pytest tests/browser --pictures docs/pictures` takes the pictures of the documentation.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from contract.fleet_settings import FleetSettings
from local.browser import AXE
from tests.browser.conftest import sign_in
from tests.browser.site import Site

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
PAGES = {
    "overview": "/dashboard?window=live",
    "week": "/dashboard?window=week",
    "paused": "/dashboard?window=live&paused=yes",
    "hosts": "/dashboard/hosts?window=day",
    "instances": "/dashboard/instances",
    "settings": "/dashboard/settings",
    "history": "/dashboard/history",
    "problem": "/dashboard?window=century",
}
PICTURES = ("overview", "settings", "history")


COLOURS = {"runOnly": ["color-contrast", "color-contrast-enhanced", "link-in-text-block"]}
"""The rules that depend on what is light and what is dark."""


def violations(page: Page, options: object = None) -> list[str]:
    """Return what axe-core finds, best practices of its own included.

    :param options: which rules; None for all.
    """
    page.evaluate("() => window.axe === undefined") and page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async (options) => (await axe.run(document, options ?? {})).violations", options)
    return [f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes']]}" for each in found]


def overflow(page: Page) -> list[str]:
    """Return what reaches beyond the right edge of the screen."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
            .filter((each) => each.getBoundingClientRect().right > innerWidth)
            .map((each) => each.outerHTML.slice(0, 99))"""
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_what_keeps_anybody_out(
    name: str, visitors: BrowserContext, request: pytest.FixtureRequest
) -> None:
    page = visitors.new_page()
    complaints: list[ConsoleMessage] = []
    page.on("console", lambda each: complaints.append(each))  # noqa: PLW0108 - Playwright marks what it calls
    folder = request.config.getoption("--pictures", default=None)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="dark")
        page.goto(PAGES[name])
        assert violations(page, COLOURS) == [], f"{name}, dark, {size['width']} wide"
        assert overflow(page) == [], f"{name}, {size['width']} wide"
        if folder and size == PHONE and name == "overview":
            page.screenshot(path=folder / "dashboard-overview-phone.png")
        page.emulate_media(color_scheme="light")
        assert violations(page) == [], f"{name}, light, {size['width']} wide"
    if folder and name in PICTURES:
        page.screenshot(path=folder / f"dashboard-{name}.png", full_page=name != "history")
    # The policy of content reports here what it has kept from running or loading.
    assert [each.text for each in complaints if "Content Security Policy" in each.text] == []
    page.close()


def test_the_way_in_and_out(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.address)
    page = context.new_page()
    page.goto("/dashboard/history")
    expect(page).to_have_title("Sign in - Slipway proxy, production")
    assert violations(page) == []
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("There is no user with this name and password.")
    assert violations(page) == []
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("History - Slipway proxy, production")

    cookie = next(each for each in context.cookies() if each["name"] == "slipway-production-session")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in - Slipway proxy, production")
    page.goto("/dashboard/history")
    expect(page).to_have_title("Sign in - Slipway proxy, production")
    context.close()


def test_all_can_be_reached_by_keyboard_in_the_order_of_reading_and_is_seen_where_it_is(
    visitors: BrowserContext,
) -> None:
    page = visitors.new_page()
    page.goto("/dashboard/settings")
    found = page.evaluate(
        "() => document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea').length"
    )
    tops = []
    for _ in range(found):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const it = document.activeElement, at = it.getBoundingClientRect();"
            " return [getComputedStyle(it).outlineStyle, at.width > 0, it.closest('main') ? at.top + scrollY : -1] }"
        )
        assert focused[:2] == ["solid", True]
        tops.append(focused[2])
    assert tops == sorted(tops)

    page.goto("/dashboard/settings")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile(r"^\d of 4 processes$"))).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Mode of requests that choose none")).to_be_focused()
    page.close()


def test_what_a_screen_reader_is_told(visitors: BrowserContext) -> None:
    page = visitors.new_page()
    page.goto("/dashboard")
    for role, name in (("navigation", "Dashboard"), ("navigation", "Time"), ("img", re.compile("^Responses in each")),
                       ("table", "What became of requests"), ("heading", "How long it took")):  # fmt: skip
        expect(page.get_by_role(role, name=name)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_role("row", name=re.compile(r"^99 % [\d.]+ (ms|s) [\d.]+ (ms|s)$"))).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("renew themselves every 5 seconds")
    page.close()


def test_where_one_is_and_what_failed_is_not_told_by_colour_alone(visitors: BrowserContext) -> None:
    page = visitors.new_page()
    page.emulate_media(forced_colors="active")
    page.goto("/dashboard?window=week")
    for name, words in (("Dashboard", "Overview"), ("Time", "Last week")):
        places = page.get_by_role("navigation", name=name)
        shown = places.locator("a").evaluate_all(
            "(all) => all.filter((each) => getComputedStyle(each).textDecorationLine === 'underline')"
            ".map((each) => each.textContent)"
        )
        assert shown == [words]
    page.emulate_media(forced_colors="none")
    heights = page.locator(".chart .failed").evaluate_all("(all) => all.map((it) => it.getBoundingClientRect().height)")
    assert heights
    assert min(heights) >= 2
    assert page.locator(".legend .failed").evaluate("(it) => getComputedStyle(it).stroke") != "none"
    for edge in ("11-14 18:00", "11-21 18:00, so far"):
        expect(page.locator(".axis")).to_contain_text(edge)
    highest = page.get_by_role("img").get_attribute("aria-label").split("at most ")[1].split(";")[0]
    expect(page.locator(".scale")).to_contain_text(highest)
    page.close()


def test_numbers_keep_together_below_each_other_and_hosts_have_a_line_of_their_own_on_a_phone(
    visitors: BrowserContext,
) -> None:
    page = visitors.new_page()
    page.set_viewport_size(PHONE)
    page.goto("/dashboard/hosts?window=week")
    row = page.get_by_role("row", name=re.compile("^weather.example.com"))
    host, number = row.get_by_role("rowheader").bounding_box(), row.get_by_role("cell").first.bounding_box()
    assert host["width"] > 200
    assert number["y"] >= host["y"] + host["height"]
    style = row.get_by_role("cell").first.evaluate(
        "(it) => [getComputedStyle(it).textAlign, getComputedStyle(it).whiteSpace]"
    )
    assert style == ["end", "nowrap"]
    page.close()


def test_renewing_leaves_everybody_where_they_are(changing: tuple[Page, Site]) -> None:
    page, site = changing
    page.clock.install()
    page.goto("/dashboard")
    table, words = page.locator("#series"), page.get_by_text("What these mean")
    table.locator("summary").press("Enter")
    words.press("Enter")
    for there in (table.locator("summary"), page.get_by_role("link", name="All hosts")):
        there.focus()
        place = page.evaluate("() => scrollY")
        site.now += timedelta(seconds=7)
        page.clock.run_for(5_100)
        expect(page.locator("#until")).to_have_text(f"{site.now:%Y-%m-%d %H:%M:%S}")
        expect(there).to_be_focused()
        assert page.evaluate("() => scrollY") == place
    expect(table.get_by_role("table")).to_be_visible()
    expect(page.get_by_text("what clients asked the proxies for")).to_be_visible()
    # Nothing that can have the focus lies in what is replaced, and all that is to be replaced is there.
    parts = page.locator("#renewal").get_attribute("hx-select-oob").split(",")
    for part in parts:
        assert page.locator(part).count() == 1, part
        assert page.locator(part).locator("a, button, input, summary, [tabindex]").count() == 0, part
    left_out = page.evaluate(
        """(parts) => [...document.querySelectorAll("#figures :is(time, td, dd, rect)")]
            .filter((each) => !each.closest(parts) && !each.closest(".words")).map((each) => each.outerHTML)""",
        ", ".join(parts),
    )
    assert left_out == []


def test_live_figures_that_cannot_renew_themselves_say_so(changing: tuple[Page, Site]) -> None:
    page, site = changing
    page.clock.install()
    page.goto("/dashboard")
    state = page.get_by_role("status")
    page.route("**/dashboard?window=live", lambda route: route.fulfill(status=502, body="no function"))
    page.clock.run_for(5_100)
    expect(state).to_have_text("No answer since 2026-11-21 22:41:30; trying again.", use_inner_text=True)
    assert violations(page) == []
    page.unroute("**/dashboard?window=live")
    page.route("**/dashboard?window=live", lambda route: route.abort())
    site.now += timedelta(seconds=7)
    page.clock.run_for(5_100)
    expect(state).to_have_text("No answer since 2026-11-21 22:41:30; trying again.", use_inner_text=True)
    page.unroute("**/dashboard?window=live")
    page.clock.run_for(5_100)
    expect(state).to_have_text("These figures renew themselves every 5 seconds.", use_inner_text=True)
    expect(page.locator("#until")).to_have_text("2026-11-21 22:41:37")
    # The clock of this page is ours, and that of its requests is not: who does not answer at all is told by htmx.
    assert page.evaluate("() => htmx.config.timeout") == 15_000
    # In one go: the next answer takes it back.
    said = page.evaluate(
        "() => { htmx.trigger('#renewal', 'htmx:timeout'); return document.querySelector('[role=status]').innerText }"
    )
    assert said.strip() == "No answer since 2026-11-21 22:41:37; trying again."


def test_live_figures_renew_themselves_until_they_are_paused(changing: tuple[Page, Site]) -> None:
    page, site = changing
    page.clock.install()
    page.goto("/dashboard")
    until = page.locator("#until")
    expect(until).to_have_text("2026-11-21 22:41:30")
    site.now += timedelta(seconds=7)
    page.clock.run_for(5_100)
    expect(until).to_have_text("2026-11-21 22:41:37")
    assert violations(page) == []

    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Paused")
    site.now += timedelta(seconds=1)
    with page.expect_response("**/dashboard?window=live") as answer:
        page.clock.run_for(30_000)  # in which nothing is asked for, until:
        page.get_by_role("button", name="Go on").press("Enter")
    assert answer.value.status == 200
    expect(until).to_have_text("2026-11-21 22:41:38")


def test_settings_are_changed_and_nothing_is_lost_if_somebody_else_was_faster(changing: tuple[Page, Site]) -> None:
    page, site = changing
    page.goto("/dashboard/settings")
    before = site.history.newest()
    page.get_by_label("Mode of requests that choose none").select_option("roundtrip")
    page.get_by_label("Blocked hosts").fill("no host\nads.example.com")
    page.get_by_label("xxx-negative", exact=True).fill("lots")
    page.get_by_label("Why").fill("<b>because</b>")
    page.get_by_role("button", name="Save").click()
    assert violations(page) == []
    assert page.get_by_label("xxx-negative", exact=True).get_attribute("aria-invalid") == "true"
    page.get_by_role("link", name=re.compile("no host")).click()
    expect(page.get_by_label("Blocked hosts")).to_be_focused()
    page.get_by_label("Blocked hosts").fill("ads.example.com")
    page.get_by_label("xxx-negative", exact=True).fill("0.5")

    site.history.change(before.version, FleetSettings(default_mode="dict"), who="bob", note="", now=site.now)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else was faster")
    expect(page.get_by_role("alert")).to_contain_text(f"Version {before.version + 1}, bob")
    assert violations(page) == []
    page.get_by_role("button", name=f"Save over version {before.version + 1}").click()
    expect(page.get_by_role("status")).to_contain_text(f"Version {before.version + 2} is saved")
    assert violations(page) == []

    newest = site.history.newest()
    assert newest.settings == FleetSettings(
        before.version + 2, "roundtrip", ("ads.example.com",), {"xxx-negative": 0.5}
    )
    assert (newest.who, newest.note) == ("operator", "<b>because</b>")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("<b>because</b>")).to_be_visible()


def test_it_works_without_scripts(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.address, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    # A browser that is told so by its protocol, and not by its user, does not show this.
    assert "<noscript><p>Without scripts they do not" in page.content()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("link", name="Last day").click()
    expect(page.get_by_role("img", name=re.compile("Responses in each hour"))).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing was changed, so there is no new version")
    context.close()

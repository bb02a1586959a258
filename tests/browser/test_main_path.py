"""The main path, walked in a real browser against a real web process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parents[2]
HERE = "/admin/environments/acme/production"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of a web process of our own."""
    state = tmp_path_factory.mktemp("browser-state")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.serve"],
        cwd=ROOT,
        env={**os.environ, "VAMP_STATE_DIR": str(state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = process.stdout.readline().strip()
    assert port.isdecimal(), "the web process did not start; its error stands above"
    yield f"http://127.0.0.1:{port}"
    process.stdin.close()
    process.stdout.close()
    process.wait(20)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(address, browser):
    """A logged-in page that tolerates neither script errors nor requests elsewhere."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    faults: list[str] = []
    opened = watched(context.new_page(), address, faults)
    log_in(opened)
    yield opened
    context.close()
    assert not faults


def watched(page: Page, address: str, faults: list[str]) -> Page:
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((address, "data:")) else faults.append(request.url)
        ),
    )
    page.set_default_timeout(15_000)
    return page


def log_in(page: Page) -> None:
    page.goto("/admin/")
    page.fill("input[name=username]", "acme/ana")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


def test_environment__switched__is_shown_from_afar(page):
    page.get_by_text("unfold_more").first.click()
    page.get_by_role("link", name="acme/staging · Test").click()

    expect(page.get_by_text("Nothing runs here yet")).to_be_visible()
    expect(page.get_by_text("acme/staging · Test").last).to_be_visible()


def test_weights__slider_moved__previewed_and_changed(page):
    page.goto(f"{HERE}/gateways/shop/")
    page.get_by_role("slider", name="Weight of shop-1.2.0").fill("2000")
    weights = page.locator("input[data-weight]").evaluate_all("all => all.map(one => +one.value)")
    assert weights == [0, 80, 20]

    page.get_by_role("button", name="Preview").click()
    # By how much hangs on whether the release was aborted before: tests come in any order.
    expect(page.get_by_text(re.compile(r"\d+% of the traffic moves"))).to_be_visible()
    page.get_by_role("button", name="Change weights").click()

    expect(page.get_by_text("The weights are changed")).to_be_visible()
    routes = page.get_by_role("region", name="Routes")
    expect(routes.get_by_role("cell", name="20%", exact=True)).to_be_visible()


def test_release__aborted__page_of_somebody_else_follows_by_itself(page, browser, address):
    watching = watched(page.context.new_page(), address, [])
    watching.goto(f"{HERE}/gateways/shop/releases/2/")
    expect(watching.get_by_text("not enough evidence")).to_be_visible()

    page.goto(f"{HERE}/gateways/shop/releases/2/")
    page.get_by_role("link", name="Abort").click()
    page.fill("#reason", "wrong prices")
    page.get_by_role("button", name="Abort").click()

    expect(page.get_by_text("The release is being aborted")).to_be_visible()
    expect(watching.get_by_text("acme/ana aborted the release: wrong prices").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages__narrow__nothing_is_cut_off(theme, address, browser):
    context = browser.new_context(
        base_url=address, viewport={"width": 400, "height": 850}, color_scheme=theme
    )
    opened = watched(context.new_page(), address, [])
    log_in(opened)

    for path in ("/admin/", f"{HERE}/gateways/shop/", f"{HERE}/gateways/shop/releases/2/"):
        opened.goto(path)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 400, path
    assert opened.evaluate("document.documentElement.classList.contains('dark')") == (
        theme == "dark"
    )
    context.close()


def test_gateway__without_scripts__weights_are_changed_all_the_same(address, browser):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    opened = context.new_page()
    log_in(opened)

    opened.goto(f"{HERE}/gateways/internal/")
    expect(opened.get_by_label("shop-1.1.0")).to_have_value("100")
    opened.get_by_role("button", name="Preview").click()

    expect(opened.get_by_text("these are the present weights")).to_be_visible()
    context.close()


def test_audit__trail_searched__entry_is_read_and_exported(page):
    page.get_by_role("link", name=re.compile(r"\bAudit$")).click()
    page.get_by_label("Search").fill("weights.changed shop")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="changed the weights of shop").last.click()
    expect(page.get_by_role("region", name="Before and after")).to_be_visible()
    expect(page.get_by_role("region", name="Chain")).to_be_visible()

    page.goto("/admin/organisations/acme/audit/?kind=session")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "audit-acme.csv"
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("database,position,id,at,")
    assert any(",session.opened,session,acme/ana," in line for line in lines)

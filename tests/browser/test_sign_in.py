"""Signing in, in a real browser: second factors with a virtual security key, sessions, passwords."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import Page, expect

from tests.browser.test_main_path import address, browser, watched  # noqa: F401 fixtures
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def here(address):  # noqa: F811
    """The same by a host name: browsers use security keys for names alone."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(here, browser):  # noqa: F811
    """A page that tolerates neither script errors nor requests elsewhere."""
    context = browser.new_context(base_url=here, viewport={"width": 1440, "height": 900})
    faults: list[str] = []
    yield watched(context.new_page(), here, faults)
    context.close()
    assert not faults


def fill_in(page: Page, login: str) -> None:
    page.goto("/admin/login/")
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():  # a page that is opened before would go without the session
        page.get_by_role("button", name="Log in").click()


def sign_out(page: Page) -> None:
    page.goto("/admin/account/")
    page.evaluate("document.getElementById('logout-form').submit()")
    expect(page.get_by_text("You are signed out")).to_be_visible()


def with_virtual_key(page: Page) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_security_key__set_up_and_used__opens_and_is_removed(page):
    with_virtual_key(page)
    fill_in(page, "acme/bo")
    page.goto("/admin/account/")
    page.get_by_role("link", name="Add a security key").click()
    page.get_by_label("How you will recognise it").fill("blue key")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("10 of 10 recovery codes are left")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Security key blue key")).to_be_visible()
    sign_out(page)

    fill_in(page, "acme/bo")
    expect(page.get_by_label("Code of your authenticator app")).to_be_visible()
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()

    page.goto("/admin/account/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have none yet")).to_be_visible()


def test_security_key__without_one__says_so_and_lets_try_again(page):
    fill_in(page, "acme/dee")
    page.goto("/admin/account/second-factor/key/add/")
    page.evaluate(
        "() => { navigator.credentials.create ="
        " () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="Add it").click()

    expect(page.get_by_role("alert")).to_contain_text(
        "did not answer, or the request was cancelled"
    )


def test_authenticator_app__scanned__is_asked_for_at_the_next_sign_in(page):
    fill_in(page, "acme/cy")
    page.goto("/admin/account/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect(page.get_by_alt_text("QR code with the secret below")).to_be_visible()
    secret = page.locator("code.v-code").inner_text()
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    page.get_by_label("The code that the app then shows").fill(code)
    page.get_by_role("button", name="Set it up").click()
    codes = page.locator("#recovery-codes").inner_text().split()
    sign_out(page)

    fill_in(page, "acme/cy")
    page.get_by_label("Code of your authenticator app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Incorrect code")
    page.get_by_label("Code of your authenticator app").fill(codes[0])
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages__narrow__nothing_is_cut_off(theme, here, browser):  # noqa: F811
    context = browser.new_context(
        base_url=here, viewport={"width": 400, "height": 850}, color_scheme=theme
    )
    opened = watched(context.new_page(), here, [])
    for path in ("/admin/login/", "/admin/single-sign-on/"):
        opened.goto(path)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 400, path
    fill_in(opened, "acme/ana")

    for path in (
        "/admin/account/", "/admin/password_change/", "/admin/account/second-factor/app/",
        "/admin/account/second-factor/key/add/",
    ):  # fmt: skip
        opened.goto(path)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 400, path
    context.close()


def test_sign_in__without_scripts__works_all_the_same(here, browser):  # noqa: F811
    context = browser.new_context(base_url=here, java_script_enabled=False)
    opened = context.new_page()
    opened.goto("/admin/login/")
    opened.fill("input[name=username]", "acme/ana")
    opened.fill("input[name=password]", PASSWORD)
    opened.click("button[type=submit]")

    opened.goto("/admin/account/")
    expect(opened.get_by_text("Where you are signed in")).to_be_visible()
    context.close()

"""Lifter's pages, walked in a real browser against a whole installation on embedded stores."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_path import ROOT, browser, watched  # noqa: F401 fixtures
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

UP_S = 60
"""For how long the installation may take to be up."""
BY_A_WORKER_MS = 30_000
"""For how long a worker may take, on a busy machine."""

MAKE_ROOT = f"""
import django; django.setup()
from tenants.services.people import create_user
from tenants.services.tokens import create_token
root = create_user("root", {PASSWORD!r}, actor="tests")
print(create_token("tests", actor="tests", user=root)[1])
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A whole installation of the test's own.

    Attributes:
        address: of its screens and its API.
        token: of ``root``, a platform administrator.
        folder: where its stores lie.
    """

    address: str
    token: str
    folder: Path


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("lifter-state")
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VAMP_")},
        "VAMP_STATE_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (
        *("manage.py", "up", "--lift", "acme/production", "--agents", "0"),
        *("--port", str(port)),
    )
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    said: Any = process.stdout
    try:
        is_up = any("Vamp is up" in line for line in said)
        assert is_up, "the installation did not start; its error stands above"
        make = [sys.executable, "-c", MAKE_ROOT]
        told = subprocess.run(
            make, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True
        )
        yield Installation(f"http://127.0.0.1:{port}", told.stdout.split()[-1], folder)
    finally:
        process.terminate()
        process.wait(UP_S)
        said.close()


@pytest.fixture(scope="module")
def signed_in(installation, browser) -> Any:  # noqa: F811
    """The cookies of a platform administrator, who signs in once."""
    context = browser.new_context(base_url=installation.address)
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("input[name=username]", "root")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture
def opened(installation, browser, signed_in) -> Iterator[Callable[..., Page]]:  # noqa: F811
    """Opens a page of a platform administrator that tolerates no error in its console."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_page(width: int, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=installation.address, viewport={"width": width, "height": 900},
            color_scheme=theme, storage_state=signed_in,
        )  # fmt: skip
        contexts.append(context)
        page: Any = watched(context.new_page(), installation.address, faults)
        page.on("console", lambda said: _note(faults, said))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def _note(faults: list[str], said: Any) -> None:
    if said.type == "error":
        faults.append(f"{said.text} {said.location.get('url')}")


@pytest.fixture
def page(opened) -> Page:
    return opened(1440)


def made(page: Page, installation: Installation, name: str, **more: Any) -> str:
    """Make ``acme/<name>`` by the API, for a test of its own; return its pages' address."""
    body = {"name": name, "stage": "test", **more}
    headers = {"Authorization": f"token {installation.token}"}
    there = "/api/v1/organisations/acme/environments"
    answer = page.request.post(there, data=body, headers=headers)
    assert answer.ok, answer.text()
    return f"/admin/environments/acme/{name}/"


def test_tenant__made_on_the_screens__is_there_to_be_set_up(page):
    page.goto("/admin/tenants/organisation/add/")
    page.fill("input[name=name]", "globex")
    page.fill("input[name=title]", "Globex Corporation")
    page.locator("[name=_save]").click()
    expect(page.get_by_role("cell", name="Globex Corporation")).to_be_visible()

    page.goto("/admin/tenants/environment/add/")
    page.fill("input[name=name]", "Bad Name")
    page.locator("[name=_save]").click()
    expect(page.get_by_text("lower-case letters, digits and hyphens")).to_be_visible()
    page.select_option("select[name=organisation]", label="globex")
    page.fill("input[name=name]", "staging")
    page.locator("[name=_save]").click()
    page.goto("/admin/lifter/")

    expect(page.get_by_role("link", name="globex/staging")).to_be_visible()


def test_setup__run__goes_on_by_itself_to_its_end(page, installation):
    here = made(page, installation, "fresh", scheduler_url=f"local:{installation.folder}/fresh")
    page.goto(f"{here}setup/")
    expect(page.get_by_text(re.compile(r"\d of \d steps are done")).first).to_be_visible()

    page.get_by_role("button", name="Run the set-up").click()

    expect(page.get_by_text("The set-up has begun")).to_be_visible()
    scheduler = page.get_by_role("listitem").filter(has_text="Scheduler lets Vamp see and scale")
    expect(scheduler.get_by_text("done")).to_be_visible(timeout=BY_A_WORKER_MS)
    expect(page.get_by_text("asked for by root")).to_be_visible(timeout=BY_A_WORKER_MS)


def refreshed(page):
    """Have the page fetch its live part at once, with no field in focus, and wait until it has."""
    page.evaluate("document.activeElement.blur()")
    page.evaluate(
        "() => new Promise(done => {"
        " document.addEventListener('vamp:refreshed', done, {once: true});"
        " document.dispatchEvent(new Event('visibilitychange')); })"
    )


def test_connection__tested__shows_a_good_and_a_bad_answer(page):
    page.goto("/admin/environments/acme/production/connections/")
    page.get_by_role("button", name="Test the Key-value store").click()
    store = page.locator("section#kv")
    expect(store.get_by_text("reads back what was written")).to_be_visible()
    expect(store.get_by_text("well", exact=True)).to_be_visible()

    store.get_by_text("Try another address").click()
    store.get_by_label("URL, without a secret").fill("vault://127.0.0.1:9/secret")
    store.get_by_label("Secret; leave it empty").fill("no such token")
    refreshed(page)
    assert store.get_by_label("URL, without a secret").input_value() == "vault://127.0.0.1:9/secret"
    store.get_by_role("button", name="Try it").click()

    # A test takes five seconds at most; a busy machine adds to them.
    expect(store.get_by_text("not well", exact=True)).to_be_visible(timeout=BY_A_WORKER_MS)
    refreshed(page)
    expect(store.get_by_text("tried just now, not saved")).to_be_visible()
    expect(store.get_by_text("To do:").first).to_be_visible()


def test_environment__cloned_archived_and_deleted__is_gone(page, installation):
    here = made(page, installation, "original")
    page.goto(f"{here}clone/")
    page.get_by_label("Name", exact=True).fill("twin")
    page.get_by_role("button", name="Clone").click()
    expect(page.get_by_text("acme/twin is made")).to_be_visible()

    page.goto("/admin/environments/acme/twin/life/")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("acme/twin is archived")).to_be_visible()
    expect(page.get_by_role("heading", name="It is archived")).to_be_visible()

    page.get_by_label("to delete it").fill("another")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete it")).to_be_visible()
    page.get_by_label("to delete it").fill("twin")
    page.get_by_role("button", name="Delete").click()
    # Its own page shows the steps and asks again by itself, until the record stands there.
    page.wait_for_url(re.compile(r"/tenants/deletion/\d+/change/"), timeout=BY_A_WORKER_MS)
    expect(page.get_by_text("acme/twin").first).to_be_visible()
    assert page.request.get("/admin/environments/acme/twin/").status == 404


def test_storage__moved_onto_a_database_of_ones_own__shows_how_far_it_is(page, installation):
    here = made(page, installation, "mover")
    page.goto("/admin/organisations/acme/databases/")
    page.get_by_label("Name, for ever the same").fill("acme-own")
    page.get_by_label("URL, without a password").last.fill(
        f"sqlite://{installation.folder}/own.sqlite3"
    )
    page.get_by_role("button", name="Name it").click()
    own = page.get_by_role("region", name="acme-own")
    expect(own.get_by_text("ready", exact=True)).to_be_visible(timeout=BY_A_WORKER_MS)
    own.get_by_role("button", name="Test").click()
    expect(own.get_by_text("may read and write")).to_be_visible()

    page.goto(f"{here}storage/")
    page.get_by_label("Where to").fill("acme-own")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_text("Rows are copied while they are in use")).to_be_visible()
    page.get_by_role("button", name="Begin the move").click()

    expect(page.get_by_text("The move has begun")).to_be_visible()
    past = page.locator("section", has=page.get_by_role("heading", name="Moves of the past"))
    expect(past.get_by_text("done", exact=True)).to_be_visible(timeout=BY_A_WORKER_MS)
    expect(page.get_by_role("row", name="SQL database").get_by_text("acme-own")).to_be_visible()


HERE, OURS = "/admin/environments/acme/production/", "/admin/organisations/acme/"
LISTS = (
    "organisation", "environment", "deletion", "user", "group", "role", "rolebinding", "apitoken",
    "usersession", "signinfailures", "signinpolicy", "identityprovider",
)  # fmt: skip
NO_ADD = {"deletion", "usersession", "signinfailures"}
PAGES = (
    "/admin/lifter/", "/admin/lifter/connections/", "/admin/access/",
    HERE, f"{HERE}connections/", f"{HERE}setup/", f"{HERE}agents/", f"{HERE}storage/",
    f"{HERE}clone/", f"{HERE}life/",
    f"{OURS}connections/", f"{OURS}databases/", f"{OURS}life/",
    "/admin/tenants/organisation/1/change/", "/admin/tenants/environment/1/change/",
    "/admin/tenants/user/1/change/", "/admin/users/1/password/",
    "/admin/account/", "/admin/password_change/", "/admin/account/second-factor/app/",
    *(f"/admin/tenants/{model}/" for model in LISTS),
    *(f"/admin/tenants/{model}/add/" for model in LISTS if model not in NO_ADD),
)  # fmt: skip


MEASURED = (
    "[document.documentElement.hasAttribute('x-cloak'), document.documentElement.scrollWidth]"
)
"""Whether the frame still hides the page, and how wide it is."""


def test_pages__narrow__nothing_is_cut_off(opened):
    page = opened(400)

    for path in PAGES:
        answer = page.goto(path, wait_until="domcontentloaded")
        assert answer.status == 200, path
        is_hidden, width = page.evaluate(MEASURED)
        assert not is_hidden, path
        assert width <= 400, path


def test_pages__narrow_and_dark__nothing_is_cut_off(opened):
    page = opened(400, "dark")

    for path in PAGES[:4]:
        page.goto(path, wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.classList.contains('dark')"), path
        assert page.evaluate(MEASURED)[1] <= 400, path

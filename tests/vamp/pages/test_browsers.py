from __future__ import annotations

import pytest

from vamp.pages.browsers import browser_name


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/156 Safari/537 Edg/156", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) AppleWebKit/605 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari/604", "Safari on iPhone"),
        ("curl/8.1", "curl"),
        ("something of our own", "something of our own"),
        ("x" * 200, "x" * 63),
        ("", "unknown browser"),
    ],
)  # fmt: skip
def test_browser_name__of_a_header__is_in_words(agent, words):
    assert browser_name(agent) == words

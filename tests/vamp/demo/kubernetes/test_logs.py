"""The node's answers for logs."""

from __future__ import annotations

import ssl
import threading
import urllib.error
import urllib.request

import pytest

from vamp.demo.kubernetes.logs import last_lines, log_server


@pytest.fixture
def ask(tmp_path):
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    logs = {("team", "shop-1"): log, ("team", "silent"): tmp_path / "none"}
    server = log_server(lambda *place: logs.get(place), tmp_path)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def asked(path):
        url = f"https://127.0.0.1:{server.server_address[1]}{path}"
        with urllib.request.urlopen(url, context=context) as answer:
            return answer.read()

    yield asked
    server.shutdown()
    server.server_close()


def test_logs__of_a_pod__are_its_last_lines(ask, tmp_path):
    assert ask("/containerLogs/team/shop-1/c?tailLines=2") == b"two\nthree\n"
    assert ask("/containerLogs/team/shop-1/c") == b"one\ntwo\nthree\n"
    assert ask("/containerLogs/team/silent/c") == b""
    assert not (tmp_path / "node.pem").exists()


@pytest.mark.parametrize("path", ["/", "/containerLogs/team/other/c", "/pods/team/shop-1/c"])
def test_logs__of_nothing_here__are_not_found(ask, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(path)

    assert caught.value.code == 404
    caught.value.close()


@pytest.mark.parametrize(
    ("lines", "expected"), [(0, b""), (1, b"b"), (9, b"a\nb"), (None, b"a\nb")]
)
def test_last_lines__of_a_file__are_at_most_so_many(tmp_path, lines, expected):
    (tmp_path / "log").write_bytes(b"a\nb")

    assert last_lines(tmp_path / "log", lines) == expected

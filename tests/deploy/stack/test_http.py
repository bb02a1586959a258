import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.stack.errors import NotReady, StackError
from deploy.stack.http import Answer, Api


class Handler(BaseHTTPRequestHandler):
    """Answers ``/<status>`` with that status, and says what it was asked."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = {"token": self.headers.get("X-Token"), "sent": json.loads(sent or "null")}
        status = int(self.path.removeprefix("/"))
        text = b"" if status == 204 else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: object) -> None:
        """Nothing to say."""


@pytest.fixture
def api():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Api(f"http://127.0.0.1:{server.server_port}", {"X-Token": "t"})
        server.shutdown()
        thread.join()


def test_ask__any_status__is_returned_with_its_body(api):
    answer = api.ask("POST", "/404", {"a": 1})

    assert answer == Answer(404, {"token": "t", "sent": {"a": 1}})


def test_do__good_answer__is_its_body(api):
    assert api.do("POST", "/201", [1]) == {"token": "t", "sent": [1]}
    assert api.do("POST", "/204") is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_do__server_that_cannot_yet__may_be_asked_again(api, status):
    with pytest.raises(NotReady, match=str(status)):
        api.do("POST", f"/{status}")


@pytest.mark.parametrize("status", [400, 403])
def test_do__server_that_refuses__is_an_error(api, status):
    with pytest.raises(StackError, match=str(status)):
        api.do("POST", f"/{status}")


def test_ask__nobody_there__may_be_asked_again():
    with pytest.raises(NotReady, match="does not answer"):
        Api("http://127.0.0.1:9").ask("GET", "/")

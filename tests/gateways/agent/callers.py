"""Keep-alive clients that never retry, for load tests."""

from __future__ import annotations

import http.client
import threading
from collections import Counter


class Callers:
    """Some threads, each with one connection that it keeps as long as the answers allow."""

    def __init__(self, count: int, port: int, host: str) -> None:
        self._port = port
        self._host = host
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.answers: Counter[int] = Counter()
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(count)]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)

    def _call(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while not self._stopping.wait(0.02):
            try:
                connection.request("GET", "/", headers={"Host": self._host})
                answer = connection.getresponse()
                answer.read()
                with self._lock:
                    self.answers[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.failures.append(repr(error))
                connection.close()
        connection.close()

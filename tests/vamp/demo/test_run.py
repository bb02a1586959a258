from __future__ import annotations

import io

from rich.console import Console

from vamp.demo.run import run
from vamp.demo.workloads import LocalWorkloads


def test_run__nobody_answers__fails_at_once(tmp_path):
    out = io.StringIO()

    status = run(
        api_url="http://127.0.0.1:1",
        token="secret",
        organisation="acme",
        environment="production",
        agents=[("127.0.0.1", 1)],
        workloads=LocalWorkloads(tmp_path),
        console=Console(file=out, width=80),
    )

    assert status == 1
    assert out.getvalue().splitlines()[-1].startswith("FAIL: GET http://127.0.0.1:1/api/v1/")

"""The example that fans out runs as its readers run it, against a sandbox that fails now and then."""

import json
import urllib.error
from pathlib import Path

import pytest
from running_examples import credentials, fetch, running

from fivetran_async.sandbox import Sandbox

COMMAND = ["uvicorn", "main:app", "--port", "PORT"]
SOURCE = {"schemas": {"public": {"tables": {"orders": {"columns": {"id": {}}}, "refunds": {"columns": {"id": {}}}}}}}


def plant(box: Sandbox) -> str:
    """Make a group of forty connections with two tables each, and one whose source was not read; return the group."""
    group = next(iter(box.account.groups))
    with box.sync_client() as ft:
        for number in range(41):
            box.account.add_connection(group, id=f"shop_{number}", paused=True, sandbox={"source": SOURCE})
            if number:
                ft.schemas.reload(f"shop_{number}")
    return group


def test_fan_out(tmp_path: Path) -> None:
    """A fault would cost the whole answer, a connection be left out, or an error be told as something else."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        group = plant(box)
        box.faults.script("GET", "/v1/connections/shop_1/schemas", status=503)
        box.faults.script("GET", "/v1/connections/shop_2/schemas", drop="after")
        box.faults.script("GET", "/v1/connections/shop_3/schemas", status=403, times=None)
        with running("fastapi_fan_out", COMMAND, tmp_path / "output", **credentials(box)) as port:
            before = box.calls
            found = fetch(port, f"/groups/{group}/tables")
            assert list(found) == [f"shop_{number}" for number in range(41)]
            assert found.pop("shop_0") == {"error": "its source was not read yet"}
            assert found.pop("shop_3") == {"error": "ForbiddenError"}
            assert {tuple(answer.items()) for answer in found.values()} == {(("tables", 2),)}
            # A page, each connection once, and twice what failed.
            assert box.calls - before == 1 + 41 + 2
            assert len(fetch(port, "/tables")) == 41

            with pytest.raises(urllib.error.HTTPError) as missing:
                fetch(port, "/groups/none/tables")
            assert (missing.value.code, json.load(missing.value)) == (404, {"error": "there is no such group"})
            box.faults.script("GET", "/v1/connections", status=429, headers={"Retry-After": "600"}, times=None)
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetch(port, "/tables")
            assert refused.value.code == 503
            assert 1 <= int(refused.value.headers["Retry-After"]) <= 600
            refused.value.close()
            missing.value.close()

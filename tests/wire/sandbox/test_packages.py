"""Packages: what different clients upload arrives byte for byte, and is kept, replaced and given back."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import timedelta

import aiohttp
import pytest

from fivetran_async.sandbox import Sandbox, storage

PATH = "/v1/connector-sdk/packages"
SDK = {"service": "connector_sdk", "run_setup_tests": False}


def archive(text="# connector\n", padding=b""):
    """Return a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("connector.py"), text)
        file.writestr(zipfile.ZipInfo("padding.bin"), padding)
    return content.getvalue()


# Bytes that a parser of lines or of texts would change.
HOSTILE = archive(padding=b"\r\n--\r\n\n\r--boundary--\r\n\x00\xff\x80\r\n\r\n" * 50)
BETTER = archive("# better\n")


def form(content, name="file", boundary="boundary0123456789"):
    """Return a multipart body as the vendor's own tool sends it: one part, without a type of its own."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="keap.zip"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return {"raw": body, "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


@pytest.fixture
def package(call):
    """Return a package that was just uploaded."""
    made = call.post(PATH, **form(HOSTILE))
    assert made.status == 201
    return made.data


def test_life(call, package, box):
    """A package could not be uploaded, read, replaced, downloaded and deleted."""
    owner = box.account.info["user_id"]
    assert package == {
        "id": package["id"],
        "connection_id": None,
        "created_by": owner,
        "last_updated_by": owner,
        "created_at": package["created_at"],
        "updated_at": package["created_at"],
        "file_sha256_hash": hashlib.sha256(HOSTILE).hexdigest(),
    }
    path = f"{PATH}/{package['id']}"
    assert call.get(path).data == package
    assert package in call.walk(PATH, 1)
    download = call.get(f"{path}/download")
    assert (download.status, download.raw) == (200, HOSTILE)
    assert download.headers["Content-Type"] == "application/zip"
    box.clock.advance(60)
    changed = call.patch(path, **form(BETTER))
    assert changed.status == 200
    assert changed.data["file_sha256_hash"] == hashlib.sha256(BETTER).hexdigest()
    assert changed.data["created_at"] == package["created_at"] < changed.data["updated_at"]
    assert call.get(f"{path}/download").raw == BETTER
    gone = call.delete(path)
    assert (gone.status, "data" in gone.json) == (200, False)
    for again in (call.get(path), call.get(f"{path}/download"), call.delete(path), call.patch(path, **form(HOSTILE))):
        assert (again.status, again.code) == (404, "NotFound_ConnectorSdkPackage")


def test_the_connection_that_runs_it(call, package, box):
    """A package would not name its connection, or could be taken from under it."""
    config = {"schema": "keap", "package_id": package["id"]}
    body = SDK | {"group_id": next(iter(box.account.groups)), "config": config}
    connection = call.post("/v1/connections", body).data["id"]
    path = f"{PATH}/{package['id']}"
    assert call.get(path).data["connection_id"] == connection
    listed = next(item for item in call.walk(PATH, 100) if item["id"] == package["id"])
    assert listed["connection_id"] == connection
    refused = call.delete(path)
    assert (refused.status, refused.code) == (403, "Forbidden")
    assert call.delete(f"/v1/connections/{connection}").status == 200
    assert call.get(path).data["connection_id"] is None
    assert call.delete(path).status == 200


def test_several_connections_of_a_package(call, package, box):
    """A package that several connections run would name another one each time, or one that is gone."""
    group = next(iter(box.account.groups))
    first, second = (
        box.account.add_connection(group, "connector_sdk", config={"package_id": package["id"]})["id"] for _ in "ab"
    )
    path = f"{PATH}/{package['id']}"
    assert call.get(path).data["connection_id"] == first
    assert call.delete(f"/v1/connections/{first}").status == 200
    assert call.get(path).data["connection_id"] == second
    assert call.delete(path).status == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (form(b"not a zip"), 400),
        (form(b""), 400),
        (form(HOSTILE) | {"raw": form(HOSTILE)["raw"].rpartition(b"\r\n--")[0]}, 400),
        (form(HOSTILE, name="package"), 400),
        ({"raw": b"", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"raw": HOSTILE, "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"raw": HOSTILE, "headers": {"Content-Type": "application/zip"}}, 415),
        ({"raw": b"{}", "headers": {"Content-Type": "application/json"}}, 415),
        ({}, 415),
    ],
)
def test_what_is_no_package(call, package, sent, status):
    """What is not a zip in a part named file would be kept as a package, or replace one."""
    assert call.post(PATH, **sent).status == status
    assert call.patch(f"{PATH}/{package['id']}", **sent).status == status
    assert call.get(f"{PATH}/{package['id']}").data == package


async def test_aiohttp_and_large_files(box):
    """A zip of some megabytes, sent in chunks by aiohttp, would arrive changed or not at all."""
    content = archive(padding=bytes(range(256)) * 20_000)
    token = base64.b64encode(f"{box.api_key}:{box.api_secret}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {token}"}) as session:
        data = aiohttp.FormData()
        data.add_field("comment", "not the file")
        data.add_field("file", io.BytesIO(content), filename="code.zip", content_type="application/zip")
        async with session.post(box.url + PATH, data=data) as answer:
            assert answer.status == 201
            name = (await answer.json())["data"]["id"]
        async with session.get(f"{box.url}{PATH}/{name}/download") as answer:
            assert await answer.read() == content


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl(box, call, tmp_path):
    """An upload by curl, which asks first whether it may send that much, would be refused or changed."""
    content = archive(padding=bytes(2_000_000))
    (tmp_path / "code.zip").write_bytes(content)
    command = ["curl", "-sS", "--noproxy", "*", "-u", "key:secret", "-F", f"file=@{tmp_path}/code.zip", box.url + PATH]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    name = json.loads(done.stdout)["data"]["id"]
    assert call.get(f"{PATH}/{name}/download").raw == content


def test_packages_are_saved(call, package, box, tmp_path, caller):
    """An account that was saved would have lost its packages, or their content."""
    file = tmp_path / "account.json"
    storage.save(box.account, file)
    with Sandbox(load=file, start=box.clock.now() + timedelta(seconds=1)) as again:
        other = caller(again)
        assert other.get(f"{PATH}/{package['id']}").data == package
        assert other.get(f"{PATH}/{package['id']}/download").raw == HOSTILE


def test_a_planted_package(call, box):
    """A package that a test plants with an id alone would break the list."""
    box.account.things["connector_packages"]["planted"] = {"id": "planted"}
    assert call.get(f"{PATH}/planted").status == 200
    with zipfile.ZipFile(io.BytesIO(call.get(f"{PATH}/planted/download").raw)) as content:
        assert content.namelist() == []

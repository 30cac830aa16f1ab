"""Packages on the wire: what goes up arrives once and whole, what comes down is right or not there."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import resource
import signal
import stat
import threading
import tracemalloc
import zipfile

import pytest

from fivetran_async.errors import (
    ArgumentError,
    ChecksumError,
    ClosedError,
    ConfirmationError,
    DecodeError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ReadOnlyError,
    TransportError,
)
from fivetran_async.retry import RetryPolicy


def archive(text: str = "connector = 1") -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo("connector.py"), text)
    return content.getvalue()


def described(content: bytes, name: str = "pkg") -> bytes:
    """Return the reply that describes a package."""
    data = {"id": name, "file_sha256_hash": hashlib.sha256(content).hexdigest()}
    return json.dumps({"code": "Success", "data": data}).encode()


def form(received) -> tuple[str, bytes]:
    """Return the head and the content of the one part of a form."""
    boundary = received.headers["content-type"].partition("boundary=")[2].encode()
    part = received.body.split(b"--" + boundary)[1]
    head, _, content = part.partition(b"\r\n\r\n")
    return head.decode(), content.removesuffix(b"\r\n")


@pytest.fixture(params=["path", "bytes", "bytearray", "open file", "pieces", "async pieces"])
def source(request, tmp_path):
    """Make what can be uploaded of an archive, in every way."""

    def make(content: bytes):
        if request.param == "path":
            path = tmp_path / "code.zip"
            path.write_bytes(content)
            return path
        if request.param == "bytes":
            return content
        if request.param == "bytearray":
            return bytearray(content)
        if request.param == "open file":
            return io.BytesIO(content)
        pieces = [content[i : i + 1000] for i in range(0, len(content), 1000)]

        async def later():
            for piece in pieces:
                await asyncio.sleep(0)
                yield piece

        return iter(pieces) if request.param == "pieces" else later()

    return make


async def test_the_life_of_a_package(colour, ft, box, source, tmp_path):
    """A package would not come back as it went up."""
    old, new = archive(), archive("connector = 2" * 2000)
    made = await colour.call(ft.connector_packages.create, file=source(old))
    assert made.file_sha256_hash == hashlib.sha256(old).hexdigest()
    assert made.id in [item.id for item in await colour.items(ft.connector_packages.list())]
    changed = await colour.call(ft.connector_packages.update, made.id, file=source(new))
    assert (changed.id, changed.file_sha256_hash) == (made.id, hashlib.sha256(new).hexdigest())
    target = tmp_path / "down.zip"
    assert await colour.call(ft.connector_packages.download, made.id, target) == target
    assert target.read_bytes() == new
    with pytest.raises(ConfirmationError):
        await colour.call(ft.connector_packages.delete, made.id)
    await colour.call(ft.connector_packages.delete, made.id, confirm=True)
    with pytest.raises(NotFoundError):
        await colour.call(ft.connector_packages.get, made.id)


async def test_a_package_in_use_stays(colour, ft, box):
    """The code under a running connection would vanish."""
    made = await colour.call(ft.connector_packages.create, file=archive())
    group = next(iter(box.account.groups))
    box.account.add_connection(group, "connector_sdk", config={"package_id": made.id})
    with pytest.raises(ForbiddenError):
        await colour.call(ft.connector_packages.delete, made.id, confirm=True)


async def test_it_goes_as_one_part_of_a_form(colour, connect, serve, source):
    """The API would find no file in the request, or not know how long it is."""
    content = archive("x" * 5000)
    server = serve(lambda exchange: exchange.reply(201, described(content)))
    ft = connect(server.url)
    await colour.call(ft.connector_packages.create, file=source(content))
    (received,) = server.requests
    head, sent = form(received)
    assert 'name="file"' in head
    assert 'filename="code.zip"' in head
    assert sent == content
    assert int(received.headers["content-length"]) == len(received.body)


async def test_it_is_whole_again_after_a_429(colour, connect, serve, source):
    """The second attempt would send what the first one left of the file: nothing."""
    content = archive("x" * 5000)

    async def behave(exchange):
        if exchange.number == 1:
            await exchange.reply(429, b"{}", headers={"Retry-After": "1"})
        else:
            await exchange.reply(201, described(content))

    server = serve(behave)
    await colour.call(connect(server.url).connector_packages.create, file=source(content))
    assert [form(received)[1] for received in server.requests] == [content, content]


async def test_it_is_not_sent_twice_when_it_may_have_arrived(colour, connect, serve):
    """A package that nobody knows of would be left behind."""

    async def behave(exchange):
        exchange.close()

    server = serve(behave)
    with pytest.raises(TransportError):
        await colour.call(connect(server.url).connector_packages.create, file=archive())
    assert len(server.requests) == 1


async def test_other_bytes_than_were_sent(colour, connect, serve):
    """A package that was garbled on its way would be deployed."""
    server = serve(lambda exchange: exchange.reply(201, described(b"something else")))
    with pytest.raises(ChecksumError, match="stored, but not as it was sent") as caught:
        await colour.call(connect(server.url).connector_packages.create, file=archive())
    assert caught.value.expected == hashlib.sha256(archive()).hexdigest()


@pytest.mark.parametrize("wrong", ["missing.zip", b"no archive", [b"no archive"], ["text"], [archive(), None], 5, None])
async def test_what_is_no_archive_is_not_sent(colour, ft, box, wrong, tmp_path):
    """The API would be sent something that it cannot take, and a call be lost."""
    file = tmp_path / wrong if isinstance(wrong, str) else wrong
    with pytest.raises(ArgumentError, match="file"):
        await colour.call(ft.connector_packages.create, file=file)
    assert box.calls == 0


async def test_nothing_is_left_behind(colour, ft, box, source, tmp_path, monkeypatch):
    """Temporary files would pile up."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    await colour.call(ft.connector_packages.create, file=source(archive()))
    with pytest.raises(ArgumentError):
        await colour.call(ft.connector_packages.create, file=source(b"no archive"))
    assert not list(folder.iterdir())


async def test_a_download_that_is_not_what_was_asked_for(colour, ft, tmp_path):
    """Other code than was reviewed would be run, or the file that was there be lost."""
    made = await colour.call(ft.connector_packages.create, file=archive())
    target = tmp_path / "down.zip"
    target.write_bytes(b"old")
    with pytest.raises(ChecksumError, match="was not written"):
        await colour.call(ft.connector_packages.download, made.id, target, sha256="0" * 64)
    assert [path.name for path in tmp_path.iterdir()] == ["down.zip"]
    assert target.read_bytes() == b"old"


async def test_a_download_that_breaks_off_begins_anew(colour, connect, serve, tmp_path):
    """The beginning would be there twice, or half a file be taken for all of it."""
    content = archive("x" * 50_000)

    async def behave(exchange):
        if exchange.number > 1:
            await exchange.reply(200, content, headers={"Content-Type": "application/zip"})
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {len(content)}\r\n\r\n"
        await exchange.send(head.encode() + content[:20_000])
        exchange.close()

    server = serve(behave)
    digest = hashlib.sha256(content).hexdigest()
    target = tmp_path / "down.zip"
    await colour.call(connect(server.url).connector_packages.download, "pkg", target, sha256=digest)
    assert target.read_bytes() == content
    assert len(server.requests) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["down.zip"]


async def test_a_full_disk_is_said_and_leaves_nothing(colour, connect, serve, tmp_path):
    """The error would be another one, and half a file stay behind."""
    content = archive("x" * 4_000_000)
    server = serve(lambda exchange: exchange.reply(200, content, headers={"Content-Type": "application/zip"}))
    ft = connect(server.url)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(FivetranError, match="cannot be written"):
            await colour.call(ft.connector_packages.download, "pkg", tmp_path / "down.zip", sha256="0" * 64)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert not list(tmp_path.iterdir())
    assert len(server.requests) == 1


async def test_a_cancelled_download_leaves_nothing(aconnect, serve, tmp_path):
    """A part of a file would stay behind for ever."""
    content = archive("x" * 50_000)

    async def behave(exchange):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {len(content)}\r\n\r\n"
        await exchange.send(head.encode() + content[:20_000])
        await exchange.stall()

    ft = aconnect(serve(behave).url)
    task = asyncio.create_task(ft.connector_packages.download("pkg", tmp_path / "down.zip", sha256="0" * 64))
    while not list(tmp_path.iterdir()):  # noqa: ASYNC110 - it is a file that is waited for
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not list(tmp_path.iterdir())


async def test_closing_ends_a_download(colour, connect, serve, tmp_path):
    """Whoever waits for the rest of a file would wait for ever."""
    content = archive("x" * 50_000)
    arrived = threading.Event()

    async def behave(exchange):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {len(content)}\r\n\r\n"
        await exchange.send(head.encode() + content[:20_000])
        arrived.set()
        await exchange.stall()

    ft = connect(serve(behave).url)

    async def download():
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / "down.zip", sha256="0" * 64)

    # The sync client blocks its thread: each colour waits in a loop of its own.
    task = asyncio.create_task(download() if colour.name == "async" else asyncio.to_thread(asyncio.run, download()))
    await asyncio.to_thread(arrived.wait, 10)
    while not list(tmp_path.iterdir()):  # noqa: ASYNC110 - it is a file that is waited for
        await asyncio.sleep(0.01)
    await colour.call(ft.close)
    with pytest.raises(ClosedError):
        await asyncio.wait_for(task, 10)
    assert not list(tmp_path.iterdir())


async def test_a_file_keeps_its_mode_and_a_link_what_it_leads_to(colour, ft, tmp_path):
    """A file that others read would be closed to them, or a link be replaced by a file."""
    made = await colour.call(ft.connector_packages.create, file=archive())
    target, link, new = tmp_path / "target.zip", tmp_path / "link.zip", tmp_path / ("n" * 250)
    target.write_bytes(b"old")
    target.chmod(0o664)
    link.symlink_to(target)
    assert await colour.call(ft.connector_packages.download, made.id, link) == link
    assert link.is_symlink()
    assert target.read_bytes() == archive()
    assert stat.S_IMODE(target.stat().st_mode) == 0o664
    await colour.call(ft.connector_packages.download, made.id, new)
    plain = tmp_path / "plain"
    plain.touch()
    assert new.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/null")])
async def test_what_is_no_file_is_not_replaced(colour, ft, box, make, tmp_path):
    """A device would become a file."""
    make(tmp_path / "place")
    with pytest.raises(ArgumentError, match="path must be that of a file"):
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / "place")
    assert box.calls == 0


@pytest.mark.parametrize(("path", "named"), [(5, "path must be a path, not int"), ("a\0b", "cannot be written")])
async def test_what_is_no_path(colour, ft, box, path, named):
    """A call would be spent, or the error be Python's."""
    with pytest.raises(ArgumentError, match=named):
        await colour.call(ft.connector_packages.download, "pkg", path)
    assert box.calls == 0


async def test_a_sum_that_is_none(colour, ft, box, tmp_path):
    """The whole file would come down to be thrown away."""
    with pytest.raises(ArgumentError, match="sha256 must be 64 hexadecimal digits, not 'abc'"):
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / "down.zip", sha256="abc")
    assert box.calls == 0


@pytest.mark.parametrize("body", [b"", b'{"code": "Success"}'])
async def test_a_download_of_which_no_sum_is_known(colour, connect, serve, body, tmp_path):
    """Anything at all would be taken for the package."""

    async def behave(exchange):
        described = exchange.request.target.endswith("/download")
        await exchange.reply(200, body if described else b'{"code": "Success", "data": {"id": "pkg"}}')

    ft = connect(serve(behave).url)
    with pytest.raises(DecodeError, match="no zip archive"):
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / "down.zip")
    assert not list(tmp_path.iterdir())


async def test_a_stream_is_not_read_for_a_call_that_cannot_be_made(colour, ft, box):
    """What can be read once would be gone."""
    pieces = iter([archive()])
    with pytest.raises(ReadOnlyError):
        await colour.call(ft.with_options(read_only=True).connector_packages.create, file=pieces)
    with pytest.raises(ArgumentError, match="package_id"):
        await colour.call(ft.connector_packages.update, "", file=pieces)
    assert next(pieces) == archive()
    assert box.calls == 0


async def test_a_refused_download_leaves_nothing(colour, ft, tmp_path):
    """An error of the API would be found in the file."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.connector_packages.download, "nope", tmp_path / "down.zip", sha256="0" * 64)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", [".", "no/such/folder.zip"])
async def test_a_path_that_cannot_be_written(colour, ft, box, place, tmp_path):
    """Two calls would be made for nothing."""
    with pytest.raises(ArgumentError, match="path must be that of a file in a folder that exists"):
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / place)
    assert box.calls == 0


async def test_an_hour_to_wait_is_said_at_once(colour, connect, serve, tmp_path):
    """A download would hang for an hour without a word."""
    server = serve(lambda exchange: exchange.reply(429, b"{}", headers={"Retry-After": "3600"}))
    ft = connect(server.url, retry=RetryPolicy())
    with pytest.raises(RateLimitedError):
        await colour.call(ft.connector_packages.download, "pkg", tmp_path / "down.zip", sha256="0" * 64)
    assert not list(tmp_path.iterdir())


async def test_a_large_file_is_never_whole_in_memory(aconnect, serve, tmp_path):
    """An upload or a download of 40 MB would need 40 MB and more."""
    content = archive("x" * 40_000_000)
    path, target = tmp_path / "code.zip", tmp_path / "down.zip"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    arrived: list[int] = []

    async def behave(exchange):
        if exchange.request.method == "GET":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {len(content)}\r\n\r\n"
            await exchange.send(head.encode())
            for start in range(0, len(content), 1 << 20):
                await exchange.send(content[start : start + (1 << 20)])
            return
        arrived.append(len(exchange.request.body))
        await exchange.reply(201, described(content))

    server = serve(behave)
    ft = aconnect(server.url)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        await ft.connector_packages.download("pkg", target, sha256=digest)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000
    assert target.stat().st_size == len(content)
    await ft.connector_packages.create(file=path)
    assert arrived[0] > len(content)

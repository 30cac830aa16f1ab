"""Replies that are not what the API sends: whatever comes, the caller gets a result or a clear error."""

from __future__ import annotations

import gzip
import json
import pickle
import zlib

import pytest

from fivetran_async.errors import (
    BadRequestError,
    DecodeError,
    FivetranError,
    NotFoundError,
    ServerError,
    TransportError,
    UnexpectedStatusError,
)
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("way")

ONCE = RetryPolicy(attempts=1)
API = "https://api.fivetran.com"
HTML = b"<!DOCTYPE html>\n<html><body><h1>Sign in to the network</h1></body></html>"
INFO = b'{"code":"Success","data":{"account_id":"acc","account_name":"Acme"}}'
PAGE = b'{"code":"Success","data":{"items":[{"id":"g1","name":"One"}]}}'


# Where only the reply matters


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, HTML, "is not JSON.*Sign in to the network"),
        (200, b"", "is empty"),
        (200, b" \r\n", "is empty"),
        (204, b"", "is empty"),
        (200, INFO[:30], "is not JSON"),
        (200, b"null", "is no JSON object"),
        (200, b"[]", "is no JSON object"),
        (200, b"42", "is no JSON object"),
        (200, b"{}", "carries no data"),
        (200, b'{"code":"Success"}', "carries no data"),
        (200, b'{"code":"Success","data":null}', "carries no data"),
        (200, b'{"code":"Success","data":[]}', "holds no AccountInfo"),
        (200, b'{"code":"Success","data":"x"}', "holds no AccountInfo"),
        (200, b"\xff\xfe\x00", "is not JSON"),
        (200, INFO + INFO, "is not JSON"),
    ],
)
async def test_object_that_cannot_be_read(colour, connect, replies, status, body, words):
    """A reply that is no object would end in an error of the decoder, or in an object of nothing."""
    replies("GET", f"{API}/v1/account/info", status=status, body=body)
    with pytest.raises(DecodeError, match=words) as caught:
        await colour.call(connect(API).account.info)
    assert (caught.value.status, caught.value.body) == (status, body)
    assert caught.value.operation == "get_account_info"
    assert [attempt.status for attempt in caught.value.attempts] == [status]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own bytes


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206])
async def test_any_success_will_do(colour, connect, replies, status):
    """A success with another status than the documented one would be an error."""
    replies("GET", f"{API}/v1/account/info", status=status, body=INFO)
    assert (await colour.call(connect(API).account.info)).account_id == "acc"


@pytest.mark.parametrize("code", ["Created", "", "success", None, 7])
async def test_any_code_will_do(colour, connect, replies, code):
    """A success whose `code` is another word would be an error."""
    body = json.dumps({"code": code, "message": None, "data": {"account_id": "acc"}})
    replies("GET", f"{API}/v1/account/info", body=body)
    assert (await colour.call(connect(API).account.info)).account_id == "acc"


@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=utf-16", "application/octet-stream", "nonsense"])
async def test_wrong_content_type(colour, connect, replies, kind):
    """JSON that is called something else would not be read."""
    replies("GET", f"{API}/v1/account/info", body=INFO, headers={"Content-Type": kind})
    assert (await colour.call(connect(API).account.info)).account_id == "acc"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (PAGE, ["One"]),
        (b"{}", []),
        (b'{"code":"Success"}', []),
        (b'{"code":"Success","data":null}', []),
        (b'{"code":"Success","data":{}}', []),
        (b'{"code":"Success","data":{"items":null,"next_cursor":null}}', []),
        (b'{"code":"Success","data":{"items":[{"id":"g","name":"N"}],"next_cursor":""}}', ["N"]),
    ],
)
async def test_pages(colour, connect, replies, body, names):
    """A page without items would be an error, or the list never end."""
    replies("GET", f"{API}/v1/groups?limit=1000", body=body)
    assert [group.name for group in await colour.items(connect(API).groups.list())] == names


@pytest.mark.parametrize(
    "body", [b"", HTML, b"[]", b'{"data":[]}', b'{"data":{"items":{}}}', PAGE[:-5], b'{"data":"x"}']
)
async def test_pages_that_cannot_be_read(colour, connect, replies, body):
    """A page that is none would look like an empty list, and an audit find nothing wrong."""
    replies("GET", f"{API}/v1/groups?limit=1000", body=body)
    with pytest.raises(DecodeError) as caught:
        await colour.items(connect(API).groups.list())
    assert caught.value.operation == "list_all_groups"


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b'{"code":"Success","message":"Deleted"}', b'{"data":{"x":1}}'])
@pytest.mark.parametrize("status", [200, 204])
async def test_nothing_is_due(colour, connect, replies, body, status):
    """A delete that succeeded would be an error, because of what its reply carries or does not."""
    replies("DELETE", f"{API}/v1/connections/c", status=status, body=body)
    assert await colour.call(connect(API).connections.delete, "c", confirm=True) is None


async def test_a_log_in_page_is_no_success(colour, connect, replies):
    """A delete that a network's log-in page swallowed would look done."""
    replies("DELETE", f"{API}/v1/connections/c", body=HTML)
    with pytest.raises(DecodeError, match="Sign in to the network"):
        await colour.call(connect(API).connections.delete, "c", confirm=True)


async def test_a_write_that_was_accepted(colour, connect, replies):
    """A create whose reply cannot be read would be tried again by its caller, and done twice."""
    replies("POST", f"{API}/v1/groups", status=201, body=b"")
    with pytest.raises(DecodeError, match="accepted the call, so do not repeat it unseen"):
        await colour.call(connect(API).groups.create, name="once")


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, BadRequestError),
        (402, UnexpectedStatusError),
        (404, NotFoundError),
        (418, UnexpectedStatusError),
        (502, ServerError),
        (304, UnexpectedStatusError),
    ],
)
@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (HTML, "", "Sign in to the network"),
        (b"", "", "the reply is empty"),
        (b'{"code":"","message":""}', "", "not the API's"),
        (b'{"code":7,"message":["x"]}', "", "not the API's"),
        (b'{"code":"Some_Code","message":"Some words"}', "Some_Code", "Some words"),
        (b'{"code":"Some_Code"', "", "not the API's"),
        (b"\xff\xfe", "", "not the API's"),
    ],
)
async def test_errors(aconnect, replies, status, cls, body, code, words):
    """An error status with a strange body would not be the error of its status, or show nothing of the body."""
    replies("GET", f"{API}/v1/account/info", status=status, body=body, headers={"X-Request-Id": "r-1"})
    with pytest.raises(cls) as caught:
        await aconnect(API, retry=ONCE).account.info()
    error = caught.value
    assert type(error) is cls
    assert (error.status, error.code, error.body, error.request_id) == (status, code, body, "r-1")
    if status != 304:
        assert words in str(error)
    assert "get_account_info" in str(error)
    assert len(str(error)) < 400


async def test_a_long_page_is_cut(colour, connect, replies):
    """An error would fill the log with the whole page of a proxy."""
    replies("GET", f"{API}/v1/account/info", status=502, body=b"<p>" + b"x" * 100_000)
    with pytest.raises(ServerError) as caught:
        await colour.call(connect(API, retry=ONCE).account.info)
    assert len(str(caught.value)) < 400
    assert len(caught.value.body) == 100_003


async def test_data_of_unnamed_calls(colour, connect, replies):
    """`ft.request` would hand out the envelope, or refuse a reply that has none."""
    table = {
        b'{"code":"Success","data":{"a":1}}': {"a": 1},
        b'{"code":"Success"}': None,
        b"": None,
        b"[1,2]": [1, 2],
        b'{"a":1}': {"a": 1},
    }
    client = connect(API)
    for body, value in table.items():
        replies("GET", f"{API}/v1/any", body=body)
        assert await colour.call(client.request, "GET", "/v1/any") == value


# On the wire


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_redirects_are_not_followed(colour, connect, serve, status, method):
    """A POST would become a GET, or the credentials go to another host."""
    target = serve()

    async def behave(exchange):
        place = f"{target.url}/v1/elsewhere" if exchange.number == 1 else "/v1/elsewhere"
        await exchange.reply(status, b"", headers={"Location": place})

    server = serve(behave)
    client = connect(server.url)
    for _ in range(2):
        with pytest.raises(UnexpectedStatusError, match=r"leads to .*/v1/elsewhere.*base URL") as caught:
            await colour.call(client.request, method, "/v1/groups")
        assert caught.value.status == status
    assert target.requests == []
    assert [request.target for request in server.requests] == ["/v1/groups"] * 2


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", lambda body: body)]
)
async def test_compressed(colour, connect, serve, coding, pack):
    """Large pages would travel uncompressed, or not be unpacked."""
    server = serve(lambda exchange: exchange.reply(body=pack(PAGE), headers={"Content-Encoding": coding}))
    groups = await colour.items(connect(server.url).groups.list())
    assert [group.name for group in groups] == ["One"]
    assert "gzip" in server.requests[0].headers["accept-encoding"]


async def test_broken_compression(colour, connect, serve):
    """A body that cannot be unpacked would leave as an error of aiohttp or zlib."""
    server = serve(lambda exchange: exchange.reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(TransportError, match="broke off") as caught:
        await colour.call(connect(server.url, retry=ONCE).account.info)
    assert caught.value.sent is True


async def test_half_a_body(colour, connect, box, clock):
    """A reply that broke off would be decoded as far as it came, or end a read without another try."""
    box.faults.script("GET", "/v1/groups", truncate=40)
    groups = await colour.items(connect(box.url).groups.list())
    assert len(groups) == 5
    assert box.calls == 2


async def test_half_a_body_of_a_create(colour, connect, box):
    """A create whose reply broke off would be done twice, or seem not to have arrived."""
    box.faults.script("POST", "/v1/groups", truncate=10)
    with pytest.raises(TransportError, match="broke off") as caught:
        await colour.call(connect(box.url).groups.create, name="once")
    assert caught.value.sent is True
    assert sum(group["name"] == "once" for group in box.account.groups.values()) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00" * 64 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"",
    ],
)
async def test_no_http(colour, connect, serve, raw):
    """A server that speaks no HTTP would hang the call, or leave an error of aiohttp with the credentials in it."""

    async def behave(exchange):
        await exchange.send(raw)
        exchange.close()

    server = serve(behave)
    client = connect(server.url, retry=ONCE, api_secret="s3cr3t")
    with pytest.raises(TransportError, match="GET /v1/account/info") as caught:
        await colour.call(client.account.info)
    at, shown = caught.value, ""
    while at is not None:
        shown += f"{at}{at!r}"
        at = at.__cause__ or at.__context__
    assert "Basic" not in shown
    assert len(server.requests) == 1


async def test_a_body_without_length(colour, connect, serve):
    """A reply that ends with its connection would not be read."""

    async def behave(exchange):
        await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n" + INFO)
        exchange.close()

    assert (await colour.call(connect(serve(behave).url).account.info)).account_id == "acc"


async def test_a_body_in_chunks(colour, connect, serve):
    """A reply in chunks would not be read."""

    async def behave(exchange):
        await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(INFO), 10):
            piece = INFO[start : start + 10]
            await exchange.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await exchange.send(b"0\r\n\r\n")

    assert (await colour.call(connect(serve(behave).url).account.info)).account_id == "acc"


async def test_cookies_are_not_kept(colour, connect, serve):
    """One call would leave something behind that changes the next."""
    server = serve(lambda exchange: exchange.reply(headers={"Set-Cookie": "session=1; Path=/"}))
    # By name: from a bare address aiohttp takes no cookies in any case.
    client = connect(server.url.replace("127.0.0.1", "localhost"))
    for _ in range(2):
        await colour.call(client.account.info)
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]


async def test_connections_are_kept(colour, connect, serve):
    """Every call would pay for a new connection."""
    server = serve()
    client = connect(server.url)
    for _ in range(5):
        await colour.call(client.account.info)
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_errors_of_a_call_are_of_one_tree(colour, connect, box):
    """A caller could not catch all that a call may raise by one name."""
    assert colour.package.FivetranError is FivetranError
    box.faults.script("GET", "/v1/account/info", body=HTML)
    with pytest.raises(FivetranError):
        await colour.call(connect(box.url).account.info)

"""What stands on the wire besides the call itself: addresses, headers, and who asks."""

from __future__ import annotations

import base64
import platform

import aiohttp
import pytest

from fivetran_async import __version__
from fivetran_async.errors import ConfigError

pytestmark = pytest.mark.usefixtures("way")

BASIC = "Basic " + base64.b64encode(b"key:secret").decode()


async def test_headers(colour, connect, serve):
    """The API would not be told who asks, with what, and in which format the answer may come."""
    server = serve()
    await colour.call(connect(server.url).account.info)
    headers = server.requests[0].headers
    assert headers["authorization"] == BASIC
    assert headers["accept"] == "application/json"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["user-agent"] == (
        f"fivetran-async/{__version__} python/{platform.python_version()} aiohttp/{aiohttp.__version__}"
    )
    assert "content-type" not in headers
    assert "cookie" not in headers


async def test_headers_of_a_write(colour, connect, serve):
    """A write would be refused for its headers, or its text be garbled."""
    server = serve(lambda exchange: exchange.reply(body=b'{"data":{"id":"g","name":"n"}}'))
    await colour.call(connect(server.url).groups.create, name="Ünï")
    [request] = server.requests
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.body))
    assert request.body == '{"name":"Ünï"}'.encode()
    assert "expect" not in request.headers


@pytest.mark.parametrize("suffix", ["my-app/1.2", "  my-app/1.2 ", "(team; data platform)"])
async def test_user_agent_suffix(colour, connect, serve, suffix):
    """An application could not make itself known."""
    server = serve()
    await colour.call(connect(server.url, user_agent_suffix=suffix).account.info)
    agent = server.requests[0].headers["user-agent"]
    assert agent.startswith("fivetran-async/")
    assert agent.endswith(f" {suffix.strip()}")


@pytest.mark.parametrize("suffix", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "ünï", "a\tb", "\x7f", 5, b"app", ["app"]])
def test_user_agent_suffix_that_is_none(colour, suffix):
    """A suffix could add a header, or break every call."""
    with pytest.raises(ConfigError, match="user_agent_suffix"):
        colour.package.Fivetran("key", "secret", user_agent_suffix=suffix)


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
async def test_base_urls(colour, connect, serve, suffix):
    """A base URL that ends as Fivetran's own pages show it would lead nowhere."""
    server = serve()
    await colour.call(connect(server.url + suffix).account.info)
    assert server.requests[0].target == "/v1/account/info"


async def test_base_url_with_a_path(colour, connect, serve):
    """A gateway that serves the API below a path could not be used."""
    server = serve()
    await colour.call(connect(f"{server.url}/gateway/fivetran/v1").account.info)
    assert server.requests[0].target == "/gateway/fivetran/v1/account/info"


async def test_from_env(colour, serve, monkeypatch):
    """The variables that Fivetran's own tools read would not count."""
    server = serve()
    monkeypatch.setenv("FIVETRAN_API_KEY", "key")
    monkeypatch.setenv("FIVETRAN_API_SECRET", "secret")
    monkeypatch.setenv("FIVETRAN_BASE_URL", f"{server.url}/v1")
    client = colour.package.Fivetran.from_env()
    await colour.call(client.account.info)
    await colour.call(client.close)
    assert server.requests[0].headers["authorization"] == BASIC


async def test_encoded_pair(colour, connect, serve):
    """The pair that the dashboard shows, already encoded, would be encoded again."""
    server = serve()
    pair = BASIC.removeprefix("Basic ")
    await colour.call(connect(server.url, api_key=pair, api_secret=None).account.info)
    assert server.requests[0].headers["authorization"] == BASIC


async def test_credentials_beyond_ascii(colour, connect, serve):
    """A secret with a letter beyond ASCII would break the call, or be sent in another encoding."""
    server = serve()
    await colour.call(connect(server.url, api_secret="sécrèt").account.info)
    sent = server.requests[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "key:sécrèt"


async def test_ids_on_the_wire(colour, connect, serve):
    """An id would be decoded and encoded anew on its way, and lead to another path."""
    server = serve(lambda exchange: exchange.reply(body=b'{"data":{"id":"g","name":"n"}}'))
    client = connect(server.url)
    for value in ("a/b", "%2F", "a b", "ü", "a+b", "a:b@c", "~-_."):
        await colour.call(client.groups.get, value)
    assert [request.target.removeprefix("/v1/groups/") for request in server.requests] == [
        *("a%2Fb", "%252F", "a%20b", "%C3%BC", "a%2Bb", "a%3Ab%40c", "~-_."),
    ]


async def test_v6(colour, connect):
    """An address in brackets would not be understood."""
    from fivetran_async.sandbox import Sandbox  # noqa: PLC0415 - only here

    try:
        other = Sandbox(groups=1, connections=1, host="::1")
        other.open()
    except OSError as error:
        pytest.skip(f"there is no IPv6 here: {error}")
    try:
        assert (await colour.call(connect(other.url).account.info)).account_id
        assert other.calls == 1
    finally:
        other.close()

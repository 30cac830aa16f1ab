"""Proxies, TLS, and what the environment says about them."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
import traceback

import pytest

from fivetran_async.errors import ConfigError, ConnectError, ServerError, TransportError
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("no_proxies")

ONCE = RetryPolicy(attempts=1)
FAR = "http://fivetran.test"
"""A base URL that only a proxy of these tests can reach."""


def basic(pair: str) -> str:
    """The value of a header that says who asks."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


def everything(error: BaseException) -> str:
    """All that a log could show of an error and of what led to it."""
    shown = "".join(traceback.format_exception(error))
    at: BaseException | None = error
    while at is not None:
        shown += f"{at}{at!r}{at.__dict__}"
        at = at.__cause__ or at.__context__
    return shown


async def pump(reader, writer) -> None:
    """Carry bytes until one side closes."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def tunnel(port):
    """The behaviour of a proxy that leads every tunnel to one port of this machine."""

    async def behave(exchange):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ways = [
            asyncio.create_task(pump(exchange.reader, writer)),
            asyncio.create_task(pump(reader, exchange.writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
        exchange.close()

    return behave


# A proxy as an argument


async def test_proxy_as_argument(colour, connect, serve):
    """`proxy=` would be ignored."""
    server = serve()
    client = connect(FAR, proxy=f"http://127.0.0.1:{server.port}")
    assert (await colour.call(client.account.info)).account_id == "acc"
    [request] = server.requests
    assert request.target == "http://fivetran.test/v1/account/info"
    assert request.headers["host"] == "fivetran.test"
    assert request.headers["authorization"] == basic("key:secret")
    assert "proxy-authorization" not in request.headers


async def test_proxy_as_argument_for_loopback(colour, connect, serve, box):
    """A proxy that was asked for by name would be bypassed."""
    server = serve()
    client = connect(box.url, proxy=server.url)
    assert (await colour.call(client.account.info)).account_id == "acc"
    assert (len(server.requests), box.calls) == (1, 0)


@pytest.mark.parametrize(
    ("login", "pair"),
    [
        ("user:pass", "user:pass"),
        ("user", "user:"),
        ("u%40corp:p%2Fw%3Ax%25", "u@corp:p/w:x%"),
        ("us%C3%A9r:%E2%82%AC", "usér:€"),
    ],
)
async def test_credentials_of_the_proxy(colour, connect, serve, login, pair):
    """The proxy would refuse, because its credentials were not sent, or not decoded."""
    server = serve()
    client = connect(FAR, proxy=f"http://{login}@127.0.0.1:{server.port}")
    for _ in range(2):  # on a new connection, and on one that was kept alive
        await colour.call(client.account.info)
    assert [request.headers.get("proxy-authorization") for request in server.requests] == [basic(pair)] * 2
    assert [request.headers["authorization"] for request in server.requests] == [basic("key:secret")] * 2


async def test_credentials_of_the_proxy_stay_secret(colour, connect, serve, no_proxies, caplog):
    """A password would stand in a log line, an error, or a repr."""
    caplog.set_level(logging.DEBUG)

    async def behave(exchange):
        await exchange.reply(502, b"<h1>Bad gateway</h1>") if exchange.number == 1 else exchange.close()

    server = serve(behave)
    settings = {"proxy": f"http://user:hunter2@127.0.0.1:{server.port}", "api_secret": "s3cr3t", "retry": ONCE}
    client = connect(FAR, **settings)
    seen = [repr(client)]
    with pytest.raises(ServerError) as refused:
        await colour.call(client.account.info)
    with pytest.raises(TransportError) as broke:
        await colour.call(client.account.info)
    server.__exit__(None, None, None)
    with pytest.raises(ConnectError) as nobody:
        await colour.call(client.account.info)
    seen += [everything(caught.value) for caught in (refused, broke, nobody)]
    seen += [record.getMessage() for record in caplog.records]
    for secret in ("hunter2", "s3cr3t", basic("user:hunter2"), basic("key:s3cr3t")):
        assert secret not in "".join(seen)
    assert nobody.value.port == server.port


@pytest.mark.parametrize(
    "proxy",
    ["socks5://user:hunter2@127.0.0.1:1", "http://", "http://user:hunter2@", "http://user:hunter2@h:99999", "://", ""],
)
def test_proxy_that_is_none(colour, proxy):
    """A proxy that cannot be used would be ignored, or its password shown."""
    with pytest.raises(ConfigError, match="proxy") as caught:
        colour.package.Fivetran("key", "secret", proxy=proxy)
    assert "hunter2" not in everything(caught.value)


async def test_nobody_at_the_proxy(colour, connect, serve):
    """The error would name the API's host, where nothing is wrong."""
    server = serve()
    server.__exit__(None, None, None)
    client = connect(FAR, proxy=server.url, retry=ONCE)
    with pytest.raises(ConnectError, match=f"no connection to the proxy 127.0.0.1:{server.port}") as caught:
        await colour.call(client.account.info)
    assert (caught.value.host, caught.value.port, caught.value.sent) == ("127.0.0.1", server.port, False)


# A tunnel


async def test_tunnel(colour, connect, serve, server_tls, certificate):
    """TLS would not go through a proxy, or the API's credentials be shown to it."""
    api = serve(None, server_tls)
    proxy = serve(tunnel(api.port))
    client = connect("https://fivetran.test", proxy=f"http://user:pass@127.0.0.1:{proxy.port}", ssl=certificate[0])
    assert (await colour.call(client.account.info)).account_id == "acc"
    [asked], [request] = proxy.requests, api.requests
    assert (asked.method, asked.target) == ("CONNECT", "fivetran.test:443")
    assert asked.headers["proxy-authorization"] == basic("user:pass")
    assert "authorization" not in asked.headers
    assert request.target == "/v1/account/info"
    assert request.headers["authorization"] == basic("key:secret")
    assert "proxy-authorization" not in request.headers


async def test_tunnel_refused(colour, connect, serve):
    """A proxy's refusal would look like the API's, or its error show the password."""
    proxy = serve(lambda exchange: exchange.reply(407, b""))
    client = connect("https://fivetran.test", proxy=f"http://user:hunter2@127.0.0.1:{proxy.port}", retry=ONCE)
    with pytest.raises(TransportError, match="proxy refused: 407") as caught:
        await colour.call(client.groups.create, name="never")
    assert caught.value.sent is False
    shown = everything(caught.value)
    assert "hunter2" not in shown
    assert basic("user:hunter2") not in shown


# A proxy of the environment


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_proxy_of_the_environment(colour, connect, serve, no_proxies, name):
    """Behind a company's proxy nothing would work without code."""
    server = serve()
    no_proxies.setenv(name, f"http://user:pass@127.0.0.1:{server.port}")
    client = connect(FAR)
    assert (await colour.call(client.account.info)).account_id == "acc"
    [request] = server.requests
    assert request.target == "http://fivetran.test/v1/account/info"
    assert request.headers["proxy-authorization"] == basic("user:pass")


async def test_proxy_without_a_scheme(colour, connect, serve, no_proxies):
    """A variable that curl understands would be refused, or lose its credentials."""
    server = serve()
    no_proxies.setenv("HTTP_PROXY", f"user:pass@127.0.0.1:{server.port}")
    await colour.call(connect(FAR).account.info)
    assert server.requests[0].headers["proxy-authorization"] == basic("user:pass")


async def test_proxy_of_the_environment_for_tls(colour, connect, serve, no_proxies):
    """`HTTPS_PROXY` would not count for the real API, which speaks TLS only."""
    proxy = serve(lambda exchange: exchange.reply(403, b""))
    no_proxies.setenv("HTTPS_PROXY", proxy.url)
    with pytest.raises(TransportError, match="proxy refused"):
        await colour.call(connect("https://api.fivetran.com", retry=ONCE).account.info)
    assert proxy.requests[0].target == "api.fivetran.com:443"


async def test_argument_before_environment(colour, connect, serve, no_proxies):
    """The environment would overrule what was asked for in code."""
    asked, other = serve(), serve()
    no_proxies.setenv("HTTP_PROXY", other.url)
    await colour.call(connect(FAR, proxy=asked.url).account.info)
    assert (len(asked.requests), len(other.requests)) == (1, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_needs_no_proxy(aconnect, serve, box, no_proxies, host):
    """A sandbox would be looked for through the company's proxy."""
    proxy = serve()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        no_proxies.setenv(name, proxy.url)
    await aconnect(box.url.replace("127.0.0.1", host)).account.info()
    assert (box.calls, len(proxy.requests)) == (1, 0)


@pytest.mark.parametrize("exempt", ["fivetran.invalid", ".invalid", "*", "other.example, fivetran.invalid"])
async def test_hosts_without_proxy(colour, connect, serve, no_proxies, exempt):
    """`NO_PROXY` would be ignored."""
    proxy = serve()
    no_proxies.setenv("HTTP_PROXY", proxy.url)
    no_proxies.setenv("NO_PROXY", exempt)
    with pytest.raises(ConnectError) as caught:
        await colour.call(connect("http://fivetran.invalid", retry=ONCE).account.info)
    assert (caught.value.host, proxy.requests) == ("fivetran.invalid", [])


async def test_environment_without_trust(colour, connect, serve, no_proxies):
    """`trust_env=False` would leave the environment's proxy in place."""
    proxy = serve()
    no_proxies.setenv("HTTP_PROXY", proxy.url)
    with pytest.raises(ConnectError) as caught:
        await colour.call(connect("http://fivetran.invalid", trust_env=False, retry=ONCE).account.info)
    assert (caught.value.host, proxy.requests) == ("fivetran.invalid", [])


async def test_netrc(colour, connect, serve, no_proxies, tmp_path):
    """A line about this host in the user's netrc would break the call, or be sent in place of the API key."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password hunter2\ndefault login x password y\n")
    netrc.chmod(0o600)
    no_proxies.setenv("NETRC", str(netrc))
    server = serve()
    await colour.call(connect(server.url).account.info)
    assert server.requests[0].headers["authorization"] == basic("key:secret")


# TLS


async def test_own_certificate(colour, connect, serve, server_tls, certificate):
    """A company's own certificate, given as a file or a context, would not be trusted."""
    server = serve(None, server_tls)
    context = ssl.create_default_context(cafile=certificate[0])
    for trusted in (certificate[0], str(certificate[0]), context):
        assert (await colour.call(connect(server.url, ssl=trusted).account.info)).account_id == "acc"
    assert len(server.requests) == 3


async def test_strange_certificate(colour, connect, serve, server_tls, certificate):
    """Anybody could pose as the API, or the error would not say what is wrong."""
    server = serve(None, server_tls)
    with pytest.raises(ConnectError, match=r"(?i)certificate") as caught:
        await colour.call(connect(server.url, retry=ONCE).account.info)
    assert (caught.value.host, caught.value.port, caught.value.sent) == ("127.0.0.1", server.port, False)
    assert server.requests == []


async def test_certificate_of_another_host(colour, connect, serve, server_tls, certificate):
    """A trusted certificate would be taken for a host that it does not name."""
    server = serve(None, server_tls)
    url = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(ConnectError, match="localhost") as caught:
        await colour.call(connect(url, ssl=certificate[0], retry=ONCE).account.info)
    assert caught.value.host == "localhost"
    assert server.requests == []


async def test_tls_with_a_server_that_has_none(colour, connect, box):
    """The error would be one of aiohttp, or say that the request may have arrived."""
    with pytest.raises(ConnectError) as caught:
        await colour.call(connect(box.url.replace("http:", "https:"), retry=ONCE).account.info)
    assert caught.value.sent is False


def test_certificates_that_are_none(colour, tmp_path):
    """A file that cannot be used would be found out by the first call, or the system's be used in its place."""
    no_pem = tmp_path / "no.pem"
    no_pem.write_text("not a certificate")
    for setting in (tmp_path / "missing.pem", str(no_pem), tmp_path, "", True, False, 5):
        with pytest.raises(ConfigError, match="ssl"):
            colour.package.Fivetran("key", "secret", ssl=setting)

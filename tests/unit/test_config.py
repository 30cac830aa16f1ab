"""Settings: what is accepted, what is refused with its name, and that no secret ever shows."""

import base64
import pickle
from typing import Any

import pytest

from fivetran_async import config
from fivetran_async.config import Credentials, Timeout
from fivetran_async.errors import ConfigError

PAIR = base64.b64encode(b"key:secret").decode()


def set_environment(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    """Make the environment hold these settings and no other ones."""
    for name in ("FIVETRAN_API_KEY", "FIVETRAN_API_SECRET", "FIVETRAN_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


class TestCredentials:
    def test_key_and_secret(self):
        """Every call would be refused."""
        assert config.credentials("key", "secret").header == f"Basic {PAIR}"

    def test_the_pair_alone(self):
        """The string that the dashboard shows, and Fivetran's own tools use, would not work."""
        assert config.credentials(PAIR, None).header == f"Basic {PAIR}"

    @pytest.mark.parametrize("empty", [None, "", "  ", "\n"])
    def test_white_space(self, empty: str | None):
        """A line end that came along with a copied key would give a 401 that nobody understands."""
        assert config.credentials(" key\n", "\tsecret ").header == f"Basic {PAIR}"
        assert config.credentials(f" {PAIR}\r\n", empty).header == f"Basic {PAIR}"

    def test_a_colon_in_the_secret(self):
        """A secret with a colon would be refused or cut."""
        assert base64.b64decode(config.credentials("k", "a:b").token) == b"k:a:b"

    def test_text_beyond_ascii(self):
        """A key with another letter would fail with an error of the codec."""
        assert base64.b64decode(config.credentials("k\u00e9", "s").token).decode() == "k\u00e9:s"

    @pytest.mark.parametrize("environ", [{}, {"FIVETRAN_API_KEY": " "}, {"FIVETRAN_API_SECRET": "secret"}])
    def test_no_key(self, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch):
        """Nobody would be told which variable to set."""
        set_environment(monkeypatch, environ)
        with pytest.raises(ConfigError, match="no API key: set the environment variable FIVETRAN_API_KEY"):
            config.pair_from_env()

    @pytest.mark.parametrize(
        ("environ", "pair"),
        [
            ({"FIVETRAN_API_KEY": "key", "FIVETRAN_API_SECRET": "secret"}, ("key", "secret")),
            ({"FIVETRAN_API_KEY": PAIR}, (PAIR, None)),
            ({"FIVETRAN_API_KEY": PAIR, "FIVETRAN_API_SECRET": ""}, (PAIR, "")),
        ],
    )
    def test_from_the_environment(
        self, environ: dict[str, str], pair: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
    ):
        """Credentials that are there would not be found, or be taken for others."""
        set_environment(monkeypatch, environ)
        assert config.pair_from_env() == pair
        assert config.credentials(*pair).header == f"Basic {PAIR}"

    @pytest.mark.parametrize(
        "key",
        [
            "key",
            base64.b64encode(b"no colon").decode(),
            base64.b64encode(b":secret").decode(),
            base64.b64encode(b"key:").decode(),
            base64.b64encode(b"\xff:\xff").decode(),
            PAIR[:-1],
            f"{PAIR[:4]}!{PAIR[4:]}",
            "key:secret",
            "\u00e9\u00e9\u00e9\u00e9",
        ],
    )
    @pytest.mark.parametrize("secret", [{}, {"FIVETRAN_API_SECRET": ""}])
    def test_half(self, key: str, secret: dict[str, str], monkeypatch: pytest.MonkeyPatch):
        """Half the credentials would be sent, and a 401 be the only answer."""
        set_environment(monkeypatch, {"FIVETRAN_API_KEY": key, **secret})
        with pytest.raises(ConfigError, match="no API secret: set the environment variable FIVETRAN_API_SECRET"):
            config.pair_from_env()

    def test_arguments_are_named_as_arguments(self):
        """Someone who passes arguments would look for a variable."""
        with pytest.raises(ConfigError, match="api_key="):
            config.credentials(None, "secret")
        with pytest.raises(ConfigError, match="api_secret="):
            config.credentials("key", None)

    @pytest.mark.parametrize(
        ("key", "secret"),
        [
            ("hush:hush", "secret"),
            ("hu\nsh", "secret"),
            ("key", "hu\x00sh"),
            ("key", "hu\x7fsh"),
            ("hush\udcff", "secret"),
            ("key", "hush\ud800"),
            (b"hush", "secret"),
            ("key", 5),
        ],
    )
    def test_refused(self, key: Any, secret: Any):
        """Something that no credential holds would be sent, or the error would show it."""
        with pytest.raises(ConfigError) as caught:
            config.credentials(key, secret)
        assert "hush" not in str(caught.value)
        assert "api_key=" in str(caught.value) or "api_secret=" in str(caught.value)

    def test_no_secret_in_repr(self):
        """A secret would stand in a log or a traceback."""
        made = config.credentials("thekey", "thesecret")
        for text in (repr(made), str(made), f"{made}"):
            assert not any(part in text for part in ("thekey", "thesecret", made.token))
        assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - its own bytes
        assert made != Credentials("x")


class TestBaseUrl:
    @pytest.mark.parametrize(
        ("value", "url"),
        [
            (None, "https://api.fivetran.com"),
            ("https://api.fivetran.com", "https://api.fivetran.com"),
            ("https://api.fivetran.com/", "https://api.fivetran.com"),
            ("https://api.fivetran.com/v1", "https://api.fivetran.com"),
            ("https://api.fivetran.com/v1/", "https://api.fivetran.com"),
            ("https://api.fivetran.com//v1//", "https://api.fivetran.com"),
            (" https://api.fivetran.com/v1\n", "https://api.fivetran.com"),
            ("HTTPS://api.fivetran.com", "https://api.fivetran.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/v1", "http://[::1]:8080"),
            ("https://gateway.example/fivetran/v1", "https://gateway.example/fivetran"),
            ("https://gateway.example/api/v10", "https://gateway.example/api/v10"),
            ("https://gateway.example/a.b/~c", "https://gateway.example/a.b/~c"),
            ("http://b\u00fccher.example", "http://b\u00fccher.example"),
        ],
    )
    def test_accepted(self, value: str | None, url: str):
        """A base URL that works elsewhere would not work here, or calls would go to /v1/v1."""
        assert config.base_url(value) == url

    @pytest.mark.parametrize(
        "value",
        [
            " ",
            "api.fivetran.com",
            "/v1",
            "//api.fivetran.com",
            "ftp://api.fivetran.com",
            "file:///etc/passwd",
            "https://",
            "https:///v1",
            "https://:443",
            "https:api.fivetran.com",
            "http://[::1",
            "http://api.fivetran.com",
            "http://fivetran.com/v1",
            "http://host:port",
            "http://host:99999",
            "http://host:-1",
            "http://ho st",
            "http://host/a b",
            "http://host\\evil",
            "http://host/a\\b",
            "http://host\x00",
            "http://host/\u00e9",
            "http://host/../x",
            "http://host/a/..",
            "http://.",
            "http://a..b",
            "http://host?x=1",
            "http://host/#x",
            "http://ho\nst",
            "http://host/{x}",
            "http://ho<st>",
            5,
            b"http://host",
            [],
        ],
    )
    def test_refused(self, value: Any):
        """Calls would go to a place that nobody named, or fail one by one."""
        with pytest.raises(ConfigError, match="base_url"):
            config.base_url(value)

    @pytest.mark.parametrize(
        ("value", "meant"),
        [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("localhost:8080/v1", "http://localhost:8080/v1"),
            ("api.fivetran.com", "https://api.fivetran.com"),
        ],
    )
    def test_without_a_scheme(self, monkeypatch: pytest.MonkeyPatch, value: str, meant: str):
        """Who left out the scheme would be shown another address, and not which variable holds the wrong one."""
        monkeypatch.setenv("FIVETRAN_BASE_URL", value)
        with pytest.raises(ConfigError) as caught:
            config.base_url_from_env()
        assert str(caught.value) == (
            f"the environment variable FIVETRAN_BASE_URL {value!r} is no URL: did you mean {meant}?"
        )
        assert config.base_url(meant)

    @pytest.mark.parametrize(
        "value",
        [
            "https://key:hush@api.fivetran.com",
            "https://hush@api.fivetran.com",
            "key:hush@api.fivetran.com",
            "https://key:hush@[::1",
            "https://key:hush@host:port",
            "https://key:hu/sh@host",
            "ftp://key:hush@host",
        ],
    )
    def test_credentials_in_it_are_refused_unseen(self, value: str):
        """A secret in a URL would stand in an error, and in every log line with the URL."""
        with pytest.raises(ConfigError, match="must not hold credentials") as caught:
            config.base_url(value)
        assert "hush" not in str(caught.value)
        assert "sh@" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("http://LOCALHOST:1/x", True),
        ("http://api.localhost", True),
        ("https://api.fivetran.com", False),
        ("http://localhost.example.com", False),
        ("http://notlocalhost", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://[2001:db8::1]", False),
    ],
)
def test_is_loopback(url: str, loopback: object):
    """A local sandbox would be asked through a proxy, or a proxy be passed by on the way out."""
    assert config.is_loopback(url) is loopback


class TestTimeout:
    def test_defaults(self):
        """Setup tests, which take minutes, would time out as every other call does."""
        made = config.timeout(None)
        assert made == Timeout(connect=10.0, read=None, total=None)
        assert made.read_for(slow=False) == 60.0
        assert made.read_for(slow=True) == 330.0

    @pytest.mark.parametrize(("seconds", "connect"), [(5, 5.0), (10, 10.0), (45.5, 10.0)])
    def test_a_number_bounds_the_attempt(self, seconds: float, connect: float):
        """`timeout=5` would wait longer than 5 seconds somewhere."""
        made = config.timeout(seconds)
        assert (made.connect, made.read, made.total) == (connect, seconds, seconds)
        assert made.read_for(slow=True) == seconds

    def test_a_value_passes(self):
        """A `Timeout` of the user's own would be replaced."""
        mine = Timeout(connect=1, read=2.5, total=3)
        assert config.timeout(mine) is mine
        assert mine.read_for(slow=True) == 2.5

    @pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), True, "5", b"5", [5], {}])
    def test_refused(self, bad: Any):
        """A wait without end, or none at all, would be set by mistake."""
        with pytest.raises(ConfigError, match="timeout must be a number of seconds above 0"):
            config.timeout(bad)
        for name in ("connect", "read", "total"):
            with pytest.raises(ConfigError, match=f"timeout.{name} must be"):
                config.timeout(Timeout(**{name: bad}))

    def test_beyond_floats(self):
        """A number that is too large would fail with an OverflowError."""
        with pytest.raises(ConfigError, match="timeout must be"):
            config.timeout(10**400)


def test_a_key_is_told_from_another_by_a_digest():
    """A file would be bound to no account, be lost when a secret is renewed, or tell the key."""
    key = config.credentials("key", "secret").key_digest
    assert key == config.credentials("key", "renewed").key_digest
    assert key == config.credentials(PAIR, None).key_digest
    assert key != config.credentials("other", "secret").key_digest
    assert len(key) == 32
    assert "key" not in key

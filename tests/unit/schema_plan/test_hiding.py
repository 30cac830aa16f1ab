"""What a snapshot must not hold, and what it must not lose."""

import pytest

from fivetran_async.schema_plan.snapshots._hiding import HIDDEN, hide, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "passphrase",
        "api_key",
        "apiKey",
        "accessToken",
        "client_secret",
        "private_key",
        "sasToken",
        "secrets_list",
        "oauth_token",
        "aws_secret_access_key",
        "connectionString",
        "credentials",
        "auth",
        "authorization",
        "X-Api-Key",
        "PEM",
        "keystore",
        "pat",
        "webhook_url",
        "client_cert",
        "query_param_value",
    ],
)
def test_a_secret_by_its_name(name):
    """A secret that the API did not mask would stand in a repository."""
    for value in ("plain", 1234, ["a"], {"b": "c"}):
        assert hide({name: value}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "name",
    [
        "schema",
        "host",
        "port",
        "auth_type",
        "auth_method",
        "private_link_id",
        "external_secrets_manager_id",
        "public_key",
        "key_columns",
        "update_method",
        "paused",
        "group_id",
        "monkey",
        "turkeys",
        "compass",
        "author",
    ],
)
def test_a_setting_that_is_none(name):
    """Settings would be hidden, and their drift not be seen."""
    assert not is_secret(name)
    assert hide({name: "plain"}) == {name: "plain"}


@pytest.mark.parametrize("value", [None, "", True, False, [], {}])
def test_nothing_is_no_secret(value):
    """Whether a password is set at all, or a switch is on, would not be seen."""
    assert hide({"password": value}) == {"password": value}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("******", HIDDEN),
        ("postgres://me:p@ss@host/db", f"postgres://{HIDDEN}@host/db"),
        ("https://a.example/in?token=s3cret&page=2", f"https://a.example/in?token={HIDDEN}&page=2"),
        ("Server=db;Password=s3cret;Port=1", f"Server=db;Password={HIDDEN};Port=1"),
        ('{"password": "two words", "port": 1}', f'{{"password": "{HIDDEN}", "port": 1}}'),
        ("https://hooks.slack.com/services/T0/B0/s3cret", f"https://hooks.slack.com/{HIDDEN}"),
        ("-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----", HIDDEN),
        ("https://a.example:8080/path", "https://a.example:8080/path"),
        ("0 10 * * *", "0 10 * * *"),
        ("at 10:30", "at 10:30"),
    ],
)
def test_a_secret_by_its_shape(value, left):
    """A secret inside of an address or a connection string would be written, or the rest of the text be lost."""
    assert hide({"setting": value}) == {"setting": left}
    assert hide([[value]]) == [[left]]


def test_pairs_and_variables():
    """Settings that come as a list would be written whole, since no name stands beside their values."""
    pairs = [{"key": "password", "value": "s3cret"}, {"key": "host", "value": "db"}]
    assert hide({"custom": pairs}) == {"custom": [{"key": "password", "value": HIDDEN}, pairs[1]]}
    variables = {"environment_vars": ["DBT_A=s3cret", "DBT_B="]}
    assert hide(variables) == {"environment_vars": [f"DBT_A={HIDDEN}", "DBT_B="]}

"""Snapshots and drift over HTTP against the sandbox, in both colours."""

import importlib
import json
import shutil

import pytest

from fivetran_async import RetryPolicy
from fivetran_async.errors import ArgumentError, UnauthorizedError
from fivetran_async.schema_plan import Desired
from fivetran_async.schema_plan.snapshots import SnapshotKind

PLANTED = "PLANTEDsecret123"


@pytest.fixture
def sdk(colour):
    """Return the package of the colour."""
    return importlib.import_module(f"{colour.package.__name__}.schema_plan.snapshots")


@pytest.fixture
def take(colour, ft, sdk, tmp_path):
    """Take a snapshot of the small account, with one attempt a call."""

    async def take(folder="fivetran", client=None, **options):
        chosen = (client or ft).with_options(retry=RetryPolicy(attempts=1))
        return await colour.call(sdk.snapshot, chosen, tmp_path / folder, **options)

    return take


@pytest.fixture
def drifted(colour, ft, sdk, tmp_path):
    """Compare the small account with the snapshot."""

    async def drifted(**options):
        chosen = ft.with_options(retry=RetryPolicy(attempts=1))
        return await colour.call(sdk.drift, chosen, tmp_path / "fivetran", **options)

    return drifted


def contents(folder):
    """Return all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_large_account_in_the_fewest_calls(colour, opened, take, tmp_path):
    """A snapshot of 1,000 connections would use up the hour's calls, or differ from the one before it."""
    large = opened(seed=1, groups=20, connections=1000)
    client = colour.client(large, keep_raw=False)
    done = await take(client=client)
    again = await take("again", client=client)
    await colour.call(client.close)
    assert done.calls == again.calls == large.calls / 2 == 10
    print(f"1,000 connections: {done.calls} calls")  # noqa: T201 - the figure is what the test shows
    assert done.counts["connections"] == 1000
    assert not done.incomplete
    assert contents(tmp_path / "fivetran") == contents(tmp_path / "again")


async def test_nothing_is_written_twice(take, drifted):
    """A snapshot of the same account would touch files, or be drift."""
    first = await take(configs=True, schemas=True)
    assert {path.split("/")[0] for path in first.written} == {*SnapshotKind, "snapshot.json"}
    second = await take()
    assert (second.written, second.removed) == ((), ())
    assert second.calls == first.calls
    found = await drifted()
    assert found.same
    assert not found.incomplete
    assert found.calls == first.calls


async def test_syncs_are_no_drift(take, box, drifted):
    """Time alone would change files, and every night's job fail."""
    await take(configs=True)
    before = [connection["succeeded_at"] for connection in box.account.connections.values()]
    box.clock.advance(86_400)
    assert (await drifted()).same
    assert (await take()).written == ()
    assert before != [connection["succeeded_at"] for connection in box.account.connections.values()]


async def test_no_secret_anywhere(take, box, ft, colour, tmp_path):
    """A repository of snapshots would give secrets away."""
    account = box.account
    connection = next(iter(account.connections.values()))
    fields = {"password": PLANTED, "apiToken": PLANTED, "host": f"https://me:{PLANTED}@db.example", "port": 5432}
    pairs = [{"key": "client_secret", "value": PLANTED}, {"key": "region", "value": "eu"}]
    for thing in [*account.connections.values(), *account.destinations.values()]:
        deep = [{"private_key": {"pem": PLANTED}}]
        thing["config"] = fields | {"pairs": pairs, "deep": deep, "dsn": f"pwd={PLANTED}"}
        thing |= {"oauth_secret": PLANTED, "surprise": {"tokens": [PLANTED]}}
    connection["status"]["tasks"] = [{"code": "reconnect", "message": PLANTED}]
    for webhook in account.things["webhooks"].values():
        webhook |= {"url": f"https://hooks.slack.com/services/{PLANTED}", "secret": PLANTED}
    for transformation in account.things["transformations"].values():
        transformation["transformation_config"]["configurable_variables"] = {"api_key": PLANTED}
    seen = await colour.call(ft.request, "GET", f"/v1/connections/{connection['id']}")
    assert PLANTED in json.dumps(seen)
    await take(configs=True, schemas=True)
    files = contents(tmp_path / "fivetran")
    assert b"db.example" in files[f"connections/{connection['id']}.json"]
    assert b"5432" in files[f"connections/{connection['id']}.json"]
    assert [name for name, content in files.items() if PLANTED.encode() in content] == []


async def test_drift_is_told(take, drifted, ft, colour):
    """What somebody changed by hand would go unseen."""
    first = await take(configs=True, schemas=True)
    changed, gone, *_ = [path[8:-5] for path in first.written if path.startswith("schemas/")]
    await colour.call(ft.connections.update, changed, sync_frequency=15, run_setup_tests=False)
    await colour.call(ft.connections.delete, gone, confirm=True)
    team = await colour.call(ft.teams.create, name="New", role="Account Reviewer")
    found = await drifted()
    told = {(change.kind, change.id): change for change in found.changes}
    assert told["connections", changed].fields[0].name == "sync_frequency"
    assert told["connections", changed].fields[0].after == 15
    assert told["teams", team.id].what == "added"
    assert told["connections", gone].what == told["schemas", gone].what == "removed"
    done = await take()
    assert set(done.removed) == {f"connections/{gone}.json", f"schemas/{gone}.json"}
    assert (await drifted()).same


async def test_a_schema_file_is_a_desired_state(take, tmp_path, drifted, ft, colour):
    """A schema that has drifted could not be brought back by its file, or its drift not be seen."""
    await take(kinds=["connections"], schemas=True)
    path = next(iter(sorted((tmp_path / "fivetran" / "schemas").iterdir())))
    desired = Desired.load(path)
    (name, schema), *_ = desired.to_dict()["schemas"].items()
    table = next(iter(schema["tables"]))
    enabled = schema["tables"][table]["enabled"]
    await colour.call(ft.schemas.update_table, path.stem, name, table, enabled=not enabled)
    (change,) = (await drifted()).changes
    assert (change.kind, change.id) == ("schemas", path.stem)
    assert ("schemas", name, "tables", table, "enabled") in [field.path for field in change.fields]


async def test_a_quota_of_an_hour_is_gone_on_with(take, box, drifted, tmp_path):
    """A snapshot that a 429 ended would begin anew each hour, and never end."""
    whole = len(box.account.connections)
    box.faults.script("GET", "/v1/connections/*/schemas", status=429, headers={"Retry-After": "3600"}, skip=20)
    estimates = []
    first = await take(kinds=["connections"], schemas=True, on_estimate=estimates.append)
    assert [estimate.calls for estimate in estimates] == [whole]
    (gap,) = first.incomplete
    assert (gap.kind, gap.part, gap.error) == ("schemas", "schema", "RateLimitedError")
    missing = len(gap.ids)
    assert 0 < missing <= whole - 20
    broken_off = contents(tmp_path / "fivetran")
    box.clock.advance(3600)
    second = await take(on_estimate=estimates.append)
    assert estimates[1].calls == missing
    assert second.calls == missing + 1
    assert not second.incomplete
    after = contents(tmp_path / "fivetran")
    assert {name for name in after if name not in broken_off} <= {f"schemas/{name}.json" for name in gap.ids}
    assert (await drifted()).same


async def test_what_cannot_be_seen_stays(take, box, drifted, tmp_path):
    """A list that is forbidden for an hour would remove its files, and be called clean."""
    await take()
    before = contents(tmp_path / "fivetran")
    box.faults.script("GET", "/v1/users", status=403, times=None)
    done = await take()
    assert [gap.kind for gap in done.incomplete] == ["users"]
    after = contents(tmp_path / "fivetran")
    assert {k: v for k, v in after.items() if k != "snapshot.json"} == {
        k: v for k, v in before.items() if k != "snapshot.json"
    }
    found = await drifted()
    assert found.same
    assert {gap.kind for gap in found.incomplete} == {"users"}


async def test_one_that_fails_does_not_end_the_others(take, box, tmp_path):
    """A connection whose settings cannot be read would lose them, or keep all others from being read."""
    await take(configs=True)
    before = contents(tmp_path / "fivetran")
    broken = next(iter(box.account.connections))
    box.faults.script("GET", f"/v1/connections/{broken}", status=500, times=None)
    done = await take()
    (gap,) = done.incomplete
    assert (gap.part, gap.ids) == ("config", (broken,))
    after = contents(tmp_path / "fivetran")
    assert after[f"connections/{broken}.json"] == before[f"connections/{broken}.json"]


async def test_nothing_is_written_when_the_caller_says_no(take, tmp_path):
    """An estimate that is too much for somebody could not keep anything from being read."""

    def refuse(estimate):
        raise RuntimeError(estimate.calls)

    with pytest.raises(RuntimeError):
        await take(schemas=True, on_estimate=refuse)
    assert contents(tmp_path / "fivetran") == {}


async def test_wrong_arguments(take, drifted, box, colour, sdk, tmp_path):
    """A typo would cost calls, or a directory its files."""
    for options in ({"kinds": ["conections"]}, {"kinds": []}, {"schemas": "no"}):
        with pytest.raises(ArgumentError):
            await take(**options)
    with pytest.raises(ArgumentError, match="no snapshot"):
        await drifted()
    with pytest.raises(ArgumentError, match="client"):
        await colour.call(sdk.snapshot, None, tmp_path / "other") if colour.name == "async" else sdk.snapshot(
            box.client(), tmp_path / "other"
        )
    assert box.calls == 0


async def test_wrong_credentials(colour, take, box, tmp_path):
    """A mistyped key would look like an account of which nothing can be read."""
    client = colour.client(box, api_secret="wrong")
    with pytest.raises(UnauthorizedError):
        await take(client=client)
    await colour.call(client.close)
    assert contents(tmp_path / "fivetran") == {}


async def test_two_moments(take, sdk, ft, colour, box, tmp_path):
    """Two snapshots could not be compared without an account."""
    await take()
    shutil.copytree(tmp_path / "fivetran", tmp_path / "before")
    name = next(name for name, known in box.account.connections.items() if not known["paused"])
    await colour.call(ft.connections.pause, name)
    await take()
    (change,) = sdk.compare(tmp_path / "before", tmp_path / "fivetran").changes
    assert [(field.name, field.before, field.after) for field in change.fields] == [("paused", False, True)]

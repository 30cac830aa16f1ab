"""Desired states applied to the sandbox: what it costs, what is refused, and where it stops."""

import pickle

import pytest

from fivetran_async.errors import (
    ArgumentError,
    BadRequestError,
    ConfirmationError,
    DesiredStateError,
    NotFoundError,
    PlanError,
    RateLimitedError,
    UnauthorizedError,
)
from fivetran_async.hooks import RequestStarted
from fivetran_async.sandbox.engine.schema_config import SchemaConfig
from fivetran_async.schema_plan import Desired, SchemaView, _course, plan

OFF = {"rules": [{"tables": "public.t*", "enabled": False}]}
HASHED = {"rules": [{"columns": "*.email", "hashed": True}]}
SCHEMAS = "/v1/connections/*/schemas"


def many(count, **about):
    """So many tables."""
    return {f"t{number}": dict(about) for number in range(count)}


def names(changes):
    """The full names of changes."""
    return [change.full_name for change in changes]


async def test_180_tables_cost_three_calls(stage):
    """What takes half an hour table by table would take half an hour."""
    name = stage.connection(many(180))
    calls = stage.count()
    done = await stage.apply(name, OFF)
    print(f"180 tables: {calls()} calls")  # noqa: T201 - the figure is what the test shows
    assert calls() == done.calls == 3
    assert (len(done.done), done.converged, done.dry_run) == (180, True, False)
    assert not any(table.enabled for table in SchemaView(await stage.config(name)).tables())
    calls = stage.count()
    again = await stage.apply(name, OFF)
    assert (calls(), again.done, again.converged) == (1, (), True)


async def test_50_connections_cost_150_calls(stage):
    """A change of a sharded database would use up the hour."""
    ids = [stage.connection(many(180)) for _ in range(50)]
    calls = stage.count()
    results = await stage.do("apply_all", ids, OFF)
    print(f"180 tables on 50 connections: {calls()} calls")  # noqa: T201 - as above
    assert calls() == sum(result.value.calls for result in results) == 150
    assert [result.item for result in results] == ids
    assert all(result.value.converged for result in results)


async def test_columns_are_read_where_they_are_needed(stage):
    """A rule of columns would miss those that the API leaves out, or read those of tables that it does not mean."""
    columns = {"id": {"locked": "OTHER", "is_primary_key": True}, "email": {}, "city": {}}
    name = stage.connection({"a": {"columns": columns}, "b": {"columns": columns}, "off": {"columns": columns}})
    await stage.apply(name, {"schemas": {"public": {"tables": {"off": False}}}})
    calls = stage.count()
    done = await stage.apply(name, HASHED)
    assert names(done.done) == ["public.a.email", "public.b.email"]
    assert (calls(), done.converged) == (5, True)
    assert "read the columns of 2 tables" in done.steps
    with pytest.raises(PlanError, match=r"there is no column that fits \*.email"):
        await stage.apply(stage.connection({"a": {"columns": {"id": {}}}}), HASHED)


async def test_columns_need_not_be_read(stage):
    """A thousand tables would always cost a thousand calls that reach the source."""
    name = stage.connection({"a": {"columns": {"email": {}}}})
    wanted = {"schemas": {"public": {"tables": {"a": {"columns": {"email": {"hashed": True}}}}}}}
    calls = stage.count()
    done = await stage.apply(name, wanted, read_columns=False)
    assert (calls(), names(done.done)) == (3, ["public.a.email"])


async def test_a_dry_run_changes_nothing(stage):
    """A look would be a change, or not say what one would do."""
    name = stage.connection(many(2))
    before = await stage.config(name)
    done = await stage.apply(name, {**OFF, "schemas": {"nix": True}}, dry_run=True, confirm=False)
    assert (done.dry_run, done.converged, done.calls, len(done.left)) == (True, False, 1, 2)
    assert "there is no schema nix" in done.plan.text()
    assert await stage.config(name) == before
    assert done.to_dict()["plan"]["calls"] == 1


async def test_what_is_locked_is_skipped(stage):
    """One locked table would make the whole change fail."""
    name = stage.connection({**many(3), "t_sys": {"locked": "SYSTEM_TABLE"}})
    done = await stage.apply(name, OFF)
    assert (done.converged, len(done.done), names(done.after.blocked)) == (True, 3, ["public.t_sys"])
    assert done.summary.endswith("3 done, 1 locked")


async def test_loading_anew_wants_to_be_confirmed(stage):
    """A table would be loaded again, and paid for, by mistake."""
    name = stage.connection(many(12))
    await stage.apply(name, OFF)
    on = {"rules": [{"tables": "*", "enabled": True}]}
    calls = stage.count()
    with pytest.raises(
        ConfirmationError, match=r"12 changes .* public.t0 \(enabled\), .* and 7 more; pass confirm=True"
    ):
        await stage.apply(name, on, confirm=False)
    assert calls() == 1
    assert (await stage.apply(name, on)).converged


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"schemas": {"Public": True}}, "no schema Public; did you mean public?"),
        (
            {"schemas": {"public": {"tables": {"ordres": False}}}},
            r"tables.ordres: .*no table public.ordres; .*orders\?",
        ),
        (
            {"rules": [{"tables": "publik.*", "enabled": False}]},
            r"desired.rules.0.tables.*: there is no table that fits",
        ),
    ],
)
async def test_what_is_missing_is_refused(stage, wanted, words):
    """A mistyped name would silently do nothing."""
    name = stage.connection()
    with pytest.raises(PlanError, match=words) as caught:
        await stage.apply(name, wanted)
    assert (len(caught.value.problems), caught.value.result) == (1, None)
    assert not [request for request in stage.box.requests if request.method != "GET"]
    assert (await stage.apply(name, wanted, missing="ignore")).converged
    assert (await stage.apply(name, {**wanted, "missing": "ignore"})).converged


async def test_a_conflict_is_planned_again(stage):
    """Somebody else's change at the same time would end it."""
    name = stage.connection(many(2))
    stage.box.faults.script("PATCH", SCHEMAS, status=409)
    done = await stage.apply(name, OFF)
    assert (done.converged, done.calls, len(done.done)) == (True, 5, 2)
    assert "somebody else" in done.steps[0]
    stage.box.faults.script("PATCH", SCHEMAS, status=409, times=None)
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, {"rules": [{"tables": "*", "enabled": True}]}, attempts=2)
    result = caught.value.result
    assert (len(result.left), result.done, result.calls, result.error) == (2, (), 5, None)
    assert len(caught.value.problems) == 2


@pytest.fixture
def lying(monkeypatch):
    """Let the API say that all tables support history; it refuses it all the same."""
    shown = SchemaConfig._table_view
    monkeypatch.setattr(SchemaConfig, "_table_view", lambda *args: shown(*args) | {"supports_history_mode": True})


@pytest.mark.usefixtures("lying")
@pytest.mark.parametrize("count", [1, 40])
async def test_what_the_api_refuses_does_not_keep_back_the_rest(stage, count):
    """A limit that the API does not tell would make the whole change fail, without saying where."""
    name = stage.connection({**many(count), "odd": {"supports_history_mode": False}})
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, {"rules": [{"tables": "*", "sync_mode": "HISTORY"}]})
    result = caught.value.result
    assert len(result.done) == count
    (refused,) = result.refused
    assert refused.change.full_name == "public.odd"
    assert "does not support the sync mode HISTORY" in refused.reason
    assert (result.left, result.unverified, result.converged) == ((), (), False)
    assert caught.value.problems == (f"public.odd: {refused.reason}",)
    assert result.to_dict()["refused"][0]["reason"] == refused.reason
    assert result.calls <= 4 + 2 * 6 + 1


@pytest.mark.usefixtures("lying")
async def test_a_refused_column_does_not_keep_back_its_table(stage):
    """The settings of a table would hang on each of its columns."""
    columns = {"id": {"locked": "OTHER"}, "email": {}}
    name = stage.connection({"a": {"columns": columns, "supports_history_mode": False}})
    wanted = {"sync_mode": "HISTORY", "columns": {"email": {"hashed": True}}}
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, {"schemas": {"public": {"tables": {"a": wanted}}}})
    result = caught.value.result
    assert names(result.done) == ["public.a.email"]
    assert [refused.change.name for refused in result.refused] == ["sync_mode"]


@pytest.mark.usefixtures("lying")
async def test_the_search_for_what_is_refused_ends(stage, monkeypatch):
    """A change that is refused in all its parts would use up the hour."""
    monkeypatch.setattr(_course, "_SEARCH", 5)
    name = stage.connection(many(30, supports_history_mode=False))
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, {"rules": [{"tables": "*", "sync_mode": "HISTORY"}]})
    result = caught.value.result
    assert result.calls <= 11
    assert len(result.left) + len(result.refused) == 30
    assert result.left


def between(stage, method, act, *, skip=0):
    """Let something happen just before a call of a method is sent."""
    acts = iter([*[lambda: None] * skip, act])

    def hook(event):
        if isinstance(event, RequestStarted) and event.method == method:
            next(acts, lambda: None)()

    stage.ft = stage.ft.with_options(hooks=[hook])


async def test_a_table_that_becomes_locked_on_the_way(stage):
    """A table that was dropped at the source between plan and apply would make the whole change fail."""
    name = stage.connection(many(4))

    def drop():
        stage.tables(name)["t1"]["locked"] = "OTHER"

    between(stage, "PATCH", drop)
    done = await stage.apply(name, OFF)
    assert names(done.done) == ["public.t0", "public.t2", "public.t3"]
    assert names(done.after.blocked) == ["public.t1"]
    assert (done.converged, done.calls) == (True, 5)


async def test_a_table_that_somebody_else_switched(stage):
    """What was reviewed would be overwritten by what was not, or a change that is done already be counted as ours."""
    name = stage.connection(many(3))
    view = SchemaView(await stage.config(name))
    reviewed = plan(view, OFF)
    await stage.apply(name, {"schemas": {"public": {"tables": {"t0": False}}}})
    done = await stage.apply(name, reviewed)
    assert (names(done.done), done.converged) == (["public.t1", "public.t2"], True)
    await stage.apply(name, {"schemas": {"public": {"tables": {"t0": True}}}})
    small = plan(SchemaView(await stage.config(name)), OFF)
    await stage.apply(name, {"schemas": {"public": {"tables": {"t2": True}}}})
    with pytest.raises(PlanError, match=r"1 changes would be new: public.t2: enabled is to be False now") as caught:
        await stage.apply(name, small)
    assert len(caught.value.problems) == 1
    assert (await stage.apply(name, OFF)).converged


async def test_a_connection_that_is_deleted_in_the_middle(stage):
    """Nobody would know whether anything was done."""
    name = stage.connection(many(2))
    between(stage, "PATCH", lambda: stage.box.account.connections.pop(name))
    with pytest.raises(NotFoundError):
        await stage.apply(name, OFF)
    other = stage.connection(many(2))
    between(stage, "GET", lambda: stage.box.account.connections.pop(other), skip=1)
    with pytest.raises(PlanError) as caught:
        await stage.apply(other, OFF)
    result = caught.value.result
    assert isinstance(result.error, NotFoundError)
    assert (len(result.unverified), result.done, result.left, result.after) == (2, (), (), None)
    assert "2 sent and not verified; stopped by NotFoundError" in result.summary


@pytest.mark.parametrize(("method", "whole", "cost"), [("GET", 1, 4), ("PATCH", 2, 8)])
async def test_a_quota_that_is_used_up_stops_and_is_gone_on_with(stage, method, whole, cost):
    """A 429 for an hour would be waited for, or leave it unknown what was done."""
    ids = [stage.connection(many(2)) for _ in range(4)]
    stage.box.faults.script(method, SCHEMAS, status=429, headers={"Retry-After": "3600"}, skip=2)
    calls = stage.count()
    results = await stage.do("apply_all", ids, OFF, concurrency=1)
    assert [result.item for result in results if result.ok] == ids[:whole]
    assert all(isinstance(result.error, RateLimitedError) for result in results[whole:])
    assert calls() == cost
    stage.box.clock.advance(3600)
    left = [result.item for result in results if not result.ok]
    again = await stage.do("apply_all", left, OFF)
    assert all(result.value.converged for result in again)
    for name in ids:
        assert not any(table.enabled for table in SchemaView(await stage.config(name)).tables())


async def test_a_change_whose_outcome_is_not_known(stage):
    """A change that may have arrived would be told as not sent."""
    name = stage.connection(many(2))
    stage.box.faults.script("PATCH", SCHEMAS, drop="after", times=None)
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, OFF)
    result = caught.value.result
    assert (len(result.left), result.done, result.unverified) == (2, (), ())
    assert "sent a change whose outcome is not known" in result.steps
    assert caught.value.__cause__ is result.error
    assert (await stage.apply(name, OFF)).done == ()


async def test_a_configuration_that_is_not_there_yet(stage):
    """A new connection would answer 404 until its first sync, and nobody say what to do."""
    name = stage.connection(many(2), read=False)
    with pytest.raises(NotFoundError) as caught:
        await stage.apply(name, OFF)
    assert caught.value.code == "NotFound_SchemaConfig"
    assert "reload=True" in caught.value.__notes__[0]
    with pytest.raises(NotFoundError):
        await stage.apply(name, OFF, reload=True, dry_run=True)
    done = await stage.apply(name, OFF, reload=True)
    assert (done.reloaded, done.converged, done.calls) == (True, True, 4)


async def test_a_reload_is_told_when_the_rest_fails(stage):
    """The source would have been read, and the connection have a configuration, without a word."""
    name = stage.connection(many(2), read=False)
    with pytest.raises(PlanError, match="no schema nix") as caught:
        await stage.apply(name, {"schemas": {"nix": True}}, reload=True)
    assert caught.value.result.reloaded


async def test_columns_that_cannot_be_read_stop_it(stage):
    """Half of a rule would be applied, and the rest be silently left."""
    name = stage.connection({"a": {"columns": {"email": {}}}, "b": {"columns": {"email": {}}}})
    stage.box.faults.script("GET", f"{SCHEMAS}/public/tables/b/columns", status=400, times=None)
    calls = stage.count()
    with pytest.raises(BadRequestError) as caught:
        await stage.apply(name, HASHED)
    assert calls() == 3
    (view,) = caught.value.partial
    assert [item.full_name for item in view.unread] == ["public.b"]


async def test_columns_that_were_read_are_not_read_again(stage):
    """A rule for more tables than an hour has calls that reach the source could never be applied."""
    name = stage.connection(many(4, columns={"email": {}}))
    quota = {"status": 429, "headers": {"Retry-After": "3600"}, "rate_class": "source"}
    stage.box.faults.script("GET", "/v1/connections/*/columns", skip=2, **quota)
    with pytest.raises(RateLimitedError) as caught:
        await stage.apply(name, HASHED)
    (view,) = caught.value.partial
    left = len(view.unread)
    stage.box.clock.advance(3600)
    done = await stage.apply(name, HASHED, current=view)
    assert (len(done.done), done.calls) == (4, 3 + left)
    whole = await stage.do("with_columns", name)
    again = await stage.apply(name, HASHED, current=whole)
    assert (again.converged, again.calls) == (True, 1)
    with pytest.raises(ArgumentError, match="current must be a SchemaView"):
        await stage.apply(name, HASHED, current={})


@pytest.mark.parametrize(
    ("desired", "options", "error"),
    [
        ({"schemas": None}, {}, DesiredStateError),
        (7, {}, ArgumentError),
        (OFF, {"missing": "perhaps"}, ArgumentError),
        (OFF, {"attempts": 0}, ArgumentError),
        (OFF, {"dry_run": "yes"}, ArgumentError),
        ("nowhere.yaml", {}, DesiredStateError),
    ],
)
async def test_bad_arguments_are_refused_unsent(stage, desired, options, error):
    """A call would be made for what cannot work."""
    with pytest.raises(error):
        await stage.apply("any", desired, **options)
    with pytest.raises(error):
        await stage.do("apply_all", ["any"], desired, **options)
    assert stage.box.calls == 0


@pytest.mark.parametrize("ids", ["abc", ["a", "a"], [""], 7])
async def test_bad_ids_are_refused_unsent(stage, ids):
    """A text would be taken for the ids of its letters."""
    with pytest.raises(ArgumentError):
        await stage.do("apply_all", ids, OFF)
    assert stage.box.calls == 0


async def test_wrong_credentials_end_all(stage):
    """Fifty connections would be asked with a key that does not work."""
    stage.box.faults.script("*", "/v1", status=401, times=None)
    with pytest.raises(UnauthorizedError):
        await stage.do("apply_all", [f"c{number}" for number in range(50)], OFF, concurrency=1)
    assert stage.box.calls <= 2


async def test_a_result_travels(stage):
    """A worker of a process pool could not say what it did."""
    name = stage.connection(many(2))
    done = await stage.apply(name, Desired.from_dict(OFF))
    assert pickle.loads(pickle.dumps(done)) == done  # noqa: S301 - what was pickled here
    stage.box.faults.script("PATCH", SCHEMAS, status=409, times=None)
    with pytest.raises(PlanError) as caught:
        await stage.apply(name, {"rules": [{"tables": "*", "enabled": True}]})
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - as above
    assert (str(copy), copy.result.left) == (str(caught.value), caught.value.result.left)


async def test_the_other_colour_is_refused(stage):
    """A client of the other colour would fail somewhere inside."""
    with pytest.raises(ArgumentError, match="client"):
        await stage.colour.call(stage.sdk.apply, object(), "id", OFF)

"""Columns that the configuration leaves out, read from the source within its limits."""

import pytest

from fivetran_async import Budget
from fivetran_async.errors import ArgumentError, NotFoundError, RateLimitedError, UnauthorizedError
from fivetran_async.schema_plan import SchemaView

COLUMNS = {"id": {"is_primary_key": True, "locked": "OTHER"}, "email": {}}
TABLES = {f"t{number}": {"columns": COLUMNS} for number in range(6)}


def read(view):
    """The full names of the tables whose columns are known."""
    return [table.full_name for table in view.tables() if table.columns_known]


async def test_all_columns_are_read(stage):
    """Columns that nobody touched would pass for not there."""
    gone = {"gone": {"locked": "DELETED"}, "flat": {"supports_columns_config": False}}
    name = stage.connection({**TABLES, **gone})
    estimates = []
    calls = stage.count()
    view = await stage.do("with_columns", name, on_estimate=estimates.append)
    assert calls() == 7
    assert estimates[0].calls == 6
    assert estimates[0].fits
    assert len(read(view)) == 6
    assert view.unread == ()
    assert [column.name for column in view.columns("public.t0.*")] == ["id", "email"]
    assert next(iter(view.columns("id"))).is_primary_key


async def test_some_columns_are_read(stage):
    """A question about one table would cost a call for each."""
    name = stage.connection(TABLES)
    view = await stage.do("with_columns", name, tables=["public.t1", "t2"])
    assert read(view) == ["public.t1", "public.t2"]
    await stage.apply(name, {"schemas": {"public": {"tables": {"t5": False}}}})
    config = await stage.config(name)
    calls = stage.count()
    view = await stage.do("with_columns", name, current=config, tables="*", synced_only=True, concurrency=2)
    assert (calls(), len(read(view)), "public.t5" in read(view)) == (5, 5, False)


async def test_a_quota_that_is_used_up_is_gone_on_with(stage):
    """What was read of 5,000 tables would be lost at the end of the hour, and the others be waited for."""
    name = stage.connection(TABLES)
    stage.box.faults.script(
        "GET", "/v1/connections/*/columns", status=429, headers={"Retry-After": "3600"}, skip=2, rate_class="source"
    )
    calls = stage.count()
    view = await stage.do("with_columns", name, concurrency=1)
    assert (len(read(view)), len(view.unread)) == (2, 4)
    assert calls() <= 5
    assert all(isinstance(item.error, RateLimitedError) for item in view.unread)
    assert view.unread[0].full_name == "public.t2"
    stage.box.clock.advance(3600)
    calls = stage.count()
    whole = await stage.do("with_columns", name, current=view)
    assert (calls(), len(read(whole)), whole.unread) == (4, 6, ())


async def test_one_table_that_cannot_be_read(stage):
    """One table would keep all others from being read."""
    name = stage.connection(TABLES)
    stage.box.faults.script("GET", "/v1/connections/*/tables/t3/columns", status=400, times=None)
    view = await stage.do("with_columns", name)
    assert [item.table for item in view.unread] == ["t3"]
    assert len(read(view)) == 5


async def test_the_estimate_can_end_it(stage):
    """A job that takes an hour could not be left before it begins."""
    name = stage.connection(TABLES)
    client = stage.colour.client(stage.box, budget=Budget(plan="trial", clock=stage.box.clock))
    before, stage.ft = stage.ft, client
    calls = stage.count()

    def refuse(estimate):
        assert estimate.calls == 6
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await stage.do("with_columns", name, on_estimate=refuse)
    assert calls() == 1
    await stage.colour.call(client.close)
    stage.ft = before


async def test_wrong_credentials_end_it(stage):
    """Every table would be asked for with a key that does not work."""
    name = stage.connection(TABLES)
    stage.box.faults.script("GET", "/v1/connections/*/columns", status=401, times=None)
    with pytest.raises(UnauthorizedError):
        await stage.do("with_columns", name, concurrency=1)


@pytest.mark.parametrize(
    "options", [{"tables": "a.b.c"}, {"tables": [""]}, {"synced_only": 1}, {"concurrency": 0}, {"tables": ["a..b"]}]
)
async def test_bad_arguments_are_refused_unsent(stage, options):
    """A call would be made for what cannot work."""
    with pytest.raises(ArgumentError):
        await stage.do("with_columns", "any", **options)
    assert stage.box.calls == 0


async def test_a_pattern_that_means_nothing_is_refused(stage):
    """A typo would read no columns, without a word."""
    name = stage.connection(TABLES)
    calls = stage.count()
    with pytest.raises(ArgumentError, match=r"there is no table that fits 'publik\.\*'"):
        await stage.do("with_columns", name, tables=["public.*", "publik.*"])
    assert calls() == 1


async def test_no_configuration(stage):
    """A connection without a configuration would pass for one without tables."""
    with pytest.raises(NotFoundError):
        await stage.do("with_columns", stage.connection(TABLES, read=False))
    assert list(SchemaView(await stage.config(stage.connection(TABLES))).columns()) == []

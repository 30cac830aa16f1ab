"""Laws of schema plans, for any source and any desired state: they converge, and touch nothing else."""

from collections.abc import Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivetran_async.errors import PlanError
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.sandbox import Sandbox
from fivetran_async.schema_plan import SchemaView, desired_of, full_name
from fivetran_sync import Fivetran
from fivetran_sync.schema_plan import apply, diff, plan, with_columns

laws = settings(max_examples=60, deadline=None)

SCHEMAS = ["public", "a.b"]
TABLES = ["orders", "t.1", "Old orders"]
COLUMNS = ["id", "email", "x.y"]
MODES = ["SOFT_DELETE", "HISTORY", "LIVE"]

LOCKS = st.sampled_from([None, None, "OTHER", "DELETED"])
COLUMN = st.fixed_dictionaries(
    {},
    optional={
        "locked": st.sampled_from(["OTHER", "SYSTEM_COLUMN", "DELETED"]),
        "enabled": st.booleans(),
        "is_primary_key": st.booleans(),
    },
)
TABLE = st.fixed_dictionaries(
    {"columns": st.dictionaries(st.sampled_from(COLUMNS), COLUMN)},
    optional={
        "locked": st.sampled_from(["OTHER", "SYSTEM_TABLE", "DELETED"]),
        "enabled": st.booleans(),
        "supports_history_mode": st.booleans(),
        "supports_columns_config": st.booleans(),
    },
)
SOURCES = st.fixed_dictionaries(
    {
        "schemas": st.dictionaries(
            st.sampled_from(SCHEMAS),
            st.fixed_dictionaries({"tables": st.dictionaries(st.sampled_from(TABLES), TABLE, min_size=1)}),
            min_size=1,
        )
    }
)

OF_COLUMN = {"enabled": st.booleans(), "hashed": st.booleans(), "is_primary_key": st.booleans()}
OF_TABLE = {"enabled": st.booleans(), "sync_mode": st.sampled_from(MODES)}
WANTED_COLUMNS = st.dictionaries(st.sampled_from(COLUMNS), st.fixed_dictionaries({}, optional=OF_COLUMN))
WANTED_TABLES = st.dictionaries(
    st.sampled_from(TABLES), st.fixed_dictionaries({}, optional={**OF_TABLE, "columns": WANTED_COLUMNS}) | st.booleans()
)
WANTED_SCHEMAS = st.dictionaries(
    st.sampled_from(SCHEMAS),
    st.fixed_dictionaries({}, optional={"enabled": st.booleans(), "tables": WANTED_TABLES}) | st.booleans(),
)


def patterns(*levels: list[str]) -> Any:
    """Patterns of full names, of as many parts as there are levels or fewer."""
    part = [st.sampled_from([*map(full_name, names), "*", "o*", "?????", "*m*il"]) for names in levels]
    sizes = [st.tuples(*part[skip:]).map(".".join) for skip in range(len(levels))]
    return st.lists(st.one_of(sizes), min_size=1, max_size=2)


RULES = st.lists(
    st.fixed_dictionaries({"schemas": patterns(SCHEMAS), "enabled": st.booleans()})
    | st.fixed_dictionaries({"tables": patterns(SCHEMAS, TABLES), "enabled": st.booleans()})
    | st.fixed_dictionaries({"tables": patterns(SCHEMAS, TABLES), "sync_mode": st.sampled_from(MODES)})
    | st.fixed_dictionaries({"columns": patterns(SCHEMAS, TABLES, COLUMNS), "hashed": st.booleans()})
    | st.fixed_dictionaries({"columns": patterns(SCHEMAS, TABLES, COLUMNS), "enabled": st.booleans()}),
    max_size=3,
)
WANTED = st.fixed_dictionaries(
    {"missing": st.just("ignore")},
    optional={
        "schema_change_handling": st.sampled_from(["ALLOW_ALL", "ALLOW_COLUMNS", "BLOCK_ALL"]),
        "schemas": WANTED_SCHEMAS,
        "rules": RULES,
    },
)


class Stage:
    """One sandbox for all examples, a connection for each."""

    def __init__(self, box: Sandbox, ft: Fivetran) -> None:
        self.box, self.ft = box, ft
        self.group = next(iter(box.account.groups))

    def connection(self, source: Any) -> str:
        """Plant a connection with a source that was read once."""
        planted = self.box.account.add_connection(self.group, sandbox={"source": source})
        self.ft.schemas.reload(planted["id"])
        return str(planted["id"])

    def facts(self, name: str, source: Any) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return all settings as the API itself shows them, by their parts, with the columns of every table."""
        path = f"/v1/connections/{name}/schemas"
        config = self.ft.request("GET", path)
        found: dict[tuple[str, ...], dict[str, Any]] = {(): {"handling": config["schema_change_handling"]}}
        for schema, about in config["schemas"].items():
            found[schema,] = about
            for table, given_ in about["tables"].items():
                found[schema, table] = given_
                if source["schemas"][schema]["tables"][table].get("supports_columns_config", True):
                    columns = self.ft.schemas.columns(name, schema, table)
                    for column, of in (columns.columns or {}).items():
                        found[schema, table, column] = of.to_dict() | {"listed": column in given_["columns"]}
        return found

    def writes(self) -> int:
        """Return how many calls have changed something."""
        return sum(request.method == "PATCH" for request in self.box.requests)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Open one sandbox and one client for all examples."""
    with ExitStack() as stack:
        box = stack.enter_context(Sandbox(seed=1, groups=1, connections=0))
        yield Stage(box, stack.enter_context(box.sync_client()))


def means(pattern: str, parts: tuple[str, ...]) -> bool:
    """Tell whether a pattern means a name, in another way than the code does."""
    escaped = pattern.replace(r"\.", "\0").split(".")
    wanted = ["*"] * (len(parts) - len(escaped)) + escaped
    return all(fnmatchcase(part.replace(".", "\0"), piece) for part, piece in zip(parts, wanted, strict=True))


def wanted_of(desired: Any, parts: tuple[str, ...]) -> dict[str, Any]:
    """Return what is wanted of a schema, a table or a column."""
    kind = ("schemas", "tables", "columns")[len(parts) - 1]
    found: dict[str, Any] = {}
    for rule in desired.get("rules", []):
        if kind in rule and any(means(pattern, parts) for pattern in rule[kind]):
            found |= {name: value for name, value in rule.items() if name != kind}
    item: Any = desired
    for level, part in zip(("schemas", "tables", "columns"), parts, strict=False):
        item = {"enabled": item} if isinstance(item, bool) else item
        item = item.get(level, {}).get(part, {})
    item = {"enabled": item} if isinstance(item, bool) else item
    return found | {name: value for name, value in item.items() if name not in {"tables", "columns"}}


def synced(facts: dict[tuple[str, ...], dict[str, Any]], parts: tuple[str, ...]) -> bool:
    """Tell whether something is loaded."""
    return all(facts[parts[:size]]["enabled"] for size in range(1, len(parts) + 1))


def locked(facts: dict[tuple[str, ...], dict[str, Any]], parts: tuple[str, ...]) -> str | None:
    """Return why something is locked."""
    settings_ = facts[parts].get("enabled_patch_settings") or {}
    return None if settings_.get("allowed", True) else settings_["reason_code"]


def one_table(**columns: Any) -> Any:
    """Return a source of one table."""
    return {"schemas": {"public": {"tables": {"orders": {"columns": columns}}}}}


def of_table(**wanted: Any) -> Any:
    """Return a desired state of that table."""
    return {"schemas": {"public": {"tables": {"orders": wanted}}}}


@laws
@given(source=SOURCES, first=WANTED, desired=WANTED)
@example(
    source=one_table(email={}), first=of_table(enabled=False), desired=of_table(columns={"email": {"hashed": True}})
)
# What it is while its table is off does not say what it is otherwise.
@example(
    source=one_table(email={"enabled": False}),
    first=of_table(enabled=False),
    desired=of_table(enabled=True, columns={"email": {"enabled": True}}),
)
# It does not follow its table, though nobody ever touched it.
@example(source=one_table(email={"enabled": False}), first={}, desired=of_table(columns={"email": {"enabled": True}}))
# Sent with another switch than its own, it would be refused.
@example(
    source=one_table(email={"enabled": False, "locked": "OTHER"}),
    first=of_table(enabled=False),
    desired=of_table(columns={"email": {"hashed": True}}),
)
def test_any_desired_state_is_reached_and_nothing_else_changes(
    stage: Stage, source: Any, first: Any, desired: Any
) -> None:
    """A plan would not converge, switch what is locked, or change what nobody named."""
    name = stage.connection(source)
    apply(stage.ft, name, first, confirm=True)
    before = stage.facts(name, source)
    done = apply(stage.ft, name, desired, confirm=True)
    after = stage.facts(name, source)

    assert done.converged
    assert set(before) == set(after)
    writes = stage.writes()
    again = apply(stage.ft, name, desired)
    assert (again.done, again.left, again.calls <= 1 + len(source["schemas"]) * 5) == ((), (), True)
    assert stage.writes() == writes
    assert plan(with_columns(stage.ft, name), desired).is_empty

    changed = {(change.parts, change.name) for change in done.done}
    if "schema_change_handling" in desired:
        assert after[()]["handling"] == desired["schema_change_handling"]
    else:
        assert after[()] == before[()]
    for parts in filter(None, after):
        check(before, after, parts, wanted_of(desired, parts), changed)


def check(before: Any, after: Any, parts: tuple[str, ...], wanted: dict[str, Any], changed: Any) -> None:
    """Check one schema, table or column."""
    lock = locked(before, parts)
    for setting in ("enabled", "sync_mode", "hashed", "is_primary_key"):
        if setting == "enabled" and len(parts) == 3:
            continue
        was, now = before[parts].get(setting), after[parts].get(setting)
        if setting not in wanted or (lock is not None and (setting == "enabled" or lock != "OTHER")):
            assert now == was, (parts, setting)
            assert (parts, setting) not in changed
    if reached(after, parts, lock):
        for setting in {"hashed", "is_primary_key"} & set(wanted):
            assert after[parts][setting] is wanted[setting]
        mode = wanted.get("sync_mode", "LIVE")
        if "sync_mode" in wanted and (mode != "HISTORY" or after[parts]["supports_history_mode"]):
            assert after[parts]["sync_mode"] == mode
    if len(parts) == 3:
        check_switch(before, after, parts, wanted, lock)
    elif "enabled" in wanted and lock is None:
        assert after[parts]["enabled"] is wanted["enabled"]


def reached(after: Any, parts: tuple[str, ...], lock: str | None) -> bool:
    """Tell whether all that is wanted of something must be so: rules of columns act on what is loaded alone."""
    locks = [lock, *([locked(after, parts[:2])] if len(parts) == 3 else [])]
    return set(locks) <= {None, "OTHER"} and (len(parts) < 3 or synced(after, parts[:2]))


def check_switch(before: Any, after: Any, parts: tuple[str, ...], wanted: dict[str, Any], lock: str | None) -> None:
    """Check whether a column is loaded, which is also for its table to say."""
    if not synced(after, parts[:2]):
        return
    above = [locked(before, parts[:2]), lock]
    free = lock is None and not any(code not in {None, "OTHER"} for code in above)
    if "enabled" in wanted and free:
        assert after[parts]["enabled"] is wanted["enabled"]
    elif synced(before, parts[:2]) or before[parts]["listed"]:
        assert after[parts]["enabled"] == before[parts]["enabled"]


@laws
@given(source=SOURCES, first=WANTED)
def test_a_configuration_is_its_own_desired_state(stage: Stage, source: Any, first: Any) -> None:
    """A snapshot that is applied would change something, or differ from what it was made of."""
    name = stage.connection(source)
    apply(stage.ft, name, first, confirm=True)
    config = stage.ft.schemas.get(name)
    desired = desired_of(config)
    assert plan(config, desired).is_empty
    assert not plan(config, desired).missing
    assert diff(config, desired).same
    assert diff(config, SchemaView(config)).same
    assert desired_of(SchemaConfig.from_dict(config.to_dict())) == desired


@laws
@given(source=SOURCES, first=WANTED, second=WANTED)
def test_a_copy_leaves_no_difference_but_what_is_locked(stage: Stage, source: Any, first: Any, second: Any) -> None:
    """Two connections would pass for different after one was given what the other has, or for the same."""
    names = [stage.connection(source) for _ in range(2)]
    for name, wanted in zip(names, (first, second), strict=True):
        apply(stage.ft, name, wanted, confirm=True)
    left, right = (with_columns(stage.ft, name) for name in names)
    found = diff(left, right)
    assert found.same == diff(right, left).same
    done = apply(stage.ft, names[1], desired_of(left), missing="ignore", confirm=True)
    if found.same:
        assert not done.done
    named = {column.full_name for column in SchemaView(left.config).columns()}
    skipped = {item.full_name for item in (done.after or done.plan).blocked}
    # What the API does not say of the one cannot be given to the other.
    differences = [item for item in diff(left, with_columns(stage.ft, names[1])).differences if item.left is not None]
    rest = {item.name for item in differences} - skipped
    tables = {table.full_name for table in left.tables()} | set(map(full_name, source["schemas"]))
    assert rest & (named | tables) == set()


@laws
@given(source=SOURCES, first=WANTED, desired=WANTED)
def test_without_reading_columns_what_is_not_done_is_told(stage: Stage, source: Any, first: Any, desired: Any) -> None:
    """Without the columns some changes are guesses; one that is wrong would end all, or pass for done."""
    name = stage.connection(source)
    apply(stage.ft, name, first, confirm=True)
    try:
        done = apply(stage.ft, name, desired, confirm=True, read_columns=False, attempts=5)
    except PlanError as error:
        result = error.result
        assert result is not None
        # Only what nobody could know: columns that are not there, or are locked.
        assert result.refused
        assert all(len(refused.change.parts) == 3 for refused in result.refused)
        assert (result.left, result.unverified, result.error) == ((), (), None)
        done = result
    undone = {refused.change.parts for refused in done.refused}
    now = plan(stage.ft.schemas.get(name), desired)
    assert {change.parts for change in now.changes} == undone

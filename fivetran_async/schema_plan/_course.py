"""The course of applying a desired state: read, plan, send, look again, until nothing is left to do."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async._counting import CallCount
from fivetran_async.errors import (
    ApiError,
    BadRequestError,
    ConfirmationError,
    ConflictError,
    DecodeError,
    FivetranError,
    NotFoundError,
    PlanError,
    ServerError,
    TransportError,
)
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.resources._base import check_flags, check_number
from fivetran_async.schema_plan._columns import fill_in
from fivetran_async.schema_plan.desired import Desired, OnMissing
from fivetran_async.schema_plan.planning import plan
from fivetran_async.schema_plan.plans import Change, SchemaPlan
from fivetran_async.schema_plan.results import Applied, Refused
from fivetran_async.schema_plan.view import SchemaView

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

NO_CONFIG = "NotFound_SchemaConfig"

_SHOWN = 5
# How many calls may find out which parts of a refused change are at fault.
_SEARCH = 100
_BELOW = ("tables", "columns")

_Parts: TypeAlias = tuple[str, ...]
_Key: TypeAlias = tuple[_Parts, str]
Wanted: TypeAlias = Callable[[SchemaView], Desired]
"""Tells what is wanted, once it is known what there is."""


@attrs.frozen(kw_only=True)
class Options:
    """How a desired state is applied; `apply` describes the fields."""

    confirm: bool = False
    dry_run: bool = False
    missing: OnMissing | None = None
    reload: bool = False
    ahead: bool = False
    read_columns: bool = True
    attempts: int = 3

    def check(self) -> None:
        """Refuse what cannot be used.

        Raises:
            ArgumentError: A flag is none, or there is no attempt.
        """
        check_flags(confirm=self.confirm, dry_run=self.dry_run, reload=self.reload, read_columns=self.read_columns)
        check_number(self.attempts, "attempts", 1)


class Course:
    """One desired state on its way into one connection."""

    def __init__(
        self,
        ft: "Fivetran",
        connection_id: str,
        wanted: Wanted,
        options: Options,
        *,
        reviewed: SchemaPlan | None = None,
        known: SchemaView | None = None,
    ) -> None:
        """Prepare; nothing is sent."""
        self._known = SchemaView(SchemaConfig()) if known is None else known
        self._count = CallCount()
        self._ft = ft.with_options(hooks=[*ft.hooks, self._count])
        self._id = connection_id
        self._wanted = wanted
        self._options = options
        self._reviewed = None if reviewed is None else {(*_key(change), change.after) for change in reviewed.changes}
        self._plan: SchemaPlan | None = None
        self._after: SchemaPlan | None = None
        self._planned: dict[_Key, Change] = {}
        self._accepted: set[_Key] = set()
        self._refused: dict[_Parts, str] = {}
        self._rejected: tuple[Mapping[str, Any], str] | None = None
        self._steps: list[str] = []
        self._reloaded = False
        self._wrote = False
        self._searched = 0

    async def run(self) -> Applied:
        """Apply it.

        Raises:
            PlanError: Something was done and not all of it, or the plan does not fit; its `result` says what.
            FivetranError: Something happened before anything was changed.
        """
        try:
            await self._converge()
        except FivetranError as error:
            if not self._wrote:
                raise
            raise self._unfinished(error) from error
        if not (self._options.dry_run or self._result().converged):
            raise self._unfinished(None)
        return self._result()

    async def _converge(self) -> None:
        view = await self._read()
        for attempt in range(self._options.attempts + 1):
            view, todo = await self._look(view)
            self._take(todo)
            if self._options.dry_run or not self._left(todo) or attempt == self._options.attempts:
                return
            self._plan = todo
            try:
                await self._send(todo)
            except ConflictError:
                self._steps.append("somebody else changed the configuration at the same time: planned again")
            view = view.reread(await self._ft.schemas.get(self._id))

    async def _read(self) -> SchemaView:
        try:
            return self._known.reread(await self._ft.schemas.get(self._id))
        except NotFoundError as error:
            if error.code != NO_CONFIG:
                raise
            if self._options.ahead:
                return await self._set_ahead()
            if self._options.dry_run or not self._options.reload:
                error.add_note(
                    "There is no schema configuration before the first sync or reload; with reload=True, and not as a "
                    "dry run, the source is read first."
                )
                raise
        config = await self._written(self._ft.schemas.reload(self._id))
        self._reloaded = True
        self._steps.append("read the source, because there was no configuration yet")
        return SchemaView(config)

    async def _set_ahead(self) -> SchemaView:
        """Set a configuration before the source was ever read."""
        wanted = self._wanted(SchemaView(SchemaConfig()))
        schemas = {name: _whole(schema) for name, schema in wanted.to_dict().get("schemas", {}).items()}
        handling = wanted.schema_change_handling
        chosen = {} if handling is None else {"schema_change_handling": handling}
        config = await self._written(self._ft.schemas.create(self._id, schemas=schemas, **chosen))
        self._steps.append("set the configuration in advance, because the source was never read")
        return SchemaView(config)

    async def _look(self, view: SchemaView) -> tuple[SchemaView, SchemaPlan]:
        """Plan, with the columns that are needed for it."""
        wanted = self._wanted(view)
        todo = plan(view, wanted, missing=self._options.missing)
        if not (todo.unread and self._options.read_columns):
            return view, todo
        view = await fill_in(self._ft, self._id, view, todo.unread)
        if view.unread:
            error = view.unread[0].error
            if isinstance(error, FivetranError):
                # So that the columns of thousands of tables need not be read again.
                error.partial = (view,)
            raise error
        self._steps.append(f"read the columns of {len(todo.unread):,} tables")
        return view, plan(view, wanted, missing=self._options.missing)

    def _take(self, todo: SchemaPlan) -> None:
        """Take up a plan, which is also what a look at the configuration has shown.

        Raises:
            PlanError: Something is missing, or the plan is another one than was looked at before.
            ConfirmationError: It loads data anew, and that was not confirmed.
        """
        if self._plan is None:
            self._plan = todo
        self._after = todo
        self._accepted.clear()
        if not self._options.dry_run:
            todo.check()
        self._planned |= {_key(change): change for change in todo.changes}
        if self._reviewed is not None:
            news = [change for change in todo.changes if (*_key(change), change.after) not in self._reviewed]
            if news:
                problems = tuple(f"{change.full_name}: {change.name} is to be {change.after} now" for change in news)
                raise PlanError(
                    f"the configuration is not what the plan was made for, and {len(news):,} changes would be new: "
                    f"{_some(problems)}; look at a new plan",
                    problems=problems,
                )
        if todo.resyncs and not (self._options.confirm is True or self._options.dry_run):
            named = [f"{change.full_name} ({change.name})" for change in todo.resyncs]
            raise ConfirmationError(
                f"{len(named):,} changes to connection {self._id} load data anew, or may do so: {_some(named)}; "
                "pass confirm=True if that is meant"
            )

    async def _send(self, todo: SchemaPlan) -> None:
        """Send a plan, in one call if possible.

        Raises:
            ConflictError: Somebody else was at it.
        """
        parts = list(dict.fromkeys(change.parts for change in self._left(todo)))
        if self._rejected is not None and self._rejected[0] == todo.body:
            await self._search(todo, parts, self._rejected[1])
            return
        error = await self._try(todo, parts)
        if error is not None:
            # It may be locked, or gone, since it was read: look again before anything else.
            self._rejected = todo.body, error.message
            self._steps.append(f"refused as a whole: {error}")

    async def _search(self, todo: SchemaPlan, parts: Sequence[_Parts], known: str) -> None:
        """Send what was refused as a whole in halves, so that one part does not keep the others from being done."""
        if len(parts) == 1:
            self._refused[parts[0]] = known
            return
        middle = len(parts) // 2
        for half in (parts[:middle], parts[middle:]):
            if self._searched >= _SEARCH:
                return
            self._searched += 1
            error = await self._try(todo, half)
            if error is not None:
                await self._search(todo, half, error.message)

    async def _try(self, todo: SchemaPlan, parts: Collection[_Parts]) -> ApiError | None:
        """Send some parts of a plan; return what they were refused with."""
        wanted = set(parts)
        try:
            await self._written(self._ft.schemas.update(self._id, **cut(todo.body, wanted)))
        except (BadRequestError, NotFoundError) as error:
            return error
        sent = [change for change in todo.changes if change.parts in wanted]
        self._accepted |= {_key(change) for change in sent}
        self._steps.append(f"sent {len(sent):,} changes in a call")
        return None

    async def _written(self, call: Any) -> Any:
        """Make a call that writes, and note whether anything may have been written."""
        try:
            done = await call
        except FivetranError as error:
            unknown = isinstance(error, ServerError | DecodeError)
            if unknown or (isinstance(error, TransportError) and error.sent is not False):
                self._wrote = True
                self._steps.append("sent a change whose outcome is not known")
            raise
        self._wrote = True
        return done

    def _left(self, todo: SchemaPlan) -> tuple[Change, ...]:
        return tuple(change for change in todo.changes if change.parts not in self._refused)

    def _unfinished(self, error: FivetranError | None) -> PlanError:
        result = self._result(error)
        problems = [f"{refused.change.full_name}: {refused.reason}" for refused in result.refused]
        problems += [f"{change.full_name}: {change.name} is not {change.after}" for change in result.left]
        return PlanError(result.summary, problems=tuple(problems), result=result)

    def _result(self, error: FivetranError | None = None) -> Applied:
        after = self._after
        so_now = set[_Key]() if after is None else {(setting.parts, setting.name) for setting in after.already}
        to_do = set(self._planned) if after is None else {_key(change) for change in after.changes}
        changes = self._planned.items()
        fresh = self._accepted if self._wrote else set[_Key]()
        return Applied(
            connection_id=self._id,
            plan=self._plan,
            after=None if fresh else after,
            done=tuple(change for key, change in changes if key in so_now),
            unverified=tuple(change for key, change in changes if key in fresh and key not in so_now),
            refused=tuple(
                Refused(change=change, reason=self._refused[change.parts])
                for key, change in changes
                if key in to_do and change.parts in self._refused
            ),
            left=tuple(
                change
                for key, change in changes
                if key in to_do and key not in fresh and change.parts not in self._refused
            ),
            error=error,
            steps=tuple(self._steps),
            calls=self._count.calls,
            reloaded=self._reloaded,
            dry_run=self._options.dry_run,
        )


def cut(body: Mapping[str, Any], parts: Collection[_Parts]) -> dict[str, Any]:
    """Return what is to be sent of a plan for some of its parts; `enabled` is wanted at each level that is named."""
    found: dict[str, Any] = {}
    if () in parts:
        found["schema_change_handling"] = body["schema_change_handling"]
    schemas: dict[str, Any] = {}
    for schema, given in body.get("schemas", {}).items():
        tables = {
            table: kept
            for table, about in given.get("tables", {}).items()
            if (kept := _table(about, (schema, table), parts)) is not None
        }
        if tables or (schema,) in parts:
            schemas[schema] = {"enabled": given["enabled"]} | ({"tables": tables} if tables else {})
    return found | ({"schemas": schemas} if schemas else {})


def _table(about: Mapping[str, Any], place: _Parts, parts: Collection[_Parts]) -> dict[str, Any] | None:
    columns = {name: column for name, column in about.get("columns", {}).items() if (*place, name) in parts}
    if not columns and place not in parts:
        return None
    own = {name: value for name, value in about.items() if name == "enabled" or (name != "columns" and place in parts)}
    return own | ({"columns": columns} if columns else {})


def _whole(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a desired schema, table or column as the API wants it: with `enabled` at each level."""
    below = {key: {name: _whole(inner) for name, inner in item[key].items()} for key in _BELOW if key in item}
    return {"enabled": True, **item, **below}


def _key(change: Change) -> _Key:
    return change.parts, change.name


def _some(texts: Iterable[str]) -> str:
    listed = list(texts)
    more = f" and {len(listed) - _SHOWN:,} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more

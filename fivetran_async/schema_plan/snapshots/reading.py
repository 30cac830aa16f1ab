"""Read the configuration of an account: lists by the largest pages, and what they leave out by a call for each."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs

from fivetran_async._ledger import Estimate
from fivetran_async.errors import (
    ApiError,
    ClosedError,
    DecodeError,
    FivetranError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    TransportError,
    UnauthorizedError,
)
from fivetran_async.fanout import MapResult
from fivetran_async.schema_plan.described import desired_of
from fivetran_async.schema_plan.snapshots.kinds import (
    CONFIGURED,
    DETAILS,
    PATHS,
    SnapshotKind,
    configuration,
    identity,
)
from fivetran_async.schema_plan.snapshots.states import Gap, State

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

OnEstimate: TypeAlias = Callable[[Estimate], object]
"""Called when it is known how many calls for single objects there will be; what it raises ends the reading."""

_Found: TypeAlias = dict[str, dict[str, Any]]
_Job: TypeAlias = tuple[SnapshotKind, str]

_NOT_READABLE = (ApiError, TransportError, DecodeError, PaginationError)
# What all calls after it would meet as well: an hour's quota is waited for by none of them.
_ENDS = (UnauthorizedError, ClosedError, RateLimitedError)


@attrs.define
class _Listing:
    """One list while it is read."""

    kind: SnapshotKind
    found: _Found = attrs.field(factory=dict[str, dict[str, Any]])
    pages: int = 0
    error: FivetranError | None = None

    async def read(self, ft: "Fivetran") -> None:
        """Read the list to its end, or as far as it goes."""
        try:
            async with aclosing(ft.paginate(PATHS[self.kind]).pages()) as pages:
                async for page in pages:
                    self.pages += 1
                    for item in page.items:
                        fields = cast("Mapping[str, Any]", item if isinstance(item, dict) else {})
                        name = identity(fields)
                        if name is None:
                            raise DecodeError(f"{PATHS[self.kind]}: an item has no id")
                        self.found[name] = configuration(fields)
        except _NOT_READABLE as error:
            self.error = error


async def read(
    ft: "Fivetran",
    kinds: Iterable[SnapshotKind],
    *,
    configs: bool,
    known: State | None,
    on_estimate: OnEstimate | None,
) -> State:
    """Read the configuration of an account.

    Args:
        ft: The client.
        kinds: What to read.
        configs: Whether to read the settings of services, a call for each connection and destination.
        known: What an earlier reading has, which broke off: what it read of single objects is not read again.
        on_estimate: Called before the first call for a single object.

    Returns:
        What was read, and what could not be.

    Raises:
        UnauthorizedError: The credentials are not accepted.
        ClosedError: The client is closed.
    """
    wanted = frozenset(kinds)
    listings = {kind: _Listing(kind) for kind in PATHS if kind in wanted or _listed_for_schemas(kind, wanted)}
    async with ft.map(lambda listing: listing.read(ft), listings.values()) as reading:
        for result in await reading.collect():
            result.unwrap()
    _raise_unauthorized(listings.values())
    objects: dict[str, _Found] = {kind: listing.found for kind, listing in listings.items()}
    gaps = [_gap(listing.kind, listing.error) for listing in listings.values() if listing.error is not None]
    if SnapshotKind.SCHEMAS in wanted:
        objects[SnapshotKind.SCHEMAS] = {}
        failure = listings[SnapshotKind.CONNECTIONS].error
        gaps += [_gap(SnapshotKind.SCHEMAS, failure)] if failure is not None else []
    jobs = _jobs(objects, wanted, configs, known)
    if jobs and on_estimate is not None:
        on_estimate(ft.budget.estimate(len(jobs)))
    gaps += await _each(ft, jobs, objects)
    return State(objects={kind: objects[kind] for kind in objects if kind in wanted}, configs=configs, gaps=tuple(gaps))


def _listed_for_schemas(kind: SnapshotKind, wanted: frozenset[SnapshotKind]) -> bool:
    return kind == SnapshotKind.CONNECTIONS and SnapshotKind.SCHEMAS in wanted


def _raise_unauthorized(listings: Iterable[_Listing]) -> None:
    several = list(listings)
    if not any(listing.pages for listing in several):
        for listing in several:
            if isinstance(listing.error, UnauthorizedError):
                raise listing.error


def _gap(kind: str, error: Exception, part: str = "list", ids: Iterable[str] = ()) -> Gap:
    return Gap(kind=str(kind), part=part, ids=tuple(sorted(ids)), reason=str(error), error=type(error).__name__)


def _jobs(
    objects: Mapping[str, _Found], wanted: frozenset[SnapshotKind], configs: bool, known: State | None
) -> list[_Job]:
    """Return the single objects that are to be read; what an earlier reading knows of others is taken over."""
    jobs: list[_Job] = []
    for kind in CONFIGURED if configs else ():
        if kind not in wanted:
            continue
        for name, item in objects[kind].items():
            old = _taken_over(known, kind, kind, name, "config") if known is not None and known.configs else None
            if old is None:
                jobs.append((kind, name))
            else:
                item |= {detail: old[detail] for detail in DETAILS if detail in old}
    if SnapshotKind.SCHEMAS in wanted:
        for name in objects[SnapshotKind.CONNECTIONS]:
            old = _taken_over(known, SnapshotKind.SCHEMAS, SnapshotKind.CONNECTIONS, name, "schema")
            if old is None:
                jobs.append((SnapshotKind.SCHEMAS, name))
            elif old:
                objects[SnapshotKind.SCHEMAS][name] = dict(old)
    return jobs


def _taken_over(
    known: State | None, kind: SnapshotKind, home: SnapshotKind, name: str, part: str
) -> Mapping[str, Any] | None:
    """Return what an earlier reading has of an object, nothing included; None where it has to be read."""
    if known is None or kind not in known.objects or name in known.unknown(kind, part):
        return None
    if name not in known.objects.get(home, {}):
        return None
    return known.objects[kind].get(name, {})


@attrs.define
class _Singles:
    """Single objects while they are read into the others."""

    objects: Mapping[str, _Found]
    done: set[_Job] = attrs.field(factory=set[_Job])
    failed: dict[_Job, Exception] = attrs.field(factory=dict[_Job, Exception])

    def take(self, result: MapResult[_Job, dict[str, Any]]) -> None:
        """Keep what became of a call."""
        kind, name = result.item
        if result.error is None:
            self.objects[kind][name] = self.objects[kind].get(name, {}) | result.unwrap()
        elif isinstance(result.error, NotFoundError):
            # No schema before the first sync; or the object was deleted meanwhile.
            if kind is not SnapshotKind.SCHEMAS:
                self.objects[kind].pop(name, None)
        elif isinstance(result.error, _NOT_READABLE):
            self.failed[result.item] = result.error
            return
        else:
            raise result.error
        self.done.add(result.item)

    def gaps(self, jobs: Iterable[_Job], ended: Exception | None) -> list[Gap]:
        """Return what is missing; one reason stands for all of a kind, the one that ended the reading or the first."""
        missing: dict[SnapshotKind, list[str]] = {}
        reasons: dict[SnapshotKind, Exception] = {}
        for job in jobs:
            error = ended or self.failed.get(job)
            if error is not None and job not in self.done:
                missing.setdefault(job[0], []).append(job[1])
                reasons.setdefault(job[0], error)
        return [_gap(kind, reasons[kind], _part(kind), names) for kind, names in missing.items()]


def _part(kind: SnapshotKind) -> str:
    return "schema" if kind is SnapshotKind.SCHEMAS else "config"


async def _each(ft: "Fivetran", jobs: list[_Job], objects: Mapping[str, _Found]) -> list[Gap]:
    """Read single objects into the others, and return what could not be read."""

    async def one(job: _Job) -> dict[str, Any]:
        kind, name = job
        if kind is SnapshotKind.SCHEMAS:
            return desired_of(await ft.schemas.get(name))
        model = await (ft.connections if kind is SnapshotKind.CONNECTIONS else ft.destinations).get(name)
        details = {detail: getattr(model, detail) for detail in DETAILS}
        return configuration({detail: value for detail, value in details.items() if value is not None})

    singles = _Singles(objects)
    ended: Exception | None = None
    try:
        async with aclosing(ft.map(one, jobs, stop_on=_ENDS).batches()) as batches:
            async for batch in batches:
                for result in batch:
                    singles.take(result)
    except RateLimitedError as error:
        ended = error
    return singles.gaps(jobs, ended)


def joined(old: State, new: State) -> State:
    """Return what is known after a reading: the new, and of the old what the new could not see."""
    objects: dict[str, dict[str, Mapping[str, Any]]] = {}
    for kind in new.kinds:
        before, after = old.objects.get(kind, {}), new.objects[kind]
        merged = dict(after) if new.whole(kind) else {**before, **after}
        for name in new.unknown(kind, "schema"):
            if name in before:
                merged[name] = before[name]
        for name in new.unknown(kind, "config"):
            details = {detail: value for detail, value in before.get(name, {}).items() if detail in DETAILS}
            merged[name] = {**merged[name], **details}
        objects[kind] = merged
    return attrs.evolve(new, objects=objects)

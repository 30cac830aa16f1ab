"""Ways to read a long list: the raw loop on aiohttp, what types it, and the SDK in both colours."""

import importlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin

import aiohttp
import attrs
from _payload import PAGE
from _prebuilt import LIST

import fivetran_async
import fivetran_sync
from fivetran_async.models.connections import Connection


@attrs.frozen(kw_only=True)
class Job:
    """What is to be read.

    Attributes:
        url: The base URL.
        start: The page to begin with, from 0.
        keep: Whether to keep all items.
    """

    url: str
    start: int = 0
    keep: bool = False


Reader: TypeAlias = Callable[[Job], Awaitable[int]]


async def _pages(job: Job) -> AsyncGenerator[bytes, None]:
    """Give the bodies of all pages: the least that any client on aiohttp has to do."""
    headers = {"Accept": "application/json", "Authorization": "Basic a2V5OnNlY3JldA=="}
    async with aiohttp.ClientSession(headers=headers) as session:
        cursor = str(job.start)
        while cursor:
            async with session.get(f"{job.url}{LIST}?limit={PAGE}&cursor={cursor}") as reply:
                body = await reply.read()
            # It stands last in these replies, so that it costs no decoding.
            cursor = body[-30:].partition(b'"next_cursor":')[2].strip(b'"}').replace(b"null", b"").decode()
            yield body
            # Kept alive while the next one is decoded, it makes the loop slower by 40 %.
            del body


async def _dictionaries(job: Job, loads: Callable[[bytes], Any]) -> int:
    count = 0
    kept: list[Any] = []
    async for body in _pages(job):
        for item in loads(body)["data"]["items"]:
            count += item["id"] is not None
            if job.keep:
                kept.append(item)
        del body, item
    return count


async def raw(job: Job) -> int:
    """Read dictionaries with orjson."""
    return await _dictionaries(job, importlib.import_module("orjson").loads)


async def raw_stdlib(job: Job) -> int:
    """Read dictionaries with the standard library."""
    return await _dictionaries(job, json.loads)


async def _models(job: Job, models: Callable[[bytes], Any]) -> int:
    count = 0
    kept: list[Any] = []
    async for body in _pages(job):
        for item in models(body):
            count += item.id is not None
            if job.keep:
                kept.append(item)
        del body, item
    return count


async def bare(job: Job) -> int:
    """Read the SDK's models by msgspec alone, each item when it is looked at: the least that typing can cost."""
    library = importlib.import_module("msgspec")
    page = library.defstruct("Page", [("items", list[library.Raw]), ("next_cursor", str | None, None)])
    decode_page = library.json.Decoder(library.defstruct("Envelope", [("data", page)])).decode
    return await _models(job, lambda body: map(library.json.Decoder(Connection).decode, decode_page(body).data.items))


async def stock_cattrs(job: Job) -> int:
    """Read the SDK's models with a converter of cattrs as it comes."""
    converter = importlib.import_module("cattrs.preconf.orjson").make_converter()
    loads = importlib.import_module("orjson").loads
    return await _models(
        job, lambda body: [converter.structure(item, Connection) for item in loads(body)["data"]["items"]]
    )


async def pydantic(job: Job) -> int:
    """Read models of pydantic with the same fields, by its own parser."""
    library = importlib.import_module("pydantic")
    page = library.create_model("Page", items=(list[_pydantic_model(Connection)], ...), next_cursor=(str | None, None))  # type: ignore[misc]
    envelope = library.create_model("Envelope", data=(page, ...))
    return await _models(job, lambda body: envelope.model_validate_json(body).data.items)


def _pydantic_model(kind: type[Any]) -> Any:
    library = importlib.import_module("pydantic")
    fields: dict[str, Any] = {}
    for field in attrs.fields(attrs.resolve_types(kind)):
        if field.name != "_origin":
            default = ... if field.default is attrs.NOTHING else field.default
            # `schema` is a method of pydantic's.
            name = f"{field.name}_" if hasattr(library.BaseModel, field.name) else field.name
            fields[name] = (_pydantic_type(field.type), library.Field(default, validation_alias=field.name))
    return library.create_model(kind.__name__, **fields)


def _pydantic_type(kind: Any) -> Any:
    if isinstance(kind, type) and attrs.has(kind):
        return _pydantic_model(kind)
    if get_origin(kind) in {Union, UnionType}:
        return Union[tuple(_pydantic_type(inner) for inner in get_args(kind))]  # noqa: UP007 - made at run time
    if get_origin(kind) is tuple:
        return tuple[_pydantic_type(get_args(kind)[0]), ...]  # type: ignore[misc]
    return kind


class Seen:
    """A hook that does next to nothing."""

    def __init__(self) -> None:
        self.events = 0

    def __call__(self, _: object) -> None:
        self.events += 1


async def sdk(job: Job, *, keep_raw: bool = True) -> int:
    """Read with the SDK, a hook on it."""
    count = 0
    kept: list[Any] = []
    async with fivetran_async.Fivetran("key", "secret", base_url=job.url, hooks=[Seen()], keep_raw=keep_raw) as ft:
        async for item in ft.connections.list(cursor=str(job.start)):
            count += item.id is not None
            if job.keep:
                kept.append(item)
    return count


async def sdk_without_raw(job: Job) -> int:
    """Read with the SDK, without the bytes of the items."""
    return await sdk(job, keep_raw=False)


def sdk_sync(job: Job) -> int:
    """Read with the sync facade, a hook on it."""
    count = 0
    kept: list[Any] = []
    with fivetran_sync.Fivetran("key", "secret", base_url=job.url, hooks=[Seen()]) as ft:
        for item in ft.connections.list(cursor=str(job.start)):
            count += item.id is not None
            if job.keep:
                kept.append(item)
    return count

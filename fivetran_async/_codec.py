"""Pure: an operation and its arguments become a request; a response becomes a model, a page, or an error."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlencode

import attrs
import msgspec

from fivetran_async._files import Download, Upload
from fivetran_async._forks import loading
from fivetran_async._wire import Request, Response, retry_after_seconds
from fivetran_async.errors import ApiError, ArgumentError, DecodeError, api_error_class
from fivetran_async.hooks import Event, ItemRepaired
from fivetran_async.models._base import Model, Origin, decoded
from fivetran_async.models._origins import tie
from fivetran_async.models._twins import Unbuilt, Way, way_to
from fivetran_async.operation import Operation, RateClass, Shape
from fivetran_async.types import UNSET, Query

Emit: TypeAlias = Callable[[Event], None]

_SHOWN = 200
# At the end of what msgspec says.
_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_NO_CONTENT = 204
# What stands in a path as it is.
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]+")
# What decoding raises; of msgspec a ValueError only in newer versions.
_BROKEN = (msgspec.DecodeError, ValueError, RecursionError)


# Out


def encode(  # noqa: D417 - what is not listed goes into the request as it is
    operation: Operation[Any],
    ids: tuple[str, ...] = (),
    *,
    query: Query | None = None,
    body: Mapping[str, Any] | None = None,
    upload: Upload | None = None,
    download: Download | None = None,
    idempotent: bool | None = None,
    rate_class: RateClass | None = None,
) -> Request:
    """Make a request.

    Args:
        operation: What is asked for.
        ids: The values of the path's placeholders, in order.
        query: Query parameters; unset and None ones are not sent.
        body: The fields of the body; unset ones are not sent, None is sent as null. None means no body.

    Raises:
        ArgumentError: Something of it cannot be sent; the message names it.
    """
    if body is not None and not isinstance(body, Mapping):
        raise ArgumentError(f"body must be a mapping, not {type(body).__name__}")
    content = None if body is None else encode_body(body)
    headers = operation.headers
    if content is not None:
        headers = {**headers, "Content-Type": "application/json"}
    return Request(
        operation=operation,
        target=fill_path(operation, ids) + encode_query(query) if query else fill_path(operation, ids),
        headers=headers,
        body=content,
        upload=upload,
        download=download,
        idempotent=operation.idempotent if idempotent is None else idempotent,
        rate_class=operation.rate_class if rate_class is None else rate_class,
    )


def fill_path(operation: Operation[Any], ids: tuple[str, ...]) -> str:
    """Put ids into the path of an operation, percent-encoded.

    Raises:
        ArgumentError: An id is empty, `.` or `..`, or no text.
    """
    names = operation.placeholders
    if len(names) != len(ids):
        raise TypeError(f"{operation} takes {len(names)} ids, not {len(ids)}")
    parts = operation.parts
    if len(parts) == 1:
        return operation.path
    filled = [parts[0]]
    for name, value, rest in zip(names, ids, parts[1:], strict=True):
        filled += (quote_segment(value, name), rest)
    return "".join(filled)


def quote_segment(value: str, name: str = "id") -> str:
    """Percent-encode one segment of a path, so that it can never reach another one.

    Raises:
        ArgumentError: It is empty, `.` or `..`, or no text; the message names it.
    """
    if not isinstance(value, str):
        raise ArgumentError(f"{name} must be a text, such as an object's .id, not {type(value).__name__}")
    if not value.strip():
        raise ArgumentError(f"{name} must not be empty")
    if value in {".", ".."}:
        raise ArgumentError(f"{name} must not be {value!r}")
    if _UNRESERVED.fullmatch(value):
        return value
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ArgumentError(f"{name} cannot be encoded: {value!r}") from None


def encode_query(query: Query) -> str:
    """Encode query parameters, with the question mark; nothing for none.

    Raises:
        ArgumentError: A value is no text, number or boolean.
    """
    if not isinstance(query, Mapping):
        raise ArgumentError(f"query must be a mapping, not {type(query).__name__}")
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if not isinstance(name, str):
            raise ArgumentError(f"a query parameter has a text as its name, not {name!r}")
        if value is None or value is UNSET:
            continue
        if isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif isinstance(value, (str, int)):
            pairs.append((name, str(value)))
        else:
            raise ArgumentError(f"{name} must be a text, a number or a boolean, not {value!r}")
    try:
        return "?" + urlencode(pairs, quote_via=quote) if pairs else ""
    except UnicodeEncodeError as error:
        raise ArgumentError(f"the query cannot be encoded: {error.object!r}") from None


def encode_body(body: Mapping[str, Any]) -> bytes:
    """Encode a body; unset fields are left out.

    Raises:
        ArgumentError: It holds what JSON does not: NaN, a time without a zone, an object.
    """
    with loading():
        # Late, because cattrs takes a fifth of what it takes to make a client, and reading what fits wants none of it.
        from fivetran_async._converter import body_value, misfit  # noqa: PLC0415

    fields = {name: value for name, value in body.items() if value is not UNSET}
    try:
        return json.dumps(body_value(fields), allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except ArgumentError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(misfit(fields) or f"the body cannot be sent as JSON: {error}") from None


def unnamed_operation(method: str, path: str, *, idempotent: bool = False) -> Operation[Any]:
    """Make an operation of a method and a path that the SDK does not name.

    Raises:
        ArgumentError: The method is none, or the path could mean another one.
    """
    verb = method.upper() if isinstance(method, str) else ""
    if verb not in {"GET", "POST", "PATCH", "PUT", "DELETE"}:
        raise ArgumentError(f"method must be GET, POST, PATCH, PUT or DELETE, not {method!r}")
    checked = checked_path(path)
    return Operation(
        id=f"{verb} {checked}",
        method=verb,
        path=checked,
        shape=Shape.OBJECT,
        idempotent=idempotent or verb in {"GET", "DELETE"},
        public=checked.startswith("/public/"),
    )


def checked_path(path: str) -> str:
    """Return a path that a caller wrote, with what must be encoded encoded.

    Raises:
        ArgumentError: It is no path, has a query, or has a segment that leads elsewhere.
    """
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise ArgumentError(f"path must begin with one slash, such as '/v1/groups', not {path!r}")
    if "//" in path:
        raise ArgumentError(f"path has an empty segment; is an id missing? {path!r}")
    if "?" in path or "#" in path:
        raise ArgumentError(f"path must not have a query or a fragment; use query=: {path!r}")
    if {"{", "}"} & set(path):
        raise ArgumentError(f"path has a placeholder that is not filled in: {path!r}")
    for segment in path.lower().replace("%2e", ".").split("/"):
        if segment in {".", ".."}:
            raise ArgumentError(f"path must not have '.' or '..' in it: {path!r}")
    try:
        return quote(path, safe="/%:@!$&'()*+,;=-._~")
    except UnicodeEncodeError:
        raise ArgumentError(f"path cannot be encoded: {path!r}") from None


# In


class _Envelope(msgspec.Struct):
    # Not optional: of "Raw or null" the decoder takes null alone. Empty when it is missing.
    data: msgspec.Raw = msgspec.Raw()


class _PageData(msgspec.Struct):
    items: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    next_cursor: str | None = None


class _PageEnvelope(msgspec.Struct):
    data: _PageData


_ENVELOPE: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)
_PAGE: msgspec.json.Decoder[_PageEnvelope] = msgspec.json.Decoder(_PageEnvelope)
_RAW_FIELDS: Any = dict[str, msgspec.Raw] | None
_NULL = msgspec.Raw(b"null")
_RAW_ITEMS: Any = list[msgspec.Raw] | None


class _Problem(msgspec.Struct):
    code: Any = None
    message: Any = None


@attrs.frozen
class DecodedPage:
    """One page: its items, and the cursor of the next."""

    items: Sequence[Any]
    next_cursor: str | None


def api_error(request: Request, response: Response, now: datetime) -> ApiError | None:
    """Return the error that a response means, or None for a success."""
    if response.ok:
        return None
    code, message = _problem(response.body)
    return api_error_class(response.status)(
        message or ("" if code else _no_message(response)),
        status=response.status,
        code=code,
        operation=request.operation.id,
        request_id=response.headers.get("X-Request-Id"),
        headers=response.headers,
        body=response.body,
        retry_after=retry_after_seconds(response.headers, now),
    )


def _problem(body: bytes) -> tuple[str, str]:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except _BROKEN:
        return "", ""
    return (
        problem.code if isinstance(problem.code, str) else "",
        problem.message if isinstance(problem.message, str) else "",
    )


def _no_message(response: Response) -> str:
    if 300 <= response.status < 400:  # noqa: PLR2004
        place = response.headers.get("Location", "nowhere")
        return f"the reply leads to {place}, and redirects are not followed; is the base URL right?"
    return f"the reply is not the API's: {_shown(response.body)}" if response.body else "the reply is empty"


def _shown(body: bytes) -> str:
    if body.lstrip()[:1] in {b"{", b"["}:
        # What the API itself says may hold a secret; it is in the error's `body`.
        return f"{len(body)} bytes of JSON"
    text = " ".join(body[: 4 * _SHOWN].decode(errors="replace").split())
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def decode_data(request: Request, response: Response) -> Any:
    """Return the `data` of a reply as plain JSON, the whole reply if it has no envelope, or None.

    Raises:
        DecodeError: It is not JSON.
    """
    if not response.body.strip():
        return None
    try:
        value = decoded(response.body)
    except _BROKEN as error:
        raise _unreadable(request, response, f"is not JSON ({error})") from None
    if isinstance(value, dict) and ("data" in value or "code" in value):
        return cast("dict[str, Any]", value).get("data")
    return value  # pyright: ignore[reportUnknownVariableType]


def decode_object(request: Request, response: Response, emit: Emit, *, keep_raw: bool) -> Any:
    """Return the model of a reply; None for an operation that answers nothing.

    Raises:
        DecodeError: The reply is not JSON, or what identifies the object is missing.
    """
    if request.operation.shape is Shape.EMPTY:
        # Read all the same: the log-in page of a proxy is no success.
        decode_data(request, response)
        return None
    if not response.body.strip():
        raise _unreadable(request, response, "is empty")
    data = _data(request, response)
    if data is None and request.operation.unwrapped and _is_bare(response.body):
        data = msgspec.Raw(response.body)
    if data is None:
        raise _unreadable(request, response, "carries no data")
    return _decode_item(request, response, data, emit, keep_raw=keep_raw)


def decode_page(request: Request, response: Response, emit: Emit, *, keep_raw: bool) -> DecodedPage:
    """Return the page of a reply with its items in a list; one without data is empty.

    Raises:
        DecodeError: The reply is not JSON, or an item lacks what identifies it.
    """
    page = read_page(request, response, emit, keep_raw=keep_raw)
    return DecodedPage(list(page.items), page.next_cursor)


def read_page(request: Request, response: Response, emit: Emit, *, keep_raw: bool) -> DecodedPage:
    """Return the page of a reply; all of it is read, and each item is made a model whenever it is looked at.

    Raises:
        DecodeError: The reply is not JSON, or an item lacks what identifies it.
    """
    if response.status == _NO_CONTENT:
        return DecodedPage([], None)
    if not response.body.strip():
        # No page of the API is: taken for the last one, it would cut a list short without a word.
        raise _unreadable(request, response, "is empty")
    page = _plain_page(request, response)
    if page is None:
        return DecodedPage([], None)
    items, cursor = page
    return DecodedPage(_read_items(request, response, items, emit, keep_raw=keep_raw), cursor or None)


def _plain_page(request: Request, response: Response) -> tuple[list[msgspec.Raw], str | None] | None:
    """Return the items of a page and the cursor of the next, or None for a reply without data."""
    try:
        page = _PAGE.decode(response.body).data
        if not isinstance(page.items, msgspec.UnsetType) and _is_text(response.body):
            return page.items, page.next_cursor
    except _BROKEN:
        # Step by step, then: which one it is that does not fit, and whether that matters.
        pass
    data = _data(request, response)
    if data is None:
        return None
    if request.operation.public:
        data = _as_page(data)
    try:
        page = msgspec.json.decode(data, type=_PageData)
    except msgspec.ValidationError:
        return _lenient_page(request, response, data)
    if isinstance(page.items, msgspec.UnsetType):
        if decoded(data).keys() - {"next_cursor"}:
            # Taken for an empty list, something that is no list would look like one without items.
            raise _unreadable(request, response, "is no page (it has no items)")
        return [], page.next_cursor
    return page.items, page.next_cursor


def _is_text(body: bytes) -> bool:
    # What msgspec skips, or hands on raw, it does not check: broken text must not show when `extra` is read.
    if not body.isascii():
        body.decode()
    return True


def _as_page(data: msgspec.Raw) -> msgspec.Raw:
    # The API's definition calls the one reply that lists everything an object: it may be a page, a list, or one item.
    value = decoded(data)
    if isinstance(value, list):
        return msgspec.Raw(b'{"items":%b}' % bytes(data))
    if isinstance(value, dict) and "id" in value and "items" not in value:
        return msgspec.Raw(b'{"items":[%b]}' % bytes(data))
    return data


def _is_bare(body: bytes) -> bool:
    return not {"code", "data"} & decoded(body).keys()


def _lenient_page(request: Request, response: Response, data: msgspec.Raw) -> tuple[list[msgspec.Raw], str | None]:
    try:
        fields: dict[str, msgspec.Raw] = msgspec.json.decode(data, type=_RAW_FIELDS) or {}
        items: list[msgspec.Raw] = msgspec.json.decode(fields.get("items", b"null"), type=_RAW_ITEMS) or []
    except msgspec.ValidationError as error:
        raise _unreadable(request, response, f"is no page ({error})") from None
    cursor = decoded(fields.get("next_cursor", b"null"))
    if isinstance(cursor, bool) or not isinstance(cursor, str | int | None):
        raise _unreadable(request, response, f"is no page (its cursor is no text but {type(cursor).__name__})")
    return items, None if cursor is None else str(cursor)


def _data(request: Request, response: Response) -> msgspec.Raw | None:
    try:
        _is_text(response.body)
        data = _ENVELOPE.decode(response.body).data
    except msgspec.ValidationError as error:
        raise _unreadable(request, response, f"is no JSON object ({error})") from None
    except _BROKEN as error:
        raise _unreadable(request, response, f"is not JSON ({error})") from None
    return None if not data or data == _NULL else data


def _decode_item(request: Request, response: Response, item: msgspec.Raw, emit: Emit, *, keep_raw: bool) -> Any:
    result = request.operation.result
    if result is None:
        return decoded(item)
    cls = _model(result)
    way = way_to(cls)
    found = _read_item(way, cls, request, response, item, emit, keep_raw=keep_raw)
    if isinstance(found, Model):
        return found
    return way.build(found, Origin(bytes(item))) if keep_raw else way.build_untied(found)


def _read_items(
    request: Request, response: Response, items: list[msgspec.Raw], emit: Emit, *, keep_raw: bool
) -> Sequence[Any]:
    if request.operation.result is None:
        return [decoded(item) for item in items]
    cls = _model(request.operation.result)
    way = way_to(cls)
    read = [_read_item(way, cls, request, response, item, emit, keep_raw=keep_raw) for item in items]
    return Unbuilt(way, read, items if keep_raw else None)


def _read_item(  # noqa: PLR0917 - called for every item, and names cost time
    way: Way, cls: type[Model], request: Request, response: Response, item: msgspec.Raw, emit: Emit, *, keep_raw: bool
) -> Any:
    """Return the twin of an item, or the model where it has none or does not fit."""
    try:
        found = way.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = _read_leniently(request, response, item, emit, cls=cls, reason=str(error))
        tie(found, bytes(item) if keep_raw else None)
    else:
        if not way.twin:
            found = way.build(found, Origin(bytes(item))) if keep_raw else way.build_untied(found)
    return found


def structure_item(cls: type[Model], data: Any) -> tuple[Model, list[str]]:
    """Make a model of decoded JSON leniently, and name the fields that had to be left out."""
    with loading():
        from fivetran_async._converter import structure_item as structure  # noqa: PLC0415 - see encode_body

    return structure(cls, data)


def _read_leniently(
    request: Request, response: Response, item: msgspec.Raw, emit: Emit, *, cls: type[Model], reason: str
) -> Model:
    try:
        model, fields = structure_item(cls, decoded(item))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable(request, response, f"holds no {cls.__name__} ({error})") from None
    emit(
        ItemRepaired(
            operation=request.operation.id,
            call=request.call,
            model=cls.__name__,
            reason=reason,
            fields=tuple(fields),
            place=found[1] if (found := _PLACE.search(reason)) else "",
        )
    )
    return model


@cache
def _model(result: str) -> type[Model]:
    module, _, name = result.partition(":")
    with loading():
        cls: type[Model] = getattr(import_module(f"fivetran_async.models.{module}"), name)
    return cls


def _unreadable(request: Request, response: Response, what: str) -> DecodeError:
    operation = request.operation
    done = "" if operation.method == "GET" else "; the API accepted the call, so do not repeat it unseen"
    return DecodeError(
        f"{operation.id}: the reply ({response.status}) {what}{done}: {_shown(response.body)}",
        status=response.status,
        body=response.body,
        operation=operation.id,
    )

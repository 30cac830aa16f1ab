"""The file that an audit goes on from: a line for every page that was read, so that a kill costs what was in flight.

The first line says what the audit is of. Every line carries a checksum: one that a kill cut off is dropped, and asked
for again. Lines are added and never changed.
"""

import os
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from fivetran_async._converter import structure_item
from fivetran_async._forks import loading
from fivetran_async.audit._masks import masked
from fivetran_async.audit._sources import BY_NAME, Source
from fivetran_async.errors import ArgumentError, FivetranError
from fivetran_async.models._base import Model, decoded
from fivetran_async.models._origins import tie

_MAGIC: Final = b"fivetran-async audit 1 "
_SUM: Final = 8
_READABLE: Final = 0o600
# What only some systems know: lines that end as they are written, and no file for child processes.
_AS_IT_IS: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Header(msgspec.Struct, frozen=True):
    """What an audit is of.

    Attributes:
        account: Tells one API key at one address from another, and nothing else of it.
        kinds: What is read, sorted.
        as_of: The time that everything is judged by.
    """

    account: str
    kinds: tuple[str, ...]
    as_of: datetime


class _Line(msgspec.Struct):
    source: str
    of: tuple[str, ...]
    at: str | None
    next: str | None
    absent: bool
    items: list[msgspec.Raw]


@attrs.frozen
class Read:
    """A page that was read.

    Attributes:
        key: Of what list: the name of the source, and the ids of whose it is.
        at: The cursor that it was asked for with.
        next: The cursor of the next one; None after the last.
        absent: Whether there is nothing of the kind.
        items: The models.
    """

    key: tuple[str, ...]
    at: str | None
    next: str | None
    absent: bool
    items: list[Any]


class Journal:
    """An open file; nobody else writes to it meanwhile."""

    def __init__(self, path: str | os.PathLike[str], header: Header, *, keep_raw: bool) -> None:
        """Open the file, or make it. Blocks.

        Args:
            path: Where it is; its folder must exist.
            header: What the audit is of; `as_of` is that of the file, if there is one.
            keep_raw: Whether models keep their bytes.

        Raises:
            ArgumentError: It is another kind of file, of another account or another audit, or in use.
            FivetranError: It cannot be read or written.
        """
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"resume must be the path of a file, not {type(path).__name__}")
        self._path = Path(path)
        self._keep_raw = keep_raw
        self._file = -1
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | _AS_IT_IS, _READABLE)
            _lock(self._file, self._path)
            self.header, self.reads = self._load(header)
        except OSError as error:
            self.close()
            raise FivetranError(f"resume: {self._path} cannot be used: {error.strerror or error}") from None
        except BaseException:
            self.close()
            raise

    def add(
        self, source: Source, of: tuple[str, ...], at: str | None, after: str | None, items: Sequence[Model] | None
    ) -> list[Any]:
        """Write a page.

        Args:
            source: What list it is of.
            of: The ids of whose that is.
            at: The cursor that it was asked for with.
            after: The cursor of the next one.
            items: What is on it; None when there is nothing of the kind.

        Returns:
            The items as the file has them: without secrets, and the same to whoever reads it.

        Raises:
            FivetranError: It cannot be written.
        """
        pieces = [msgspec.json.encode(masked(_plain(item))) for item in items or ()]
        head = _Line(source=source.name, of=of, at=at, next=after, absent=items is None, items=list(map(_raw, pieces)))
        self._write(_summed(msgspec.json.encode(head)))
        return [_model(source.model, piece, keep_raw=self._keep_raw) for piece in pieces]

    def close(self) -> None:
        """Close the file; again does nothing."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _write(self, line: bytes) -> None:
        try:
            # One call a line: what was handed over is the system's to write, even if this process is killed.
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            # Nothing may follow what is half there.
            self.close()
            raise FivetranError(f"resume: {self._path} cannot be written: {error.strerror or error}") from None

    def _load(self, header: Header) -> tuple[Header, list[Read]]:
        with os.fdopen(os.dup(self._file), "rb") as file:
            first = file.readline()
            if _MAGIC.startswith(first[: len(_MAGIC)]) and not first.endswith(b"\n"):
                # New, or killed while its first line was written.
                os.ftruncate(self._file, 0)
                self._seek_end()
                self._write(_MAGIC + _summed(msgspec.json.encode(header)))
                return header, []
            known = self._checked(first, header)
            reads: list[Read] = []
            good, bad = len(first), 0
            for line in file:
                body = _unsummed(line)
                if body is None:
                    bad += 1
                elif bad:
                    raise self._damaged(good)
                else:
                    reads.append(self._read(body, good))
                    good += len(line)
        os.ftruncate(self._file, good)
        self._seek_end()
        return known, reads

    def _seek_end(self) -> None:
        os.lseek(self._file, 0, os.SEEK_END)

    def _checked(self, first: bytes, header: Header) -> Header:
        body = _unsummed(first.removeprefix(_MAGIC)) if first.startswith(_MAGIC) else None
        if body is None:
            raise ArgumentError(
                f"resume: {self._path} is no file that an audit of this version goes on from; choose another path"
            )
        known = msgspec.json.decode(body, type=Header)
        if known.account != header.account:
            raise ArgumentError(
                f"resume: {self._path} belongs to an audit with another API key or at another address; "
                "use that key, or choose another path"
            )
        if known.kinds != header.kinds:
            raise ArgumentError(
                f"resume: {self._path} belongs to an audit that reads {', '.join(known.kinds)}, and this one reads "
                f"{', '.join(header.kinds)}; use the same rules and options, or choose another path"
            )
        return known

    def _read(self, body: bytes, place: int) -> Read:
        line = msgspec.json.decode(body, type=_Line)
        source = BY_NAME.get(line.source)
        if source is None:
            raise self._damaged(place)
        items = [_model(source.model, bytes(item), keep_raw=self._keep_raw) for item in line.items]
        return Read((source.name, *line.of), line.at, line.next, line.absent, items)

    def _damaged(self, place: int) -> ArgumentError:
        return ArgumentError(f"resume: {self._path} is damaged at byte {place}; begin anew with another path")


def _lock(file: int, path: Path) -> None:
    try:
        with loading():
            import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ArgumentError(f"resume: {path} is in use by another audit; wait for it, or choose another path") from None


def _summed(body: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _unsummed(line: bytes) -> bytes | None:
    body = line[_SUM + 1 : -1]
    return body if line == _summed(body) else None


def _raw(piece: bytes) -> msgspec.Raw:
    return msgspec.Raw(piece)


def _plain(item: Model) -> Any:
    raw = item.raw
    return decoded(raw) if raw is not None else msgspec.to_builtins(item)


def _model(where: str, piece: bytes, *, keep_raw: bool) -> Any:
    decoder, cls = _decoder(where)
    try:
        model = decoder.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        model, _ = structure_item(cls, decoded(piece))
    if keep_raw:
        tie(model, piece)
    return model


@cache
def _decoder(where: str) -> tuple[msgspec.json.Decoder[Any], type[Model]]:
    module, _, name = where.partition(":")
    with loading():
        cls: type[Model] = getattr(import_module(f"fivetran_async.models.{module}"), name)
    return msgspec.json.Decoder(cls), cls

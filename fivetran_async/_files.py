"""Files that go up and come down: never whole in memory, never half-written on disk."""

import hashlib
import inspect
import io
import os
import stat
import tempfile
import uuid
import zipfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import anyio.to_thread
import attrs

from fivetran_async.errors import ArgumentError, ChecksumError, DecodeError, FivetranError
from fivetran_async.types import FileSource

_PIECE = 256 * 1024
_BUFFER = 1024 * 1024
_END = object()
_thread = anyio.to_thread.run_sync


@attrs.frozen(kw_only=True)
class Upload:
    """A file to be sent.

    Attributes:
        open: Opens it at its beginning, once for each attempt.
        filename: The name that it is sent under.
        sha256: The hexadecimal SHA-256 of its bytes.
    """

    open: Callable[[], io.BufferedIOBase]
    filename: str
    sha256: str


@asynccontextmanager
async def zipped(source: FileSource, name: str) -> AsyncGenerator[Upload]:
    """Make a zip archive ready to be sent, as often as it takes.

    What comes in pieces is kept in a temporary file until the end: only so can it be sent again after a 429.

    Args:
        source: A path, bytes, or pieces.
        name: What the argument is called, for the errors.

    Raises:
        ArgumentError: It cannot be read, or is no zip archive.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        yield await _thread(_upload, lambda: _opened(path, name), name)
    elif isinstance(source, bytes):
        content = source
        yield await _thread(_upload, lambda: io.BytesIO(content), name, content)
    else:
        async with _spooled(source, name) as path:
            yield await _thread(_upload, lambda: _opened(path, name), name)


def _opened(path: Path, name: str) -> io.BufferedIOBase:
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArgumentError(f"{name}: {path} cannot be read: {reason}") from None


def _upload(opener: Callable[[], io.BufferedIOBase], name: str, content: bytes | None = None) -> Upload:
    with opener() as file:
        try:
            if not zipfile.is_zipfile(file):
                raise ArgumentError(f"{name} must be a zip archive, and this is none")
            file.seek(0)
            # Bytes in memory are hashed where they are: to hash the file around them would copy them.
            digest = hashlib.file_digest(file, "sha256") if content is None else hashlib.sha256(content)
        except OSError as error:
            raise ArgumentError(f"{name} cannot be read: {error.strerror or error}") from None
    return Upload(open=opener, filename="code.zip", sha256=digest.hexdigest())


@asynccontextmanager
async def _spooled(source: Any, name: str) -> AsyncGenerator[Path]:
    handle, place = tempfile.mkstemp(prefix="fivetran-", suffix=".zip")
    path = Path(place)
    try:
        with os.fdopen(handle, "wb") as file:
            async for piece in _pieces(source, name):
                await _thread(file.write, piece)
        yield path
    finally:
        # Not in a thread: a cancelled task has to leave no file behind, either.
        path.unlink(missing_ok=True)  # noqa: ASYNC240


async def _pieces(source: Any, name: str) -> AsyncIterator[bytes | bytearray | memoryview]:
    if isinstance(source, bytearray | memoryview):
        yield source
    elif callable(getattr(source, "read", None)):
        # A file is also iterable, by lines: thirty times slower.
        while piece := await _read(source.read):
            yield _checked(piece, name)
    elif isinstance(source, AsyncIterable):
        async for piece in cast("AsyncIterable[Any]", source):
            yield _checked(piece, name)
    elif isinstance(source, Iterable):
        pieces = iter(cast("Iterable[Any]", source))
        while (piece := await _thread(next, pieces, _END)) is not _END:
            yield _checked(piece, name)
    else:
        raise ArgumentError(f"{name} must be a path, bytes, or pieces of bytes, not {type(source).__name__}")


async def _read(read: Callable[[int], Any]) -> Any:
    if inspect.iscoroutinefunction(read):
        return await read(_PIECE)
    piece = await _thread(read, _PIECE)
    return await piece if inspect.isawaitable(piece) else piece


def _checked(piece: Any, name: str) -> bytes | bytearray | memoryview:
    if not isinstance(piece, bytes | bytearray | memoryview):
        raise ArgumentError(f"{name} must come in pieces of bytes, not of {type(piece).__name__}")
    return cast("bytes | bytearray | memoryview", piece)


class Download:
    """A file that is being received: beside its place until it is whole, and then in it."""

    def __init__(self, path: str | os.PathLike[str], name: str) -> None:
        """Choose a place.

        Args:
            path: Where it is to be; a file that is there is replaced, at the end and at once.
            name: What the argument is called, for the errors.

        Raises:
            ArgumentError: The path is none, or nothing could be written to it.
        """
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"{name} must be a path, not {type(path).__name__}")
        self.path = Path(path)
        self._received: tuple[Path, BinaryIO] | None = None
        self._digest = hashlib.sha256()
        try:
            # What a link leads to is written, and the link stays.
            self._target = Path(os.path.realpath(path))
            known = self._target.stat() if self._target.exists() else None
            possible = self._target.parent.is_dir()
        except (OSError, ValueError) as error:
            raise ArgumentError(f"{name}: {str(path)!r} cannot be written: {error}") from None
        if not possible or (known is not None and not stat.S_ISREG(known.st_mode)):
            raise ArgumentError(f"{name} must be that of a file in a folder that exists, not {str(path)!r}")

    async def begin(self) -> None:
        """Begin, or begin anew, with nothing received.

        Raises:
            FivetranError: No file can be made there.
        """
        self.discard()
        self._digest = hashlib.sha256()
        # Not by the name of the target, which may be as long as names can be; and not in a thread, or a task that is
        # cancelled meanwhile would leave behind what it does not know of.
        part = self._target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            self._received = part, part.open("xb", buffering=_BUFFER)
        except OSError as error:
            raise self._unwritable(error) from None

    async def write(self, piece: bytes) -> None:
        """Receive a piece.

        Raises:
            FivetranError: It cannot be written.
        """
        await _thread(self._take, piece)

    def _take(self, piece: bytes) -> None:
        _, file = self._begun()
        try:
            file.write(piece)
        except OSError as error:
            raise self._unwritable(error) from None
        self._digest.update(piece)

    async def finish(self, sha256: str | None) -> None:
        """Put what was received into its place.

        Args:
            sha256: The hexadecimal SHA-256 that it must have; None when nobody knows, and any archive will do.

        Raises:
            ChecksumError: It has another one; the place is as it was.
            DecodeError: It is no zip archive; the place is as it was.
            FivetranError: It cannot be written; the place is as it was.
        """
        actual = self._digest.hexdigest()
        if sha256 is not None and actual != sha256.lower():
            raise ChecksumError(
                f"the file received is not the one expected: its SHA-256 is {actual}, not {sha256}; "
                f"{self.path} was not written",
                expected=sha256,
                actual=actual,
            )
        await _thread(self._place, sha256 is None)

    def _place(self, unknown: bool) -> None:
        part, file = self._begun()
        try:
            file.close()
            if unknown and not zipfile.is_zipfile(part):
                raise DecodeError(f"the file received is no zip archive; {self.path} was not written")
            if self._target.exists():
                part.chmod(stat.S_IMODE(self._target.stat().st_mode))
            part.replace(self._target)
        except OSError as error:
            raise self._unwritable(error) from None

    def _begun(self) -> tuple[Path, BinaryIO]:
        if self._received is None:
            raise RuntimeError("begin() comes before anything is received, and discard() after it")
        return self._received

    def _unwritable(self, error: OSError) -> FivetranError:
        return FivetranError(f"{self.path} cannot be written: {error.strerror or error}")

    def discard(self) -> None:
        """Remove what was received and has not come to its place; nothing for none."""
        if self._received is None:
            return
        part, file = self._received
        self._received = None
        # On a disk that is full, closing fails as well.
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            part.unlink(missing_ok=True)

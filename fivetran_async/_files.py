"""Files that go up and come down: never whole in memory, never half-written on disk."""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import anyio.to_thread
import attrs

from fivetran_async.errors import ArgumentError, ChecksumError, FivetranError
from fivetran_async.types import FileSource

_IN_MEMORY = 1024 * 1024
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
    elif isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
        yield await _thread(_upload, lambda: io.BytesIO(content), name)
    else:
        async with _spooled(source, name) as path:
            yield await _thread(_upload, lambda: _opened(path, name), name)


def _opened(path: Path, name: str) -> io.BufferedIOBase:
    try:
        return path.open("rb")
    except OSError as error:
        raise ArgumentError(f"{name}: {path} cannot be read: {error.strerror or error}") from None


def _upload(opener: Callable[[], io.BufferedIOBase], name: str) -> Upload:
    with opener() as file:
        if not zipfile.is_zipfile(file):
            raise ArgumentError(f"{name} must be a zip archive, and this is none")
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Upload(open=opener, filename="code.zip", sha256=digest)


@asynccontextmanager
async def _spooled(source: AsyncIterable[bytes] | Iterable[bytes], name: str) -> AsyncGenerator[Path]:
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


async def _pieces(source: Any, name: str) -> AsyncIterator[bytes]:
    if isinstance(source, AsyncIterable):
        async for piece in cast("AsyncIterable[Any]", source):
            yield _checked(piece, name)
    elif isinstance(source, Iterable):
        pieces = iter(cast("Iterable[Any]", source))
        while (piece := await _thread(next, pieces, _END)) is not _END:
            yield _checked(piece, name)
    else:
        raise ArgumentError(f"{name} must be a path, bytes, or pieces of bytes, not {type(source).__name__}")


def _checked(piece: Any, name: str) -> bytes:
    if not isinstance(piece, bytes | bytearray | memoryview):
        raise ArgumentError(f"{name} must come in pieces of bytes, not of {type(piece).__name__}")
    return bytes(cast("Any", piece))


class Download:
    """A file that is being received: beside its place until it is whole, and then in it.

    Args:
        path: Where it is to be; a file that is there is replaced, at the end and at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part: Path | None = None
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()

    async def check(self, name: str) -> None:
        """Refuse a path that nothing could be written to.

        Raises:
            ArgumentError: It is a folder, or in none; the message calls it by its `name`.
        """
        if not await _thread(self._is_possible):
            raise ArgumentError(f"{name} must be that of a file in a folder that exists, not {str(self.path)!r}")

    def _is_possible(self) -> bool:
        return self.path.parent.is_dir() and not self.path.is_dir()

    async def begin(self) -> None:
        """Begin, or begin anew, with nothing received."""
        await self.discard()
        self._digest = hashlib.sha256()
        await _thread(self._open)

    def _open(self) -> None:
        try:
            handle, place = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".part")
        except OSError as error:
            raise self._unwritable(error) from None
        self._part, self._file = Path(place), os.fdopen(handle, "wb", buffering=_IN_MEMORY)

    async def write(self, piece: bytes) -> None:
        """Receive a piece."""
        await _thread(self._take, piece)

    def _take(self, piece: bytes) -> None:
        assert self._file is not None  # noqa: S101 - begin() comes first
        try:
            self._file.write(piece)
        except OSError as error:
            raise self._unwritable(error) from None
        self._digest.update(piece)

    async def finish(self, sha256: str | None) -> None:
        """Put what was received into its place.

        Args:
            sha256: The hexadecimal SHA-256 that it must have; None for any.

        Raises:
            ChecksumError: It has another one; the place is as it was.
        """
        actual = self._digest.hexdigest()
        if sha256 is not None and actual != sha256.lower():
            await self.discard()
            raise ChecksumError(
                f"the file received is not the one expected: its SHA-256 is {actual}, not {sha256}; "
                f"{self.path} was not written",
                expected=sha256,
                actual=actual,
            )
        await _thread(self._place)

    def _place(self) -> None:
        assert self._file is not None  # noqa: S101 - begin() comes first
        assert self._part is not None  # noqa: S101 - begin() comes first
        try:
            self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from None
        self._file = self._part = None

    def _unwritable(self, error: OSError) -> FivetranError:
        return FivetranError(f"{self.path} cannot be written: {error.strerror or error}")

    async def discard(self) -> None:
        """Remove what was received so far; nothing for none."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._part is not None:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
            self._part = None

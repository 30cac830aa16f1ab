"""Files that are made ready to be sent, without a server."""

import hashlib
import io
import tracemalloc
import zipfile

import pytest

from fivetran_async._files import zipped


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_what_is_in_memory_is_not_copied(kind):
    """An upload of 40 MB would need 40 MB more than it has already."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        file.writestr("data", b"x" * 40_000_000)
    source = kind(content.getvalue())
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        async with zipped(source, "file") as upload:
            with upload.open() as file:
                while file.read(1 << 20):
                    pass
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert upload.sha256 == hashlib.sha256(source).hexdigest()
    assert peak < 5_000_000

"""Says which Python is wanted, before an older pip looks for versions of dependencies that would do without it."""

import sys
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LEAST = (3, 11)


class NeedsPython(MetadataHookInterface):
    """A look at the Python that builds; pip before 23.1 searches for minutes until it looks at `requires-python`."""

    def update(self, metadata: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """End the build on a Python that is too old, with one line in place of a traceback."""
        if sys.version_info < LEAST:
            wanted, found = (".".join(map(str, version[:2])) for version in (LEAST, sys.version_info))
            sys.exit(f"fivetran-async needs Python {wanted} or newer, and this is {found}: make the venv with another")

"""A connector's `connector.py`, loaded as Fivetran does, and gone from the process afterwards."""

import importlib.util
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

from fivetran_async.connector_sdk import standin
from fivetran_async.errors import ArgumentError

_MODULE: Final = "connector"


@contextmanager
def at_home(folder: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Let code run as in a process of its own: from its folder, with its modules, environment and a stand-in.

    Args:
        folder: The folder of the connector.
        environment: What is added to the environment.
    """
    before = Path.cwd()
    path, modules = list(sys.path), set(sys.modules)
    variables = {name: os.environ.get(name) for name in environment}
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    # One of an earlier run would be another folder's.
    earlier = sys.modules.pop(_MODULE, None)
    try:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ.update(environment)
        with standin.standing_in():
            yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = bytecode
        os.chdir(before)
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for name in set(sys.modules) - modules:
            if _is_of(sys.modules[name], folder):
                del sys.modules[name]
        sys.modules.pop(_MODULE, None)
        if earlier is not None:
            sys.modules[_MODULE] = earlier
        importlib.invalidate_caches()


def load(folder: Path) -> standin.Connector:
    """Run `connector.py`, which must be at home, and return its connector.

    Raises:
        ArgumentError: It defines none.
        Exception: What the code itself raises.
    """
    spec = importlib.util.spec_from_file_location(_MODULE, folder / "connector.py")
    if spec is None or spec.loader is None:
        raise ArgumentError(f"{folder / 'connector.py'} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    spec.loader.exec_module(module)
    connector = getattr(module, "connector", None)
    if not isinstance(connector, standin.Connector):
        raise ArgumentError(
            "connector.py must define `connector = Connector(update=update, schema=schema)`, under exactly that name"
        )
    return connector


def _is_of(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)

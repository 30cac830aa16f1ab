"""The notebook runs in a kernel, as Jupyter runs it: on an event loop that runs already."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from running_examples import EXAMPLES, clean_environment, credentials

from fivetran_async.sandbox import Sandbox

FILE = EXAMPLES / "notebook" / "audit.ipynb"


@pytest.fixture
def notebook() -> Any:
    """The notebook as it is kept."""
    return nbformat.read(FILE, as_version=4)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """An account with two connections, of which one is broken."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        for name in ("shop", "web"):
            box.account.add_connection(group, "postgres", id=name)
        box.syncs.script("shop", "failure_with_task", tasks=[("reconnect", "The password has expired")])
        with box.sync_client() as ft:
            ft.connections.sync("shop", force=True)
        box.clock.advance(3_600)
        yield box


# What the kernel's own libraries say of themselves is no fault of the notebook.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs(notebook: Any, box: Sandbox, tmp_path: Path) -> None:
    """The sync facade would refuse to work, hang, or want a patch where a loop runs already."""
    before = box.calls
    environment = clean_environment(**credentials(box), HOME=str(tmp_path), IPYTHONDIR=str(tmp_path))
    NotebookClient(notebook, timeout=90, kernel_name="python3").execute(env=environment, cwd=str(tmp_path))
    told = {cell.id: "".join(output.text for output in cell.outputs) for cell in notebook.cells if "outputs" in cell}
    assert told["loop"] == "a loop runs here: True\n"
    assert "findings" in told["audit"]
    assert "critical    1\n" in told["findings"]
    assert told["many"] == "shop ['reconnect']\n"
    assert told["await"] == "1 groups\n"
    assert box.calls - before == int(told["audit"].split()[0]) + 2


def test_it_is_kept_without_what_it_printed(notebook: Any) -> None:
    """Somebody's account would be published with the notebook."""
    assert [cell.id for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []

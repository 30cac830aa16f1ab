"""Counts forks, so that what belongs to a parent's event loop is recognised in the child."""

import os

_generation = 0


def generation() -> int:
    """Return how many forks lie between the first process and this one."""
    return _generation


def _forked() -> None:
    global _generation  # noqa: PLW0603 - a process has one generation
    _generation += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

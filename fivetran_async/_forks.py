"""Forks: counted, so that what belongs to a parent's event loop is recognised, and kept out of late imports."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

_PATIENCE = 5.0

_generation = 0
_gate = threading.Condition()
_loaders: list[int] = []


def generation() -> int:
    """Return how many forks lie between the first process and this one."""
    return _generation


@contextmanager
def loading() -> Generator[None]:
    """Import something late.

    A fork waits for its end: a child that is made while another thread imports finds the module locked for ever.
    """
    me = threading.get_ident()
    with _gate:
        _loaders.append(me)
    try:
        yield
    finally:
        with _gate:
            if me in _loaders:
                _loaders.remove(me)
            _gate.notify_all()


def _before() -> None:
    me = threading.get_ident()
    _gate.acquire()
    _gate.wait_for(lambda: all(loader == me for loader in _loaders), timeout=_PATIENCE)


def _after_in_parent() -> None:
    _gate.release()


def _after_in_child() -> None:
    global _generation, _gate  # noqa: PLW0603 - a process has one of each
    _generation += 1
    # The old one is held by this thread's other self, and may have waiters that the child does not have.
    _gate = threading.Condition()
    _loaders.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)

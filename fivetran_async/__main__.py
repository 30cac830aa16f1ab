"""The command `fivetran-async`, and `python -m fivetran_async`."""

import sys

_EXTRA = frozenset({"click", "rich"})
_USAGE = 2
_INTERRUPTED = 130


def main() -> int:
    """Run the command and return its exit status."""
    try:
        # Here, because the command is an extra: without it there is one line to say, not a traceback.
        from fivetran_async.cli.app import run  # noqa: PLC0415

        return run()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write("this command needs the cli extra: pip install 'fivetran-async[cli]'\n")
        return _USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

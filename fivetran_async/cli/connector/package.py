"""`fivetran-async connector package`: the archive that Fivetran runs."""

from pathlib import Path

import click

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import (
    allow_secrets_option,
    configuration_option,
    folder_argument,
    given_configuration,
    print_json,
)
from fivetran_async.connector_sdk.packing import MAX_SIZE, PackedConnector, pack
from fivetran_async.errors import ArgumentError


@click.command(
    name="package",
    short_help="Pack a connector; the same files make the same bytes.",
    epilog="""\b
    Examples:
      fivetran-async connector package shop -o shop.zip
      fivetran-async connector package shop --json

    Exit status: 0 packed, 2 there is no such connector, or what looks like a secret would be packed.""",
)
@folder_argument
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The archive. Left out, nothing is written: what would be in it is shown.",
)
@configuration_option
@allow_secrets_option
@click.option(
    "--max-size",
    type=click.IntRange(min=1),
    default=MAX_SIZE,
    show_default=True,
    metavar="BYTES",
    help="How large it may be.",
)
@output.json_option
def command(
    *,
    folder: Path,
    target: Path | None,
    configuration: Path | None,
    allow_secrets: tuple[str, ...],
    max_size: int,
    as_json: bool,
) -> int:
    """Pack the connector in DIR as Fivetran's own tool does, and tell the size and SHA-256 of the archive.

    What .gitignore names stays out, as do hidden files, configuration.json and virtual environments. The values of
    secret settings must stand in no file.
    """
    packed = pack(
        folder,
        configuration=given_configuration(configuration),
        allow_secrets=allow_secrets,
        max_size=max_size,
    )
    path = None if target is None else _written(packed, target)
    if as_json:
        print_json(
            {
                "path": None if path is None else str(path),
                "sha256": packed.sha256,
                "size": packed.size,
                "files": packed.files,
            }
        )
        return Exit.FINE
    with output.to_reader():
        to = output.writer()
        for name in packed.files:
            to.line(name)
        to.line()
        to.line(f"{len(packed.files)} files, {packed.size:,} bytes", "bold")
        to.line(f"sha256 {packed.sha256}")
        to.line("Not written: name a file with -o" if path is None else f"Written to {path}")
    return Exit.FINE


def _written(packed: PackedConnector, target: Path) -> Path:
    inside = target.resolve()
    if inside.is_relative_to(packed.folder):
        name = inside.relative_to(packed.folder)
        # Otherwise the next package would hold this one, and have another hash.
        if name.parts[0] != "files":
            raise ArgumentError(
                f"{target} would be a part of the connector: write the package outside of {packed.folder}, "
                f"or to {packed.folder / 'files' / name.name}, which is never packed"
            )
    return packed.write(target)

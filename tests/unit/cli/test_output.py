"""What is printed: one line stays one line, columns stay aligned, terminals are not commanded."""

import json
import re

import pytest

from fivetran_async.cli import app, output


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("\x1b[31mred\x07", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}"),
        ("right\u202eleft", "right\N{REPLACEMENT CHARACTER}left"),
        ("Übersee [bold]", "Übersee [bold]"),
    ],
)
def test_clean(text, line):
    """A name in the account could move the reader's cursor, hide text, or break a table."""
    assert output.clean(text) == line


def test_plain_table_is_aligned(capsys):
    """Columns could not be cut by tools, or would be padded without end."""
    output.Plain().table(("A", "Long", "Last"), [("wide cell", "x", "a b\nc"), ("y", "", "z")])
    assert capsys.readouterr().out == "A          LONG  LAST\nwide cell  x     a b c\ny                z\n"


def test_wide_characters_take_their_room(capsys):
    """What stands behind a Chinese name would be out of line."""
    output.Plain().table(("name", "id"), [("数据", "a"), ("name", "b")])
    assert capsys.readouterr().out == "NAME  ID\n数据  a\nname  b\n"


def test_terminal_takes_no_markup(capsys):
    """A name with brackets would vanish or change colours."""
    output.Terminal().table((), [("[red]name[/red] :smile:", "[x]")])
    output.Terminal().line("[bold]n[/bold]")
    out = capsys.readouterr().out
    assert "[red]name[/red] :smile:" in out
    assert "[bold]n[/bold]" in out


def test_writer_without_a_terminal(capsys):
    """A pipe would get boxes and colours."""
    assert isinstance(output.writer(), output.Plain)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["audit", "--help"], ["sandbox", "-h"]])
def test_asked_for_help(capsys, arguments):
    """Help or version would be an error, or go to the wrong stream."""
    assert app.run(arguments) == app.Exit.FINE
    captured = capsys.readouterr()
    assert not captured.err
    assert captured.out.startswith(("fivetran-async ", "Usage: fivetran-async"))


def test_help_tells_statuses_and_rules(capsys):
    """A user would have to look for the rules and exit statuses elsewhere."""
    app.run(["audit", "--help"])
    out = capsys.readouterr().out
    assert "--list-rules" in out
    assert "Exit status: 0" in out
    assert "fivetran-async audit --sandbox" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["connection", "list"], "No such command 'connection'. (Did you mean 'api connections'?)"),
        (["api", "list"], "No such command 'list'. See"),
        (["deploy", "shop"], "No such command 'deploy'. (Did you mean 'connector deploy'?)"),
        (["audit", "--nothing"], "--nothing"),
        (["audit", "--rule", "brokn"], "'brokn' is no rule, of which --list-rules prints all; did you mean 'broken'?"),
        (["audit", "--fail-on", "fatal"], "'fatal' is not one of 'critical'"),
        (["audit", "--groups", "3"], "--groups is for the embedded sandbox"),
        (["audit", "--seed", "0"], "--seed is for the embedded sandbox"),
        (["audit", "--sandbox", "--base-url", "http://x"], "--base-url cannot be used with --sandbox"),
        (["audit", "--sandbox", "--groups", "0"], "at least one of --groups"),
        (["audit", "--sandbox", "--connections", "-1"], "-1"),
        (["sandbox", "--port", "70000"], "70000"),
        (["sandbox", "--speed", "0.5"], "0.5"),
        (["sandbox", "--groups", "0"], "at least one of --groups"),
        (["sandbox", "--load", "x.json", "--groups", "3"], "--groups cannot be used with --load"),
        (["sandbox", "--load", "no/such.json"], "no/such.json: No such file"),
        (["sandbox", "--save", "no/such/folder.json"], "folder no/such does not exist"),
    ],
)
def test_wrong_usage(capsys, arguments, said):
    """A wrong option would be ignored, or end in more than one line or another status than 2."""
    assert app.run(arguments) == app.Exit.USAGE
    captured = capsys.readouterr()
    assert not captured.out
    assert re.fullmatch(r"error: .+\n", captured.err)
    assert said in captured.err


@pytest.mark.parametrize("arguments", [[], ["api"], ["api", "connections"], ["connector"], ["schema"]])
def test_no_command(capsys, arguments):
    """A call without a command would look like a success, or show all help in one line, as an error."""
    assert app.run(arguments) == app.Exit.USAGE
    captured = capsys.readouterr()
    assert not captured.out
    assert captured.err.startswith("Usage: fivetran-async")
    assert "\n\nCommands:\n" in captured.err


def test_file_that_is_no_account(capsys, tmp_path):
    """A bad account file would end in a traceback."""
    path = tmp_path / "account.json"
    path.write_text(json.dumps({"format": "other"}))
    assert app.run(["sandbox", "--load", str(path)]) == app.Exit.USAGE
    assert re.fullmatch(r"error: .*account\.json: not an account.+\n", capsys.readouterr().err)

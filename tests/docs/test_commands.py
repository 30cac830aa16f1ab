"""The commands that the documents and the examples name are there, with the options that are given."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fivetran_async.cli.app import commands

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SCRIPTS = sorted(path for path in (ROOT / "examples").rglob("*") if path.suffix in {".sh", ".yml", ".yaml", ".md"})

_CALL = r"(?:fivetran-async|python -m fivetran_async)(?P<given>(?: [^\n]*)?)"
_INLINE = re.compile(rf"`{_CALL.replace('[^', '[^`')}`")
_LINE = re.compile(rf"^[^#\n]*?(?<![\w-]){_CALL}$", re.MULTILINE)
_BLOCK = re.compile(r"^ *```(?:console|sh|bash|yaml)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# What stands for something that is the reader's: ID, GROUP_ID, SPACE.TABLE, ..., <id>.
_PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_.]*|\.\.\.|<\w+>|.*\$.*")


def calls(path: Path) -> Iterator[str]:
    """Yield what follows the command's name wherever a document or a script has it."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    if path.suffix != ".md":
        yield from (match["given"] for match in _LINE.finditer(text))
        return
    for block in _BLOCK.finditer(text):
        yield from (match["given"] for match in _LINE.finditer(block[1]))
    yield from (match["given"] for match in _INLINE.finditer(_BLOCK.sub("", text)))


def alternatives(given: str) -> Iterator[str]:
    """Yield each of the calls that are meant by one such as `schema plan|apply`; nothing for the bare name."""
    given = given.strip()
    found = re.search(r"[a-z-]+(?:\|[a-z-]+)+", given)
    if found:
        yield from (given.replace(found[0], one) for one in found[0].split("|"))
    elif given:
        yield given


def words(given: str) -> list[str]:
    """Return the arguments of a call, until the comment, the pipe or the redirection that follows them."""
    lexer = shlex.shlex(re.sub(r"<(\w+)>", r"\1", given), posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    found: list[str] = []
    for word in lexer:
        if set(word) <= set("();<>|&"):
            break
        found.append(word)
    return found


def parse(arguments: list[str]) -> None:
    """Parse a call as the command does, but for files, which are the reader's; run nothing.

    Raises:
        click.UsageError: There is no such command, option or value.
    """
    command: click.Command = commands
    above: click.Context | None = None
    while True:
        with click.Context(command, parent=above, info_name=command.name, **command.context_settings) as ctx:
            given, rest, _ = command.make_parser(ctx).parse_args(list(arguments))
            known = {param.name: param for param in command.get_params(ctx)}
            for name, value in given.items():
                _check(ctx, known[name], value)
            if not isinstance(command, click.Group):
                missing = [name for name, param in known.items() if param.required and given.get(name) is None]
                # Alone, a command is named; with arguments it is called.
                if missing and arguments:
                    raise click.UsageError(f"{ctx.command_path} wants {', '.join(map(str, missing))}")
                assert not rest
                return
            if not rest:
                return
            name, *arguments = rest
            found = command.get_command(ctx, name)
            if found is None:
                raise click.UsageError(f"{ctx.command_path} has no command {name!r}")
            above, command = ctx, found


def _check(ctx: click.Context, param: click.Parameter, value: object) -> None:
    values = value if isinstance(value, (list, tuple)) else [value]
    if isinstance(param.type, (click.Choice, click.types.IntParamType, click.types.FloatParamType)):
        for one in values:
            if isinstance(one, str) and not _PLACEHOLDER.fullmatch(one):
                param.type.convert(one, param, ctx)


CALLS = [
    pytest.param(one, id=f"{path.relative_to(ROOT)}:{one}")
    for path in [*DOCUMENTS, *SCRIPTS]
    for given in dict.fromkeys(calls(path))
    for one in alternatives(given)
]


def test_calls_are_found() -> None:
    """The tests below would look at nothing, and so find nothing."""
    assert len([*calls(ROOT / "docs" / "reference" / "resources" / "connections.md")]) == 30
    assert any("audit --sandbox" in given for given in calls(ROOT / "README.md"))
    assert [*calls(ROOT / "examples" / "github_actions" / "nightly-audit.yml")]
    assert len(CALLS) > 250


@pytest.mark.parametrize("given", CALLS)
def test_a_command_of_the_documents_can_be_given(given: str) -> None:
    """A reader would be told that there is no such command, option or value."""
    parse(words(given))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("audti", "has no command 'audti'"),
        ("audit --fail-onn error", "No such option"),
        ("audit --fail-on sometimes", "sometimes"),
        ("sandbox --port http", "http"),
        ("api connections create --group-id G", "wants service"),
        ("api groups gett ID", "has no command 'gett'"),
    ],
)
def test_what_is_wrong_is_seen(wrong: str, told: str) -> None:
    """A call that nobody can give would pass."""
    with pytest.raises(click.UsageError, match=re.escape(told)):
        parse(words(wrong))

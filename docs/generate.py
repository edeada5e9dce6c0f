"""Writes the parts of pages that are made from the code, between the markers that name them.

    python docs/generate.py             write the parts
    python docs/generate.py --check     write nothing; name the pages that are not up to date, and exit with 1

A part begins with `<!-- made from the code: options of build -->` and ends with `<!-- end of what is made -->`.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import networkx as nx
import yaml

from samix.messages.errors import SamixError
from samix.options.option import Kind
from samix.options.table import BUILD, CLEAN, PLAN
from samix.template.sam_rules import RULES, format_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from samix.options.option import Opt

DOCS = Path(__file__).parent
ACTION = DOCS.parent / "action.yml"
CODE = DOCS.parent / "samix"
SCHEMAS = CODE / "report" / "schemas"
END = "<!-- end of what is made -->"
_PART = re.compile(rf"<!-- made from the code: (?P<name>[^>]*) -->\n.*?{END}", re.DOTALL)
_KINDS = {
    Kind.SWITCH: "true or false",
    Kind.TEXTS: "a string or a list of strings",
    Kind.NUMBER: "a whole number",
    Kind.SECONDS: "a number of seconds",
}
_TEXTS = {"DIR": "a path", "FILE": "a path"}


def write_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def options_of_build(options: Sequence[Opt] = BUILD.options) -> str:
    """The options of `samix build`, under the names of their panels."""
    panels: dict[str, list[Opt]] = {}
    for option in options:
        panels.setdefault(option.panel.value, []).append(option)
    return "\n\n".join(f"### {panel}\n\n{_option_table(members)}" for panel, members in panels.items())


def options_of_plan() -> str:
    """The options that `samix plan` has besides those of `samix build`."""
    return _plain_option_table(option for option in PLAN.options if option not in BUILD.options)


def options_of_clean() -> str:
    """The options of `samix clean`."""
    return _plain_option_table(CLEAN.options)


def _option_table(members: Iterable[Opt]) -> str:
    rows = ((_written(one), _meaning(one), _elsewhere(one)) for one in members)
    return write_table(("Option", "Meaning", "samconfig and environment"), rows)


def _elsewhere(option: Opt) -> str:
    """The key of samconfig and the environment variable that give an option, where there are any."""
    return ", ".join(_code(name) for name in (*option.keys[:1], option.variable) if name)


def _plain_option_table(members: Iterable[Opt]) -> str:
    return write_table(("Option", "Meaning"), ((_written(one), _meaning(one)) for one in members))


def _written(option: Opt) -> str:
    """An option as it is written on a command line."""
    if option.is_argument:
        return _code(f"{option.type.metavar}...")
    names = sorted(option.names, key=lambda name: name.startswith("--"))
    names[-1] = f"{names[-1]} {option.type.metavar}".rstrip()
    shown = ", ".join(map(_code, names))
    return f"{shown} / {_code(option.contrary)}" if option.contrary else shown


def _meaning(option: Opt) -> str:
    text = re.sub(r"\[default: ([^\]]*)\]", r"Default: \1.", option.help)
    return re.sub(r"([*<|])", r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|") if text else ""


def keys_of_samconfig() -> str:
    """The keys of samconfig, with what kind of value each has."""
    rows = (
        (", ".join(map(_code, one.keys)), _kind(one), _written(one))
        for one in sorted(BUILD.options, key=lambda one: one.name)
        if one.keys
    )
    return write_table(("Key", "Value", "As on the command line"), rows)


def _kind(option: Opt) -> str:
    if option.is_greedy:
        return "a string, a list of strings or a table"
    if option.type.kind is Kind.WORD:
        return " or ".join(map(_code, option.type.choices))
    return _KINDS.get(option.type.kind) or _TEXTS.get(option.type.metavar, "a string")


def options_in_the_environment() -> str:
    """The environment variables that give an option."""
    rows = ((_code(one.variable), _written(one)) for one in BUILD.options if one.variable)
    return write_table(("Variable", "The same as"), rows)


def errors() -> str:
    """The errors of samix with their exit codes."""
    rows = ((_code(kind.__name__), str(kind.exit_code), _first_paragraph(kind)) for kind in _errors(SamixError))
    return write_table(("Error", "Code", "What happened"), rows)


def rules_of_sam() -> str:
    """What differs between the versions of sam."""
    rows = (
        (
            format_version(rule.since),
            format_version(rule.until) if rule.until else "",
            rule.what,
            rule.before,
            _code(rule.source),
        )
        for rule in RULES
    )
    return write_table(("Since", "Until", "What sam does", "What an older one does", "In sam"), rows)


def _errors(kind: type[SamixError]) -> Iterator[type[SamixError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _errors(below)


def _first_paragraph(kind: type[SamixError]) -> str:
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def schemas() -> str:
    """The files that describe JSON documents, shown whole on the site; nothing where there are none."""
    files = sorted(SCHEMAS.glob("*.schema.json"))
    if not files:
        return ""
    return "## Schemas\n\n" + "\n\n".join(f"### `{file.name}`\n\n{_shown_whole(file)}" for file in files)


def _shown_whole(file: Path) -> str:
    path = f"../../{file.relative_to(DOCS.parent).as_posix()}"
    return f"```{{literalinclude}} {path}\n:language: json\n```"


def modules() -> str:
    """The modules of samix by their packages, with what the first paragraph of each says."""
    packages = sorted(file.parent for file in CODE.rglob("__init__.py"))
    return "\n\n".join(_modules_of(package) for package in packages if package.name != "samix")


def stack() -> str:
    """The folders of samix from the top, each with those that it imports from, for annotations too."""
    root = DOCS.parent / "samix"
    folders = sorted(init.parent.name for init in root.glob("*/__init__.py"))
    graph: nx.DiGraph[str] = nx.DiGraph(
        (folder, name) for folder in folders for name in _imported_by(root / folder) - {folder}
    )
    order = list(nx.lexicographical_topological_sort(graph))
    rows = ((_code(one), ", ".join(_code(other) for other in order if graph.has_edge(one, other))) for one in order)
    return write_table(("Folder", "Imports from"), rows)


def _imported_by(folder: Path) -> set[str]:
    """The folders that the modules of a folder import from."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py"))
    names = (node.module or "" for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {name.split(".")[1] for name in names if name.startswith("samix.")}


def _modules_of(package: Path) -> str:
    files = [file for file in sorted(package.glob("*.py")) if not file.name.startswith("__")]
    rows = ((_code(file.name), _contract(file)) for file in files)
    name = package.relative_to(DOCS.parent).as_posix()
    return f"### `{name}`\n\n{_contract(package / '__init__.py')}\n\n{write_table(('Module', 'What is in it'), rows)}"


def _contract(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", r"\|")


def inputs_of_the_action() -> str:
    """The inputs of the action for GitHub."""
    rows = (
        (_code(name), str(one.get("description", "")).strip(), _code(str(one.get("default") or "")))
        for name, one in _of_the_action("inputs").items()
    )
    return write_table(("Input", "Meaning", "Default"), rows)


def outputs_of_the_action() -> str:
    """The outputs of the action for GitHub."""
    rows = ((_code(name), str(one.get("description", ""))) for name, one in _of_the_action("outputs").items())
    return write_table(("Output", "Meaning"), rows)


def _of_the_action(part: str) -> Mapping[str, Mapping[str, object]]:
    return cast("Mapping[str, Mapping[str, object]]", yaml.safe_load(ACTION.read_text(encoding="utf-8"))[part])


PARTS: Mapping[str, Callable[[], str]] = {
    "options of build": options_of_build,
    "options of plan": options_of_plan,
    "options of clean": options_of_clean,
    "keys of samconfig": keys_of_samconfig,
    "options in the environment": options_in_the_environment,
    "errors": errors,
    "rules of sam": rules_of_sam,
    "schemas": schemas,
    "stack": stack,
    "modules": modules,
    **(
        {"inputs of the action": inputs_of_the_action, "outputs of the action": outputs_of_the_action}
        if ACTION.exists()
        else {}
    ),
}
"""What is made, by the name in its marker."""


def up_to_date(text: str) -> str:
    """The text of a page with all parts as the code has them now.

    Raises:
        KeyError: A marker names a part that is not made.
    """
    return _PART.sub(
        lambda match: f"<!-- made from the code: {match['name']} -->\n\n{PARTS[match['name']]()}\n\n{END}", text
    )


def main(arguments: Sequence[str]) -> int:
    """Write the parts, or check that they are up to date.

    Returns:
        The exit code.
    """
    old = {}
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if up_to_date(text) != text:
            old[page] = up_to_date(text)
    for page, text in old.items():
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{page.relative_to(DOCS.parent)}{' is not up to date' if '--check' in arguments else ''}\n")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

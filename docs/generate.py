"""Writes into the pages what can be made from the code, between the markers that name it.

    python docs/generate.py             write it
    python docs/generate.py --check     write nothing; name the pages that are not up to date, and exit with 1

A part begins with `<!-- made from the code: options of build -->` and ends with `<!-- end of what is made -->`.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args, get_origin

import networkx as nx
import yaml
from typer.models import ArgumentInfo, ParameterInfo
from typer.utils import get_params_from_function

from samix.cli.root import app
from samix.messages.errors import SamixError
from samix.options.sources import ENVIRONMENT_VARIABLES, EXTENSIONS_VARIABLE
from samix.template.sam_rules import RULES, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


DOCS = Path(__file__).parent
ACTION = DOCS.parent / "action.yml"
CODE = DOCS.parent / "samix"
SCHEMAS = CODE / "report" / "schemas"
END = "<!-- end of what is made -->"
NOT_IN_SAMCONFIG = frozenset({"config_file", "config_env", "save_params"})
"""The options of a build that samconfig cannot give."""

_PART = re.compile(rf"<!-- made from the code: (?P<name>[^>]*) -->\n.*?{END}", re.DOTALL)
_WITHOUT_PANEL = "Options"
_KINDS = {"DIR": "a path", "FILE": "a path", "N": "a whole number", "SECONDS": "a number of seconds"}
_KINDS_BY_NAME = {"parameter_overrides": "a text, a list of texts or a table"}
_OTHER_KEYS = {"template_file": "`template_file`, `template`"}


@dataclass(frozen=True)
class Parameter:
    """An option or an argument of a command.

    Attributes:
        name: sam's name of it, which is its key in samconfig.
        info: What the command line says of it.
        annotation: The type of its value.
    """

    name: str
    info: ParameterInfo
    annotation: object

    @property
    def is_switch(self) -> bool:
        """Whether it is there or not, and has no value."""
        return _types(self.annotation)[0] is bool

    @property
    def takes_several(self) -> bool:
        """Whether it has a list of values."""
        return get_origin(_types(self.annotation)[0]) is list

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that its value is one of."""
        kind = _types(self.annotation)[0]
        return get_args(kind) if get_origin(kind) is Literal else ()

    @property
    def metavar(self) -> str:
        """What stands for its value."""
        if self.is_switch:
            return ""
        return self.info.metavar or "|".join(self.choices) or "N"


def _types(annotation: object) -> list[object]:
    """The types of a value that is given."""
    return [one for one in get_args(annotation) if one is not type(None)] if _is_union(annotation) else [annotation]


def _is_union(annotation: object) -> bool:
    return type(None) in get_args(annotation)


def parameters(command: str) -> list[Parameter]:
    """The options and arguments of a command of samix."""
    callback = next(one.callback for one in app.registered_commands if one.name == command and one.callback)
    found = get_params_from_function(callback).values()
    return [
        Parameter(one.name, one.default, one.annotation)
        for one in found
        if isinstance(one.default, ParameterInfo) and not one.default.hidden
    ]


def write_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def options_of_build() -> str:
    """The options of `samix build`, under the names of their panels."""
    panels: dict[str, list[Parameter]] = {}
    for parameter in parameters("build"):
        panels.setdefault(parameter.info.rich_help_panel or _WITHOUT_PANEL, []).append(parameter)
    return "\n\n".join(f"### {panel}\n\n{_option_table(members)}" for panel, members in panels.items())


def options_of_plan() -> str:
    """The options that `samix plan` has besides those of `samix build`."""
    known = {parameter.name for parameter in parameters("build")}
    return _plain_option_table(one for one in parameters("plan") if one.name not in known)


def options_of_clean() -> str:
    """The options of `samix clean`."""
    return _plain_option_table(parameters("clean"))


def _option_table(members: Iterable[Parameter]) -> str:
    rows = ((_written(one), _meaning(one), _elsewhere(one)) for one in members)
    return write_table(("Option", "Meaning", "samconfig and environment"), rows)


def _elsewhere(parameter: Parameter) -> str:
    """The key of samconfig and the environment variable that give an option, where there are any."""
    key = "" if parameter.name in NOT_IN_SAMCONFIG else parameter.name
    return ", ".join(_code(name) for name in (key, variable_of(parameter.name)) if name)


def _plain_option_table(members: Iterable[Parameter]) -> str:
    return write_table(("Option", "Meaning"), ((_written(one), _meaning(one)) for one in members))


def variable_of(name: str) -> str:
    """The environment variable that gives an option, empty where there is none."""
    return EXTENSIONS_VARIABLE if name == "language_extensions" else ENVIRONMENT_VARIABLES.get(name, "")


def _written(parameter: Parameter) -> str:
    """An option as it is written on a command line."""
    if isinstance(parameter.info, ArgumentInfo):
        return _code(f"{parameter.metavar}...")
    plain = [name for name in parameter.info.param_decls or () if "/" not in name]
    both = [name.split("/") for name in parameter.info.param_decls or () if "/" in name]
    names = sorted([*plain, *(yes for yes, _ in both)], key=lambda name: name.startswith("--"))
    names[-1] = f"{names[-1]} {parameter.metavar}".rstrip()
    shown = ", ".join(map(_code, names))
    return " / ".join([shown, *(_code(no) for _, no in both)])


def _meaning(parameter: Parameter) -> str:
    text = " ".join((parameter.info.help or "").split())
    text = re.sub(r"\[default: ([^\]]*)\]", r"Default: \1.", text)
    return re.sub(r"([*<|])", r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|") if text else ""


def keys_of_samconfig() -> str:
    """The keys of samconfig, with what kind of value each has."""
    rows = (
        (_OTHER_KEYS.get(one.name, _code(one.name)), _kind(one), _written(one))
        for one in sorted(parameters("build"), key=lambda one: one.name)
        if one.name not in NOT_IN_SAMCONFIG
    )
    return write_table(("Key", "Value", "As on the command line"), rows)


def _kind(parameter: Parameter) -> str:
    if parameter.name in _KINDS_BY_NAME:
        return _KINDS_BY_NAME[parameter.name]
    if parameter.is_switch:
        return "true or false"
    if parameter.takes_several:
        return "a text or a list of texts"
    return " or ".join(map(_code, parameter.choices)) or _KINDS.get(parameter.metavar, "a text")


def options_in_the_environment() -> str:
    """The environment variables that give an option."""
    named = ((variable_of(one.name), _written(one)) for one in parameters("build"))
    return write_table(("Variable", "The same as"), ((_code(name), option) for name, option in named if name))


def errors() -> str:
    """The errors of samix with their exit codes."""
    rows = ((_code(kind.__name__), str(kind.exit_code), _first_paragraph(kind)) for kind in _errors(SamixError))
    return write_table(("Error", "Code", "What happened"), rows)


def rules_of_sam() -> str:
    """What differs between the versions of sam."""
    rows = (
        (shown(rule.since), shown(rule.until) if rule.until else "", rule.what, rule.before, _code(rule.source))
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
    return "\n\n".join(_modules_of(package) for package in packages)


def stack() -> str:
    """The folders of samix from the top, each with those that it imports from, for annotations too."""
    root = DOCS.parent / "samix"
    folders = sorted(init.parent.name for init in root.glob("*/__init__.py"))
    graph: nx.DiGraph[str] = nx.DiGraph(
        (folder, name) for folder in folders for name in _imported_by(root / folder) - {folder}
    )
    width = max(map(len, folders))
    lines = (
        f"{folder:<{width}}  {' '.join(name for name in order if graph.has_edge(folder, name))}".rstrip()
        for order in [list(nx.lexicographical_topological_sort(graph))]
        for folder in order
    )
    return "```text\n" + "\n".join(lines) + "\n```"


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

"""The reference says what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import generate

from samix.messages.errors import SamixError
from samix.options.merge import merge_options
from samix.options.samconfig import Samconfig
from samix.options.table import BUILD, OPTION
from samix.template.metadata import SAMIX_METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from samix.template.value import Value

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / "docs" / "reference"
_WITHOUT_EFFECT = {"parallel"}
_NOT_OF_A_BUILD = {"save_params"}  # read, and of use on the command line alone


def test_what_is_made_from_the_code_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert (generate.main(["--check"]), capsys.readouterr().out) == (0, ""), "run make docs"


def test_a_part_that_is_not_up_to_date_is_made_again() -> None:
    marker = "<!-- made from the code: errors -->"
    made = generate.up_to_date(f"before\n\n{marker}\n| old |\n{generate.END}\n\nafter\n")
    assert made == f"before\n\n{marker}\n\n{generate.errors()}\n\n{generate.END}\n\nafter\n"
    assert SamixError.__name__ in made


def test_every_part_stands_in_a_page() -> None:
    text = "".join(page.read_text() for page in (REPOSITORY / "docs").rglob("*.md"))
    assert set(re.findall(r"<!-- made from the code: ([^>]*) -->", text)) == set(generate.PARTS)


def test_options_stand_under_the_names_of_their_panels() -> None:
    first, second = OPTION["exclude"], OPTION["template_file"]
    things, other = generate.options_of_build([first, second, first]).removeprefix("### ").split("\n\n### ")
    assert (things.splitlines()[0], other.splitlines()[0]) == ("Build Strategy Options", "Template Options")
    assert things.count("`--exclude RESOURCE`") == 2
    assert "`--template FILE`" in other


def test_the_keys_of_samconfig_are_those_that_are_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = set()
    get = Samconfig.get

    def note(samconfig: Samconfig, name: str) -> Value:
        if samconfig.path:
            asked.add(name)
        return get(samconfig, name)

    monkeypatch.setattr(Samconfig, "get", note)
    (tmp_path / "samconfig.toml").write_text("version = 0.1\n")
    merge_options({}, {}, tmp_path)
    rows = re.findall(r"(?m)^\| (`[^|]*) \| [^|]* \| .* \|$", generate.keys_of_samconfig())
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} - _WITHOUT_EFFECT == asked - _NOT_OF_A_BUILD


def test_the_keys_of_the_metadata_are_those_that_samix_has() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \|", (REFERENCE / "metadata.md").read_text())
    assert set(rows) == SAMIX_METADATA


def test_every_variable_that_is_read_is_in_the_reference() -> None:
    text = (REFERENCE / "environment.md").read_text()
    read = {name for file in (REPOSITORY / "samix").rglob("*.py") for name in _variables(file)}
    assert {"SAMIX_WARM_SAM", "DOCKER_HOST"} <= read
    read |= {option.variable for option in BUILD.options if option.variable}
    assert {name for name in read if f"`{name}`" not in text} == set()


def _variables(file: Path) -> Iterator[str]:
    """The variables that a module reads from the environment by a name that is written in it."""
    tree = ast.parse(file.read_text())
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(func=ast.Attribute(value=mapping, attr="get"), args=[key, *_])
                | ast.Subscript(value=mapping, slice=key)
                | ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[mapping])
            ) if "environ" in ast.unparse(mapping):
                name = constants.get(key.id) if isinstance(key, ast.Name) else getattr(key, "value", None)
                if isinstance(name, str) and name.isupper():
                    yield name

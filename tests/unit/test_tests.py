"""The tests can be found: each file of the unit tests is named after a module, and names of tests are short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import samix

TESTS = Path(__file__).parents[1]
PACKAGE = Path(samix.__file__).parent
LONGEST = 60
FOLDERS = ("unit", "model", "integration")
# of no module alone
OF_THE_WHOLE = {
    "test_imports.py": "all modules, and the order of their folders",
    "test_no_processes.py": "the guard of the unit tests",
    "test_reference.py": "pages and schemas that are made from many modules",
    "test_tests.py": "the tests",
}


def _files(folder: str) -> list[Path]:
    return sorted(path.relative_to(TESTS / folder) for path in (TESTS / folder).rglob("test_*.py"))


def _module_of(test: Path) -> Path | None:
    """The module after which a file of tests is named; more words may follow, for one side of a large module."""
    words = test.stem.removeprefix("test_").split("_")
    modules = (PACKAGE / test.parent / f"{'_'.join(words[:count])}.py" for count in range(len(words), 0, -1))
    return next((module for module in modules if module.is_file()), None)


def test_every_file_of_unit_tests_is_named_after_a_module() -> None:
    assert [str(path) for path in _files("unit") if _module_of(path) is None] == sorted(OF_THE_WHOLE)


def test_every_integration_test_is_in_a_folder() -> None:
    assert [str(path) for path in _files("integration") if path.parent == Path()] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_name_of_a_test_is_too_long(folder: str) -> None:
    names = [
        name
        for path in _files(folder)
        for name in re.findall(r"(?m)^ *(?:async )?def (test_\w+)", (TESTS / folder / path).read_text(encoding="utf-8"))
    ]
    assert names
    assert [name for name in names if len(name) > LONGEST] == []

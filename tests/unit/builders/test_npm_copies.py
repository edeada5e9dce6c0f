"""Which copies of the project's own packages npm lets stand although the packages changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from samix.builders.npm_copies import copy_notes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {
    "src/package.json": '{\n  "dependencies": {\n    "ms": "^2",\n    "lib": "file:../lib"\n  }\n}\n',
    "lib/package.json": '{"name": "lib", "version": "1.0.0",\n"dependencies": {"core": "file:../core"}}',
    "lib/index.js": "1",
    "lib/more/x.js": "1",
    "core/package.json": '{"name": "core"}',
    "core/index.js": "1",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    _write(tmp_path, FILES)
    for name in ("lib", "core"):
        shutil.copytree(tmp_path / name, tmp_path / "src" / "node_modules" / name)
    return tmp_path


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def _old(root: Path) -> list[tuple[str, int | None]]:
    notes = [*copy_notes(root / "src", "Fn", root)]
    packages = [note.text.removeprefix("npm keeps an old copy of ").partition(" ")[0] for note in notes]
    return [(package, note.where.line) for package, note in zip(packages, notes, strict=True) if note.where]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"lib/index.js": "2"}, [("lib", 4)], id="content"),
        pytest.param({"lib/more/x.js": "2"}, [("lib", 4)], id="deep"),
        pytest.param({"core/index.js": "2"}, [("core", 2)], id="of a package of a package"),
        pytest.param({"lib/index.js": "2", "core/index.js": "2"}, [("lib", 4), ("core", 2)], id="both"),
        pytest.param(
            {"lib/index.js": "2", "lib/package.json": '{"version": "1.0.1"}'}, [], id="with another version npm copies"
        ),
        pytest.param({"lib/package.json": '{"version": "1.0.0", "main": "x"}'}, [("lib", 4)], id="manifest"),
        pytest.param({"src/node_modules/lib/node_modules/ms/index.js": "1"}, [], id="what is installed in it"),
        pytest.param({"src/node_modules/lib/made.js": "1"}, [("lib", 4)], id="gone from the package"),
    ],
)
def test_a_copy_is_old_if_it_differs_and_the_version_does_not(
    installed: Path, changes: dict[str, str], expected: list[tuple[str, int | None]]
) -> None:
    _write(installed, changes)
    assert _old(installed) == expected


def test_what_scripts_make_of_a_package_need_not_be_in_it(installed: Path) -> None:
    manifest = '{"name": "lib", "version": "1.0.0", "scripts": {"prepare": "tsc"}}'
    _write(
        installed,
        {
            "lib/package.json": manifest,
            "src/node_modules/lib/package.json": manifest,
            "src/node_modules/lib/made.js": "",
        },
    )
    assert _old(installed) == []
    _write(installed, {"lib/index.js": "2"})
    assert _old(installed) == [("lib", 4)]


def test_links_and_what_is_not_installed_are_no_copies(installed: Path) -> None:
    shutil.rmtree(installed / "src" / "node_modules" / "lib")
    shutil.rmtree(installed / "src" / "node_modules" / "core")
    (installed / "src" / "node_modules" / "lib").symlink_to(installed / "lib")
    _write(installed, {"lib/index.js": "2", "core/index.js": "2"})
    assert _old(installed) == []

"""What is installed, and that it runs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from support.project import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path


def test_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("samix-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    sources = {
        path.relative_to(REPOSITORY).as_posix()
        for kind in ("*.py", "*.schema.json")
        for path in (REPOSITORY / "samix").rglob(kind)
    }
    assert {"samix/report/schemas/build.schema.json", "samix/report/schemas/plan.schema.json"} <= sources
    assert {name for name in names if ".dist-info/" not in name} == {*sources, "samix/py.typed"}
    (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "samix = samix.cli.main:main" in zipfile.ZipFile(wheel).read(entry_points).decode()


def test_module_and_command_are_the_same() -> None:
    module = subprocess.run([sys.executable, "-m", "samix", "--version"], check=True, capture_output=True, text=True)
    command = subprocess.run(["samix", "--version"], check=True, capture_output=True, text=True)
    assert module.stdout == command.stdout
    assert module.stdout.startswith("samix ")

"""Compare samix with several versions of sam: `python -m sams [VERSION...]`, with tests/ on the path.

Each sam gets a virtual environment in `.venv-sams`. The tests are those that build an application with both: of the
rules that differ between versions, and of those applications that show the most of sam. `--all` takes all of them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from support import engine
from support.apps import App, all_apps
from support.project import REPOSITORY

_NEWEST = "newest"
# each has a rule that the one before has not; of 1.155 the index has no earlier one
_VERSIONS = ("1.130.0", "1.145.0", "1.155.2", "1.160.1", "1.163.0", _NEWEST)
_COMPARISON = "tests/integration/same_as_sam/test_same_as_sam.py::test_the_same_application"
_RULES = "tests/integration/same_as_sam/test_sam_rules.py"
_SHARED_PLACES = "tests/model/test_shared_places.py"
_CHOSEN = frozenset(
    {
        "cdk",
        "foreach-nested",
        "foreach-static",
        "globals",
        "hello-nodejs",
        "images",
        "include",
        "lambda-resources",
        "left-alone",
        "makefiles",
        "nested-deep",
        "outputs-and-extras",
        "parameters",
        "provided-makefile-c",
        "python-layers",
        "python-uv",
        "symlinked-template",
        "web-functions",
    }
)


@dataclass(frozen=True)
class _Result:
    """How the tests ended with one sam."""

    version: str
    passed: int
    failed: int
    left_out: int


def _install(version: str) -> Path:
    """Put a sam where it was not yet; the newest is brought up to date.

    Returns:
        A link to its program, alone in its directory.
    """
    place = REPOSITORY / ".venv-sams" / version
    program = place / "bin" / "sam"
    if version == _NEWEST or not program.exists():
        if not program.exists():
            venv.create(place, with_pip=True, clear=True)
        wanted = "aws-sam-cli" if version == _NEWEST else f"aws-sam-cli=={version}"
        pip = [os.fspath(place / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--upgrade", wanted], check=True)
    link = place / "alone" / "sam"
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(program)
    return link


def _version_of(sam: Path) -> str:
    said = subprocess.run([sam, "--version"], env=_environment(sam), capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    assert found, said
    return found[0]


def _environment(sam: Path) -> dict[str, str]:
    return {**os.environ, "SAMIX_TEST_SAM": os.fspath(sam), "SAM_CLI_TELEMETRY": "0"}


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def _tests_of(app: App) -> list[str]:
    return [f"{_COMPARISON}[{app.name}{end}]" for end in (("", "-in-containers") if app.containers else ("",))]


def _test(version: str, options: list[str], *, takes_all: bool) -> _Result:
    sam = _install(version)
    known = _version_of(sam)
    sys.stdout.write(f"\nsam {known}\n")
    apps = [app for app in all_apps() if takes_all or app.name in _CHOSEN]
    left_out = [app for app in apps if _numbers(app.since or "0") > _numbers(known)]
    for app in left_out:
        sys.stdout.write(f"left out: {app.name}, which needs sam {app.since}\n")
    chosen = [_RULES, *([_SHARED_PLACES] if takes_all else [])]
    chosen += [test for app in apps if app not in left_out for test in _tests_of(app)]
    if not engine.answers():
        sys.stdout.write("left out: all that is built in containers, because no engine answers\n")
        chosen += ["-m", "not container"]
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.xml")
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *chosen, *options]
        subprocess.run(command, cwd=REPOSITORY, env=_environment(sam), check=False)
        if not report.exists():
            raise SystemExit(f"pytest did not run with sam {known}")
        counts = ET.parse(report).getroot()[0].attrib  # noqa: S314 - pytest has just written it
    failed = int(counts["failures"]) + int(counts["errors"])
    return _Result(known, int(counts["tests"]) - failed - int(counts["skipped"]), failed, len(left_out))


def main() -> int:
    """Run the tests with each sam that is named, with all if none is."""
    parser = argparse.ArgumentParser(
        prog="python -m sams",
        description="Compare samix with several versions of sam.",
        epilog="Other options go to pytest, each as one word: --numprocesses=auto.",
    )
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"[default: {' '.join(_VERSIONS)}]")
    parser.add_argument("--all", action="store_true", help="Take all applications, and some made-up ones (an hour).")
    arguments, options = parser.parse_known_args()
    versions = arguments.versions or _VERSIONS
    results = [_test(version, options, takes_all=arguments.all) for version in versions]
    sys.stdout.write(f"\n{'sam':10}{'passed':>10}{'failed':>10}{'left out':>10}\n")
    for result in results:
        sys.stdout.write(f"{result.version:10}{result.passed:>10}{result.failed:>10}{result.left_out:>10}\n")
    return 1 if any(result.failed or not result.passed for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())

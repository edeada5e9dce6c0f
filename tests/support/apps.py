"""The applications in tests/projects: how each is built, and what samix plans for it.

A `case.toml` beside an application may say more of it:

    arguments = ["--parameter-overrides", "Stage=prod"]   # of sam build, and so of samix build
    engine = true                                         # an image is built: a container engine is needed
    containers = true                                     # build it with --use-container as well
    programs = ["go"]                                     # what must be there; .ci/setup installs it
    shares = ["Second"]                                   # what is built on dependencies that another has installed
    since = "1.161"                                       # the first sam that builds it, if not all do that samix knows
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from support.around import Around
from support.command_line import parse_line
from support.project import HOST_PYTHON, REPOSITORY, Project, clean_environment

from samix.host.sam_version import installed_sam
from samix.options.application import read_application
from samix.options.merge import merge_options
from samix.plan.plan import Plan, make_plan
from samix.state.layout import Layout
from samix.state.store import Store

PROJECTS = REPOSITORY / "tests" / "projects"
_WRITTEN_PYTHON = "python3.11"  # what the build images hold
_CASE = "case.toml"


@dataclass(frozen=True)
class App:
    """One of the applications."""

    name: str
    arguments: tuple[str, ...] = ()
    engine: bool = False
    containers: bool = False
    programs: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    since: str = ""

    def copy(self, path: Path, *, python: str = HOST_PYTHON) -> Project:
        """A copy to build, for the Python that is here."""
        missing = [program for program in self.programs if not shutil.which(program, path=clean_environment()["PATH"])]
        assert not missing, f"{missing} must be there: run .ci/setup tools"
        project = Project.copy_of(PROJECTS / self.name, path)
        (path / _CASE).unlink(missing_ok=True)
        for pattern in ("*.yaml", "*.yml", "*.json"):
            for template in project.path.rglob(pattern):
                text = template.read_text()
                if not template.is_symlink() and _WRITTEN_PYTHON in text:
                    template.write_text(text.replace(_WRITTEN_PYTHON, python))
        return project


def all_apps() -> list[App]:
    """All of them, by name."""
    return [_read(path) for path in sorted(PROJECTS.iterdir())]


def _read(path: Path) -> App:
    case = path / _CASE
    content = tomlkit.parse(case.read_text()).unwrap() if case.exists() else {}
    return App(
        path.name,
        arguments=tuple(content.pop("arguments", ())),
        engine=bool(content.pop("engine", False)),
        containers=bool(content.pop("containers", False)),
        programs=tuple(content.pop("programs", ())),
        shares=tuple(content.pop("shares", ())),
        **content,
    )


def version_of_sam() -> str:
    """The version of the sam that `Project.sam` runs, as pip or uv put it there."""
    environ = clean_environment()
    program = shutil.which("sam", path=environ["PATH"])
    assert program
    found = installed_sam(Path(program), environ, Path())
    assert found, program
    return found.version


def plan(project: Project, *arguments: str) -> Plan:
    """What samix plans, without building anything."""
    options = merge_options(parse_line(["build", *arguments]).given, os.environ, project.path)
    before = Path.cwd()
    os.chdir(project.path)  # what AWS::Include names starts there
    try:
        around = Around(version_of_sam())
        application = read_application(options, around.rules)
        store = Store.open(Layout(project.path, options.build_dir, options.cache_dir))
        return make_plan(application, options, store, around)
    finally:
        os.chdir(before)

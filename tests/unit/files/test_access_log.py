"""Whatever a build looks at is noted: else a snapshot would hold where something has changed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import pytest
from support.project import REPOSITORY
from support.silent import Silent
from support.watch import watching

from samix.build.run import Backend
from samix.cli.fast.snapshot import paths_to_check
from samix.files.access_log import (
    Observation,
    ObservedEnvironment,
    matching,
    observe,
    observe_image,
    record_observations,
)
from samix.files.copies import tree_entries
from samix.messages.errors import SamixError
from samix.options.merge import merge_options

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import Value

PROJECTS = REPOSITORY / "tests" / "projects"
# what a build reads of Python and of samix itself, and the umask, which makes nothing stale that is up to date
_OWN = (*sys.path, sys.prefix, sys.base_prefix, "/proc/self")


def _missed(asked: set[str], observation: Observation, project: Path) -> list[str]:
    """What was asked for and would not be seen to change."""
    paths = paths_to_check(observation.paths, os.fspath(project))
    noted = {os.path.normpath(project / path) for path in paths}

    def is_told(path: str) -> bool:
        if path in noted or any(one and path.startswith(f"{one}/") for one in _OWN):
            return True
        if not os.path.lexists(path):  # it cannot come without a change of the directory
            above = os.path.dirname(path)
            return above != path and is_told(above) and not os.path.isfile(above)
        # of what leads to something that is noted, all that matters is whether it is a link, which every snapshot sees
        return any(one.startswith(f"{path.rstrip('/')}/") for one in noted)

    return sorted(path for path in map(os.path.normpath, asked) if not is_told(path))


@pytest.mark.parametrize("name", sorted(path.name for path in PROJECTS.iterdir() if path.is_dir()))
def test_a_plan_notes_what_it_looks_at(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _project(name, tmp_path)
    observation, asked = _plan(project, monkeypatch)
    assert asked
    assert _missed(asked, observation, project) == []


@pytest.mark.parametrize("name", ["makefile-directories", "makefiles", "python-local-package"])
def test_a_plan_notes_the_links_that_it_goes_through(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = _project(name, tmp_path)
    for number, place in enumerate(sorted(path for path in project.iterdir() if path.is_dir())):
        target = tmp_path / str(number) / place.name
        target.parent.mkdir()
        place.rename(target)
        place.symlink_to(target)
    observation, asked = _plan(project, monkeypatch)
    missed = _missed(asked, observation, project)
    assert [path for path in missed if os.path.islink(path)] == []


def _project(name: str, place: Path) -> Path:
    project = place / "app"
    shutil.copytree(PROJECTS / name, project, symlinks=True)
    (project / "Makefile").touch()
    return project


def _plan(project: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Observation, set[str]]:
    """What was noted of a plan, and what it asked for."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(subprocess, "Popen", _refuse)
    home = os.fspath(project.parent)
    environ = {"PATH": f"{home}/bin:/usr/bin", "HOME": home, "DOCKER_HOST": "ssh://out.of.reach"}
    with record_observations() as observation, watching() as asked, suppress(SamixError):
        given: dict[str, Value] = {"language_extensions": True, "parameter_overrides": ["A=1"]}
        Backend().plan(merge_options(given, environ, project), environ, Silent())
    return observation, asked


def _refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise OSError(errno.EAGAIN, "no more processes")


def test_what_marks_a_cache_is_noted(tmp_path: Path) -> None:
    tag = tmp_path / "target" / "CACHEDIR.TAG"
    tag.parent.mkdir()
    tag.write_text("Signature: 8a477f597d28d172789f06886806bc55")
    with record_observations() as observation:
        list(tree_entries(tmp_path, without_caches=True))
    assert os.fspath(tag) in observation.paths


def test_nothing_is_noted_where_nobody_observes() -> None:
    with record_observations() as observation:
        assert observe("one") == "one"
        with record_observations() as inner:
            observe("two")
            observe_image("image", "sha256:1")
    observe("three")
    assert observation.paths == {"one", "two"}
    assert inner == Observation({"two"}, {"image": "sha256:1"})


def test_an_environment_knows_what_was_asked_for() -> None:
    environ = ObservedEnvironment({"A": "1", "B": "2", "PIP_X": "3"})
    with record_observations() as observation:
        assert (environ["A"], environ.get("C"), "D" in environ) == ("1", None, False)
        assert matching(environ, re.compile(r"PIP_\w+")) == {"PIP_X": "3"}
    assert environ.names == {"A", "C", "D"}
    assert environ.patterns == {r"PIP_\w+"}
    assert observation.is_whole


def test_an_environment_that_is_passed_on_is_not_known() -> None:
    with record_observations() as observation:
        assert dict(ObservedEnvironment({"A": "1"})) == {"A": "1"}
    assert not observation.is_whole

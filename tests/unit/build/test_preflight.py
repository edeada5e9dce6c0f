"""What a build needs is checked before anything is started, and all that is wanting told at once."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomlkit
from support.around import Around

from samix.build.preflight import check_requirements
from samix.host.sam_program import find_sam
from samix.messages.errors import RequirementError
from samix.options.build_type import BuildType
from samix.options.merge import merge_options
from samix.plan.fingerprint import Fingerprint
from samix.plan.planned_unit import PlannedUnit
from samix.state.layout import Layout
from samix.template.resources import Kind
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit

ROOT = Path(__file__).parents[3]


@dataclass
class _Finding(Around):
    """Finds sam as a test says."""

    find: Callable[[], Path] = Path

    def sam_program(self) -> Path:
        return self.find()


class Place:
    """A project with a sam.

    Attributes:
        around: What is on its machine.
        keeps: Whether the units keep the dependencies that they have.
    """

    def __init__(self, root: Path) -> None:
        self.keeps = False
        self.around = _Finding()
        self.project = root / "project"
        self.project.mkdir()
        self.bin = root / "bin"
        self.bin.mkdir()
        (self.bin / "sam").touch(0o755)

    def lose_sam(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (self.bin / "sam").unlink()
        monkeypatch.setattr("samix.host.sam_program.sys.executable", str(self.bin / "python"))

    def check(self, *units: Unit, **options: str | int) -> Path:
        found = merge_options(options, {}, self.project)
        layout = Layout(self.project, found.build_dir, found.cache_dir)
        stale = (Reason(Cause.SOURCE, "changed"),)
        planned = [PlannedUnit(unit, frozenset(), {}, Fingerprint({}), stale, self.keeps) for unit in units]
        self.around.find = lambda: find_sam(found.sam, str(self.bin))
        return check_requirements(planned, found, layout, self.around)

    def refused(self, *units: Unit, **options: str | int) -> str:
        """What is said where something is wanting."""
        with pytest.raises(RequirementError) as caught:
            self.check(*units, **options)
        assert caught.value.exit_code == 3
        return f"{caught.value.message}\n{caught.value.hint}"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def host(make_unit: Callable[..., Unit]) -> Unit:
    return make_unit("OnHost")


@pytest.fixture
def container(make_unit: Callable[..., Unit]) -> Unit:
    return make_unit("Native", build_type=BuildType.CONTAINER, build_image="mine")


@pytest.fixture
def image(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> Unit:
    return make_unit(make_resource("Child/Image", kind=Kind.IMAGE))


def test_where_nothing_is_missing_the_sam_is_returned(place: Place, host: Unit, container: Unit, image: Unit) -> None:
    assert place.check(host, container, image) == place.bin / "sam"


def test_nothing_is_asked_for_that_no_unit_needs(place: Place, host: Unit, container: Unit) -> None:
    place.around.engine = "it sleeps"
    place.check(host)
    place.around = _Finding(lacking=["make"])
    place.check(container)


def test_a_sam_that_does_not_exist_is_reported(place: Place, host: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    place.lose_sam(monkeypatch)
    assert re.match(r"sam is not on PATH\.\n.*pip install aws-sam-cli", place.refused(host))


@pytest.mark.parametrize("version", ["1.129.0", "1.99.0", "0.53.0"])
def test_an_old_sam_is_reported(version: str, place: Place, host: Unit) -> None:
    place.around.version = version
    assert f"{place.bin / 'sam'} is the SAM CLI {version}, which is too old" in place.refused(host)


@pytest.mark.parametrize("version", [None, "1.130.0", "1.1000", "2.0", "1.170.0.dev1", "nightly"])
def test_a_newer_sam_and_one_of_no_known_version_will_do(version: str | None, place: Place, host: Unit) -> None:
    place.around.version = version
    place.check(host)


def test_a_program_that_is_not_sam_is_reported(place: Place, host: Unit) -> None:
    place.around.version, place.around.is_other = None, True
    assert f"{place.bin / 'sam'} does not seem to be the SAM CLI." in place.refused(host)


def test_the_oldest_sam_is_that_of_the_package(place: Place, host: Unit) -> None:
    place.around.version = "0.1"
    oldest = re.search(r"samix needs (\S+)\.$", place.refused(host).splitlines()[0])
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text()).unwrap()["project"]
    assert oldest
    assert project["optional-dependencies"]["sam"] == [f"aws-sam-cli>={oldest[1]}"]


def test_a_missing_tool_is_reported_once_with_all_that_need_it(place: Place, make_unit: Callable[..., Unit]) -> None:
    place.around.lacking = ["make"]
    assert place.refused(*map(make_unit, "ABCDE")) == (
        "make is not on PATH, and sam needs it on the host for A, B, C, D and 1 more.\n"
        "Install it, or build without it: --build-type A=container --build-type B=container --build-type C=container"
        " --build-type D=container."
    )


def test_installer_is_not_needed_where_nothing_is_installed(place: Place, host: Unit) -> None:
    place.around.lacking = ["python3.11 with pip"]
    assert place.refused(host).startswith("python3.11 with pip is not on PATH")
    place.keeps = True
    place.check(host)


def test_no_container_is_named_where_sam_has_none(
    place: Place, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    place.around.lacking = ["go"]
    host = make_unit(make_resource("OnHost", runtime="go1.x"))
    assert place.refused(host) == "go is not on PATH, and sam needs it on the host for OnHost.\nInstall it."


def test_an_engine_that_does_not_answer_is_reported_with_a_hint(
    place: Place, host: Unit, container: Unit, image: Unit
) -> None:
    place.around.engine = "unix:///engine.sock: No such file or directory"
    told = place.refused(host, container, image)
    assert "(unix:///engine.sock: No such file or directory)" in told
    assert "one: Native, Child/Image." in told
    assert "one: --build-type Native=host --exclude Child/Image." in told


def test_an_unavailable_image_is_reported(place: Place, container: Unit) -> None:
    place.around.wrong_images["mine"] = "manifest unknown"
    assert "The image mine is missing and cannot be pulled (manifest unknown)" in place.refused(container)
    place.check(container, retries=1)  # its tries are for what another try may mend


@pytest.mark.parametrize("directory", ["", ".aws-sam", ".aws-sam/build", ".aws-sam/cache", ".aws-sam/deps"])
def test_a_directory_that_cannot_be_written_is_reported(
    directory: str, place: Place, host: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = place.project / directory
    locked.mkdir(parents=True, exist_ok=True)
    access = os.access  # permissions mean nothing to root
    monkeypatch.setattr(
        "samix.files.permissions.os.access",
        lambda path, mode: not (Path(path) == locked and mode & os.W_OK) and access(path, mode),
    )
    assert place.refused(host).startswith(f"{locked} cannot be written.\nCheck its permissions")
    owner = os.geteuid()
    monkeypatch.setattr("samix.files.permissions.os.geteuid", lambda: owner + 1)
    assert f'the id {owner}; make it yours: sudo chown -R "$USER" {locked}' in place.refused(host)


def test_a_build_dir_that_is_a_mount_point_is_reported(
    place: Place, host: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_dir = place.project / ".aws-sam" / "build"
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == build_dir)  # only root can mount anything
    told = place.refused(host)
    assert f"The build dir {build_dir} is a mount point" in told
    assert "Mount the directory above it" in told


def test_a_build_dir_elsewhere_is_looked_at_as_well(place: Place, host: Unit, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place.check(host, build_dir=str(tmp_path / "else" / "where" / "build"))
    place.check(host, build_dir=str(tmp_path / "file" / "build"))  # which makes way


def test_all_that_is_missing_is_in_one_list(
    place: Place, host: Unit, container: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.lose_sam(monkeypatch)
    place.around.lacking, place.around.engine = ["make"], "it sleeps"
    lines = place.refused(host, container).splitlines()
    assert lines[0] == "Not started: 3 things are missing:"
    assert [line[:20] for line in lines if line.startswith("- ")] == [
        "- sam is not on PATH",
        "- make is not on PAT",
        "- No container engin",
    ]
    assert sum(line.startswith("  ") for line in lines) == 3


def test_what_sam_has_no_builder_for_is_left_to_sam(
    place: Place, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    unknown = make_resource("Fn", runtime="python3.99")
    place.around.lacking = ["python3.99 with pip"]
    place.check(make_unit(unknown))
    place.around.wrong_images["default"] = "not there"
    place.check(make_unit(unknown, build_type=BuildType.CONTAINER))

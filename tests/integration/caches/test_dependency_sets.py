"""Dependencies that several units share: what is installed once, what again, and what must not see or change them."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.package_index import package_index
from support.project import HOST_PYTHON, Project, differences
from support.sharing import (
    add_code,
    add_function,
    assert_like_from_nothing,
    from_nothing,
    function,
    shared_in_last_builds,
    sharing_project,
    template,
)

from samix.state.build_toml import read_definitions
from samix.template.value import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.package_index import PackageIndex
    from support.project import Run, Tree

PINNED = ("alpha==1.0", "beta==1.0")
INSTALLED = ["alpha-1.0", "beta-1.0"]
AGAIN = "was changed since it was installed"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """An index to which nothing is added."""
    with package_index(tmp_path_factory.mktemp("index")) as index:
        index.publish("alpha", "1.0", modules=["alpha_data/one.txt", "alpha_data/two.txt"])
        index.publish("beta", "1.0", "alpha")
        index.publish("gamma", "1.0")
        yield index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    """An index of the test's own, with version 1.0 of two packages, of which one needs the other."""
    with package_index(tmp_path / "index") as own:
        own.publish("alpha", "1.0")
        own.publish("beta", "1.0", "alpha")
        yield own


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, still: PackageIndex) -> Project:
    """Two functions that share pinned requirements, built; not to be changed."""
    text = still.requirements(*PINNED)
    project = sharing_project(tmp_path_factory.mktemp("built") / "app", {"A": text, "B": text})
    project.samix("build").succeeded()
    assert sorted(still.installed) == INSTALLED
    assert shared_in_last_builds(project) == {"B"}
    return project


@pytest.fixture
def project(built: Project, still: PackageIndex, tmp_path: Path) -> Project:
    """A copy of the built application, with one more function that has the same requirements and is not built yet."""
    shutil.copytree(built.path, tmp_path / "app", symlinks=True)
    own = Project(tmp_path / "app", environment=built.environment)
    add_function(own, "C", still.requirements(*PINNED))
    still.requests.clear()
    return own


@pytest.fixture(scope="module")
def wanted(built: Project, still: PackageIndex, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """What sam builds of that."""
    own = Project(Project.copy_of(built.path, tmp_path_factory.mktemp("wanted") / "app").path)
    add_function(own, "C", still.requirements(*PINNED))
    return from_nothing(own, own.path.with_name("fresh"))


def _set(project: Project) -> Path:
    """The directory of the only set."""
    [found] = (project.path / ".aws-sam" / "samix" / "sets").iterdir()
    return found


def _said(run: Run) -> str:
    """What a build has printed, as if no line had been broken."""
    return " ".join(run.errors.split())


def test_new_unit_takes_what_an_earlier_build_installed(project: Project, still: PackageIndex, wanted: Tree) -> None:
    run = project.samix("build").succeeded()
    assert still.requests == []
    assert "not built yet; with dependencies that were installed before" in run.errors
    assert differences(project.built(), wanted) == []


def _change_in_place(deps: Path) -> None:
    file = deps / "alpha.py"
    status = file.stat()
    file.write_text(file.read_text().replace("1.0", "6.6"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace_file_with_link(deps: Path) -> None:
    (deps / "beta.py").unlink()
    (deps / "beta.py").symlink_to("alpha.py")


def _replace_with_link(deps: Path) -> None:
    deps.rename(deps.parent.parent / "elsewhere")
    deps.symlink_to("../elsewhere")


ALTERATIONS: dict[str, Callable[[Path], object]] = {
    "a file is changed in place": _change_in_place,
    "a file is gone": lambda deps: (deps / "alpha_data" / "two.txt").unlink(),
    "a file is a link": _replace_file_with_link,
    "all of it is gone": shutil.rmtree,
    "it is a link": _replace_with_link,
    "a pipe lies in it": lambda deps: os.mkfifo(deps / "pipe"),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_altered_set_is_installed_again(project: Project, still: PackageIndex, wanted: Tree, alteration: str) -> None:
    still.requests.clear()
    ALTERATIONS[alteration](_set(project) / "deps")
    run = project.samix("build").succeeded()
    assert sorted(still.installed) == INSTALLED
    assert AGAIN in _said(run)
    assert differences(project.built(), wanted) == []


def test_set_that_was_installed_again_is_shared_again(project: Project, still: PackageIndex) -> None:
    _change_in_place(_set(project) / "deps")
    project.samix("build").succeeded()
    assert sorted(still.installed) == INSTALLED
    add_function(project, "D", still.requirements(*PINNED))
    assert AGAIN not in _said(project.samix("build").succeeded())
    assert still.requests == []


def _known(**changes: object) -> Callable[[Path], object]:
    """Change what is known of a set."""

    def change(file: Path) -> None:
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return change


def _replace_with_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


DESCRIPTIONS: dict[str, Callable[[Path], object]] = {
    "is gone": lambda file: file.unlink(),
    "is no JSON": lambda file: file.write_bytes(b"\xff\x00{"),
    "is nested deeply": lambda file: file.write_text("[" * 100_000),
    "is a pipe": _replace_with_pipe,
    "has another version": _known(version=99),
    "has another digest": _known(digest="0" * 64),
    "has links in a list": _known(links=["a"]),
    "has links to elsewhere": _known(links={"../../../../../../b": "x"}),
    "has an absolute link": _known(links={"/b": "x"}),
}


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_set_with_a_wrong_description_is_not_used(
    project: Project, still: PackageIndex, wanted: Tree, description: str
) -> None:
    still.requests.clear()
    DESCRIPTIONS[description](_set(project) / "set.json")
    run = project.samix("build").succeeded()
    assert "Traceback" not in run.text
    assert sorted(still.installed) == INSTALLED
    assert differences(project.built(), wanted) == []


def test_what_something_else_removes_is_not_missed(project: Project, still: PackageIndex, wanted: Tree) -> None:
    shutil.rmtree(project.path / ".aws-sam" / "deps")
    project.samix("build").succeeded()
    assert still.requests == []
    assert differences(project.built(), wanted) == []


def test_bare_sam_in_between_does_no_harm(project: Project, still: PackageIndex, wanted: Tree) -> None:
    project.sam("build", "--cached").succeeded()
    project.write("b/app.py", "# B, changed\n")
    project.sam("build", "--cached").succeeded()
    project.write("b/app.py", "# B\n")
    still.requests.clear()
    project.samix("build").succeeded()
    assert differences(project.built(), wanted) == []
    add_function(project, "D", still.requirements(*PINNED))
    project.samix("build").succeeded()
    assert still.requests == []


def _names_of_each_file(project: Project, name: str) -> list[int]:
    """How many names each file has that is called so where nothing is changed in place."""
    root = project.path / ".aws-sam"
    found = [path.stat().st_ino for part in ("cache", "deps", "samix/sets") for path in (root / part).rglob(name)]
    return sorted(map(found.count, set(found)))


def test_copy_without_hard_links_shares_files_again(built: Project, tmp_path: Path) -> None:
    assert _names_of_each_file(built, "alpha.py") == [5]
    shutil.copytree(built.path, tmp_path / "app", symlinks=True)
    own = Project(tmp_path / "app", environment=built.environment)
    assert _names_of_each_file(own, "alpha.py") == [1] * 5
    assert {result for _, result in own.samix("build").succeeded().results().values()} == {"reused"}
    assert _names_of_each_file(own, "alpha.py") == [5]


def test_clean_removes_sets(project: Project, still: PackageIndex, wanted: Tree) -> None:
    project.samix("clean").succeeded()
    assert not (project.path / ".aws-sam" / "samix" / "sets").exists()
    project.samix("build").succeeded()
    assert sorted(still.installed) == INSTALLED
    assert shared_in_last_builds(project) == {"B", "C"}
    assert differences(project.built(), wanted) == []


def test_no_cached_installs_again(project: Project, still: PackageIndex, wanted: Tree) -> None:
    project.samix("build").succeeded()
    assert still.requests == []
    run = project.samix("build", "--no-cached").succeeded()
    assert sorted(still.installed) == INSTALLED
    assert AGAIN not in _said(run)
    assert differences(project.built(), wanted) == []


def _uuids(project: Project) -> dict[str, str]:
    """By their paths below `.aws-sam`, the artifacts in the build dir with those in sam's cache."""
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    return {
        f"build/{name}": f"cache/{one.uuid}" for one in definitions for name in as_list(one.fields.get("functions"))
    }


def test_build_dir_shares_no_file_of_a_set(still: PackageIndex, tmp_path: Path) -> None:
    project = sharing_project(tmp_path / "app", dict.fromkeys("ABC", still.requirements(*PINNED)))
    project.samix("build").succeeded()
    project.write("a/app.py", "# A, changed\n")
    project.samix("build").succeeded()
    places: dict[tuple[int, int], set[str]] = {}  # of each file, two levels deep
    top = project.path / ".aws-sam"
    for directory, _, files in os.walk(top):
        for name in files:
            status = os.lstat(os.path.join(directory, name))
            place = os.path.relpath(os.path.join(directory, name), top).split("/")[:2]
            places.setdefault((status.st_dev, status.st_ino), set()).add("/".join(place))
    cached = _uuids(project)
    assert len(cached) == 3
    for found in places.values():
        for artifact in found & cached.keys():  # it may share files of its own with its copy, and with the last one
            assert found <= {artifact, cached[artifact], "samix/replaced"}
    shared = [found for found in places.values() if "samix/sets" in found]
    assert len(shared) > 5
    assert all({*cached.values()} <= found for found in shared if found != {"samix/sets"})  # they take room once


def test_edited_artifact_changes_no_other_unit(project: Project, still: PackageIndex, wanted: Tree) -> None:
    project.samix("build").succeeded()
    for unit in ("A", "C"):
        with (project.build_dir / unit / "alpha.py").open("r+") as file:
            file.write("HACKED = 1")
    changed = {"A/alpha.py", "C/alpha.py"}
    assert set(differences(project.built(), wanted)) == changed
    add_function(project, "D", still.requirements(*PINNED))
    project.samix("build").succeeded()
    assert still.requests == []
    assert {path for path in differences(project.built(), wanted) if not path.startswith(("D", "template"))} == set()
    assert (project.build_dir / "D" / "alpha.py").read_text() == 'VERSION = "1.0"\n'


def test_unpinned_set_serves_one_build_alone(index: PackageIndex, tmp_path: Path) -> None:
    text = index.requirements("beta==1.0")  # alpha comes with it, in whatever version there is
    project = sharing_project(tmp_path / "app", {"A": text, "B": text})
    project.samix("build").succeeded()
    assert sorted(index.installed) == INSTALLED
    assert shared_in_last_builds(project) == {"B"}
    assert not (project.path / ".aws-sam" / "samix" / "sets").exists()
    index.publish("alpha", "1.1")
    add_function(project, "C", text)
    run = project.samix("build").succeeded()
    assert sorted(index.installed) == ["alpha-1.1", "beta-1.0"]
    assert run.results() == {"A": ("host", "reused"), "B": ("host", "reused"), "C": ("host", "built")}
    versions = {unit: (project.build_dir / unit / "alpha.py").read_text() for unit in "ABC"}
    assert versions == {"A": 'VERSION = "1.0"\n', "B": 'VERSION = "1.0"\n', "C": 'VERSION = "1.1"\n'}
    project.write("b/app.py", "# B, changed\n")  # as before, on what was installed for it
    project.samix("build").succeeded()
    assert index.requests == []
    assert (project.build_dir / "B" / "alpha.py").read_text() == 'VERSION = "1.0"\n'


def test_going_back_to_pinned_requirements_installs_nothing(still: PackageIndex, tmp_path: Path) -> None:
    before, after = still.requirements(*PINNED), still.requirements(*PINNED, "gamma==1.0")
    project = sharing_project(tmp_path / "app", {"A": before, "B": before})
    project.samix("build").succeeded()
    first = project.built()
    for unit in "AB":
        add_code(project, unit, after)
    project.samix("build").succeeded()
    assert (project.build_dir / "B" / "gamma.py").is_file()
    assert shared_in_last_builds(project) == {"B"}
    still.requests.clear()
    for unit in "AB":
        add_code(project, unit, before)
    project.samix("build").succeeded()
    assert still.requests == []
    assert differences(project.built(), first) == []
    add_code(project, "A", after)
    project.samix("build").succeeded()
    assert still.requests == []
    assert_like_from_nothing(project, tmp_path / "fresh")


def test_failed_installation_is_told_once(index: PackageIndex, tmp_path: Path) -> None:
    text = index.requirements("alpha==9.9")
    project = sharing_project(tmp_path / "app", {"A": text, "B": text, "C": text, "D": index.requirements(*PINNED)})
    run = project.samix("build").failed_with(1)
    assert index.requests.count("/simple/alpha/") <= 4  # of A, and of D
    assert run.errors.count("A failed: Could not satisfy the requirement") == 1
    results = run.results()
    assert results.pop("D")[1] == "built"
    assert {unit: result for unit, (_, result) in results.items()} == {"A": "failed", "B": "skipped", "C": "skipped"}
    rows = [line for line in run.errors.splitlines() if line.startswith(("B  ", "C  "))]
    assert [row.partition("-  ")[2] for row in rows] == [
        "needs the dependencies of A, which could not be installed"
    ] * 2
    index.publish("alpha", "9.9")
    project.samix("build").succeeded()
    assert shared_in_last_builds(project) >= {"B", "C"}


def test_failed_installation_is_tried_again_by_its_own(index: PackageIndex, tmp_path: Path) -> None:
    index.before = lambda _: 503 if len(index.requests) == 1 else None
    project = sharing_project(tmp_path / "app", dict.fromkeys("ABC", index.requirements(*PINNED)))
    run = project.samix("build", "--retries", "1").succeeded()
    assert run.errors.count("trying A again") == 1
    assert "trying B again" not in run.errors
    assert shared_in_last_builds(project) == {"B", "C"}


def test_manifest_that_changes_meanwhile_is_installed(index: PackageIndex, tmp_path: Path) -> None:
    index.publish("gamma", "1.0")
    project = sharing_project(tmp_path / "app", dict.fromkeys("ABC", index.requirements(*PINNED)))

    def change(path: str) -> None:
        if path.startswith("/simple/alpha/"):  # while A is built, and the others wait for it
            add_code(project, "B", index.requirements("gamma==1.0"))

    index.before = change
    project.samix("build").succeeded()
    assert shared_in_last_builds(project) == {"C"}
    project.samix("build").succeeded()
    assert_like_from_nothing(project, tmp_path / "fresh")


def test_nobody_shares_what_changed_while_it_was_installed(index: PackageIndex, tmp_path: Path) -> None:
    index.publish("gamma", "1.0")
    project = sharing_project(tmp_path / "app", dict.fromkeys("ABC", index.requirements(*PINNED)))
    index.before = lambda path: (
        add_code(project, "A", index.requirements("gamma==1.0")) if path.startswith("/simple/alpha/") else None
    )
    project.samix("build").succeeded()
    assert (project.build_dir / "C" / "beta.py").exists()
    index.before = lambda _: None
    project.samix("build").succeeded()
    assert (project.build_dir / "A" / "gamma.py").exists()
    assert_like_from_nothing(project, tmp_path / "fresh")


LAYER = f"""\
  A:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
    Properties: {{ContentUri: a, CompatibleRuntimes: [{HOST_PYTHON}]}}
"""


def _after(name: str, other: str) -> str:
    """A function that is built after another unit."""
    return function(name).replace("    Properties", f"    Metadata: {{BuildDependsOn: [{other}]}}\n    Properties")


def test_set_of_a_failed_build_is_not_used_by_the_next(index: PackageIndex, tmp_path: Path) -> None:
    unpinned = index.requirements("alpha")
    project = sharing_project(tmp_path / "app", {"A": unpinned, "B": index.requirements("nowhere==1")})
    project.samix("build").failed_with(1)
    index.publish("alpha", "1.1")
    for name in "BCD":
        add_code(project, name, unpinned)
    project.write("template.yaml", template(*map(function, "ABCD")))

    def edit(path: str) -> None:
        if path.startswith("/simple/alpha/"):  # what B installs is not kept then
            project.write("b/app.py", "# B, changed\n")

    index.before = edit
    project.samix("build").succeeded()
    versions = [(project.build_dir / unit / "alpha.py").read_text() for unit in "BCD"]
    assert versions == ['VERSION = "1.1"\n'] * 3


UNLIKE = {
    "another architecture": (function("A"), function("B", Architectures="[arm64]")),
    "one uses the other": (LAYER, _after("B", "A")),
}


@pytest.mark.parametrize("kind", UNLIKE)
def test_units_that_are_not_alike_share_nothing(still: PackageIndex, tmp_path: Path, kind: str) -> None:
    project = sharing_project(tmp_path / "app", dict.fromkeys("AB", still.requirements(*PINNED)))
    project.write("template.yaml", template(*UNLIKE[kind]))
    project.samix("build").succeeded()
    assert shared_in_last_builds(project) == set()
    assert_like_from_nothing(project, tmp_path / "fresh")


def test_unit_that_another_waits_for_shares(still: PackageIndex, tmp_path: Path) -> None:
    project = sharing_project(tmp_path / "app", dict.fromkeys("ABC", still.requirements(*PINNED)))
    project.write("template.yaml", template(_after("A", "C"), function("B"), function("C")))
    project.samix("build", "--jobs", "1").succeeded()
    assert shared_in_last_builds(project) == {"C"}  # A may use what C makes, and installs for itself
    assert_like_from_nothing(project, tmp_path / "fresh")


def test_manifest_and_variables_of_a_build_decide_what_is_shared(still: PackageIndex, tmp_path: Path) -> None:
    project = sharing_project(tmp_path / "app", dict.fromkeys("AB", still.requirements("alpha==1.0")))
    arguments = ("build", "--manifest", str(project.write("other.txt", still.requirements(*PINNED))))
    project.samix(*arguments).succeeded()
    assert shared_in_last_builds(project) == {"B"}
    project.samix("build").succeeded()
    assert not (project.build_dir / "B" / "beta.py").exists()
    still.requests.clear()
    project.samix(*arguments).succeeded()
    assert still.requests == []
    assert (project.build_dir / "A" / "beta.py").exists()
    project.samix(*arguments, PIP_PREFER_BINARY="1").succeeded()
    assert sorted(still.installed) == INSTALLED


@pytest.mark.parametrize("line", ["-r more.txt", "./own"])
def test_requirements_that_name_files_are_not_shared(still: PackageIndex, tmp_path: Path, line: str) -> None:
    project = sharing_project(tmp_path / "app", dict.fromkeys("AB", still.requirements("alpha==1.0", line)))
    run = project.samix("build")
    assert shared_in_last_builds(project) == set()
    assert "needs the dependencies of" not in run.errors


def test_plan_says_who_installs_and_names_a_set_that_is_there(still: PackageIndex, tmp_path: Path) -> None:
    text = still.requirements(*PINNED)
    project = sharing_project(tmp_path / "app", {"A": text, "B": text})
    planned = project.samix("plan", "A", "B").succeeded().output
    assert "Dependencies:\n    installed by its own build\n    also for B\n" in planned
    assert "Dependencies:\n    installed by A\n" in planned
    found = json.loads(project.samix("plan", "--format", "json").succeeded().output)["resources"]
    assert [one["dependencies"] for one in found] == [{"set": None, "installed_by": "A"}] * 2
    project.samix("build").succeeded()
    add_function(project, "C", text)
    name = _set(project).name
    assert f"Dependencies:\n    set {name}, installed by an earlier build\n" in project.samix("plan", "C").output
    *_, last = json.loads(project.samix("plan", "--format", "json").succeeded().output)["resources"]
    assert last["dependencies"] == {"set": name, "installed_by": None}

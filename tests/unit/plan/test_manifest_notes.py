"""What the user should know about the manifests that a build installs from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.options.build_type import BuildType
from samix.plan.manifest_notes import manifest_notes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit

PROJECT = '[project]\nname = "fn"\ndependencies = ["six"]\n'
BARE = '[project]\nname = "fn"\ndependencies = [ ]\n\n[tool.other]\n# dependencies = 1\n'
IGNORED = (
    "pyproject.toml:3: Fn: uv installs from {0}, and ignores the dependencies in pyproject.toml."
    " List them in {0}, or remove that file."
)
WRITTEN = "Commit that file, so that each build installs the same versions."
LOCKED = f"pyproject.toml: Fn has no uv.lock, so uv writes {{}}. {WRITTEN}"


@pytest.fixture
def noted(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_resource: Callable[..., Resource],
    make_unit: Callable[..., Unit],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[str]]:
    """Gives the notes on a function whose source is `app/src`; files are named from there."""
    source = tmp_path / "app" / "src"
    source.mkdir(parents=True)
    monkeypatch.chdir(source)

    def take(
        files: dict[str, str],
        runtime: str,
        method: str | None = None,
        *,
        build_type: BuildType = BuildType.HOST,
        manifest: str | None = None,
        variable: str | None = None,
    ) -> list[str]:
        for name, text in files.items():
            (source / name).parent.mkdir(exist_ok=True)
            (source / name).write_text(text)
        metadata = {"BuildMethod": method} if method else {}
        unit = make_unit(make_resource(runtime=runtime, code=str(source), metadata=metadata), build_type=build_type)
        options = make_options(source.parent, manifest=source / manifest if manifest else None)
        return [str(note) for note in manifest_notes([unit], options, lambda _: variable)]

    return take


@pytest.mark.parametrize(
    ("files", "manifest", "notes"),
    [
        ({"pyproject.toml": PROJECT, "requirements.txt": ""}, None, [IGNORED.format("requirements.txt")]),
        ({"pyproject.toml": PROJECT, "requirements-dev.txt": ""}, None, [IGNORED.format("requirements-dev.txt")]),
        ({"pyproject.toml": PROJECT, "requirements-own.txt": ""}, None, [LOCKED.format("uv.lock")]),
        (
            {"pyproject.toml": PROJECT, "uv.lock": "", "requirements.txt": ""},
            None,
            [IGNORED.format("requirements.txt")],
        ),
        ({"pyproject.toml": BARE, "requirements.txt": ""}, None, []),
        ({"pyproject.toml": PROJECT}, None, [LOCKED.format("uv.lock")]),
        ({"pyproject.toml": BARE}, None, [LOCKED.format("uv.lock")]),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, None, []),
        ({"requirements.txt": ""}, None, []),
        ({}, None, []),
        ({"pyproject.toml": PROJECT, "requirements.txt": ""}, "pyproject.toml", [LOCKED.format("uv.lock")]),
        ({"pyproject.toml": PROJECT, "all.txt": ""}, "all.txt", [IGNORED.format("all.txt")]),
        ({"pyproject.toml": PROJECT}, "missing.txt", [LOCKED.format("uv.lock")]),
    ],
)
def test_what_uv_installs_from_and_writes_is_noted(
    files: dict[str, str], manifest: str | None, notes: list[str], noted: Callable[..., list[str]]
) -> None:
    assert noted(files, "python3.11", "python-uv", manifest=manifest) == notes


def test_the_lock_of_a_workspace_lies_at_its_root(noted: Callable[..., list[str]], tmp_path: Path) -> None:
    root = {"../pyproject.toml": '[tool.uv.workspace]\nmembers = ["src"]\n', "pyproject.toml": PROJECT}
    assert noted(root, "python3.11", "python-uv") == [LOCKED.format(tmp_path / "app" / "uv.lock")]
    assert noted({"../uv.lock": ""}, "python3.11", "python-uv") == []


@pytest.mark.parametrize(
    ("method", "build_type"), [("python-uv", BuildType.CONTAINER), (None, BuildType.HOST), ("makefile", BuildType.HOST)]
)
def test_no_note_on_uv_where_it_does_not_run_on_the_host(
    method: str | None, build_type: BuildType, noted: Callable[..., list[str]]
) -> None:
    files = {"pyproject.toml": PROJECT, "requirements.txt": ""}
    assert noted(files, "python3.11", method, build_type=build_type) == []


@pytest.mark.parametrize("name", ["Gemfile", "gems.rb"])
@pytest.mark.parametrize("place", ["..", "../.."])
def test_a_gemfile_further_up_is_reported(place: str, name: str, noted: Callable[..., list[str]]) -> None:
    shown = f"{place}/{name}".removeprefix("../")
    told = (
        f"Fn has no Gemfile, so bundler takes {shown} and installs beside that, not into the artifact."
        " Add a Gemfile to its source."
    )
    assert noted({f"{place}/{name}": ""}, "ruby3.4") == [f"/app/template.yaml:3: {told}"]


@pytest.mark.parametrize(
    ("files", "values"),
    [
        ({"Gemfile": "", "../Gemfile": ""}, {}),
        ({"gems.rb": "", "../Gemfile": ""}, {}),
        ({"../Gemfile": ""}, {"variable": "/elsewhere/Gemfile"}),
        ({"../Gemfile": ""}, {"build_type": BuildType.CONTAINER}),
        ({"../Gemfile": ""}, {"method": "makefile"}),
    ],
)
def test_no_note_where_bundler_takes_no_gemfile_from_above(
    files: dict[str, str], values: dict[str, object], noted: Callable[..., list[str]]
) -> None:
    assert noted(files, "ruby3.4", **values) == []


_READS = "cp -r $(SAMIX_ARTIFACTS_Tools)/. $(ARTIFACTS_DIR)"
_EMPTY = "Makefile:2: SAMIX_ARTIFACTS_Tools is empty in Fn: {}."


@pytest.mark.parametrize(
    ("recipe", "depends_on", "build_type", "why"),
    [
        pytest.param(_READS, None, BuildType.HOST, "BuildDependsOn does not name Tools", id="named nowhere"),
        pytest.param(_READS, ["Tool"], BuildType.HOST, "BuildDependsOn does not name Tools", id="misspelt"),
        pytest.param(_READS, ["Tools"], BuildType.CONTAINER, "a container gets no artifacts", id="container"),
        pytest.param(_READS, ["Other", "Tools"], BuildType.HOST, None, id="named"),
        pytest.param(_READS, "Child/Tools", BuildType.HOST, None, id="named in another stack"),
        pytest.param(f'test -z "$(SAMIX_ARTIFACTS_Tools)" || {_READS}', None, BuildType.HOST, None, id="tested by sh"),
        pytest.param(f"$(if $(SAMIX_ARTIFACTS_Tools),{_READS})", None, BuildType.HOST, None, id="tested by make"),
        pytest.param("$(or $(SAMIX_ARTIFACTS_Tools),../Tools)/x", None, BuildType.CONTAINER, None, id="with another"),
        pytest.param("true\n\nbuild-Other:\n\t" + _READS, None, BuildType.HOST, None, id="rule of another"),
    ],
)
def test_artifact_that_a_makefile_reads_in_vain_is_noted(
    recipe: str,
    depends_on: list[str] | str | None,
    build_type: BuildType,
    why: str | None,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_resource: Callable[..., Resource],
    make_unit: Callable[..., Unit],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Makefile").write_text(f"build-Fn:\n\t{recipe}\n")
    metadata = {"BuildMethod": "makefile"} | ({"BuildDependsOn": depends_on} if depends_on else {})
    unit = make_unit(
        make_resource(runtime="provided.al2023", code=str(tmp_path), metadata=metadata), build_type=build_type
    )
    notes = manifest_notes([unit], make_options(tmp_path), lambda _: None)
    assert [str(note) for note in notes] == ([_EMPTY.format(why)] if why else [])

"""What a partial build leaves alone, whatever has changed since: build dir, build.toml and caches."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.silent import Silent

from samix.files.atomic import aside_of
from samix.files.copies import tree_digest
from samix.options.build_type import BuildType, BuildTypeDefault, parse_rules
from samix.state.build_toml import Definition, read_definitions
from samix.template.value import as_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.build.run import Backend
    from samix.options.merge import BuildOptions

NAMES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class _App:
    """An application: functions in an order, each with a source, a method and a build type."""

    functions: tuple[tuple[str, str, str, str], ...]
    environment: bool

    def write(self, project: Path, version: str) -> None:
        text = "Resources:\n"
        for name, source, method, _ in self.functions:
            metadata = "" if method == "none" else f"    Metadata: {{BuildMethod: {method}}}\n"
            text += (
                f"  {name}:\n    Type: AWS::Serverless::Function\n{metadata}"
                f"    Properties: {{CodeUri: {source}, Runtime: python3.12, Handler: app.{name}}}\n"
            )
        (project / "template.yaml").write_text(text)
        for source in ("src", "other"):
            (project / source).mkdir(exist_ok=True)
            (project / source / "app.py").write_text(f"{source} {version}")

    def options(self, make_options: Callable[..., BuildOptions], project: Path, **values: object) -> BuildOptions:
        rules, _ = parse_rules([f"{name}={place}" for name, _, _, place in self.functions], source="--build-type")
        return make_options(
            project,
            rule_sets=(tuple(rules), ()),
            default_type=BuildTypeDefault(BuildType.HOST, "default"),
            environments={"Parameters": {"KEY": "value"}} if self.environment else {},
            **values,
        )


@st.composite
def _apps(draw: st.DrawFn) -> _App:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    functions = tuple(
        (
            name,
            draw(st.sampled_from(["src", "src", "other"])),
            draw(st.sampled_from(["none", "none", "makefile", "esbuild"])),
            draw(st.sampled_from(["host", "host", "container"])),
        )
        for name in names
    )
    return _App(functions, draw(st.booleans()))


def _definitions(project: Path) -> dict[str, Definition]:
    return {definition.uuid: definition for definition in read_definitions(project / ".aws-sam" / "build.toml")}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(before=_apps(), after=_apps(), data=st.data())
def test_a_partial_build_leaves_alone_what_it_is_not_asked_for(
    make_options: Callable[..., BuildOptions],
    before: _App,
    after: _App,
    data: st.DataObject,
    backend: Backend,
) -> None:
    asked = data.draw(st.lists(st.sampled_from([name for name, *_ in after.functions]), min_size=1, unique=True))
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        before.write(project, "one")
        assert backend.build(before.options(make_options, project), {}, Silent()).is_complete
        build_dir = project / ".aws-sam" / "build"
        digests = {name: tree_digest(build_dir / name) for name, *_ in before.functions}
        known = _definitions(project)

        after.write(project, "two")
        options = after.options(make_options, project, resources=tuple(asked))
        assert backend.build(options, {}, Silent()).is_complete

        still_there = {name for name, *_ in after.functions} - set(asked)
        for name in still_there & digests.keys():
            assert tree_digest(build_dir / name) == digests[name]
        for name in asked:
            assert "two" in (build_dir / name / "app.py").read_text()
        for uuid, definition in _definitions(project).items():
            names = set(as_list(definition.fields["functions"]))
            if not names & set(asked):  # as it was written when its artifact was made, and with its artifact
                assert definition == known[uuid]
            assert (project / ".aws-sam" / "cache" / uuid).is_dir()

        # and a whole build after it gives what a first one would
        assert backend.build(after.options(make_options, project), {}, Silent()).is_complete
        assert {path.name for path in build_dir.iterdir()} == {*(name for name, *_ in after.functions), "template.yaml"}
        for name, source, *_ in after.functions:
            assert (build_dir / name / "app.py").read_text() == f"{source} two"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(app=_apps(), data=st.data())
def test_what_is_excluded_is_not_built_again(
    make_options: Callable[..., BuildOptions],
    fake_sam: object,
    app: _App,
    data: st.DataObject,
    backend: Backend,
) -> None:
    excluded = [
        tuple(data.draw(st.lists(st.sampled_from([name for name, *_ in app.functions]), unique=True))) for _ in range(2)
    ]
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        app.write(project, "one")
        assert backend.build(app.options(make_options, project), {}, Silent()).is_complete
        whole = tree_digest(project / ".aws-sam" / "build")
        built = list(fake_sam.built)  # type: ignore[attr-defined]
        for names in excluded:
            assert backend.build(app.options(make_options, project, exclude=names), {}, Silent()).is_complete
            for name in names:
                assert not (project / ".aws-sam" / "build" / name).exists()
        assert backend.build(app.options(make_options, project), {}, Silent()).is_complete
        assert fake_sam.built == built  # type: ignore[attr-defined]
        assert tree_digest(project / ".aws-sam" / "build") == whole


@pytest.mark.parametrize(("method", "waits"), [("none", False), ("makefile", True)])
def test_what_leaves_the_build_dir_is_kept_once(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    method: str,
    waits: bool,
    backend: Backend,
) -> None:
    """A makefile function lies in no cache."""
    app = _App((("A", "src", "none", "host"), ("B", "other", method, "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(make_options, tmp_path), {}, Silent()).is_complete
    assert backend.build(app.options(make_options, tmp_path, exclude=("B",)), {}, Silent()).is_complete
    assert (tmp_path / ".aws-sam" / "samix" / "finished" / "B").exists() == waits


@pytest.mark.parametrize("part", ["", "A"], ids=["the build dir", "an artifact"])
@pytest.mark.parametrize("linked", [False, True])
def test_what_a_killed_build_moved_is_back_if_the_next_fails(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    fake_sam: object,
    part: str,
    *,
    linked: bool,
    backend: Backend,
) -> None:
    """As it is left where the system cannot exchange directories; a link that came with it is not followed."""
    app = _App((("A", "src", "none", "host"), ("B", "other", "none", "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(make_options, tmp_path), {}, Silent()).is_complete
    build_dir, staging = tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "samix" / "staging"
    whole = tree_digest(build_dir)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if linked:
        staging.symlink_to(elsewhere)
    (staging / part / "inner").mkdir(parents=True)
    aside = aside_of(staging / part)
    (build_dir / part).rename(aside)
    there = tree_digest(elsewhere)
    app.write(tmp_path, "two")
    fake_sam.failing = {"B"}  # type: ignore[attr-defined]
    assert not backend.build(app.options(make_options, tmp_path), {}, Silent()).is_complete
    assert tree_digest(elsewhere) == there
    if linked and part:  # it lies where the link led
        assert not (build_dir / part).exists()
    else:
        assert tree_digest(build_dir) == whole
    assert not aside.exists()

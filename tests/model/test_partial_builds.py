"""What a partial build leaves alone, whatever has changed since: build dir, build.toml and caches."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.around import Around
from support.backend import stand_in
from support.fake_sam import FakeSam
from support.function_app import FunctionApp
from support.silent import Silent

from samix.files.copies import tree_digest
from samix.state.build_toml import Definition, read_definitions
from samix.template.value import as_list

pytestmark = pytest.mark.usefixtures("no_process")

NAMES = ("A", "B", "C", "D")


@st.composite
def _apps(draw: st.DrawFn) -> FunctionApp:
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
    return FunctionApp(functions, draw(st.booleans()))


def _definitions(project: Path) -> dict[str, Definition]:
    return {definition.uuid: definition for definition in read_definitions(project / ".aws-sam" / "build.toml")}


@settings(max_examples=80)
@given(before=_apps(), after=_apps(), data=st.data())
def test_a_partial_build_leaves_alone_what_it_is_not_asked_for(
    before: FunctionApp,
    after: FunctionApp,
    data: st.DataObject,
) -> None:
    backend = stand_in(Around(), FakeSam())
    asked = data.draw(st.lists(st.sampled_from([name for name, *_ in after.functions]), min_size=1, unique=True))
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        before.write(project, "one")
        assert backend.build(before.options(project), {}, Silent()).is_complete
        build_dir = project / ".aws-sam" / "build"
        digests = {name: tree_digest(build_dir / name) for name, *_ in before.functions}
        known = _definitions(project)

        after.write(project, "two")
        options = after.options(project, resources=tuple(asked))
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
        assert backend.build(after.options(project), {}, Silent()).is_complete
        assert {path.name for path in build_dir.iterdir()} == {*(name for name, *_ in after.functions), "template.yaml"}
        for name, source, *_ in after.functions:
            assert (build_dir / name / "app.py").read_text() == f"{source} two"


@settings(max_examples=60)
@given(app=_apps(), data=st.data())
def test_what_is_excluded_is_not_built_again(
    app: FunctionApp,
    data: st.DataObject,
) -> None:
    fake_sam = FakeSam()
    backend = stand_in(Around(), fake_sam)
    excluded = [
        tuple(data.draw(st.lists(st.sampled_from([name for name, *_ in app.functions]), unique=True))) for _ in range(2)
    ]
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        app.write(project, "one")
        assert backend.build(app.options(project), {}, Silent()).is_complete
        whole = tree_digest(project / ".aws-sam" / "build")
        built = list(fake_sam.built)
        for names in excluded:
            assert backend.build(app.options(project, exclude=names), {}, Silent()).is_complete
            for name in names:
                assert not (project / ".aws-sam" / "build" / name).exists()
        assert backend.build(app.options(project), {}, Silent()).is_complete
        assert fake_sam.built == built
        assert tree_digest(project / ".aws-sam" / "build") == whole

"""What a clean removes, and what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.silent import Silent

from samix.clean.remove import run_clean
from samix.files.copies import entries_digest, tree_digest, tree_entries
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.build.run import Backend
    from samix.clean.find import Cleaning
    from samix.options.merge import BuildOptions
    from samix.state.layout import Layout

TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: app.handler}
  Own:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: own, Runtime: provided.al2023, Handler: bootstrap}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml}
"""
CHILD = """\
Resources:
  Inner:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: inner, Runtime: provided.al2023, Handler: a}
"""
OTHER_UUID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    place = tmp_path / "app"
    for name in ("src", "own", "inner"):
        (place / name).mkdir(parents=True)
        (place / name / "app.py").write_text(name)
    (place / "template.yaml").write_text(TEMPLATE)
    (place / "child.yaml").write_text(CHILD)
    return place


@pytest.fixture
def options(project: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    return make_options(project)


@pytest.fixture
def layout(project: Path, make_layout: Callable[[Path], Layout]) -> Layout:
    return make_layout(project)


@pytest.fixture
def built(options: BuildOptions, fake_sam: object, backend: Backend) -> object:
    """A whole build by samix, and what stood for sam in it."""
    assert backend.build(options, {}, Silent()).is_complete
    return fake_sam


def _clean(layout: Layout, *, dry_run: bool = False) -> Cleaning:
    cleaned = run_clean(layout, lambda holder: pytest.fail(f"waits for {holder}"), dry_run=dry_run)
    assert cleaned
    return cleaned


def _left(project: Path) -> set[str]:
    """What is left below .aws-sam: files, links and empty directories."""
    root = project / ".aws-sam"
    found = (path for path in root.rglob("*") if path.is_symlink() or path.is_file() or not any(path.iterdir()))
    return {path.relative_to(root).as_posix() for path in found}


def _reasons(cleaned: Cleaning, project: Path) -> dict[str, str]:
    root = project / ".aws-sam"
    return {path.relative_to(root).as_posix(): why for path, why in cleaned.left}


@pytest.mark.usefixtures("built")
def test_nothing_is_left_of_what_samix_alone_made(project: Path, layout: Layout) -> None:
    before = entries_digest(tree_entries(project, ignored=frozenset({".aws-sam"})))
    cleaned = _clean(layout)
    assert not (project / ".aws-sam").exists()
    assert tree_digest(project) == before
    assert len(cleaned.artifacts) == 3
    assert len(cleaned.templates) == 2
    assert cleaned.left == ()


@pytest.mark.usefixtures("built")
def test_what_a_killed_build_left_beside_it_goes_too(project: Path, layout: Layout) -> None:
    left = [layout.build_toml.with_name(".build.toml.123.tmp"), project / ".aws-sam" / ".build.toml.4.tmp"]
    for path in left:
        path.write_text("half of it")
    _clean(layout)
    assert not any(path.exists() for path in left)


@pytest.mark.usefixtures("built")
def test_what_would_be_removed_is_what_is_removed(project: Path, layout: Layout) -> None:
    (layout.root / "lock").write_text(str(os.getpid()))
    before = tree_digest(project)
    told = _clean(layout, dry_run=True)
    assert tree_digest(project) == before
    assert _clean(layout) == told


def test_where_samix_made_nothing_nothing_is_done(project: Path, layout: Layout) -> None:
    (layout.build_dir / "Fn").mkdir(parents=True)
    before = tree_digest(project)
    assert run_clean(layout, print, dry_run=False) is None
    assert tree_digest(project) == before


@pytest.mark.usefixtures("built")
def test_an_artifact_that_was_altered_stays(project: Path, layout: Layout) -> None:
    (layout.build_dir / "Fn" / "note.txt").write_text("mine")
    cleaned = _clean(layout)
    assert _left(project) == {"build/Fn/app.py", "build/Fn/note.txt"}
    assert _reasons(cleaned, project) == {"build/Fn": "altered since samix put it there"}


@pytest.mark.usefixtures("built")
def test_what_else_lies_there_stays(project: Path, layout: Layout) -> None:
    mine = ["build/mine.txt", "build/Child/Mine/app.py", "cache/mine", f"cache/{OTHER_UUID}/a", "deps/mine", "mine"]
    for name in mine:
        path = project / ".aws-sam" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    _clean(layout)
    assert _left(project) == set(mine)


@pytest.mark.usefixtures("built")
def test_a_build_of_something_else_stays_whole(project: Path, layout: Layout) -> None:
    """Its artifacts may be those that samix would make, and its template names them."""
    (layout.build_dir / "template.yaml").write_text("Resources: {}\n")
    before = tree_digest(layout.build_dir)
    cleaned = _clean(layout)
    assert tree_digest(layout.build_dir) == before
    assert {path.name for path in (project / ".aws-sam").iterdir()} == {"build"}
    assert _reasons(cleaned, project) == {"build": "its template is not the one that samix wrote"}


@pytest.mark.usefixtures("built")
def test_a_nested_template_that_was_altered_stays(project: Path, layout: Layout) -> None:
    (layout.build_dir / "Child" / "template.yaml").write_text("Resources: {}\n")
    _clean(layout)
    assert _left(project) == {"build/Child/template.yaml"}


@pytest.mark.usefixtures("built")
def test_definitions_of_a_bare_sam_stay_word_for_word(project: Path, layout: Layout) -> None:
    theirs = f'[layer_build_definitions.{OTHER_UUID}]\n# theirs\nlayer_name   =   "Layer"\n'
    text = layout.build_toml.read_text()
    assert text.endswith("[layer_build_definitions]\n")
    layout.build_toml.write_text(f"{text}\n{theirs}")
    _clean(layout)
    assert [definition.uuid for definition in read_definitions(layout.build_toml)] == [OTHER_UUID]
    assert layout.build_toml.read_text().endswith(theirs)
    assert _left(project) == {"build.toml"}


@pytest.mark.usefixtures("built")
def test_a_build_toml_that_cannot_be_read_stays(project: Path, layout: Layout) -> None:
    layout.build_toml.write_text("broken [")
    _clean(layout)
    assert _left(project) == {"build.toml"}


def test_a_build_toml_without_definitions_goes(
    project: Path, options: BuildOptions, layout: Layout, backend: Backend
) -> None:
    makefile = "    Metadata: {BuildMethod: makefile}\n"
    (project / "template.yaml").write_text(TEMPLATE.replace("  Fn:\n", f"  Fn:\n{makefile}"))
    (project / "child.yaml").write_text(CHILD.replace("  Inner:\n", f"  Inner:\n{makefile}"))
    assert backend.build(options, {}, Silent()).is_complete
    assert read_definitions(layout.build_toml) == []
    _clean(layout)
    assert not (project / ".aws-sam").exists()


def test_what_was_in_place_before_a_failed_build_goes_too(
    project: Path,
    options: BuildOptions,
    layout: Layout,
    built: object,
    backend: Backend,
) -> None:
    (project / "src" / "app.py").write_text("new")
    (project / "own" / "app.py").write_text("new")
    built.failing = {"Own"}  # type: ignore[attr-defined]
    assert not backend.build(options, {}, Silent()).is_complete
    _clean(layout)
    assert not (project / ".aws-sam").exists()


@pytest.mark.usefixtures("built")
def test_what_an_earlier_partial_build_left_goes_too(
    project: Path,
    layout: Layout,
    make_options: Callable[..., BuildOptions],
    backend: Backend,
) -> None:
    (project / "src" / "app.py").write_text("new")
    (project / "own" / "app.py").write_text("new")
    assert backend.build(make_options(project, resources=("Fn",)), {}, Silent()).is_complete
    _clean(layout)
    assert not (project / ".aws-sam").exists()


def test_what_a_partial_build_only_kept_stays(
    project: Path,
    layout: Layout,
    make_options: Callable[..., BuildOptions],
    backend: Backend,
) -> None:
    (layout.build_dir / "Own").mkdir(parents=True)
    (layout.build_dir / "Own" / "bootstrap").write_text("a bare sam's")
    (layout.build_dir / "template.yaml").write_text(TEMPLATE)
    write_definitions(layout.build_toml, [Definition(Section.FUNCTIONS, OTHER_UUID, {"functions": ["Own"]})])
    assert backend.build(make_options(project, resources=("Fn",)), {}, Silent()).is_complete
    _clean(layout)
    assert _left(project) == {"build/Own/bootstrap", "build.toml"}


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("content", ["", "{", '{"version": 1}'], ids=["empty", "broken", "old"])
def test_of_a_state_that_cannot_be_read_only_samix_s_own_goes(content: str, project: Path, layout: Layout) -> None:
    layout.state_file.write_text(content)
    before = {path.name: tree_digest(path) for path in (project / ".aws-sam").iterdir() if path.name != "samix"}
    cleaned = _clean(layout)
    assert cleaned.is_unknown
    assert {path.name: tree_digest(path) for path in (project / ".aws-sam").iterdir()} == before


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("place", ["cache", "deps", "build", "build/Child", "build/Fn", "build/template.yaml"])
def test_no_link_is_followed(place: str, project: Path, layout: Layout) -> None:
    path, outside = project / ".aws-sam" / place, project.parent / "outside"
    if path.exists():
        path.rename(outside)
    else:
        uuid = read_definitions(layout.build_toml)[0].uuid
        (outside / uuid).mkdir(parents=True)
        (outside / uuid / "file").touch()
    path.symlink_to(outside)
    before = tree_digest(outside)
    _clean(layout)
    assert tree_digest(outside) == before
    assert path.is_symlink()


@pytest.mark.usefixtures("built")
def test_a_directory_of_samix_that_is_a_link_goes_as_a_link(project: Path, layout: Layout) -> None:
    outside = project.parent / "outside"
    layout.root.rename(outside)
    layout.root.symlink_to(outside)
    before = {path.name for path in outside.iterdir()}
    _clean(layout)
    assert not (project / ".aws-sam").exists()
    assert {path.name for path in outside.iterdir()} == before


@pytest.mark.usefixtures("built")
def test_no_lock_is_made_where_a_link_leads(project: Path, layout: Layout) -> None:
    shutil.rmtree(layout.root)
    outside = project.parent / "outside"
    outside.mkdir()
    layout.root.symlink_to(outside)
    _clean(layout)
    assert list(outside.iterdir()) == []


@pytest.mark.usefixtures("built")
def test_what_is_put_aside_is_not_put_where_a_link_leads(project: Path, layout: Layout) -> None:
    outside = project.parent / "outside"
    outside.mkdir()
    (outside / "0").write_text("mine")
    (layout.root / "removed").symlink_to(outside)
    _clean(layout)
    assert (outside / "0").read_text() == "mine"


@pytest.mark.usefixtures("built")
def test_no_state_can_name_what_lies_elsewhere(project: Path, layout: Layout) -> None:
    outside = project.parent / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("src")
    names = ["../../../outside", str(outside), ""]
    state = json.loads(layout.state_file.read_text())
    for record in state["units"].values():
        record["resources"] += names
    layout.state_file.write_text(json.dumps(state))
    placed = json.loads(layout.inventory_file.read_text())
    placed["templates"]["../../../outside/app.py"] = placed["templates"]["template.yaml"]
    layout.inventory_file.write_text(json.dumps(placed))
    (outside / "app.py").write_text((layout.build_dir / "template.yaml").read_text())
    before = tree_digest(outside)
    _clean(layout)
    assert tree_digest(outside) == before


@pytest.mark.usefixtures("built")
def test_unreadable_inventory_makes_no_template_samixs(project: Path, layout: Layout) -> None:
    layout.inventory_file.write_text("{")
    before = tree_digest(layout.build_dir)
    _clean(layout)
    assert tree_digest(layout.build_dir) == before
    assert {path.name for path in (project / ".aws-sam").iterdir()} == {"build"}


def test_directories_elsewhere_are_cleaned_as_well(
    project: Path,
    options: BuildOptions,
    make_options: Callable[..., BuildOptions],
    layout: Layout,
    backend: Backend,
) -> None:
    del options
    out = project / "out"
    elsewhere = make_options(project, build_dir=out / "built", cache_dir=out / "cache")
    assert backend.build(elsewhere, {}, Silent()).is_complete
    (out / "mine").touch()
    shutil.copytree(out / "built", project / "copy")
    _clean(type(layout)(project, out / "built", out / "cache"))
    assert {path.name for path in out.iterdir()} == {"mine"}
    assert not (project / ".aws-sam").exists()


@pytest.mark.usefixtures("built")
def test_room_that_something_else_shares_is_not_counted_as_freed(project: Path, layout: Layout) -> None:
    """A hard link keeps it."""
    big = layout.build_dir / "Own" / "big"
    before = _clean(layout, dry_run=True).freed
    shared = project / "own" / "big"
    shared.write_bytes(os.urandom(1 << 20))
    os.link(shared, big)
    digest = tree_digest(layout.build_dir / "Own")
    placed = json.loads(layout.inventory_file.read_text())
    placed["artifacts"]["Own"] = digest
    layout.inventory_file.write_text(json.dumps(placed))
    assert _clean(layout, dry_run=True).freed - before < 1 << 19
    shared.unlink()
    assert _clean(layout, dry_run=True).freed - before >= 1 << 20


@pytest.mark.usefixtures("built")
def test_a_clean_that_was_cut_off_is_ended_by_the_next(
    project: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def cut_off(path: Path, *, missing_ok: bool = False) -> None:
        if path == layout.build_toml:  # after the artifacts, and before the state
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", cut_off)
        with pytest.raises(KeyboardInterrupt):
            _clean(layout)
    assert not (layout.build_dir / "Fn").exists()
    assert layout.build_toml.exists()
    assert layout.state_file.exists()
    _clean(layout)
    assert not (project / ".aws-sam").exists()


@pytest.mark.usefixtures("built")
def test_the_lock_is_the_last_of_samix_s_own_to_go(
    project: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it another samix would read a state that is about to go."""
    beside: list[Path] = []
    unlink = Path.unlink

    def watched(path: Path, *, missing_ok: bool = False) -> None:
        if path == layout.lock_file:
            beside.extend(one for one in layout.root.iterdir() if one != path)
            (layout.root / "of another samix").touch()
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", watched)
    _clean(layout)
    assert beside == []
    assert _left(project) == {"samix/of another samix"}

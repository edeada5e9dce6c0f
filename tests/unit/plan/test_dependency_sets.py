"""Which units ask for the same dependencies, and who installs them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.backend import stand_in
from support.silent import Silent

from samix.files.copies import tree_digest
from samix.plan.dependency_sets import reassign_installation
from samix.plan.share import Share
from samix.state.dependency_sets import DependencySet, DependencySets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.around import Around

    from samix.options.merge import BuildOptions
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit

PYTHON: Mapping[str, Any] = {"Runtime": "python3.11"}
NODE: Mapping[str, Any] = {"Runtime": "nodejs22.x"}
ESBUILD: Mapping[str, Any] = {"BuildMethod": "esbuild", "BuildProperties": {"EntryPoints": ["app.js"]}}
PACKAGE: Mapping[str, Any] = {"name": "a", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}}
LOCKED: Mapping[str, Any] = {"": {"name": "a"}, "node_modules/ms": {}}
LOCK: Mapping[str, Any] = {"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": LOCKED}


class Application:
    """A project, and the shares of its units as a plan has them."""

    def __init__(self, root: Path, make_options: Callable[..., BuildOptions], around: Around) -> None:
        self.root = root
        self._make_options = make_options
        self.around = around
        self._resources: dict[str, object] = {}

    def add(
        self,
        name: str,
        files: dict[str, str],
        properties: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        for file, text in files.items():
            (self.root / name).mkdir(exist_ok=True)
            (self.root / name / file).write_text(text)
        function = {"CodeUri": name, "Handler": "app.handler", **(properties or PYTHON)}
        self._resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": function,
            **({"Metadata": metadata} if metadata else {}),
        }

    def shares(self, **options: object) -> dict[str, Share | None]:
        (self.root / "template.yaml").write_text(json.dumps({"Resources": self._resources}))
        made = self._make_options(self.root, **options)
        backend = stand_in(self.around, Silent())  # type: ignore[arg-type]
        return {name: one.share for name, one in backend.plan(made, {}, Silent()).plan.units.items()}

    @property
    def sets(self) -> DependencySets:
        return DependencySets(self.root / ".aws-sam" / "samix" / "sets")


@pytest.fixture
def application(tmp_path: Path, make_options: Callable[..., BuildOptions], around: Around) -> Application:
    return Application(tmp_path, make_options, around)


def _requirements(text: str = "six==1.16.0\n") -> dict[str, str]:
    return {"requirements.txt": text, "app.py": ""}


def test_the_first_unit_installs_for_all_that_need_the_same(application: Application) -> None:
    for name in ("A", "B", "C"):
        application.add(name, _requirements())
    application.add("Other", _requirements("six==1.15.0\n"))
    shares = application.shares()
    assert {name: share and share.installed_by for name, share in shares.items()} == {
        "A": "",
        "B": "A",
        "C": "A",
        "Other": "",
    }
    assert len({share.key for share in shares.values() if share}) == 2
    assert not any(share.is_kept or share.is_altered for share in shares.values() if share)


def test_dependencies_that_are_none_are_not_worth_a_word(application: Application) -> None:
    for name, text in {"A": "# none\n", "B": "# none\n", "C": "six\n", "D": "six\n"}.items():
        application.add(name, _requirements(text))
    _, b, _, d = application.shares().values()
    assert b
    assert d
    assert (b.installed_by, b.text) == ("A", "")
    assert d.text == "with the dependencies of C"


@pytest.mark.parametrize(
    ("files", "properties", "metadata"),
    [
        (_requirements("six\n"), PYTHON, None),
        (_requirements(), {"Runtime": "python3.12"}, None),
        (_requirements(), {**PYTHON, "Architectures": ["arm64"]}, None),
        (_requirements(), PYTHON, {"BuildMethod": "python-uv"}),
        (_requirements(), PYTHON, {"BuildProperties": {"Unknown": True}}),
        (_requirements("six==1.16.0 # $X\n"), PYTHON, None),
    ],
)
def test_what_changes_an_installation_of_python(
    application: Application, files: dict[str, str], properties: Mapping[str, Any], metadata: Mapping[str, Any] | None
) -> None:
    application.add("A", _requirements())
    application.add("B", files, properties, metadata)
    shares = application.shares()
    assert shares["A"]
    assert not shares["B"] or shares["B"].key != shares["A"].key


@pytest.mark.parametrize(
    "files",
    [
        _requirements("-r other.txt\n"),
        _requirements("./package\n"),
        _requirements("six @ file:///six.whl\n"),
        {"app.py": ""},
    ],
)
def test_what_may_read_the_source_is_not_shared(application: Application, files: dict[str, str]) -> None:
    application.add("A", files)
    application.add("B", files)
    assert application.shares() == {"A": None, "B": None}


def _node(
    package: Mapping[str, Any] = PACKAGE, *, lock: Mapping[str, Any] | None = None, npmrc: str = ""
) -> dict[str, str]:
    texts = {"package.json": json.dumps(package), "app.js": "", ".npmrc": npmrc}
    texts["package-lock.json"] = json.dumps(lock) if lock else ""
    return {name: text for name, text in texts.items() if text or name == "app.js"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (_node(), _node({**PACKAGE, "name": "b", "version": "2.0.0", "scripts": {"test": "jest"}}), True),
        (_node(), _node({**PACKAGE, "description": "b", "main": "b.js", "type": "module"}), True),
        (_node(), _node({key: PACKAGE[key] for key in sorted(PACKAGE, reverse=True)}), True),
        (
            _node(lock=LOCK),
            _node(lock={**LOCK, "name": "b", "packages": {**LOCKED, "": {"name": "b"}}}),
            True,
        ),
        (_node(), _node({**PACKAGE, "dependencies": {"ms": "2.1.2"}}), False),
        (_node(), _node({**PACKAGE, "overrides": {"ms": "2.1.2"}}), False),
        (_node(), _node({**PACKAGE, "engines": {"node": ">=22"}}), False),
        (_node({**PACKAGE, "name": "ms"}), _node({**PACKAGE, "name": "b"}), False),  # a package may not need itself
        (_node(), _node(lock=LOCK), False),
        (_node(lock=LOCK), _node(lock={**LOCK, "packages": {"node_modules/ms": {"version": "2"}}}), False),
        (_node(), _node(npmrc="omit=optional\n"), False),
        (_node(), _node({**PACKAGE, "scripts": {"postinstall": "make"}}), False),
    ],
)
def test_which_packages_of_npm_ask_for_the_same(
    application: Application, one: dict[str, str], other: dict[str, str], expected: bool
) -> None:
    application.add("A", one, NODE)
    application.add("B", other, NODE)
    first, second = application.shares().values()
    assert first
    assert (second is not None and second.key == first.key) is expected


def test_what_esbuild_bundles_is_not_what_npm_installs(application: Application) -> None:
    application.add("A", _node(), NODE, ESBUILD)
    application.add("B", _node(), NODE, {**ESBUILD, "BuildProperties": {"EntryPoints": ["b.js"], "Minify": True}})
    application.add("C", _node(), NODE, {**ESBUILD, "BuildProperties": {"EntryPoints": ["b.js"], "UseNpmCi": True}})
    application.add("D", _node(), NODE)
    a, b, c, d = (share.key if share else "" for share in application.shares().values())
    assert a == b != ""
    assert len({a, c, d}) == 3


def test_tools_and_variables_of_the_installer_count(application: Application) -> None:
    application.add("A", _requirements())
    keys = []
    around = application.around
    for other in (
        around,
        replace(around, programs={"pip": "24.0"}),
        replace(around, values={"PIP_INDEX_URL": "https://one"}),
        replace(around, values={"PIP_INDEX_URL": "https://two"}),
        replace(around, version="1.169.0"),
        replace(around, platform={"CPU": "aarch64"}),
        replace(around, values={"STAGE": "dev"}),
    ):
        application.around = other
        [share] = application.shares().values()
        assert share
        keys.append(share.key)
    assert len(set(keys[:6])) == 6
    assert keys[6] == keys[0]


def _keep(application: Application, *, is_pinned: bool = True) -> str:
    """Keep a set as an earlier build would have left it for unit A; its name."""
    share = application.shares()["A"]
    assert share
    deps = application.root / "deps"
    deps.mkdir()
    (deps / "six.py").write_text("six")
    application.sets.keep(share.key, deps, DependencySet(tree_digest(deps), is_pinned=is_pinned))
    return share.key


@pytest.mark.parametrize(
    ("is_pinned", "options", "expected"), [(True, {}, True), (False, {}, False), (True, {"cached": False}, False)]
)
def test_a_set_of_an_earlier_build_is_used_if_it_is_pinned(
    application: Application, is_pinned: bool, options: dict[str, object], expected: bool
) -> None:
    application.add("A", _requirements())
    application.add("B", _requirements())
    _keep(application, is_pinned=is_pinned)
    a, b = application.shares(**options).values()
    assert a
    assert b
    assert (a.is_kept, b.is_kept) == (expected, expected)
    assert (a.installed_by, b.installed_by) == ("", "" if expected else "A")
    assert not a.is_altered


def test_a_set_that_was_altered_is_installed_again(application: Application) -> None:
    application.add("A", _requirements())
    application.add("B", _requirements())
    key = _keep(application)
    (application.sets.place(key) / "six.py").write_text("sic")
    a, b = application.shares().values()
    assert a
    assert b
    assert (a.is_kept, a.is_altered, b.is_altered, b.installed_by) == (False, True, False, "A")
    assert a.text == f"its dependencies are installed again: set {key} was changed since it was installed"


def test_the_next_of_those_that_wait_installs(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    shares = {name: Share("key", name, {}, installer) for name, installer in {"B": "A", "C": "A", "D": "X"}.items()}
    waiting = [make_planned(make_unit("E"))]
    waiting += [replace(make_planned(make_unit(name)), share=share) for name, share in shares.items()]
    found = {one.unit.name: one.share for one in reassign_installation(waiting, "A")}
    assert found == {"B": Share("key", "B", {}), "C": Share("key", "C", {}, "B")}
    waiting.append(replace(make_planned(make_unit("A")), share=Share("key", "A", {})))
    found = {one.unit.name: one.share for one in reassign_installation(waiting, "A", "C")}
    assert found == {"A": Share("key", "A", {}, "C"), "B": Share("key", "B", {}, "C"), "C": Share("key", "C", {})}


@pytest.mark.parametrize(("version", "is_shared"), [("1.161.1", False), ("1.162.0", True)])
def test_nothing_is_shared_where_the_cache_of_sam_is_broken(
    version: str, is_shared: bool, application: Application
) -> None:
    for name in "AB":
        application.add(name, _requirements(), metadata={"BuildMethod": "python-uv"})
    application.around.version = version
    shares = application.shares()
    assert [share is not None and share.is_shared for share in shares.values()] == [False, is_shared]


def test_a_kept_set_is_not_used_where_npm_may_ignore_its_lock(application: Application) -> None:
    files = {"package.json": json.dumps(PACKAGE), "package-lock.json": json.dumps(LOCK), "app.js": ""}
    application.add("A", files, NODE)
    _keep(application)
    [share] = application.shares().values()
    assert share
    assert share.is_kept
    (application.root / ".npmrc").write_text("package-lock = false\n")
    application.around.environ = {"HOME": str(application.root)}
    [share] = application.shares().values()
    assert share
    assert not share.is_kept


def test_modes_that_an_installation_gives_count(application: Application) -> None:
    application.add("A", _requirements())
    keys = []
    for umask in (0o022, 0o077, 0o022):
        before = os.umask(umask)
        try:
            keys += [share.key for share in application.shares().values() if share]
        finally:
            os.umask(before)
    assert keys[0] == keys[2] != keys[1]

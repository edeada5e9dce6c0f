"""What is downloaded again, and what is not, when only some of a unit changed."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NODE = "nodejs20.x"
TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  PythonLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
    Properties: {{ContentUri: python-layer, CompatibleRuntimes: [{HOST_PYTHON}]}}
  NodeLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {NODE}}}
    Properties: {{ContentUri: node-layer, CompatibleRuntimes: [{NODE}]}}
  Python:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  Node:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: node, Runtime: {NODE}, Handler: app.handler}}
  Bundle:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: esbuild, BuildProperties: {{EntryPoints: [app.ts]}}}}
    Properties: {{CodeUri: bundle, Runtime: {NODE}, Handler: app.handler}}
"""
UV = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Uv:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: python-uv}}
    Properties: {{CodeUri: uv, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
UNITS = ("PythonLayer", "NodeLayer", "Python", "Node", "Bundle")
SOURCES = {
    "python-layer": "library.py",
    "node-layer": "library.js",
    "python": "app.py",
    "node": "app.js",
    "bundle": "app.ts",
}


def _package(**dependencies: str) -> str:
    return json.dumps({"name": "app", "version": "1.0.0", "main": "./app.js", "dependencies": dependencies}, indent=2)


FILES = {
    "template.yaml": TEMPLATE,
    "python-layer/requirements.txt": "six==1.16.0\n",
    "python-layer/library.py": "ONE = 1\n",
    "python/requirements.txt": "six==1.16.0  # small\n",
    "python/app.py": "import six\n",
    "python/lib/old.py": "",
    "node-layer/package.json": _package(ms="~2.1.1"),
    "node-layer/library.js": "exports.one = 1;\n",
    "node/package.json": _package(semver="7.6.3"),  # it has a program, for which npm makes a link
    "node/app.js": "exports.one = require('semver');\n",
    "node/old.js": "",
    "bundle/package.json": _package(**{"esbuild": "0.25.0", "ms": "2.1.3", "is-plain-object": "5.0.0"}),
    "bundle/app.ts": "import ms from 'ms';\nexport const handler = async () => ms(1);\n",
}


@pytest.fixture(scope="module")
def unreachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment in which no index answers."""
    with socket.socket() as taken:  # nobody listens there, and nobody else can
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        yield {
            # a proxy, for another index has everything built anew
            **{name: url for kind in ("http", "https", "all") for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY")},
            **dict.fromkeys(("no_proxy", "NO_PROXY", "npm_config_noproxy"), ""),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "0",
            "UV_NO_CACHE": "1",
            "npm_config_fetch_retries": "0",
            "npm_config_cache": str(tmp_path_factory.mktemp("npm")),
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The application, built; not to be changed."""
    project = Project.from_files(tmp_path_factory.mktemp("built") / "app", FILES)
    project.samix("build").succeeded()
    return project


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of the built application, at another place."""
    shutil.copytree(built.path, tmp_path / "app", symlinks=True)
    return Project(tmp_path / "app")


def _edit(project: Project, text: str) -> None:
    """Change a source of every unit, and nothing else of it."""
    for directory, file in SOURCES.items():
        path = project.path / directory / file
        path.write_text(f"{path.read_text()}{text} = 1\n")


def _log(project: Project, unit: str) -> str:
    return (project.path / ".aws-sam" / "samix" / "logs" / f"{unit}.log").read_text()


def _built(project: Project, *arguments: str, **environment: str) -> set[str]:
    """What a build had to build."""
    results = project.samix("build", *arguments, **environment).succeeded().results()
    return {unit for unit, (_, result) in results.items() if result == "built"}


def _assert_like_from_nothing(project: Project, tmp_path: Path) -> None:
    fresh = Project.copy_of(project.path, tmp_path / "fresh")
    fresh.samix("build").succeeded()
    assert differences(project.built(), fresh.built()) == []


def test_nothing_is_downloaded_when_sources_change(
    project: Project, tmp_path: Path, unreachable: dict[str, str]
) -> None:
    for text in ("first", "second"):
        _edit(project, text)
        assert _built(project, **unreachable) == set(UNITS)
        for unit in UNITS:
            assert f"Manifest is not changed for ({unit}), running incremental build" in _log(project, unit)
    (project.path / "python" / "lib" / "old.py").unlink()
    (project.path / "python" / "six").mkdir()  # beside six.py, which is downloaded
    (project.path / "node" / "old.js").unlink()
    assert _built(project, **unreachable) == {"Python", "Node"}
    _assert_like_from_nothing(project, tmp_path)


def test_a_bare_sam_builds_on_the_same_dependencies(project: Project, unreachable: dict[str, str]) -> None:
    _edit(project, "changed")
    project.samix("build", **unreachable).succeeded()
    before = project.built()
    run = project.sam("build", "--cached", **unreachable).succeeded()
    assert run.text.count("running incremental build") == len(UNITS)
    # where npm has links, sam has files
    assert [path for path in differences(before, project.built()) if "/.bin/" not in path] == []
    project.samix("build", **unreachable).succeeded()
    assert differences(before, project.built()) == []


def test_a_changed_manifest_is_downloaded(project: Project, tmp_path: Path, unreachable: dict[str, str]) -> None:
    for directory in ("python", "python-layer"):
        project.write(f"{directory}/requirements.txt", "six==1.16.0\niniconfig==2.0.0\n")
    project.write("node/package.json", _package(semver="7.6.3", ms="2.1.3"))
    project.write("node-layer/package.json", _package(ms="2.1.2"))
    project.write("bundle/package.json", _package(esbuild="0.25.0", ms="2.1.2"))
    results = project.samix("build", **unreachable).failed_with(1).results()
    assert results.pop("Python") == ("host", "skipped")  # it needs what could not be installed for the layer
    assert set(results.values()) == {("host", "failed")}
    assert _built(project) == set(UNITS)
    assert (project.build_dir / "Python" / "iniconfig").is_dir()
    assert (project.build_dir / "PythonLayer" / "python" / "iniconfig").is_dir()
    assert (project.build_dir / "Node" / "node_modules" / "ms").is_dir()
    package = project.build_dir / "NodeLayer" / "nodejs" / "node_modules" / "ms" / "package.json"
    assert json.loads(package.read_text())["version"] == "2.1.2"
    _assert_like_from_nothing(project, tmp_path)


def test_a_changed_lock_is_downloaded(project: Project, unreachable: dict[str, str]) -> None:
    ms = {"version": "2.1.2"}
    root = {"name": "app", "version": "1.0.0", "dependencies": {"ms": "~2.1.1"}}
    lock = {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": root, "node_modules/ms": ms}}
    project.write("node-layer/package-lock.json", json.dumps(lock))
    run = project.samix("build", **unreachable).failed_with(1)
    assert run.results()["NodeLayer"] == ("host", "failed")
    assert _built(project) == {"NodeLayer"}
    package = project.build_dir / "NodeLayer" / "nodejs" / "node_modules" / "ms" / "package.json"
    assert json.loads(package.read_text())["version"] == "2.1.2"
    project.write("node-layer/library.js", "exports.two = 2;\n")
    assert _built(project, **unreachable) == {"NodeLayer"}
    project.write("node-layer/library.js", "exports.two = 3;\n")
    (project.path / "node-layer" / "package-lock.json").unlink()
    project.samix("build", **unreachable).failed_with(1)


def test_a_bundle_with_a_licence_is_built_on_its_dependencies(
    project: Project, tmp_path: Path, unreachable: dict[str, str]
) -> None:
    source = project.path / "bundle" / "app.ts"
    source.write_text(f"import {{isPlainObject}} from 'is-plain-object';\n{source.read_text()}isPlainObject(1);\n")
    assert _built(project, **unreachable) == {"Bundle"}
    assert "is-plain-object <" in (project.build_dir / "Bundle" / "app.js").read_text()
    _assert_like_from_nothing(project, tmp_path)


def test_bundle_with_dependency_paths_is_built_from_nothing(
    project: Project, tmp_path: Path, unreachable: dict[str, str]
) -> None:
    template = FILES["template.yaml"].replace("[app.ts]", "[app.ts], Minify: false")
    project.write("template.yaml", template)
    source = project.write("bundle/app.ts", "export const one = 1;\n")
    assert _built(project) == {"Bundle"}
    source.write_text("export const two = 2;\n")
    assert _built(project, **unreachable) == {"Bundle"}
    source.write_text("import ms from 'ms';\nexport const two = ms(2);\n")
    project.samix("build", **unreachable).failed_with(1)
    assert _built(project) == {"Bundle"}
    assert "\n// node_modules/ms/index.js\n" in (project.build_dir / "Bundle" / "app.js").read_text()
    source.write_text("import ms from 'ms';\nexport const three = ms(3);\n")
    project.samix("build", **unreachable).failed_with(1)
    assert "download" in _log(project, "Bundle")
    assert _built(project) == {"Bundle"}
    _assert_like_from_nothing(project, tmp_path)


def test_dependencies_of_a_build_that_failed_elsewhere_are_kept(project: Project, unreachable: dict[str, str]) -> None:
    project.write("python/requirements.txt", "six==1.15.0\n")
    project.write("bundle/app.ts", "import './nowhere';\n")
    project.samix("build").failed_with(1)
    project.write("python/app.py", "import six  # again\n")
    project.write("bundle/app.ts", FILES["bundle/app.ts"])
    project.samix("build", **unreachable).succeeded()
    assert '__version__ = "1.15.0"' in (project.build_dir / "Python" / "six.py").read_text()


def test_tests_that_npm_runs_are_run(project: Project) -> None:
    package = json.loads(FILES["node-layer/package.json"])
    project.write("node-layer/package.json", json.dumps({**package, "scripts": {"test": "node library.js"}}))
    project.samix("build", "NodeLayer").succeeded()
    project.write("node-layer/library.js", "process.exit(1);\n")
    project.samix("build", "NodeLayer", SAM_NPM_RUN_TEST_WITH_BUILD="true").failed_with(1)


def test_uv_downloads_nothing_when_sources_change(tmp_path: Path, unreachable: dict[str, str]) -> None:
    files = {"template.yaml": UV, "uv/requirements.txt": "six==1.16.0\n", "uv/app.py": "import six\n"}
    project = Project.from_files(tmp_path / "app", files)
    project.samix("build", "--beta-features").succeeded()
    project.write("uv/app.py", "import six  # again\n")
    assert _built(project, "--beta-features", **unreachable) == {"Uv"}
    assert (project.build_dir / "Uv" / "six.py").is_file()
    project.write("uv/requirements.txt", "six==1.15.0\n")
    project.samix("build", "--beta-features", **unreachable).failed_with(1)

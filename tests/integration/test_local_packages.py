"""What a tool keeps of the project's own packages is not believed once they have changed.

sam alone may go on with what uv or npm keeps, and with what is in the local Maven repository: the measure is the real
sam where none of that is there.
"""

from __future__ import annotations

import io
import os
import shutil
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, REPOSITORY, Project, differences, tree

from samix.host.maven import find_repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from support.project import Tree


def _function(metadata: str, runtime: str) -> str:
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{{metadata}}}\n"
        f"    Properties: {{CodeUri: src, Runtime: {runtime}, Handler: app.handler}}\n"
    )


_UV = {"template.yaml": _function("BuildMethod: python-uv", HOST_PYTHON), "src/app.py": ""}
_PROJECT = (
    '[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ["acme", "six==1.16.0"]\n'
)
_PACKAGE = {
    "shared/pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "acme"\nversion = "1.0"\n',
    "shared/acme/__init__.py": "VALUE = 1\n",
}
_POETRY = """\
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
[tool.poetry]
name = "more"
version = "1.0"
description = ""
authors = []
[tool.poetry.dependencies]
acme = {path = "../shared"}
[tool.poetry.group.dev.dependencies]
none = {path = "../none"}
"""
_HATCH = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "more"
version = "1.0"
dependencies = ["acme @ {root:parent:uri}/shared"]
[dependency-groups]
dev = ["none @ file:../none"]
[tool.hatch.metadata]
allow-direct-references = true
"""
_PDM = """\
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"
[project]
name = "more"
version = "1.0"
dependencies = ["acme @ file:///${PROJECT_ROOT}/../shared"]
"""
_CHANGE = {"shared/acme/__init__.py": "VALUE = 2\n"}


@dataclass(frozen=True)
class _Case:
    """An application, and a change of a package that it installs.

    Attributes:
        files: Its files.
        change: Those that change.
        wheel: The directory of a wheel that changes instead.
    """

    files: Mapping[str, str]
    change: Mapping[str, str] = field(default_factory=lambda: _CHANGE)
    wheel: str = ""

    def write(self, path: Path, *, changed: bool) -> Project:
        # nothing else is written anew then: uv looks at when a pyproject.toml was changed
        project = Project.from_files(path, self.files if not changed else {} if self.wheel else self.change)
        if self.wheel:
            place = path / self.wheel / "acme-1.0-py3-none-any.whl"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(_wheel(f"VALUE = {2 if changed else 1}\n"))
        return project


def _wheel(code: str) -> bytes:
    files = {
        "acme.py": code,
        "acme-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n",
        "acme-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "acme-1.0.dist-info/RECORD": "",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return buffer.getvalue()


_SOURCE = _Case(
    {**_UV, **_PACKAGE, "src/pyproject.toml": f'{_PROJECT}[tool.uv.sources]\nacme = {{path = "../shared"}}\n'}
)
UV = {
    "a source of a source": _Case(
        {
            **_UV,
            **_PACKAGE,
            "src/pyproject.toml": _PROJECT.replace("acme", "more") + '[tool.uv.sources]\nmore = {path = "../more"}\n',
            "more/pyproject.toml": '[project]\nname = "more"\nversion = "1.0"\ndependencies = ["acme"]\n'
            '[tool.uv.sources]\nacme = {path = "../shared"}\n[tool.setuptools]\npy-modules = []\n',
        }
    ),
    "requirements": _Case({**_UV, **_PACKAGE, "src/requirements.txt": "-r more.txt\n", "src/more.txt": "./shared\n"}),
    "a name that a program makes": _Case(
        {
            **_UV,
            "src/requirements.txt": "./shared\n",
            "shared/setup.py": "import setuptools as s\ns.setup(name='ac' + 'me', version='1.0', packages=['acme'])\n",
            "shared/acme/__init__.py": "VALUE = 1\n",
        }
    ),
    "a directory of wheels": _Case(
        {**_UV, "src/requirements.txt": "--no-index\n--find-links ../dist\nacme\n"}, wheel="dist"
    ),
    "a dependency that Poetry hands on": _Case(
        {
            **_UV,
            **_PACKAGE,
            "src/requirements.txt": "./more\n",
            "more/pyproject.toml": _POETRY,
            "more/more/__init__.py": "",
        }
    ),
    "a directory of wheels in settings": _Case(
        {**_UV, "src/requirements.txt": "acme\n", "uv.toml": 'no-index = true\nfind-links = ["dist"]\n'}, wheel="dist"
    ),
    "a directory of wheels in a project": _Case(
        {
            **_UV,
            "src/pyproject.toml": _PROJECT.replace(', "six==1.16.0"', "")
            + '[tool.uv]\nno-index = true\nfind-links = ["../dist"]\n',
        },
        wheel="dist",
    ),
    "settings that are in the way": _Case(
        {**_UV, **_PACKAGE, "src/requirements.txt": "./shared\n", "uv.toml": "reinstall = false\n"}
    ),
}


def _without_what_uv_writes_down(built: Tree) -> Tree:
    """An artifact without the time stamp of a local package and what has its digest."""
    return {path: one for path, one in built.items() if not path.endswith(("uv_cache.json", "RECORD", ".pyc"))}


@pytest.mark.parametrize("name", UV)
def test_uv_builds_a_changed_package_again(tmp_path: Path, name: str) -> None:
    case, beta = UV[name], "--beta-features"
    first = case.write(tmp_path / "app", changed=False)
    project = Project(first.path, {"UV_CACHE_DIR": str(tmp_path / "cache")})
    project.samix("build", beta).succeeded()
    assert {result for _, result in project.samix("build", beta).succeeded().results().values()} == {"reused"}
    case.write(project.path, changed=True)
    assert {result for _, result in project.samix("build", beta).succeeded().results().values()} == {"built"}
    built = _without_what_uv_writes_down(project.built())

    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build", beta, UV_NO_CACHE="1").succeeded()
    assert differences(built, _without_what_uv_writes_down(project.built())) == []


@pytest.mark.parametrize("manifest", [_POETRY, _HATCH, _PDM], ids=["Poetry", "hatchling", "PDM"])
def test_pip_installs_what_a_local_package_needs_and_no_groups(tmp_path: Path, manifest: str) -> None:
    project = Project.from_files(
        tmp_path,
        {
            **_PACKAGE,
            "template.yaml": _function("", HOST_PYTHON),
            "src/requirements.txt": "./more\n",
            "src/app.py": "",
            "more/pyproject.toml": manifest,
            "more/more/__init__.py": "",
            "none/pyproject.toml": "",
        },
    )
    project.samix("build").succeeded()
    project.write("none/pyproject.toml", "[project]\n")
    assert project.samix("build").succeeded().results()["Fn"][1] == "reused"
    project.write("shared/acme/__init__.py", "VALUE = 2\n")
    assert project.samix("build").succeeded().results()["Fn"][1] == "built"
    assert (project.build_dir / "Fn" / "acme" / "__init__.py").read_text() == "VALUE = 2\n"
    built = tree(project.build_dir)
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []


@pytest.mark.parametrize("name", ["uv.toml", "pyproject.toml"])
def test_settings_of_uv_are_a_reason_to_build(tmp_path: Path, name: str) -> None:
    table, beta = "" if name == "uv.toml" else "[tool.uv]\n", "--beta-features"
    project = Project.from_files(tmp_path, {**_UV, "src/requirements.txt": "six\n", name: table})
    project.samix("build", beta).succeeded()
    project.write(name, f'{table}exclude-newer = "2020-06-01T00:00:00Z"\n')
    assert project.samix("build", beta).succeeded().results()["Fn"][1] == "built"
    for build in (project.samix, project.sam):
        build("build", beta).succeeded()
        assert [path.name for path in (project.build_dir / "Fn").glob("six-*")] == ["six-1.15.0.dist-info"]


def test_uv_takes_all_other_packages_from_its_cache(tmp_path: Path) -> None:
    case, beta = _SOURCE, "--beta-features"
    cache = {"UV_CACHE_DIR": str(tmp_path / "cache")}
    case.write(tmp_path, changed=False).samix("build", beta, **cache).succeeded()
    shutil.rmtree(tmp_path / ".aws-sam")
    project = case.write(tmp_path, changed=True)
    project.samix("build", beta, **cache, UV_OFFLINE="1").succeeded()
    assert (project.build_dir / "Fn" / "acme" / "__init__.py").read_text() == "VALUE = 2\n"
    assert (project.build_dir / "Fn" / "six.py").is_file()
    shutil.rmtree(tmp_path / ".aws-sam")
    project.sam("build", beta, **cache).succeeded()  # which finds what samix had made
    assert (project.build_dir / "Fn" / "acme" / "__init__.py").read_text() == "VALUE = 2\n"


def test_a_copy_that_npm_keeps_is_named_until_it_is_gone(tmp_path: Path) -> None:
    manifest = '{\n  "name": "app",\n  "version": "1.0.0",\n  "dependencies": {"acme": "file:../shared"}\n}\n'
    project = Project.from_files(
        tmp_path,
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "exports.handler = async () => require('acme');\n",
            "src/package.json": manifest,
            "shared/package.json": '{"name": "acme", "version": "1.0.0"}\n',
            "shared/index.js": "exports.one = 1;\n",
        },
    )
    arguments, kept = ("build", "--build-in-source"), tmp_path / "src" / "node_modules" / "acme"
    told = "src/package.json:4: npm keeps an old copy of shared in src/node_modules/acme"
    assert "npm keeps" not in project.samix(*arguments).succeeded().text
    assert "npm keeps" not in project.samix(*arguments).succeeded().text
    project.write("shared/index.js", "exports.two = 2;\n")
    assert told in project.samix(*arguments).succeeded().text
    assert (kept / "index.js").read_text() == "exports.one = 1;\n"  # as with sam
    shutil.rmtree(kept)
    assert "npm keeps" not in project.samix(*arguments).succeeded().text
    assert (kept / "index.js").read_text() == "exports.two = 2;\n"
    project.write("shared/index.js", "exports.three = 3;\n")
    project.write("shared/package.json", '{"name": "acme", "version": "1.0.1"}\n')
    assert "npm keeps" not in project.samix(*arguments).succeeded().text
    assert (kept / "index.js").read_text() == "exports.three = 3;\n"


@pytest.fixture
def group() -> Iterator[str]:
    """A group of Maven that nobody else has; what is installed there is removed from the repository of the user."""
    name = f"samix-test-{uuid.uuid4().hex}"
    repository = find_repository(os.environ)
    assert repository, "the local Maven repository must be known"
    try:
        yield name
    finally:
        shutil.rmtree(repository / name, ignore_errors=True)


def test_local_repository_holds_what_a_layer_put_there(tmp_path: Path, group: str) -> None:
    assert shutil.which("mvn"), "mvn must be there: run .ci/setup tools"
    repository = find_repository(os.environ)
    assert repository
    project = Project.copy_of(REPOSITORY / "tests" / "projects" / "java-layer", tmp_path / "app")
    needed = f"<dependencies><dependency><groupId>{group}</groupId><artifactId>words</artifactId><version>1.0</version>"
    for name, more in {"layer": "", "function": f"{needed}</dependency></dependencies>"}.items():
        pom = (project.path / name / "pom.xml").read_text()
        for text in ("<groupId>words<", "<groupId>app<"):
            pom = pom.replace(text, f"<groupId>{group}<")
        pom = pom.replace("<maven.install.skip>true</maven.install.skip>", "")
        project.write(f"{name}/pom.xml", pom.replace("</project>", f"{more}</project>"))
    place, app = repository / group / "words", "function/src/main/java/app/App.java"
    code = (project.path / app).read_text()

    def built() -> tuple[str, set[str]]:
        run = project.samix("build").succeeded()
        return run.text, {result for _, result in run.results().values()}

    project.sam("build").succeeded()
    artifacts = tree(project.build_dir)
    assert built()[1] == {"built"}
    shutil.rmtree(place)  # as on another machine
    assert built()[1] == {"reused"}
    project.write(app, code.replace("strip()", "trim()"))
    text, results = built()
    assert f"{group}:words:1.0 is not in the local repository, and Fn needs it" in text
    assert results == {"built"}

    with (place / "1.0" / "words-1.0.jar").open("ab") as jar:  # as if another checkout had been built
        jar.write(b"more")
    project.write(app, code)
    text, results = built()
    assert f"{group}:words:1.0 may have changed in the local repository, and Fn needs it" in text
    assert results == {"built"}
    assert differences(artifacts, tree(project.build_dir)) == []

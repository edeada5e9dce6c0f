"""What is built in one environment is not what another environment gets.

Each application is built by samix in one environment and then in another, and by sam in the second: the results are the
same. What says nothing of what is built has nothing built again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment, differences, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class _Case:
    """An application and what may be otherwise around it.

    Attributes:
        files: Its files.
        before: The variables of the first build.
        after: Those of the second.
        programs: What must be there; .ci/setup installs it.
        counts: Whether the second build gets another artifact than the first.
    """

    files: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    programs: tuple[str, ...] = ()
    counts: bool = True


def _function(metadata: str, runtime: str, code: str = "src") -> str:
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{{metadata}}}\n"
        f"    Properties: {{CodeUri: {code}, Runtime: {runtime}, Handler: app.handler}}\n"
    )


_BUNDLE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: esbuild, BuildProperties: {EntryPoints: [app.js], Sourcemap: false}}
    Properties: {CodeUri: src, Runtime: nodejs22.x, Handler: app.handler}
"""
_GO = {
    "src/go.mod": "module made\n\ngo 1.21\n",
    "src/main.go": "package main\n\nvar stage string\n\nfunc main() { println(stage) }\n",
}
_RUST = {
    "src/Cargo.toml": '[package]\nname = "src"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/Cargo.lock": 'version = 3\n\n[[package]]\nname = "src"\nversion = "0.1.0"\n',
    "src/CargoLambda.toml": '[build]\ncompiler = { type = "cargo" }\n',
}
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
    <modelVersion>4.0.0</modelVersion>
    <groupId>made</groupId>
    <artifactId>made</artifactId>
    <version>1.0</version>
    <properties>
        <maven.compiler.source>17</maven.compiler.source>
        <maven.compiler.target>17</maven.compiler.target>
        <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
        <maven.install.skip>true</maven.install.skip>
    </properties>
    <build>
        <resources><resource><directory>src/main/resources</directory><filtering>true</filtering></resource></resources>
    </build>
</project>
"""
_MAKE = _function("BuildMethod: makefile", "provided.al2023")
_PACKAGE = """\
from setuptools import setup
import os
with open("acme.py", "w") as file:
    file.write("STAGE = %r\\n" % os.environ.get("STAGE"))
setup(name="acme", version="1.0", py_modules=["acme"])
"""
_BETA = {"SAM_CLI_BETA_FEATURES": "1"}
CASES = {
    "a makefile": _Case(
        {"template.yaml": _MAKE, "src/Makefile": "build-Fn:\n\techo $(STAGE) > $(ARTIFACTS_DIR)/stage\n"},
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a variable that is new": _Case(
        {"template.yaml": _MAKE, "src/Makefile": "build-Fn:\n\techo $${STAGE:-none} > $(ARTIFACTS_DIR)/stage\n"},
        {},
        {"STAGE": "prod"},
    ),
    "a script of a makefile": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn:\n\tsh build.sh\n",
            "src/build.sh": 'echo "$STAGE" > "$ARTIFACTS_DIR/stage"\n',
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a rule that make knows": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn: app.o\n\tcp app.o $(ARTIFACTS_DIR)\n",
            "src/app.c": "#ifdef STAGE\nint stage = STAGE;\n#endif\n",
        },
        {"CFLAGS": "-DSTAGE=1"},
        {"CFLAGS": "-DSTAGE=2"},
        ("cc",),
    ),
    "a local package": _Case(
        {
            "template.yaml": _function("", HOST_PYTHON),
            "src/app.py": "",
            "src/requirements.txt": "./acme\n",
            "acme/setup.py": _PACKAGE,
            "acme/acme.py": "",
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a script of npm": _Case(
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "node stage.js"}}',
            "src/stage.js": "require('fs').writeFileSync('stage', process.env.STAGE);\n",
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "an option of npm": _Case(
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "echo made > made"}}',
        },
        {"npm_config_ignore_scripts": "true"},
        {},
    ),
    "flags of Go": _Case(
        {
            "template.yaml": _function("BuildMethod: go1.x", "provided.al2023"),
            **_GO,
        },
        {"GOFLAGS": "-buildvcs=false"},
        {"GOFLAGS": "-buildvcs=false -ldflags=-X=main.stage=prod"},
        ("go",),
    ),
    "the processor that Go builds for": _Case(
        {"template.yaml": _function("BuildMethod: go1.x", "provided.al2023"), **_GO},
        {"GOFLAGS": "-buildvcs=false"},
        {"GOFLAGS": "-buildvcs=false", "GOAMD64": "v3", "GOARM64": "v9.0"},
        ("go",),
    ),
    "flags of Rust": _Case(
        {
            "template.yaml": _function("BuildMethod: rust-cargolambda", "provided.al2023"),
            **_RUST,
            "src/src/main.rs": 'fn main() { println!("{}", if cfg!(stage) { "prod" } else { "dev" }); }\n',
        },
        {},
        {"RUSTFLAGS": "--cfg stage"},
        ("cargo", "cargo-lambda"),
    ),
    "a variable that Rust code reads": _Case(
        {
            "template.yaml": _function("BuildMethod: rust-cargolambda", "provided.al2023"),
            **_RUST,
            "src/src/main.rs": 'fn main() { println!("{:?}", option_env!("STAGE")); }\n',
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
        ("cargo", "cargo-lambda"),
    ),
    "a variable that a pom names": _Case(
        {
            "template.yaml": _function("", "java17"),
            "src/pom.xml": _POM,
            "src/src/main/resources/stage.properties": "stage=${env.STAGE}\n",
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
        ("mvn",),
    ),
    "a property that Maven is given": _Case(
        {
            "template.yaml": _function("", "java17"),
            "src/pom.xml": _POM,
            "src/src/main/resources/stage.properties": "stage=${stage}\n",
        },
        {"MAVEN_OPTS": "-Dstage=dev"},
        {"MAVEN_OPTS": "-Dstage=prod"},
        ("mvn",),
    ),
    "a constraint of pip": _Case(
        {
            "template.yaml": _function("", HOST_PYTHON),
            "src/requirements.txt": "six>=1.15\n",
            "src/app.py": "",
            "old.txt": "six==1.15.0\n",
        },
        {},
        {"PIP_CONSTRAINT": "old.txt"},
    ),
    "what uv resolves to": _Case(
        {
            "template.yaml": _function("BuildMethod: python-uv", HOST_PYTHON),
            "src/requirements.txt": "six>=1.15\n",
            "src/app.py": "",
        },
        _BETA,
        {**_BETA, "UV_RESOLUTION": "lowest"},
        ("uv",),
    ),
    "what uv tells": _Case(
        {
            "template.yaml": _function("BuildMethod: python-uv", HOST_PYTHON),
            "src/requirements.txt": "six==1.15.0\n",
            "src/app.py": "",
        },
        _BETA,
        {**_BETA, "UV_NO_PROGRESS": "1", "UV_CONCURRENT_DOWNLOADS": "2"},
        ("uv",),
        counts=False,
    ),
    "a tool that a makefile runs": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn:\n\tpip install --no-compile --target $(ARTIFACTS_DIR) -r requirements.txt\n",
            "src/requirements.txt": "six>=1.15\n",
            "src/old.txt": "six==1.15.0\n",
        },
        {},
        {"PIP_CONSTRAINT": "{project}/src/old.txt"},
    ),
    "a place where esbuild looks for modules": _Case(
        {
            "template.yaml": _BUNDLE,
            "src/package.json": '{"name": "a", "version": "1.0.0", "dependencies": {"esbuild": "0.25.0"}}',
            "src/app.js": "import { stage } from 'stage';\nexport const handler = () => stage;\n",
            "dev/stage.js": "export const stage = 'dev';\n",
            "prod/stage.js": "export const stage = 'prod';\n",
        },
        {"NODE_PATH": "{project}/dev"},
        {"NODE_PATH": "{project}/prod"},
    ),
    "a credential in a makefile": _Case(
        {"template.yaml": _MAKE, "src/Makefile": "build-Fn:\n\techo $(NPM_TOKEN) | cksum > $(ARTIFACTS_DIR)/sum\n"},
        {"NPM_TOKEN": "one"},
        {"NPM_TOKEN": "another"},
    ),
    "a handler of Python": _Case(
        {"template.yaml": _function("", HOST_PYTHON), "src/app.py": "import os\nSTAGE = os.environ['STAGE']\n"},
        {"STAGE": "dev", "PIP_CACHE_DIR": "one", "PIP_TIMEOUT": "20"},
        {"STAGE": "prod", "PIP_CACHE_DIR": "two", "PIP_TIMEOUT": "30"},
        counts=False,
    ),
    "a handler of Node.js": _Case(
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "exports.handler = () => process.env.STAGE;\n",
            "src/package.json": '{"name": "a", "version": "1.0.0"}',
        },
        {"STAGE": "dev", "npm_config_loglevel": "warn", "npm_config_fund": "true"},
        {"STAGE": "prod", "npm_config_loglevel": "error", "npm_config_fund": "false"},
        counts=False,
    ),
    "code in Go": _Case(
        {
            "template.yaml": _function("BuildMethod: go1.x", "provided.al2023"),
            **_GO,
            "src/stage.go": 'package main\n\nimport "os"\n\nfunc init() { stage = os.Getenv("STAGE") }\n',
        },
        {"GOFLAGS": "-buildvcs=false", "STAGE": "dev"},
        {"GOFLAGS": "-buildvcs=false", "STAGE": "prod", "GOGC": "50"},
        ("go",),
        counts=False,
    ),
    "code in Java": _Case(
        {
            "template.yaml": _function("", "java17"),
            "src/pom.xml": _POM.replace("<filtering>true</filtering>", ""),
            "src/src/main/java/app/App.java": (
                'package app;\n\npublic class App { String stage = System.getenv("STAGE"); }\n'
            ),
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
        ("mvn",),
        counts=False,
    ),
    "another account, pipeline and terminal": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn:\n\tsh build.sh\n",
            "src/build.sh": "# AWS_SECRET_ACCESS_KEY NPM_TOKEN TERM USER\ncp build.sh $ARTIFACTS_DIR\n",
        },
        {
            "AWS_ACCESS_KEY_ID": "one",
            "AWS_SECRET_ACCESS_KEY": "a",
            "NPM_TOKEN": "x",
            "TERM": "dumb",
            "USER": "one",
            "BUILD_NUMBER": "1",
        },
        {
            "AWS_ACCESS_KEY_ID": "two",
            "AWS_SECRET_ACCESS_KEY": "b",
            "NPM_TOKEN": "y",
            "TERM": "xterm",
            "USER": "two",
            "BUILD_NUMBER": "2",
        },
        counts=False,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_another_environment_gets_what_sam_builds_there(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    missing = [name for name in case.programs if not shutil.which(name, path=clean_environment()["PATH"])]
    assert not missing, f"{missing} must be there: run .ci/setup tools"
    first = Project.from_files(tmp_path / "app", case.files)
    before, after = (
        {variable: value.format(project=first.path) for variable, value in values.items()}
        for values in (case.before, case.after)
    )
    Project(first.path, before).samix("build").succeeded()
    old = tree(first.build_dir)
    project = Project(first.path, after)
    run = project.samix("build").succeeded()
    assert {result for _, result in run.results().values()} == {"built" if case.counts else "reused"}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert any(f"variable {variable} " in run.text for variable in changed) is case.counts
    state = (project.path / ".aws-sam" / "samix" / "state.json").read_text()
    assert not any(f'"{value}"' in state for value in after.values())
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    for path in (project.path / "acme").glob("build"):
        shutil.rmtree(path)
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []
    assert (differences(old, built) != []) is case.counts


def test_another_place_and_user_find_all_as_it_was(tmp_path: Path) -> None:
    makefile = "ROOT := $(HOME) $(USER) $(PWD) $(CONF)\nbuild-Fn:\n\techo $(STAGE) > $(ARTIFACTS_DIR)/stage\n"
    project = Project.from_files(tmp_path / "one", {"template.yaml": _MAKE, "src/Makefile": makefile})
    stage = {"STAGE": "dev", "LANG": "C"}

    def around(place: Path, user: str) -> dict[str, str]:
        home = tmp_path / user
        home.mkdir(exist_ok=True)
        return {"HOME": str(home), "USER": user, "LOGNAME": user, "CONF": f"{place}/conf:{home}/x", "RUN_ID": user}

    project = Project(project.path, {**stage, **around(project.path, "me")})
    project.samix("build").succeeded()
    shutil.copytree(project.path, tmp_path / "two" / "deep", symlinks=True)
    moved = tmp_path / "two" / "deep"
    path = os.pathsep.join([str(tmp_path / "you"), clean_environment()["PATH"]])
    values = {**stage, "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "PATH": path, **around(moved, "you")}
    other = Project(moved, values)
    assert {result for _, result in other.samix("build").succeeded().results().values()} == {"reused"}


def test_what_go_env_has_set_gets_what_sam_builds_with_it(tmp_path: Path) -> None:
    files = {"template.yaml": _function("BuildMethod: go1.x", "provided.al2023"), **_GO}
    project = Project.from_files(tmp_path / "app", files)
    project = Project(project.path, {"GOENV": str(tmp_path / "goenv"), "GOFLAGS": ""})
    (go,) = {shutil.which("go", path=clean_environment()["PATH"])}
    assert go, "go must be there: run .ci/setup tools"

    def set_flags(flags: str) -> None:
        environment = {**clean_environment(), **project.environment}
        del environment["GOFLAGS"]  # where it is set go refuses to
        subprocess.run([go, "env", "-w", f"GOFLAGS={flags}"], env=environment, check=True)

    set_flags("-buildvcs=false")
    project.samix("build").succeeded()
    old = tree(project.build_dir)
    set_flags("-buildvcs=false -ldflags=-X=main.stage=prod")
    run = project.samix("build").succeeded()
    assert "variable GOFLAGS changed" in run.text
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []
    assert differences(old, built) != []

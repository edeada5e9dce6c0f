"""Which programs of the host sam's builder for a unit calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from samix.builders.workflow import tools_of
from samix.options.build_type import BuildType
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.units.unit import Unit


@pytest.fixture
def names_of(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], tmp_path: Path
) -> Callable[..., list[str]]:
    """The names of the tools for a function or layer whose source holds these files."""

    def names(
        runtime: str | None,
        *files: str,
        method: str | None = None,
        kind: Kind = Kind.FUNCTION,
        build_type: BuildType = BuildType.HOST,
        root: Path | None = None,
        manifest: Path | None = None,
    ) -> list[str]:
        for name in files:
            (tmp_path / name).write_text("")
        metadata = {"BuildMethod": method} if method else {}
        unit = make_unit(make_resource("Fn", kind=kind, runtime=runtime, metadata=metadata), build_type=build_type)
        return [tool.name for tool in tools_of(unit, tmp_path, root=root, manifest=manifest)]

    return names


@pytest.mark.parametrize(
    ("makefile", "names"),
    [
        ("build-Fn:\n\tGOOS=linux go build -o $(ARTIFACTS_DIR)/bootstrap .\n", ["go"]),
        ("GO ?= go\nbuild-Fn:\n\t@$(GO) build\n", ["go"]),
        ("build-Fn:\n\t$(CC) -c a.c && ${CXX} b.cc\n", ["cc", "c++"]),
        ("build-Fn:\n\tgcc a.c; gcc b.c; g++ -o c c.cc\n", ["gcc", "g++"]),
        ("build-Fn:\n\tcargo build --release\n", ["cargo", "rustc"]),
        ("build-Fn:\n\tpython3 -m pip install -t $(ARTIFACTS_DIR) .\n\tpython3.11 one.py\n", ["python3", "python3.11"]),
        ("build-Fn:\n\tnpm ci && node build.js\n", ["node", "npm"]),
        ("build-Fn:\n\tcp ./go ../tools/node go.mod my-go gopher $(ARTIFACTS_DIR)\n", []),
        ("", []),
    ],
)
def test_a_makefile_names_the_tools_that_it_calls(
    makefile: str,
    names: list[str],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    tmp_path: Path,
) -> None:
    (tmp_path / "Makefile").write_text(makefile)
    tools = tools_of(make_unit(make_resource("Fn", runtime="provided.al2023")), tmp_path)
    assert [tool.name for tool in tools] == ["make", *names]
    assert [tool.is_needed for tool in tools] == [True] + [False] * len(names)


def test_another_makefile_that_is_named_counts_instead(names_of: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "other.mk").write_text("build-Fn:\n\tgo build\n")
    assert names_of("provided.al2023", "Makefile", manifest=tmp_path / "other.mk") == ["make", "go"]
    assert names_of("provided.al2023", build_type=BuildType.CONTAINER, manifest=tmp_path / "other.mk") == []


@pytest.mark.parametrize(
    ("runtime", "method", "files", "names"),
    [
        ("python3.11", None, ["requirements.txt"], ["python3.11"]),
        ("python3.11", "python3.12", ["requirements.txt"], ["python3.11"]),
        ("python3.13", "python-uv", ["requirements.txt"], ["uv", "python3.13"]),
        ("nodejs22.x", None, ["package.json"], ["node", "npm"]),
        ("nodejs22.x", "esbuild", [], ["node", "npm", "esbuild"]),
        ("ruby3.3", None, [], ["ruby", "bundle"]),
        ("go1.x", None, [], ["go"]),
        ("provided.al2", "go1.x", [], ["go"]),
        ("dotnet8", None, [], ["dotnet"]),
        ("provided.al2023", "dotnet7", [], ["dotnet"]),
        ("provided.al2023", "rust-cargolambda", [], ["cargo", "rustc", "cargo-lambda", "zig"]),
        ("provided.al2023", None, [], ["make"]),
        ("python3.11", "makefile", [], ["make"]),
        ("java21", None, ["pom.xml"], ["java", "mvn"]),
        ("java8.al2", None, ["build.gradle"], ["java", "gradle"]),
        ("java21", None, ["build.gradle.kts", "pom.xml"], ["java", "gradle"]),
        ("java21", None, [], []),
        ("cobol85", None, [], []),
    ],
)
def test_the_workflow_that_sam_chooses_says_which_tools(
    names_of: Callable[..., list[str]], runtime: str, method: str | None, files: list[str], names: list[str]
) -> None:
    assert names_of(runtime, *files, method=method) == names


@pytest.mark.parametrize(
    ("runtime", "method"), [("python3.11", None), ("nodejs22.x", None), ("python3.13", "python-uv")]
)
def test_without_a_manifest_these_builders_call_nothing(
    names_of: Callable[..., list[str]], runtime: str, method: str | None
) -> None:
    assert names_of(runtime, method=method) == []


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements-prod.txt", "named.txt"])
def test_uv_takes_any_of_its_manifests(names_of: Callable[..., list[str]], tmp_path: Path, name: str) -> None:
    named = tmp_path / "named.txt"
    assert names_of("python3.13", name, method="python-uv", manifest=named) == ["uv", "python3.13"]


def test_a_named_manifest_counts_in_place_of_the_usual(names_of: Callable[..., list[str]], tmp_path: Path) -> None:
    named = tmp_path / "other.txt"
    assert names_of("python3.11", "requirements.txt", manifest=named) == []
    named.write_text("")
    assert names_of("python3.11", manifest=named) == ["python3.11"]


def test_a_layer_is_built_by_its_method(names_of: Callable[..., list[str]]) -> None:
    assert names_of(None, "requirements.txt", method="python3.12", kind=Kind.LAYER) == ["python3.12"]


@pytest.mark.parametrize(
    ("kind", "build_type"), [(Kind.FUNCTION, BuildType.CONTAINER), (Kind.IMAGE, BuildType.HOST)], ids=str
)
def test_what_an_engine_builds_uses_no_tool_of_the_host(
    names_of: Callable[..., list[str]], kind: Kind, build_type: BuildType
) -> None:
    assert names_of("go1.x", kind=kind, build_type=build_type) == []


def test_a_gradle_wrapper_among_the_sources_is_no_tool(names_of: Callable[..., list[str]], tmp_path: Path) -> None:
    names_of("java21", "gradlew", "build.gradle")
    assert names_of("java21") == ["java", "gradle"]  # sam does not start it either while it is not executable
    (tmp_path / "gradlew").chmod(0o755)
    assert names_of("java21") == ["java"]


def test_the_manifest_of_java_may_lie_where_the_template_does(
    names_of: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    (root / "pom.xml").write_text("")
    assert names_of("java21", root=root) == ["java", "mvn"]


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [
        ("3.1.4, pip 24.0", True),
        ("3.1.0rc1, pip 24.0", True),
        ("3.11.2, pip 24.0", False),
        ("3.1.4", False),
    ],
)
def test_only_a_python_of_the_runtime_with_pip_is_taken(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    tmp_path: Path,
    said: str,
    is_taken: bool,
) -> None:
    (tmp_path / "requirements.txt").write_text("")
    [tool] = tools_of(make_unit(make_resource("Fn", runtime="python3.1")), tmp_path)
    assert tool.programs == ("python3.1", "python", "python3")
    assert bool(re.search(tool.pattern, said)) is is_taken


@pytest.mark.parametrize(
    ("runtime", "files", "name", "said", "version"),
    [
        ("go1.x", [], "go", "go version go1.22.1 linux/amd64\n", "go1.22.1"),
        ("go1.x", [], "go", "go version go1.22.1 X:boringcrypto linux/arm64\n", "go1.22.1 X:boringcrypto"),
        ("nodejs22.x", ["package.json"], "node", "v22.1.0\n", "22.1.0"),
        ("nodejs22.x", ["package.json"], "npm", "npm warn something 3\n10.5.0\n", "10.5.0"),
        ("ruby3.3", [], "ruby", "ruby 3.3.0 (2023-12-25 revision 5124f9ac75) [x86_64-linux]\n", "3.3.0"),
        ("ruby3.3", [], "bundle", "Bundler version 2.5.3\n", "2.5.3"),
        ("ruby3.3", [], "bundle", "4.0.1\n", "4.0.1"),
        ("java21", ["pom.xml"], "mvn", "\x1b[1mApache Maven 3.9.6 (bc0240f3c)\x1b[m\n", "3.9.6"),
        ("java21", ["build.gradle"], "gradle", "\n------\nGradle 8.5\n------\n\nKotlin: 1.9\n", "8.5"),
        ("dotnet8", [], "dotnet", "8.0.100\r\n", "8.0.100"),
        ("provided", [], "make", "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n", "GNU Make 4.3"),
        (
            "java21",
            ["pom.xml"],
            "java",
            'Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "21.0.2"\nOpenJDK (build 21.0.2+13-LTS)\n',
            "21.0.2+13-LTS",
        ),
        ("java21", ["pom.xml"], "java", 'openjdk version "1.8.0_402"\n', "1.8.0_402"),
    ],
)
def test_what_a_tool_prints_gives_its_version(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    tmp_path: Path,
    runtime: str,
    files: list[str],
    name: str,
    said: str,
    version: str,
) -> None:
    for file in files:
        (tmp_path / file).write_text("")
    tools = {tool.name: tool for tool in tools_of(make_unit(make_resource("Fn", runtime=runtime)), tmp_path)}
    match = re.search(tools[name].pattern, said)
    assert match
    assert [part for part in match.groups() if part] == [version]

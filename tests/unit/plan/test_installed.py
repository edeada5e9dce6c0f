"""Which Java units are built with what builds of others put into the local Maven repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.options.build_type import BuildType
from samix.plan.installed import find_lenders
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit


def _pom(own: str, more: str = "") -> str:
    group, name, version = own.split(":")
    named = f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
    return f"<project>{named}{more}</project>"


def _needing(*coordinates: str) -> str:
    items = "".join(
        f"<dependency>\n<groupId>{group}</groupId>\n<artifactId>{name}</artifactId></dependency>"
        for group, name in (one.split(":") for one in coordinates)
    )
    return f"<dependencies>{items}</dependencies>"


LAYER = {"layer/pom.xml": _pom("acme:words:1.0")}
FUNCTION = {"fn/pom.xml": _pom("acme:fn:1.0", _needing("acme:words"))}
GRADLE = {"layer/build.gradle": "group = 'acme'\nversion '1.0'\nbuild.finalizedBy publishToMavenLocal\n"}
CASES: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "a dependency": ({**LAYER, **FUNCTION}, ["acme:words:1.0"]),
    "no dependency": ({**LAYER, "fn/pom.xml": _pom("acme:fn:1.0", _needing("other:words"))}, []),
    "a comment": ({**LAYER, "fn/pom.xml": _pom("a:b:1", f"<!-- {_needing('acme:words')} -->")}, []),
    "a version that a property gives": (
        {"layer/pom.xml": _pom("acme:words:${v}", "<properties><v>2-SNAPSHOT</v></properties>"), **FUNCTION},
        ["acme:words:2-SNAPSHOT"],
    ),
    "a version that nobody gives": ({"layer/pom.xml": _pom("acme:words:${v}"), **FUNCTION}, ["acme:words"]),
    "what a parent gives": (
        {
            "layer/pom.xml": "<project><parent><groupId>acme</groupId><artifactId>top</artifactId><version>3</version>"
            "</parent><artifactId>words</artifactId></project>",
            "fn/pom.xml": _pom("acme:fn:1", _needing("${project.groupId}:words")),
        },
        ["acme:words:3"],
    ),
    "a parent that is installed": (
        {
            "layer/pom.xml": _pom("acme:top:1"),
            "fn/pom.xml": "<project><parent><groupId>acme</groupId><artifactId>top</artifactId><version>1</version>"
            "</parent><artifactId>fn</artifactId></project>",
        },
        ["acme:top:1"],
    ),
    "a module": (
        {
            "layer/pom.xml": _pom("acme:all:1", "<modules><module>words</module></modules>"),
            "layer/words/pom.xml": _pom("acme:words:1"),
            **FUNCTION,
        },
        ["acme:words:1"],
    ),
    "a module that needs it": (
        {
            **LAYER,
            "fn/pom.xml": _pom("acme:all:1", "<modules><module>fn</module></modules>"),
            "fn/fn/pom.xml": _pom("acme:fn:1", _needing("acme:words")),
        },
        ["acme:words:1.0"],
    ),
    "modules in a circle": (
        {**LAYER, "fn/pom.xml": _pom("a:b:1", "<modules><module>.</module><module>../fn/pom.xml</module></modules>")},
        [],
    ),
    "Gradle": (
        {**GRADLE, "fn/build.gradle.kts": 'repositories { mavenLocal() }\nimplementation("acme:layer:1.0")\n'},
        ["acme:layer:1.0"],
    ),
    "Gradle, by the name in its settings": (
        {
            **GRADLE,
            "layer/settings.gradle": "rootProject.name = 'words'\n",
            "fn/pom.xml": _pom("acme:fn:1.0", _needing("acme:words")),
        },
        ["acme:words:1.0"],
    ),
    "Gradle that publishes nothing": (
        {"layer/build.gradle": "group = 'acme'\n", "fn/build.gradle": "mavenLocal()\ncompile 'acme:layer:1.0'\n"},
        [],
    ),
    "Gradle that looks elsewhere": ({**GRADLE, "fn/build.gradle": "compile 'acme:layer:1.0'\n"}, []),
}


@pytest.fixture
def units(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> Callable[..., list[Unit]]:
    def make(build_type: BuildType = BuildType.HOST) -> list[Unit]:
        layer = make_resource(
            "Words", kind=Kind.LAYER, code=str(tmp_path / "layer"), metadata={"BuildMethod": "java21"}
        )
        function = make_resource("Fn", runtime="java21", code=str(tmp_path / "fn"))
        return [make_unit(layer), make_unit(function, build_type=build_type)]

    return make


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def options(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    return make_options(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_a_unit_is_built_with_what_its_manifest_names(
    tmp_path: Path, units: Callable[..., list[Unit]], options: BuildOptions, name: str
) -> None:
    files, expected = CASES[name]
    _write(tmp_path, files)
    needs: dict[str, list[str]] = {"Words": [], "Fn": []}
    found = find_lenders(units(), options, needs)
    assert [(one.name, str(one.coordinates)) for one in found.get("Fn", ())] == [("Words", one) for one in expected]
    assert "Words" not in found


def test_a_container_sees_nothing_of_it(
    tmp_path: Path, units: Callable[..., list[Unit]], options: BuildOptions
) -> None:
    _write(tmp_path, {**LAYER, **FUNCTION})
    assert find_lenders(units(BuildType.CONTAINER), options, {"Words": [], "Fn": []}) == {}


def test_nothing_is_found_that_would_close_a_circle(
    tmp_path: Path, units: Callable[..., list[Unit]], options: BuildOptions
) -> None:
    _write(tmp_path, {**LAYER, **FUNCTION})
    assert find_lenders(units(), options, {"Words": ["Fn"], "Fn": []}) == {}

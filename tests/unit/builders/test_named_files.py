"""Files that the environment names to the tools of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.named_files import naming_variables
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit


@pytest.mark.parametrize(
    ("runtime", "method", "variable", "others"),
    [
        ("python3.12", None, "PIP_CONSTRAINT", "UV_CONSTRAINT"),
        ("python3.12", "python-uv", "UV_CONSTRAINT", "PIP_CONSTRAINT"),
        ("nodejs22.x", None, "npm_config_userconfig", "PIP_CONSTRAINT"),
        ("nodejs22.x", "esbuild", "NPM_CONFIG_USERCONFIG", "MAVEN_CONFIG"),
        ("ruby3.3", None, "BUNDLE_GEMFILE", "npm_config_userconfig"),
        ("java21", None, "MAVEN_CONFIG", "BUNDLE_GEMFILE"),
    ],
)
def test_variables_are_those_of_the_tools(
    runtime: str,
    method: str | None,
    variable: str,
    others: str,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    resource = make_resource("Fn", runtime=runtime, metadata={"BuildMethod": method} if method else {})
    names = naming_variables(make_unit(resource))
    assert variable in names
    assert others not in names
    assert naming_variables(make_unit(resource, build_type=BuildType.CONTAINER)) == ()


@pytest.mark.parametrize(("runtime", "method"), [("python3.12", "makefile"), ("go1.x", None), ("dotnet8", None)])
def test_other_builders_get_nothing(
    runtime: str, method: str | None, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    resource = make_resource("Fn", runtime=runtime, metadata={"BuildMethod": method} if method else {})
    assert naming_variables(make_unit(resource)) == ()


def test_the_engine_gets_nothing(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> None:
    assert naming_variables(make_unit(make_resource("Fn", kind=Kind.IMAGE, runtime="python3.12"))) == ()

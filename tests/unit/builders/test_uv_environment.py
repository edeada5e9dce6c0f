"""What uv is told, so that it builds the packages of the project again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.builders.workflow import workflow_of
from samix.options.build_type import BuildType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.template.resources import Resource
    from samix.units.unit import Unit

WITHOUT_CACHE = {"UV_NO_CACHE": "1"}


@pytest.fixture
def ask(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> Callable[..., tuple[dict[str, str], str]]:
    """The variables for a function with such requirements, and the settings that they lead to."""

    def ask(
        requirements: str = "../shared\n",
        method: str = "python-uv",
        build_type: BuildType = BuildType.HOST,
        environ: Mapping[str, str] | None = None,
    ) -> tuple[dict[str, str], str]:
        source = tmp_path / "app" / "src"
        for path, text in {
            "src/requirements.txt": requirements,
            "shared/pyproject.toml": '[project]\nname="a"\n',
        }.items():
            (tmp_path / "app" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "app" / path).write_text(text)
        unit = make_unit(make_resource(metadata={"BuildMethod": method}), build_type=build_type)
        given = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), **(environ or {})}
        found = workflow_of(unit).find_environment(unit, source, None, tmp_path / "app", given, tmp_path / "state")
        settings = tmp_path / "state" / "uv" / "uv.toml"
        return found, settings.read_text() if settings.exists() else ""

    return ask


def test_local_packages_are_installed_again_and_no_others(
    ask: Callable[..., tuple[dict[str, str], str]], tmp_path: Path
) -> None:
    found, settings = ask()
    assert found == {"XDG_CONFIG_DIRS": f"{tmp_path}/state:{tmp_path}/xdg"}
    assert settings == 'reinstall-package = ["a"]\n'


def test_all_are_installed_again_where_names_are_unknown(ask: Callable[..., tuple[dict[str, str], str]]) -> None:
    assert ask("../gone\n")[1] == "reinstall = true\n"


@pytest.mark.parametrize(
    "values",
    [{"requirements": "six\n"}, {"method": "python3.12"}, {"build_type": BuildType.CONTAINER}],
    ids=["nothing local", "pip", "in a container"],
)
def test_others_get_nothing(ask: Callable[..., tuple[dict[str, str], str]], values: dict[str, object]) -> None:
    assert ask(**values) == ({}, "")


@pytest.mark.parametrize(
    ("file", "text", "environ"),
    [
        ("xdg/uv/uv.toml", "", {}),
        ("home/.config/uv/uv.toml", "[pip]\nreinstall = false\n", {}),
        ("kept/uv/uv.toml", "reinstall-package = []\n", {"XDG_CONFIG_HOME": "kept"}),
        ("app/src/uv.toml", "reinstall = false\n", {}),
        ("app/pyproject.toml", "[tool.uv]\nreinstall = false\n", {}),
        ("x", "", {"UV_NO_CONFIG": "1"}),
        ("x", "", {"UV_CONFIG_FILE": "uv.toml"}),
    ],
)
def test_uv_does_without_its_cache_if_settings_prevent_it(
    ask: Callable[..., tuple[dict[str, str], str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    text: str,
    environ: dict[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert ask(environ=environ) == (WITHOUT_CACHE, "")


def test_settings_that_say_nothing_of_it_are_not_in_the_way(
    ask: Callable[..., tuple[dict[str, str], str]], tmp_path: Path
) -> None:
    settings = tmp_path / "home" / ".config" / "uv" / "uv.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('index-url = "https://e.com/simple"\n')
    assert "XDG_CONFIG_DIRS" in ask()[0]

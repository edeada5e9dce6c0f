from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import OptionError
from samix.messages.location import Location
from samix.options.samconfig import DEFAULT_ENVIRONMENT, Samconfig, load_samconfig, save_parameters

if TYPE_CHECKING:
    from pathlib import Path

TOML = """\
version = 0.1

[default.global.parameters]
stack_name = "shared"
use_container = false

[default.build.parameters]
use_container = true
build_type = ["Fn=host", "container"]

[prod.build.parameters]
use_container = false
"""
YAML = """\
version: 0.1
default:
  global:
    parameters: {stack_name: shared, use_container: false}
  build:
    parameters:
      use_container: true
      build_type: [Fn=host, container]
"""
EXPECTED = {"stack_name": "shared", "use_container": True, "build_type": ["Fn=host", "container"]}


def load(directory: Path, file: str | None = None, environment: str = DEFAULT_ENVIRONMENT) -> Samconfig:
    return load_samconfig(directory, file, environment)


@pytest.mark.parametrize(
    ("name", "text"), [("samconfig.toml", TOML), ("samconfig.yaml", YAML), ("samconfig.yml", YAML)]
)
def test_build_parameters_beat_global_ones(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    samconfig = load(tmp_path)
    assert samconfig.path == tmp_path / name
    assert samconfig.parameters == EXPECTED


def test_yaml_is_the_newer_one(tmp_path: Path) -> None:
    """sam reads YAML 1.2: there are fewer words for true, and no octal numbers without an o."""
    (tmp_path / "samconfig.yaml").write_text("version: 0.1\ndefault: {build: {parameters: {a: yes, b: 012}}}")
    assert load(tmp_path).parameters == {"a": "yes", "b": 12}


def test_toml_beats_yaml(tmp_path: Path) -> None:
    for name in ("samconfig.yml", "samconfig.yaml", "samconfig.toml"):
        (tmp_path / name).write_text(TOML if name.endswith("toml") else YAML)
        assert load(tmp_path).path == tmp_path / name


@pytest.mark.parametrize(
    ("environment", "expected"), [("prod", {"use_container": False}), ("missing", {})], ids=["other", "unknown"]
)
def test_environment_is_picked(tmp_path: Path, environment: str, expected: dict[str, object]) -> None:
    (tmp_path / "samconfig.toml").write_text(TOML)
    assert load(tmp_path, environment=environment).parameters == expected


def test_no_file_gives_nothing(tmp_path: Path) -> None:
    samconfig = load(tmp_path)
    assert samconfig == Samconfig()
    assert samconfig.get("use_container") is None
    assert samconfig.locate("use_container") is None


@pytest.mark.parametrize("absolute", [False, True])
def test_named_file_starts_from_the_template(tmp_path: Path, absolute: bool) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "other.toml"
    path.write_text(TOML)
    assert load(tmp_path, str(path) if absolute else "sub/other.toml").parameters == EXPECTED


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_named_file_must_be_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="does not exist") as caught:
        load(tmp_path, name)
    assert str(tmp_path) in caught.value.hint


@pytest.mark.parametrize("name", ["samconfig.json", "samconfig", "samconfig.toml.bak"])
def test_other_kinds_of_file_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(OptionError, match="unsupported extension"):
        load(tmp_path, name)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param("samconfig.toml", "version = 0.1\n[a\nb = 1\n", 2, id="broken TOML"),
        pytest.param("samconfig.toml", "version = 0.1\na = 1\na = 2", 3, id="key given twice"),
        pytest.param("samconfig.yaml", "version: 0.1\na: ]\nb: 1\n", 2, id="broken YAML"),
        pytest.param("samconfig.yaml", "version: 0.1\nb: 1\nb: 2\n", 3, id="key given twice in YAML"),
    ],
)
def test_broken_file_is_located(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(OptionError, match="Error reading configuration") as caught:
        load(tmp_path)
    assert caught.value.where == Location(tmp_path / name, line)


def test_file_that_is_no_text_is_located(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="Error reading configuration"):
        load(tmp_path)


@pytest.mark.parametrize("version", ["", "version = 1\n", 'version = "0.1"\n'])
def test_version_must_be_there(tmp_path: Path, version: str) -> None:
    (tmp_path / "samconfig.toml").write_text(version + "[default.build.parameters]\ncached = true\n")
    with pytest.raises(OptionError, match="'version'"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_empty_file_gives_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "samconfig.toml").write_text(text)
    assert load(tmp_path).parameters == {}


@pytest.mark.parametrize(
    "text",
    ["version = 0.1\ndefault = 1\n", "version = 0.1\n[default]\nbuild = 1\n", "version = 0.1\n[default.build]\n"],
)
def test_missing_sections_give_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "samconfig.toml").write_text(text)
    assert load(tmp_path).parameters == {}


@pytest.mark.parametrize(
    ("name", "text", "key", "line"),
    [
        pytest.param("samconfig.toml", TOML, "build_type", 9, id="TOML"),
        pytest.param("samconfig.yaml", YAML, "build_type", 8, id="YAML"),
        pytest.param("samconfig.toml", TOML, "missing", None, id="what is not given"),
        pytest.param("samconfig.toml", 'version = 0.1\n[default.build.parameters]\n"cached" = true\n', "cached", 3,
                     id="quoted key"),
    ],
)  # fmt: skip
def test_parameters_have_lines(tmp_path: Path, name: str, text: str, key: str, line: int | None) -> None:
    (tmp_path / name).write_text(text)
    assert load(tmp_path).locate(key) == Location(tmp_path / name, line)


def test_a_saved_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "samconfig.toml"
    for mode in (0o600, 0o666):
        file.touch()
        file.chmod(mode)
        save_parameters(file, DEFAULT_ENVIRONMENT, {"container_env_var": ["TOKEN=hidden"]}, "eu-west-1")
        assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_linked_file_is_saved_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    file, link = tmp_path / "shared" / "samconfig.toml", tmp_path / "samconfig.toml"
    link.symlink_to("shared/samconfig.toml")
    for _ in range(2):  # where it is not there yet, and where it is
        save_parameters(link, DEFAULT_ENVIRONMENT, {"cached": True}, "eu-west-1")
        assert link.is_symlink()
        assert "cached = true" in file.read_text()


def test_a_file_that_must_not_be_written_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(TOML)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # whoever runs the tests
    with pytest.raises(OptionError, match="cannot be written"):
        save_parameters(file, DEFAULT_ENVIRONMENT, {"cached": True}, "eu-west-1")
    assert file.read_text() == TOML


SEVERAL = """\
version = 0.1
[default.global.parameters]
region = "eu-west-1"
debug = true
[default.build.parameters]
debug = false
build_type = ["Fn=host"]
[default.build.parameters.parameter_overrides]
Stage = "dev"
[default.deploy.parameters]
parameter_overrides = "Stage=dev"
build_type = "no option of deploy"
[prod.build.parameters]
build_type = ["Fn=container"]
"""
SEVERAL_YAML = """\
version: 0.1
default:
  global:
    parameters: {region: eu-west-1, debug: true}
  build:
    parameters:
      debug: false
      build_type: [Fn=host]
      parameter_overrides:
        Stage: dev
  deploy:
    parameters:
      build_type: no option of deploy
prod:
  build:
    parameters:
      build_type: [Fn=container]
"""


@pytest.mark.parametrize(
    ("name", "text", "environment", "lines"),
    [
        ("samconfig.toml", SEVERAL, "default", {"region": 3, "debug": 6, "build_type": 7, "parameter_overrides": 8}),
        ("samconfig.toml", SEVERAL, "prod", {"build_type": 14}),
        (
            "samconfig.yaml",
            SEVERAL_YAML,
            "default",
            {"region": 4, "debug": 7, "build_type": 8, "parameter_overrides": 9},
        ),
        ("samconfig.yaml", SEVERAL_YAML, "prod", {"build_type": 17}),
    ],
)
def test_a_line_is_that_of_the_table_that_counts(
    tmp_path: Path, name: str, text: str, environment: str, lines: dict[str, int]
) -> None:
    (tmp_path / name).write_text(text)
    samconfig = load_samconfig(tmp_path, None, environment)
    assert {key: samconfig.locate(key) for key in lines} == {
        key: Location(tmp_path / name, line) for key, line in lines.items()
    }


def test_an_environment_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(SEVERAL)
    [note] = load_samconfig(tmp_path, None, "prd").notes
    assert str(note).endswith("samconfig.toml: There is no environment 'prd' in this file; it has default, prod.")
    assert load_samconfig(tmp_path, None, "prod").notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[defualt.build.parameters]\na = 1\n", "Did you mean [default], not [defualt]?"),
        ("[default.biuld.parameters]\na = 1\n", "Did you mean [default.build], not [default.biuld]?"),
        (
            "[default.build.parameter]\na = 1\n",
            "Did you mean [default.build.parameters], not [default.build.parameter]?",
        ),
        (
            "[default.build]\njobs = 1\n",
            "jobs has no effect in [default.build]; write it in [default.build.parameters].",
        ),
    ],
)
def test_a_misspelt_table_is_reported(tmp_path: Path, text: str, note: str) -> None:
    (tmp_path / "samconfig.toml").write_text(f"version = 0.1\n{text}")
    (told,) = load(tmp_path).notes
    assert str(told).endswith(f"samconfig.toml: {note}")


def test_tables_of_other_commands_and_environments_are_ignored(tmp_path: Path) -> None:
    commands = ("deploy", "package", "validate", "sync", "local_invoke", "list_resources", "global", "build")
    tables = "".join(f"[default.{name}.parameters]\na = 1\n" for name in commands)
    (tmp_path / "samconfig.toml").write_text(f"version = 0.1\n{tables}[dev.build.parameters]\nb = 1\n")
    assert load(tmp_path).notes == ()

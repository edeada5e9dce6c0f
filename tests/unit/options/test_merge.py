from __future__ import annotations

import dataclasses
import os
import re
from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import BuildTypeError, OldSamError, OptionError
from samix.messages.location import Location
from samix.options.build_type import BuildType, BuildTypeDefault, BuildTypeRule
from samix.options.merge import fit_options, merge_options
from samix.options.sources import Given
from samix.template.sam_rules import SamRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.value import Value

SECRET = "s3cr3t-value"
HOST, CONTAINER = BuildType.HOST, BuildType.CONTAINER


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path.resolve())
    return tmp_path.resolve()


def configure(project: Path, *lines: str) -> None:
    text = "version = 0.1\n[default.build.parameters]\n" + "".join(f"{line}\n" for line in lines)
    (project / "samconfig.toml").write_text(text)


def merge(project: Path, environ: Mapping[str, str] | None = None, /, **command_line: Value) -> BuildOptions:
    return merge_options(command_line, environ or {}, project)


def test_defaults(project: Path) -> None:
    options = merge(project)
    assert options == dataclasses.replace(
        options,
        project=project,
        template=project / "template.yaml",
        base_dir=None,
        build_dir=project / ".aws-sam" / "build",
        cache_dir=project / ".aws-sam" / "cache",
        manifest=None,
        parameters={},
        rule_sets=((), ()),
        default_type=BuildTypeDefault(HOST, "default"),
        cached=True,
        sam=None,
        skip_pull_image=False,
        docker_network=None,
        mount_with="READ",
        region=None,
        profile=None,
        debug=False,
        build_images={},
        environments={},
    )
    assert options.jobs >= 1


@pytest.mark.parametrize(
    ("name", "variable"),
    [("docker_network", "SAM_DOCKER_NETWORK"), ("sam", "SAMIX_SAM")],
)
def test_stronger_source_decides(project: Path, name: str, variable: str) -> None:
    assert getattr(merge(project), name) is None
    configure(project, f'{name} = "from samconfig"')
    assert getattr(merge(project), name) == "from samconfig"
    assert getattr(merge(project, {variable: "from environment"}), name) == "from environment"
    assert getattr(merge(project, {variable: "from environment"}, **{name: "given"}), name) == "given"


def test_empty_environment_variable_counts_as_not_given(project: Path) -> None:
    configure(project, 'docker_network = "net"')
    assert merge(project, {"SAM_DOCKER_NETWORK": ""}).docker_network == "net"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1", True), ("true", True), ("True", True), ("yes", True), ("on", True), ("t", True), ("y", True),
        ("0", False), ("false", False), ("No", False), ("off", False), ("f", False), ("n", False),
    ],
)  # fmt: skip
def test_flags_of_the_environment(project: Path, written: str, expected: bool) -> None:
    assert merge(project, {"SAM_SKIP_PULL_IMAGE": written}).skip_pull_image is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (1, True), (1.0, True), (" Yes ", True), (False, False), (0, False), (0.0, False), ("N", False)],
)
def test_flags_are_what_sam_takes_them_for(value: Value, expected: bool) -> None:
    assert Given(value, "cached").flag() is expected


@pytest.mark.parametrize("value", [2, -1, 0.5, "", "maybe", [], [True]])
def test_nothing_else_is_a_flag(value: Value) -> None:
    with pytest.raises(OptionError, match="expected true or false"):
        Given(value, "cached").flag()


@pytest.mark.parametrize(
    ("environ", "given", "expected"),
    [
        ({}, None, False),
        ({}, True, True),
        ({"SAM_CLI_BETA_FEATURES": "1"}, None, True),
        ({"SAM_CLI_BETA_BUILD_PERFORMANCE": "1"}, None, True),
        ({"SAM_CLI_BETA_BUILD_PERFORMANCE": "true"}, None, False),
        ({"SAM_CLI_BETA_FEATURES": "1"}, False, False),
    ],
)
def test_artifacts_are_shared_where_sam_shares_them(
    project: Path, environ: dict[str, str], given: bool | None, expected: bool
) -> None:
    assert merge(project, environ, beta_features=given).shares_artifacts is expected


def test_flag_of_the_command_line_may_be_false(project: Path) -> None:
    configure(project, "skip_pull_image = true")
    assert merge(project).skip_pull_image
    assert not merge(project, skip_pull_image=False).skip_pull_image


def test_wrong_flag_names_its_source(project: Path) -> None:
    with pytest.raises(OptionError, match="SAM_DEBUG"):
        merge(project, {"SAM_DEBUG": "maybe"})


@pytest.mark.parametrize(
    ("line", "number"),
    [
        pytest.param("docker_network = 7", 3, id="number for a text"),
        pytest.param("skip_pull_image = 'maybe'", 3, id="text for a flag"),
        pytest.param("build_type = [1]", 3, id="number in a list"),
        pytest.param("jobs = 'many'", 3, id="text for a number"),
        pytest.param("jobs = 0", 3, id="no jobs"),
        pytest.param("jobs = true", 3, id="flag for a number"),
        pytest.param("retries = -1", 3, id="fewer than none"),
        pytest.param("retries = 1.5", 3, id="half a number"),
        pytest.param("timeout = 0", 3, id="no time"),
        pytest.param("timeout = inf", 3, id="for ever"),
        pytest.param("timeout = nan", 3, id="no number"),
        pytest.param("timeout = '1m'", 3, id="text for seconds"),
        pytest.param("fail_fast = 'perhaps'", 3, id="text for a flag of samix"),
        pytest.param("build_image = ['Fn=']", 3, id="no image"),
        pytest.param("build_type = ['docker']", 3, id="wrong build type"),
        pytest.param("exclude = [1]", 3, id="number for a name"),
        pytest.param("output = 'yaml'", 3, id="unknown format"),
    ],
)
def test_wrong_value_in_samconfig_is_located(project: Path, line: str, number: int) -> None:
    configure(project, line)
    with pytest.raises(OptionError) as caught:
        merge(project)
    assert caught.value.where is not None
    assert (caught.value.where.path, caught.value.where.line) == (project / "samconfig.toml", number)


@pytest.mark.parametrize("line", ["use_buildkit = false", "beta_features = false", 'output = "text"'])
def test_option_that_asks_for_nothing_is_let_pass(project: Path, line: str) -> None:
    configure(project, line)
    merge(project)


@pytest.mark.parametrize("name", ["stack_name", "s3_bucket", "capabilities"])
def test_parameters_of_other_commands_are_let_pass(project: Path, name: str) -> None:
    configure(project, f'{name} = "x"')
    merge(project)


@pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
def test_template_is_found(project: Path, name: str) -> None:
    (project / name).touch()
    assert merge(project).template == project / name


def test_first_of_the_default_templates_counts(project: Path) -> None:
    for name in ("template.json", "template.yml", "template.yaml"):
        (project / name).touch()
        assert merge(project).template == project / name


@pytest.mark.parametrize("key", ["template_file", "template"])
def test_template_of_samconfig(project: Path, key: str) -> None:
    configure(project, f'{key} = "sub/app.yaml"')
    assert merge(project).template == project / "sub" / "app.yaml"


def test_samconfig_lies_beside_the_template(project: Path) -> None:
    (project / "sub").mkdir()
    configure(project / "sub", 'docker_network = "beside"')
    assert merge(project, template_file="sub/t.yaml").docker_network == "beside"
    assert merge(project, {"SAM_TEMPLATE_FILE": "sub/t.yaml"}).docker_network == "beside"
    assert merge(project).docker_network is None


def test_config_file_and_environment_are_picked(project: Path) -> None:
    (project / "other.toml").write_text('version = 0.1\n[prod.build.parameters]\ndocker_network = "p"\n')
    assert merge(project, config_file="other.toml", config_env="prod").docker_network == "p"


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("build_dir", "out/../build", "build"),
        ("cache_dir", "c", "c"),
        ("manifest", "m.txt", "m.txt"),
    ],
)
def test_paths_start_from_the_working_directory(project: Path, name: str, written: str, expected: str) -> None:
    assert getattr(merge(project, **{name: written}), name) == project / expected
    assert getattr(merge(project, **{name: "/abs/x"}), name).as_posix() == "/abs/x"


@pytest.mark.parametrize("name", ["build_dir", "cache_dir", "base_dir", "manifest", "container_env_var_file"])
@pytest.mark.parametrize(
    ("written", "problem"), [("x\0y", "'x\\x00y' is not a path"), ("x" * 300, f"{'x' * 80}... cannot be used")]
)
def test_what_can_never_be_a_path_is_refused(project: Path, name: str, written: str, problem: str) -> None:
    with pytest.raises(OptionError, match=re.escape(f"--{name.replace('_', '-')}: {problem}")):
        merge(project, **{name: written})


def test_base_dir_must_be_there(project: Path) -> None:
    with pytest.raises(OptionError, match="--base-dir"):
        merge(project, base_dir="missing")


def test_code_root(project: Path) -> None:
    (project / "base").mkdir()
    assert merge(project, base_dir="base").code_root == project / "base"
    assert merge(project, template_file="sub/t.yaml").code_root == project / "sub"


def test_code_root_follows_a_linked_template(project: Path) -> None:
    (project / "real").mkdir()
    (project / "real" / "t.yaml").touch()
    (project / "template.yaml").symlink_to("real/t.yaml")
    assert merge(project).code_root == project / "real"


@pytest.mark.parametrize(
    ("lines", "command_line", "expected"),
    [
        pytest.param([], {}, (HOST, "default"), id="default"),
        pytest.param([], {"use_container": True}, (CONTAINER, "--use-container"), id="flag"),
        pytest.param([], {"build_type": ["container"]}, (CONTAINER, "--build-type container"), id="option"),
        pytest.param(
            [], {"build_type": ["host"], "use_container": True}, (HOST, "--build-type host"), id="option beats flag"
        ),
        pytest.param(["use_container = true"], {}, (CONTAINER, "samconfig.toml:3 use_container"), id="samconfig flag"),
        pytest.param(
            ["build_type = 'host'", "use_container = true"], {}, (HOST, "samconfig.toml:3 host"),
            id="samconfig option beats its flag",
        ),
        pytest.param(
            ["build_type = ['host']"], {"use_container": True}, (CONTAINER, "--use-container"),
            id="command line beats samconfig",
        ),
        pytest.param(
            ["use_container = true"], {"build_type": ["host"]}, (HOST, "--build-type host"), id="option beats samconfig"
        ),
    ],
)  # fmt: skip
def test_default_build_type(
    project: Path, lines: list[str], command_line: dict[str, Value], expected: tuple[BuildType, str]
) -> None:
    configure(project, *lines)
    assert merge(project, **command_line).default_type == BuildTypeDefault(*expected)


def test_flag_of_the_command_line_switches_off_that_of_samconfig(project: Path) -> None:
    configure(project, "use_container = true")
    assert merge(project, use_container=False).default_type.build_type is HOST


def test_rules_of_both_sources_are_kept_apart(project: Path) -> None:
    configure(project, 'build_type = ["A=container", "B*=host"]')
    where = Location(project / "samconfig.toml", 3)
    assert merge(project, build_type=["C=host"]).rule_sets == (
        (BuildTypeRule("C", HOST, "--build-type"),),
        (
            BuildTypeRule("A", CONTAINER, "build_type", where),
            BuildTypeRule("B*", HOST, "build_type", where),
        ),
    )


def test_wrong_build_type_of_the_command_line_names_the_option(project: Path) -> None:
    with pytest.raises(BuildTypeError, match="--build-type"):
        merge(project, build_type=["Fn=docker"])


def test_region_becomes_a_parameter(project: Path) -> None:
    options = merge(project, region="eu-west-1", parameter_overrides=["A=1"])
    assert (options.region, options.parameters) == ("eu-west-1", {"AWS::Region": "eu-west-1", "A": "1"})


def test_overrides_of_the_command_line_replace_samconfigs(project: Path) -> None:
    configure(project, 'parameter_overrides = ["A=1", "B=2"]')
    assert merge(project).parameters == {"A": "1", "B": "2"}
    assert merge(project, parameter_overrides=["A=3"]).parameters == {"A": "3"}


@pytest.mark.parametrize("configured", ["true", "false"])
def test_cached_is_decided_by_the_strongest_source(project: Path, configured: str) -> None:
    configure(project, f"cached = {configured}")
    assert merge(project).cached is (configured == "true")
    assert merge(project, cached=True).cached
    assert not merge(project, cached=False).cached


@pytest.mark.parametrize(("written", "expected"), [("read", "READ"), ("Write", "WRITE")])
def test_mount_with(project: Path, written: str, expected: str) -> None:
    assert merge(project, mount_with=written).mount_with == expected


def test_wrong_mount_is_refused(project: Path) -> None:
    with pytest.raises(OptionError, match="--mount-with"):
        merge(project, mount_with="both")


@pytest.mark.parametrize(
    ("logical_id", "expected"), [("Fn", "own:1"), ("Other", "all:1")], ids=["its own", "the one for all"]
)
def test_build_images(project: Path, logical_id: str, expected: str) -> None:
    options = merge(project, build_image=["all:1", " Fn = own:1 "])
    assert options.build_image_for(logical_id) == expected


def test_build_image_may_be_missing(project: Path) -> None:
    assert merge(project, build_image=["Fn=own:1"]).build_image_for("Other") is None


def test_environment_of_a_resource(project: Path) -> None:
    (project / "env.json").write_text('{"Parameters": {"A": "f", "B": "f", "C": "f"}, "Fn": {"B": "ff", "D": "ff"}}')
    options = merge(project, container_env_var_file="env.json", container_env_var=["C=c", "Fn.D=fc", "B=c"])
    assert options.environment_for("Fn") == (("A", "f"), ("B", "ff"), ("C", "c"), ("D", "fc"))
    assert options.environment_for("Other") == (("A", "f"), ("B", "c"), ("C", "c"))


def test_environment_values_are_not_shown(project: Path) -> None:
    assert SECRET not in repr(merge(project, container_env_var=[f"A={SECRET}"]))


def test_options_cannot_be_changed(project: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        merge(project).debug = True  # type: ignore[misc]


def test_process_environment_is_not_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "SAM_DOCKER_NETWORK", "elsewhere")
    assert merge(project).docker_network is None


@pytest.mark.parametrize(
    "given", [{"skip_prepare_infra": True}, {"terraform_project_root_path": "tf"}], ids=["skip", "root"]
)
def test_what_belongs_to_a_hook_needs_one(project: Path, given: dict[str, Value]) -> None:
    with pytest.raises(OptionError, match="Missing option --hook-name"):
        merge_options(given, {}, project)
    assert merge_options({**given, "hook_name": "terraform"}, {}, project).hook_name == "terraform"


@pytest.mark.parametrize(
    ("spoken", "configured", "variable", "expected"),
    [
        (None, None, None, False),
        (None, None, " Yes ", True),
        (None, None, "on", False),
        (None, "true", None, True),
        (None, "false", "1", False),
        (True, "false", "0", True),
        (False, "true", "1", False),
    ],
)
def test_language_extensions_come_from_the_variable_last(
    project: Path, spoken: bool | None, configured: str | None, variable: str | None, expected: bool
) -> None:
    if configured:
        configure(project, f"language_extensions = {configured}")
    environ = {"SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": variable} if variable else {}
    assert merge(project, environ, language_extensions=spoken).language_extensions is expected


@pytest.mark.parametrize(
    ("given", "since"),
    [
        ({"use_buildkit": True}, "1.156"),
        ({"mount_symlinks": True}, "1.134"),
        ({"language_extensions": True}, "1.161"),
        ({"language_extensions": False}, "1.161"),
        ({"output": "json"}, "1.166"),
        ({"parameter_overrides": ["A=1", "file://values.yaml"]}, "1.152"),
    ],
    ids=str,
)
def test_option_that_sam_lacks_is_refused_on_the_command_line(
    project: Path, given: dict[str, Value], since: str
) -> None:
    (project / "values.yaml").write_text("B: 2\n")
    options = merge(project, **given)
    with pytest.raises(OldSamError, match=rf"^--[a-z-]+.* needs sam {since} or newer \(this is 1\.130\.0\)\.$"):
        fit_options(options, SamRules(lambda: "1.130.0"))
    assert fit_options(options, SamRules(lambda: f"{since}.0")) == options


def test_option_that_sam_lacks_has_no_effect_in_samconfig(project: Path) -> None:
    configure(project, "use_buildkit = true", "mount_symlinks = true", 'output = "json"', "language_extensions = false")
    options = fit_options(merge(project), SamRules(lambda: "1.130.0"))
    assert (options.use_buildkit, options.mount_symlinks, options.relays_output) == (False, False, False)
    assert options.reporting.as_json
    assert [note.text for note in options.notes] == [
        "use_buildkit has no effect: sam 1.130.0 does not know it.",
        "mount_symlinks has no effect: sam 1.130.0 does not know it.",
    ]
    assert all(note.where for note in options.notes)


def test_mapping_in_samconfig_is_refused_if_sam_takes_none(project: Path) -> None:
    configure(project, 'parameter_overrides = {A = "1"}')
    with pytest.raises(OldSamError, match=r"samconfig.toml:\d+: parameter_overrides as a mapping .* needs sam 1\.152 "):
        fit_options(merge(project), SamRules(lambda: "1.151.0"))


def test_options_that_every_sam_knows_need_no_version(project: Path) -> None:
    def ask() -> str:
        raise AssertionError

    options = merge(project, use_container=True, parameter_overrides=["A=1"], cached=False)
    assert fit_options(options, SamRules(ask)) == options

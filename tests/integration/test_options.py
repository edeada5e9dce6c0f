"""samix has every option of sam build, with sam's own meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest
import typer.main
from samcli.commands.build.command import cli as sam_build
from samcli.commands.build.core.options import OPTIONS_INFO
from support.project import HOST_PYTHON, Project

from samix.cli.root import app
from samix.options.option import Panel
from samix.options.table import BUILD, OPTION

if TYPE_CHECKING:
    from pathlib import Path

    from typer.core import TyperGroup

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev}}
Resources:
  Library:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile}}
    Properties: {{ContentUri: library, CompatibleRuntimes: [provided.al2023]}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
OWN = {
    *("--build-type", "--jobs", "-j", "--sam", "--timeout", "--retries"),
    *("--fail-fast", "--no-fail-fast", "--strict", "--no-strict", "--wait", "--no-wait"),
    *("--log-order", "--quiet", "--no-quiet", "-q", "--verbose", "--no-verbose", "-v", "--summary", "--trace"),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": TEMPLATE,
            "src/app.py": "VALUE = 1\n",
            "library/Makefile": "build-Library:\n\tcp version.txt $(ARTIFACTS_DIR)\n",
            "library/version.txt": "one\n",
        },
    )


def test_every_option_of_sam_is_an_option_of_samix_and_few_more() -> None:
    ours = cast("TyperGroup", typer.main.get_command(app)).commands["build"]
    sams = {name for option in sam_build.params if option.name for name in (*option.opts, *option.secondary_opts)}
    own = {name for option in ours.params if option.name for name in (*option.opts, *option.secondary_opts)}
    assert sams - own == set()
    assert own - sams == OWN
    parameters = {option.name for option in sam_build.params if option.name}
    assert parameters - {option.name for option in ours.params} == set()


def test_the_table_knows_which_options_sam_has() -> None:
    sams = {option.name for option in sam_build.params} | {"sam"}  # as it calls the names of resources
    assert {option.name for option in BUILD.options if not option.is_own} == sams & set(OPTION) - {"sam"}
    variables = {option.name: option.envvar for option in sam_build.params if option.envvar}
    for option in BUILD.options:
        if not option.is_own and option.name != "language_extensions":  # which sam asks for by itself
            assert option.variable == variables.get(option.name, ""), option.name


def test_a_switch_of_sam_is_a_switch_of_samix() -> None:
    ours = {option.name: option for option in cast("TyperGroup", typer.main.get_command(app)).commands["build"].params}
    for option in sam_build.params:
        if option.name and option.param_type_name == "option":
            assert getattr(ours[option.name], "is_flag", False) == option.is_flag, option.name
            assert ours[option.name].multiple or not option.multiple, option.name


def test_options_stand_in_the_panels_that_they_have_in_sams_help() -> None:
    """Two differ: no template is required here, and build types have a panel of their own."""
    own = {"template_file": Panel.TEMPLATE.value, "use_container": Panel.BUILD_TYPE.value}
    for title, content in OPTIONS_INFO.items():
        for name in content["option_names"]:
            assert name == "help" or OPTION[name].panel.value == own.get(name, title), name
    assert [panel.value for panel in Panel if panel not in {Panel.MAIN, Panel.BUILD_TYPE}] == [
        title for title in OPTIONS_INFO if title != "Required Options"
    ]


def _document(output: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(output))


def test_the_document_holds_all_of_sams_fields(project: Project) -> None:
    sams = _document(project.sam("build", "--output", "json").succeeded().output)

    run = project.samix("build", "--output", "json").succeeded()

    ours = _document(run.output)  # and nothing else is printed there
    resources = cast("list[dict[str, object]]", ours.pop("resources"))
    expected = cast("list[dict[str, object]]", sams.pop("resources"))
    assert ours == sams
    shared = [{key: resource[key] for key in other} for resource, other in zip(resources, expected, strict=True)]
    assert shared == expected
    for resource in resources:
        assert (resource["build_type"], resource["build_type_reason"]) == ("host", "default")
        assert (resource["outcome"], resource["reason"]) == ("built", "not built yet")
        assert cast("float", resource["seconds"]) > 0
        assert resource["artifact"] == str(project.build_dir / str(resource["resource_id"]))


def test_the_document_of_a_failure_names_what_sam_names(project: Project) -> None:
    project.write("library/Makefile", "build-Library:\n\tfalse\n")
    sam = project.sam("build", "--output", "json", "Library")
    sams = _document(sam.output)

    run = project.samix("build", "--output", "json").failed_with(sam.code)

    ours = _document(run.output)
    resources = cast("list[dict[str, object]]", ours.pop("resources"))
    assert ours == sams
    assert {str(resource["resource_id"]): resource["outcome"] for resource in resources} == {
        "Library": "failed",
        "Fn": "built",
    }
    assert all(resource["artifact"] is None for resource in resources)


@pytest.mark.parametrize(
    "arguments", [["--template", "missing.yaml"], ["Nothing"], ["--build-dir", "."]], ids=["template", "name", "place"]
)
def test_the_document_of_an_error_is_the_only_output(project: Project, arguments: list[str]) -> None:
    sam = project.sam("build", "--output", "json", *arguments)
    run = project.samix("build", "--output", "json", *arguments)
    document = _document(run.output)
    assert document["status"] == _document(sam.output)["status"] == "failure"
    error = cast("dict[str, object]", document["error"])
    assert set(error) - {"hint"} == set(cast("dict[str, object]", _document(sam.output)["error"]))
    assert all(f"{error[said]}\n" in run.errors for said in ("message", "hint") if said in error)
    assert run.code == sam.code


def test_the_format_may_stand_in_samconfig(project: Project) -> None:
    project.write("samconfig.toml", "version = 0.1\n[default.build.parameters]\noutput = 'json'\n")
    assert _document(project.samix("build").succeeded().output)["status"] == "success"


def test_text_ends_as_sam_ends(project: Project) -> None:
    assert project.samix("build").succeeded().output == project.sam("build").succeeded().output


def test_the_error_of_sam_is_the_end_of_a_failure(project: Project) -> None:
    project.write("library/Makefile", "build-Library:\n\tfalse\n")
    sam = project.sam("build")
    last = sam.errors.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    run = project.samix("build").failed_with(sam.code)
    assert last in run.errors
    assert run.errors.rstrip().splitlines()[-1] == last


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        pytest.param("", ["--parallel", "--no-use-container", "-x", "Fn", "-x", "Other"], id="new file"),
        pytest.param("", ["Library", "--parameter-overrides", "Stage=x", "Other='a b'"], id="values"),
        pytest.param("", ["-t", "template.yaml", "--region", "eu-west-1", "--debug", "-b", "out/built"], id="paths"),
        pytest.param(
            "# mine\nversion = 0.1\n[default.build.parameters]\ncached = false # why\n"
            "[default.global.parameters]\nparallel = true\n[other]\nkept = 1\n",
            ["--cached", "--parallel", "--base-dir", "."],
            id="file with comments",
        ),
        pytest.param("version = 0.1\n[default]\n", ["--cached", "--config-env", "ci"], id="another environment"),
        pytest.param(
            "# mine\nversion: 0.1\ndefault:\n  build:\n    parameters:\n      cached: false # why\n",
            ["--config-file", "samconfig.yaml", "--cached", "-x", "Fn", "--parameter-overrides", "Stage=x"],
            id="YAML",
        ),
    ],
)
def test_options_are_saved_as_sam_saves_them(project: Project, config: str, arguments: list[str]) -> None:
    named = arguments[arguments.index("--config-file") + 1] if "--config-file" in arguments else "samconfig.toml"
    file = project.path / named
    written = []
    for program in (project.sam, project.samix):
        file.write_text(config)
        program("build", "--save-params", *arguments).succeeded()
        written.append(file.read_text())
    assert written[1] == written[0]


def test_options_of_samix_are_saved_for_samix(project: Project) -> None:
    project.samix("build", "--save-params", "--build-type", "Fn=host", "--jobs", "1", "-e", "A=hidden").succeeded()
    assert 'build_type = ["Fn=host"]' in (project.path / "samconfig.toml").read_text()
    run = project.samix("build").succeeded()
    assert "samconfig.toml:" in run.errors


def test_saving_tells_no_values(project: Project) -> None:
    run = project.samix("build", "--save-params", "-e", "TOKEN=hidden").succeeded()
    assert "container_env_var" in run.errors
    assert "hidden" not in run.text


def test_a_hook_is_handed_over_to_sam(project: Project) -> None:
    arguments = ("--hook-name", "terraform", "--use-container", "-x", "A", "-x", "B", "--skip-prepare-infra")
    sams = project.sam("build", *arguments)
    run = project.samix("build", *arguments)
    assert run.code == sams.code != 0
    assert "sam build takes over, with the same arguments, because of --hook-name terraform." in run.errors
    assert sams.errors.strip().splitlines()[-1] in run.errors
    assert not (project.path / ".aws-sam" / "samix").exists()


def test_a_hook_is_reported_without_values(project: Project) -> None:
    program = project.write("sam.sh", "#!/bin/sh\n")
    program.chmod(0o755)
    run = project.samix("build", "--hook-name", "terraform", "--sam", str(program), "-e", "TOKEN=hidden").succeeded()
    assert "hidden" not in run.text


def test_a_hook_takes_no_option_of_samix(project: Project) -> None:
    run = project.samix("build", "--hook-name", "terraform", "--build-type", "host").failed_with(2)
    assert "--build-type has no effect with --hook-name" in run.errors


def test_build_mode_is_part_of_what_an_artifact_is_made_from(project: Project) -> None:
    project.samix("build").succeeded()
    run = project.samix("build", SAM_BUILD_MODE="debug").succeeded()
    assert set(run.results().values()) == {("host", "built")}
    project.samix("build", SAM_BUILD_MODE="fast").failed_with(project.sam("build", SAM_BUILD_MODE="fast").code)

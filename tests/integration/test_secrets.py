"""Values for containers reach sam and nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from support.project import Project

from samix.state.build_toml import read_definitions

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

SECRET = "s3cr3t-0f-a-c0nta1ner"
AWKWARD = "s3cr3t 'of' a \"c0ntainer\" \\n / ü+"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: makefile
      BuildType: container
    Properties:
      ContentUri: layer
      CompatibleRuntimes: [provided.al2023]
"""
MAKEFILE = """\
build-Layer:
\ttest "$$TOKEN" = "$$EXPECTED"
\techo "the token is $$TOKEN"
\techo done > $(ARTIFACTS_DIR)/done.txt
"""


@pytest.mark.parametrize("source", ["command line", "file"])
@pytest.mark.parametrize("ends_well", [True, False], ids=["good", "failing"])
@pytest.mark.parametrize("flags", [(), ("--debug",)], ids=["quiet", "debug"])
def test_no_file_and_no_output_holds_a_value(
    tmp_path: Path, source: str, flags: tuple[str, ...], *, ends_well: bool
) -> None:
    project = _project(tmp_path, ends_well=ends_well)
    arguments = ("build", "--skip-pull-image", *flags, *_given(source, SECRET, tmp_path))

    run = project.samix(*arguments).failed_with(0 if ends_well else 1)
    again = project.samix(*arguments).failed_with(0 if ends_well else 1)

    assert "the token is ***" in (project.path / ".aws-sam/samix/logs/Layer.log").read_text()
    assert _forms_in((run.text + again.text).encode(), SECRET) == []
    assert _places_of(project, SECRET) == []
    if ends_well:
        assert (project.build_dir / "Layer" / "done.txt").exists()
        assert again.results() == {"Layer": ("container", "reused")}


@pytest.mark.parametrize("ends_well", [True, False], ids=["good", "failing"])
def test_nor_a_value_that_is_written_in_another_way(tmp_path: Path, *, ends_well: bool) -> None:
    project = _project(tmp_path, ends_well=ends_well)
    run = project.samix("build", "--skip-pull-image", "--debug", *_given("file", AWKWARD, tmp_path))
    run.failed_with(0 if ends_well else 1)
    assert _forms_in(run.text.encode(), AWKWARD) == []
    assert _places_of(project, AWKWARD) == []


def test_a_value_that_is_gone_leaves_nothing_either(tmp_path: Path) -> None:
    project = _project(tmp_path, ends_well=True)
    project.samix("build", "--skip-pull-image", *_given("command line", SECRET, tmp_path)).succeeded()
    run = project.samix("build", "--skip-pull-image", *_given("command line", AWKWARD, tmp_path)).succeeded()
    assert "container environment value TOKEN changed" in run.errors
    assert _forms_in(run.text.encode(), SECRET) + _forms_in(run.text.encode(), AWKWARD) == []
    assert _places_of(project, SECRET) + _places_of(project, AWKWARD) == []
    # a bare sam would keep them in clear where a definition of theirs stands
    assert read_definitions(project.path / ".aws-sam" / "build.toml") == []


def _project(directory: Path, *, ends_well: bool) -> Project:
    makefile = MAKEFILE + ("" if ends_well else "\tfalse\n")
    return Project.from_files(directory / "app", {"template.yaml": TEMPLATE, "layer/Makefile": makefile})


def _given(source: str, secret: str, directory: Path) -> tuple[str, ...]:
    if source == "file":
        file = directory / "values.json"
        file.write_text(json.dumps({"Parameters": {"TOKEN": secret}, "Layer": {"EXPECTED": secret}}))
        return ("--container-env-var-file", str(file))
    return ("--container-env-var", f"TOKEN={secret}", "--container-env-var", f"EXPECTED={secret}")


def _forms_in(content: bytes, secret: str) -> list[bytes]:
    """The ways of writing a secret that are found in a text."""
    raw = secret.encode()
    forms = {raw, json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode(), quote(secret).encode()}
    forms |= {raw.hex().encode(), raw.hex().upper().encode()}
    for before in range(3):  # what stands before it decides how its bytes are cut into letters
        letters = base64.b64encode(b"x" * before + raw)
        middle = letters[4 if before else 0 : len(letters) // 4 * 4 - 4]
        forms |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    return sorted(form for form in forms if form in content)


def _places_of(project: Project, secret: str) -> list[str]:
    """The files below `.aws-sam` in which, or in whose names, a secret is found."""
    files = [Path(directory, name) for directory, _, names in os.walk(project.path / ".aws-sam") for name in names]
    assert files
    return [str(file) for file in files if _forms_in(bytes(file) + _content(file), secret)]


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    return content + (gzip.decompress(content) if file.suffix == ".gz" else b"")


def test_changed_value_builds_again(tmp_path: Path) -> None:
    makefile = "build-Layer:\n\techo done > $(ARTIFACTS_DIR)/done.txt\n"
    project = Project.from_files(tmp_path / "app", {"template.yaml": TEMPLATE, "layer/Makefile": makefile})
    arguments = ("build", "--skip-pull-image", "--container-env-var")
    project.samix(*arguments, "TOKEN=one").succeeded()
    assert project.samix(*arguments, "TOKEN=one").succeeded().results() == {"Layer": ("container", "reused")}
    assert project.samix(*arguments, "TOKEN=two").succeeded().results() == {"Layer": ("container", "built")}

"""`samix clean`: what it says, and where it looks."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.backend import Cli


pytestmark = pytest.mark.usefixtures("project")


def test_clean_says_what_it_removed_from_where(samix: Cli) -> None:
    samix("build")
    answer = samix("clean")
    assert answer.exit_code == 0
    *lines, room = answer.stdout.splitlines()
    assert lines == [
        "removed 1 artifact and 1 template from .aws-sam/build",
        "removed 1 definition from .aws-sam/build.toml",
        "removed 1 directory from .aws-sam/cache",
        "removed .aws-sam/samix",
    ]
    assert room.endswith(" freed.")
    assert not os.path.exists(".aws-sam")


def test_where_there_is_nothing_clean_says_so(project: Path, samix: Cli) -> None:
    answer = samix("clean")
    assert (answer.exit_code, answer.stdout) == (
        0,
        f"Nothing to remove: samix knows of nothing that it made in {project}.\n",
    )
    assert not (project / ".aws-sam").exists()


def test_clean_needs_no_template_and_no_options_of_a_build(project: Path, samix: Cli) -> None:
    """What built it once may be gone."""
    samix("build")
    (project / "template.yaml").unlink()
    (project / "samconfig.toml").write_text(
        'version = 0.1\n[default.build.parameters]\nbase_dir = "gone"\nbuild_type = "nowhere"\n'
    )
    assert samix("clean").exit_code == 0
    assert not (project / ".aws-sam").exists()


@pytest.mark.parametrize("source", ["command line", "samconfig", "another samconfig", "beside the template"])
def test_clean_looks_where_build_builds(source: str, project: Path, samix: Cli) -> None:
    places = 'build_dir = "out/built"\ncache_dir = "out/kept"\n'
    arguments = {
        "command line": ["--build-dir", "out/built", "--cache-dir", "out/kept"],
        "samconfig": [],
        "another samconfig": ["--config-file", "other.toml", "--config-env", "ci"],
        "beside the template": ["--template-file", "deploy/template.yaml"],
    }[source]
    (project / "deploy").mkdir()
    template = (project / "template.yaml").read_text()
    (project / "deploy" / "template.yaml").write_text(template.replace("src", "../src"))
    file, environment = {
        "command line": ("unused.toml", "default"),
        "samconfig": ("samconfig.toml", "default"),
        "another samconfig": ("other.toml", "ci"),
        "beside the template": ("deploy/samconfig.toml", "default"),
    }[source]
    (project / file).write_text(f"version = 0.1\n[{environment}.build.parameters]\n{places}")
    assert samix("build", *arguments).exit_code == 0
    assert (project / "out" / "built" / "Fn").is_dir()
    assert samix("clean", *arguments).exit_code == 0
    assert list((project / "out").iterdir()) == []


def test_images_are_left_to_the_engine(project: Path, samix: Cli) -> None:
    samix("build")
    state = project / ".aws-sam" / "samix" / "state.json"
    content = json.loads(state.read_text())
    content["units"]["Image"] = {**content["units"]["Fn"], "image": "image:latest", "digest": "", "uuid": ""}
    state.write_text(json.dumps(content))
    assert "left to the container engine: 1 image (image:latest)\n" in samix("clean").stdout

"""The site is made without a warning and without the network, and its pages can be read where they lie, too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest
import typer.main
import yaml
from samcli.commands.build.command import cli as sam_build
from support.documented import shop
from support.pages import Page, Write, pages
from support.project import REPOSITORY, Project

from samix.cli.root import app

if TYPE_CHECKING:
    from pathlib import Path

    from typer.core import TyperGroup

DOCS = REPOSITORY / "docs"
WITHOUT_NETWORK = """\
import socket, sys
def refuse(*arguments):
    sys.exit(f"the site asks the network: {arguments}")
socket.socket.connect = socket.getaddrinfo = refuse
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""
_LINK = re.compile(r"\[[^\]]*\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)")
_OPTIONS_OF_OTHERS = {"--help", "--version", "--guided", "--warm-containers", "--find-links"} | {
    *("--before", "--first-on-path"),  # of the benchmark
    *("--abbrev-ref", "--all", "--contains", "--dirty", "--format", "--porcelain", "--short", "--tags"),  # of git
}
_ACTION_INPUTS = {"version", "sam-version", "working-directory", "args", "cache", "cache-key"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "-W", "--keep-going", "-n", "-q", "-d", f"{place}/made"]
        + [str(DOCS), f"{place}/html"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "html"


def test_every_page_is_on_the_site(site: Path) -> None:
    made = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")}
    assert {page.path.relative_to(DOCS) for page in pages() if page.path.is_relative_to(DOCS)} <= made
    assert (site / "_images" / "build.svg").exists()
    assert "All notable changes" in (site / "changelog.html").read_text()


def test_the_site_has_all_that_it_shows_in_itself(site: Path) -> None:
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["'](?:https?:)?//|<link\b[^>]*\brel=["']stylesheet["'][^>]*//"""
        r"""|@import\s+(?:url\()?["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//"""
    )
    texts = {path: path.read_text() for kind in ("html", "css", "svg") for path in site.rglob(f"*.{kind}")}
    assert len(texts) > len(list(site.glob("*.html")))
    assert {str(path): loaded.findall(text) for path, text in texts.items() if loaded.search(text)} == {}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_of_a_page_lead_to_files_that_are_there(page: Page) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", page.path.read_text())
    missing = []
    for path, heading in _LINK.findall(text):
        target = (page.path.parent / path).resolve() if path else page.path
        if not target.exists() or (heading and heading not in _headings(target)):
            missing.append(f"{path}#{heading}")
    assert missing == []


def _headings(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    titles = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_keys_that_are_called_samixs_own_are_none_of_sams() -> None:
    text = " ".join((DOCS / "reference" / "samconfig.md").read_text().split())
    told = re.search(r"Of these ([^.]*) are samix's own; sam ignores them\.", text)
    assert told
    ours = {option.name for option in cast("TyperGroup", typer.main.get_command(app)).commands["build"].params}
    assert set(re.findall(r"`(\w+)`", told[1])) == ours - {option.name for option in sam_build.params}


def test_documents_in_the_reference_have_the_fields_of_real_ones(tmp_path: Path) -> None:
    shop(tmp_path)
    project = Project(tmp_path)
    told = [
        json.loads(fence.content) for fence in Page(DOCS / "reference" / "json.md").fences() if fence.info == "json"
    ]
    real = [
        json.loads(project.samix(*command.split()).succeeded().output)
        for command in ("build --output json", "plan --format json")
    ]
    assert [list(one) for one in told] == [list(one) for one in real]
    for one, other in zip(told, real, strict=True):
        function = next(found for found in other["resources"] if found["type"] == "function")
        assert list(one["resources"][0]) == list(function)


def test_every_option_that_a_page_names_is_one() -> None:
    named = {option: page.name for page in pages() for option in page.options()}
    group = cast("TyperGroup", typer.main.get_command(app))
    known = {
        name
        for command in (group, *group.commands.values())
        for one in command.params
        for name in (*one.opts, *one.secondary_opts)
    }
    assert {"--build-type", "--dry-run"} <= known
    assert {option: page for option, page in named.items() if option not in known | _OPTIONS_OF_OTHERS} == {}


def test_recipes_give_the_action_what_it_takes() -> None:
    action = REPOSITORY / "action.yml"
    inputs = set(yaml.safe_load(action.read_text())["inputs"]) if action.exists() else _ACTION_INPUTS
    steps = [step for page in pages() for step in _workflow_steps(page)]
    given = [step.get("with", {}) for step in steps if str(step.get("uses")).startswith("OWNER/samix@")]
    assert len(given) >= 2
    assert set().union(*given) - inputs == set()


def _workflow_steps(page: Page) -> list[dict[str, dict[str, str]]]:
    files = [step for step in page.steps() if isinstance(step, Write) and step.name.startswith(".github/")]
    jobs = [job for file in files for job in yaml.safe_load(file.content)["jobs"].values()]
    return [step for job in jobs for step in job["steps"]]


def test_recipes_are_of_the_form_that_their_systems_read() -> None:
    files = {step.name: step.content for page in pages() for step in page.steps() if isinstance(step, Write)}
    gitlab = yaml.safe_load(files[".gitlab-ci.yml"])["build"]
    assert set(gitlab) == {"image", "services", "variables", "cache", "before_script", "script", "artifacts"}
    assert all(isinstance(value, str) for value in gitlab["variables"].values())
    assert set(gitlab["cache"]) <= {"key", "fallback_keys", "paths"}
    buildspec = yaml.safe_load(files["buildspec.yml"])
    assert buildspec["version"] == 0.2
    assert set(buildspec) == {"version", "phases", "cache", "artifacts"}
    assert set(buildspec["phases"]) <= {"install", "pre_build", "build", "post_build"}
    for name in (name for name in files if name.startswith(".github/workflows/")):
        workflow = yaml.safe_load(files[name])
        assert set(workflow) == {"name", True, "jobs"}  # YAML 1.1 reads `on` so
        for job in workflow["jobs"].values():
            assert set(job) <= {"runs-on", "permissions", "strategy", "steps"}
            assert all(("uses" in step) != ("run" in step) for step in job["steps"])

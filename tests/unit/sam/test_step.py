"""What a run of sam is doing."""

from __future__ import annotations

import pytest

from samix.sam.step import begun_step_of, step_of


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (" Running PythonPipBuilder:ResolveDependencies", "resolving dependencies"),
        ("GoFunction: Running CustomMakeBuilder:MakeBuild", "running make"),
        (" Running NodejsNpmEsbuildBuilder:EsbuildBundle", "bundling"),
        (" Running GoModulesBuilder:Build", "building"),
        (" Running SomeBuilder:GlobalToolInstall", "global tool install"),
        (
            "Fetching public.ecr.aws/sam/build-python3.11:latest-x86_64 Docker container image......",
            "pulling the image",
        ),
        ("Fetching public.ecr.aws/sam/build-python3.11:latest-x86_64 Docker container image", "pulling the image"),
        ("Mounting /app/src as /tmp/samcli/source:ro,delegated, inside runtime container", "starting the container"),
        ("Building image for Fn function", "building the image"),
        ("Step 2/5 : RUN make", "step 2/5: RUN make"),
        ("#7 [stage-0 3/5] COPY . .", "step 3/5: COPY . ."),
        ("#7 [2/5] RUN make", "step 2/5: RUN make"),
    ],
)
def test_a_step_is_shown_in_a_few_words(line: str, step: str) -> None:
    assert step_of(line) == step


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Build Succeeded",
        "Running tests",
        "gcc -c x.c",
        "Fetching packages",
        "Starting Build use cache",
        "Step by step",
    ],
)
def test_other_lines_tell_of_no_step(line: str) -> None:
    assert step_of(line) is None


def test_a_step_steers_no_terminal_and_is_short() -> None:
    assert step_of("Step 1/2 : RUN \x1b]0;title\x07 \x9b2J\u202e true") == "step 1/2: RUN ]0;title 2J true"
    assert len(step_of(f"Step 1/2 : RUN {'x' * 1_000_000}") or "") < 300
    assert len(step_of(f" Running X:{'x' * 1_000_000}") or "") < 300


@pytest.mark.parametrize("line", ["Step 1/2 : RUN echo half-a-sec", "#7 [1/2] RUN echo half-a-sec", " Running X:Resol"])
def test_nothing_of_a_line_that_has_not_ended_is_a_step(line: str) -> None:
    assert begun_step_of(line) is None


def test_image_pull_is_shown_before_the_line_ends() -> None:
    assert begun_step_of("Fetching public.ecr.aws/x Docker container image...") == "pulling the image"

"""What the real engine says of images."""

from __future__ import annotations

import os
import subprocess
import uuid

import pytest
from support.engine import own_name, public_image

from samix.host.engine import find_engine, image_ids

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

PYTHON = public_image("python3.11")


def _docker(*arguments: str, standard_input: bytes = b"") -> str:
    done = subprocess.run(["docker", *arguments], input=standard_input, capture_output=True, timeout=120, check=True)
    return done.stdout.decode().strip()


def test_the_id_of_an_image_is_the_engines_own() -> None:
    own = _docker("image", "inspect", "--format", "{{.Id}}", PYTHON)
    engine = find_engine(os.environ)
    assert engine is not None
    assert engine.image_id(PYTHON) == own
    assert engine.image_id(own) == own
    assert engine.image_id(own.removeprefix("sha256:")[:20]) == own


def test_nothing_comes_of_a_container_that_does_not_run() -> None:
    engine = find_engine(os.environ)
    assert engine is not None
    container = _docker("create", "--entrypoint=sleep", PYTHON, "600")
    try:
        told = [engine.container_problem(container)]
        for command in (["start"], ["pause"], ["unpause"], ["stop", "--time=0"]):
            _docker(*command, container)
            told.append(engine.container_problem(container))
    finally:
        _docker("rm", "--force", container)
    assert told == ["it was not started", None, None, None, "it has ended"]
    assert engine.container_problem(container) is None


def test_why_a_container_cannot_be_started_is_reported() -> None:
    engine = find_engine(os.environ)
    assert engine is not None
    container = _docker("create", "--entrypoint=/no/such/program", PYTHON)
    try:
        with pytest.raises(subprocess.CalledProcessError):
            _docker("start", container)
        problem = engine.container_problem(container)
    finally:
        _docker("rm", "--force", container)
    assert problem is not None
    assert problem.startswith("it could not be started: ")
    assert "/no/such/program" in problem


def test_an_image_that_the_engine_does_not_have_has_no_id() -> None:
    absent = f"samix-test/absent:{uuid.uuid4().hex}"
    names = [absent, f"localhost:5000/{absent}", f"samix-test/absent@sha256:{'0' * 64}", PYTHON]
    assert list(image_ids(names, os.environ)) == [PYTHON]


def test_a_name_that_is_given_to_another_image_has_another_id() -> None:
    with own_name(PYTHON) as name:
        before = image_ids([name], os.environ)
        other = _docker("build", "--quiet", "--tag", name, "-", standard_input=f"FROM {PYTHON}\nENV OTHER=1\n".encode())
        after = image_ids([name], os.environ)
        original = image_ids([PYTHON], os.environ)[PYTHON]
    assert before == {name: original}
    assert after == {name: other}
    assert other != original

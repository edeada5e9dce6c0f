"""The real container engine, and what it says of itself."""

from __future__ import annotations

import platform
import subprocess
import time
import uuid
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def answers() -> bool:
    done = subprocess.run(["docker", "version"], capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def public_image(runtime: str) -> str:
    """The name of the build image that sam asks for."""
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    return f"public.ecr.aws/sam/build-{runtime}:latest-{architecture}"


@contextmanager
def own_name(image: str) -> Iterator[str]:
    """Another name for a build image, which nothing else on this machine uses meanwhile."""
    name = f"samix-test/{image.rpartition('/')[2].partition(':')[0]}:{uuid.uuid4().hex}"
    subprocess.run(["docker", "tag", image, name], capture_output=True, timeout=60, check=True)
    try:
        yield name
    finally:
        subprocess.run(["docker", "image", "rm", name], capture_output=True, timeout=60, check=True)


@contextmanager
def other_content(name: str) -> Iterator[None]:
    """Another image meanwhile, which builds the same, under a name that nothing else uses."""
    before = _docker("image", "inspect", "--format={{.Id}}", name)
    container = _docker("create", name, "true")
    other = _docker("commit", f"--change=LABEL samix-test={uuid.uuid4().hex}", container, name)
    try:
        yield
    finally:
        _docker("tag", before, name)
        _docker("rm", container)
        _docker("image", "rm", other)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@contextmanager
def created_containers(*own: str) -> Iterator[list[str]]:
    """The images of the containers that are created meanwhile, by the engine's own events.

    Args:
        own: The images that count: other things may run on the same engine.
    """
    images: list[str] = []
    command = [
        *("docker", "events", f"--since={time.time():.3f}"),
        *("--filter=type=container", "--filter=event=create", "--format={{.Actor.Attributes.image}}"),
    ]
    # listened to all the time, because an engine remembers the last few hundred events only
    with own_name(own[0]) as last, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
        try:
            yield images
            _docker("rm", _docker("create", last, "true"))
            assert events.stdout
            created = list(takewhile(lambda line: line != f"{last}\n", events.stdout))
            assert events.poll() is None
            images += [name for line in created if (name := line.rstrip()) in own]
        finally:
            events.terminate()


def containers_of(directory: Path, *filters: str) -> list[str]:
    """The containers into which a directory is mounted."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", f"--filter=volume={directory}", *filters],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()

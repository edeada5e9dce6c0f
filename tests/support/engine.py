"""The real container engine, and what it says of itself."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def answers() -> bool:
    done = subprocess.run(["docker", "version"], capture_output=True, timeout=60, check=False)
    return done.returncode == 0


@contextmanager
def created_containers() -> Iterator[list[str]]:
    """The build images of the containers that are created meanwhile, by the engine's own events."""
    since = time.time()
    images: list[str] = []
    yield images
    listed = subprocess.run(
        [
            "docker",
            "events",
            f"--since={since:.3f}",
            f"--until={time.time():.3f}",
            "--filter=type=container",
            "--filter=event=create",
            "--format={{json .}}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    created = (json.loads(line)["from"] for line in listed.stdout.splitlines())
    images += [image for image in created if "/build-" in image]

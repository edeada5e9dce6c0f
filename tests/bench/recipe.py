"""What a person does without samix: one sam run for each resource of a container, then one for the host.

Between them the person makes sam believe that it has built the container's artifacts itself: a definition in build.toml
with the sums that sam looks for, and what was built in sam's cache. Other ways end with artifacts of the host.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Project

_DEFINITION = """
[function_build_definitions.{uuid}]
codeuri = "{code}"
runtime = "{runtime}"
architecture = "x86_64"
handler = "app.handler"
source_hash = "{source}"
manifest_hash = "{manifest}"
packagetype = "Zip"
functions = ["{name}"]

[function_build_definitions.{uuid}.metadata]
BuildType = "container"
"""
_LAYER_DEFINITION = """
[layer_build_definitions.{uuid}]
layer_name = "{name}"
codeuri = "{code}"
build_method = "makefile"
compatible_runtimes = ["provided.al2023", "python3.11", "nodejs22.x"]
architecture = "x86_64"
source_hash = "{source}"
manifest_hash = "{manifest}"
layer = "{name}"
"""


@dataclass(frozen=True)
class _Resource:
    name: str
    code: str
    uuid: str
    runtime: str = ""
    manifest: str = ""


_IN_CONTAINER = (
    _Resource("NativeLayer", "native-layer", "00000000-0000-4000-8000-000000000001"),
    _Resource(
        "NativePythonFunction",
        "native-python",
        "00000000-0000-4000-8000-000000000002",
        runtime="python3.11",
        manifest="requirements.txt",
    ),
    _Resource(
        "NativeNodeFunction",
        "native-node",
        "00000000-0000-4000-8000-000000000003",
        runtime="nodejs22.x",
        manifest="package.json",
    ),
)


def build_mixed_by_hand(project: Project, *arguments: str) -> None:
    """Build examples/mixed, cold or again, with images that are here.

    Raises:
        AssertionError: A build failed.
    """
    aws_sam = project.path / ".aws-sam"
    saved = project.path / "saved"
    graph = aws_sam / "build.toml"
    is_cold = not graph.exists()
    for resource in _IN_CONTAINER:
        options = ("--use-container", "--skip-pull-image", "--cached", *arguments)
        project.sam("build", resource.name, *options).succeeded()
        if is_cold:  # the next run empties the build dir
            shutil.copytree(aws_sam / "build" / resource.name, saved / resource.name, symlinks=True)
    if is_cold:
        graph.write_text("".join(_believed(project.path, resource) for resource in _IN_CONTAINER))
        shutil.rmtree(saved)
    project.sam("build", "--cached", *arguments).succeeded()


def _believed(root: Path, resource: _Resource) -> str:
    """A definition for sam to believe, after its artifact has got into sam's cache."""
    code, artifact = root / resource.code, root / "saved" / resource.name
    shutil.copytree(artifact, root / ".aws-sam" / "cache" / resource.uuid, symlinks=True)
    manifest = ""
    if resource.manifest:
        ignored = shutil.ignore_patterns(*os.listdir(code))
        shutil.copytree(artifact, root / ".aws-sam" / "deps" / resource.uuid, symlinks=True, ignore=ignored)
        manifest = hashlib.md5((code / resource.manifest).read_bytes(), usedforsecurity=False).hexdigest()
    return (_DEFINITION if resource.runtime else _LAYER_DEFINITION).format(
        name=resource.name,
        code=code,
        uuid=resource.uuid,
        runtime=resource.runtime,
        source=_source_hash(code),
        manifest=manifest,
    )


def _source_hash(code: Path) -> str:
    total = hashlib.sha256()
    for file in sorted((path for path in code.rglob("*") if path.is_file()), key=str):
        total.update(file.relative_to(code).as_posix().encode())
        total.update(hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest().encode())
    return total.hexdigest()

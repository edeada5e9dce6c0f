"""examples/mixed, with real sam and a real container engine."""

from __future__ import annotations

import ctypes
import json
import subprocess
import zlib
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from support.engine import created_containers, own_name, public_image
from support.project import HOST_PYTHON, REPOSITORY, Project, Run, Tree, differences
from support.trapped_sam import trapped_sam

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

EXAMPLE = REPOSITORY / "examples" / "mixed"
OVERRIDES = ("--parameter-overrides", f"HostPythonRuntime={HOST_PYTHON}")
IN_CONTAINER = {
    "NativeLayer": "provided.al2023",
    "NativePythonFunction": "python3.11",
    "NativeNodeFunction": "nodejs22.x",
}
ON_HOST = {"GoFunction", "HelloFunction", "GoodbyeFunction", "PlainNodeFunction", "Reports/ReportFunction"}
# pip compiles in a random directory, whose name is in the debug information: no two builds are the same
NOT_REPRODUCIBLE = ("NativePythonFunction/netifaces",)


@dataclass(frozen=True)
class Built:
    project: Project
    run: Run
    images: list[str]
    tree: Tree
    own: dict[str, str]

    @property
    def arguments(self) -> list[str]:
        images = [f"--build-image={resource}={image}" for resource, image in self.own.items()]
        return ["build", "--skip-pull-image", *images, *OVERRIDES]

    def containers(self) -> AbstractContextManager[list[str]]:
        return created_containers(*self.own.values())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    project = Project.copy_of(EXAMPLE, tmp_path_factory.mktemp("mixed") / "app")
    with ExitStack() as names:
        own = {
            resource: names.enter_context(own_name(public_image(runtime))) for resource, runtime in IN_CONTAINER.items()
        }
        planned = Built(project, Run(0, "", ""), [], {}, own)
        with planned.containers() as images:
            run = project.samix(*planned.arguments)
        yield replace(planned, run=run.succeeded(), images=images, tree=project.built())


def test_each_resource_is_built_where_it_belongs(built: Built) -> None:
    expected = dict.fromkeys(IN_CONTAINER, ("container", "built")) | dict.fromkeys(ON_HOST, ("host", "built"))
    assert built.run.results() == expected


def test_engine_created_a_container_only_for_container_units(built: Built) -> None:
    assert sorted(built.images) == sorted(built.own.values())


def test_artifacts_carry_what_only_a_container_leaves(built: Built) -> None:
    assert (built.project.build_dir / "NativeLayer" / "built-in.txt").read_text() == "container\n"
    config = (built.project.build_dir / "NativeNodeFunction" / "build" / "config.gypi").read_text()
    assert "/tmp/samcli/artifacts" in config  # noqa: S108 - where sam mounts a container's artifacts


def test_closing_lines_are_those_of_sam(built: Built) -> None:
    assert "Built Artifacts  : .aws-sam/build\nBuilt Template   : .aws-sam/build/template.yaml\n" in built.run.output


def test_layer_loads(built: Built) -> None:
    library = ctypes.CDLL(str(built.project.build_dir / "NativeLayer" / "lib" / "libchecksum.so"))
    library.checksum_crc32.restype = ctypes.c_uint32
    assert library.checksum_crc32(b"samix", ctypes.c_size_t(5)) == zlib.crc32(b"samix")


def test_compiled_python_module_imports(built: Built) -> None:
    # in the image that it was built in: the host may have another Python
    image = built.own["NativePythonFunction"]
    directory = built.project.build_dir / "NativePythonFunction"
    script = "import netifaces; print(netifaces.__file__, len(netifaces.interfaces()))"
    done = subprocess.run(
        ["docker", "run", "--rm", f"--volume={directory}:/var/task:ro", "--workdir=/var/task"]
        + ["--entrypoint=python3", image, "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("/var/task/netifaces")


def test_addon_is_required(built: Built) -> None:
    directory = built.project.build_dir / "NativeNodeFunction"
    script = "process.stdout.write(String(require('./build/Release/hash.node')('a')))"
    done = subprocess.run(["node", "-e", script], cwd=directory, capture_output=True, text=True, check=True)
    assert done.stdout == str(0xE40C292C)  # FNV-1a has this published


def test_go_function_links_against_the_layer(built: Built) -> None:
    done = subprocess.run(
        ["objdump", "-p", built.project.build_dir / "GoFunction" / "bootstrap"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "libchecksum.so" in done.stdout


def test_definition_uri_leads_to_the_source_file(built: Built) -> None:
    template = (built.project.build_dir / "template.yaml").read_text()
    assert "DefinitionUri: ../../openapi.yaml" in template


def test_second_build_starts_neither_sam_nor_a_container(built: Built, tmp_path: Path) -> None:
    started = tmp_path / "started"
    trap = trapped_sam(tmp_path / "trap", started)
    with built.containers() as images:
        run = built.project.samix(*built.arguments, "--sam", str(trap), DOCKER_HOST="unix:///nowhere").succeeded()
    assert {result for _, result in run.results().values()} == {"reused"}
    assert not started.exists()
    assert images == []
    assert differences(built.project.built(), built.tree) == []


def test_bare_cached_sam_changes_nothing_and_starts_no_container(built: Built) -> None:
    with built.containers() as images:
        built.project.sam("build", "--cached", *OVERRIDES).succeeded()
    assert images == []
    assert differences(built.project.built(), built.tree) == []
    again = built.project.samix(*built.arguments).succeeded()
    assert {result for _, result in again.results().values()} == {"reused"}


def _without_metadata(source: Path, target: Path) -> Project:
    project = Project.copy_of(source, target)
    template = project.path / "template.yaml"
    text = template.read_text()
    bare = text.replace("    Metadata:\n      BuildType: container\n", "").replace("      BuildType: container\n", "")
    assert text.count("BuildType: container\n") == len(IN_CONTAINER)
    assert "BuildType:" not in bare
    template.write_text(bare)
    return project


@pytest.mark.parametrize("source", ["command line", "samconfig"])
def test_build_types_from_elsewhere_give_the_same_application(built: Built, tmp_path: Path, source: str) -> None:
    project = _without_metadata(EXAMPLE, tmp_path / "app")
    arguments = ["build", "--skip-pull-image", *OVERRIDES]
    if source == "samconfig":
        rules = json.dumps(["Native*=container"])
        project.write("samconfig.toml", f"version = 0.1\n[default.build.parameters]\nbuild_type = {rules}\n")
    else:
        for name in IN_CONTAINER:
            arguments += ["--build-type", f"{name}=container"]
    run = project.samix(*arguments).succeeded()
    assert run.results() == built.run.results()
    different = [path for path in differences(project.built(), built.tree) if not path.startswith(NOT_REPRODUCIBLE)]
    # the templates differ in the metadata that one of them does not have
    assert different == ["template.yaml"]

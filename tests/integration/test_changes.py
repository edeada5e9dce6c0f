"""One change each: what is built again, exactly that, and the reason that is given.

The application is built once. Each case gets a copy of it, makes its change, and builds with the real sam and the real
container engine.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from support.engine import other_content, own_name, public_image
from support.project import HOST_PYTHON, Project, Tree, clean_environment, differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev}}
  Level: {{Type: String, Default: info}}
  ToolRuntime: {{Type: String, Default: provided.al2023}}
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: api
      Runtime: {HOST_PYTHON}
      Handler: app.get
      Layers: [!Ref Common]
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Runtime: {HOST_PYTHON}, Handler: app.work}}
  Tool:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties:
      CodeUri: tool
      Runtime: !Ref ToolRuntime
      Handler: bootstrap
      Environment: {{Variables: {{LEVEL: !Ref Level}}}}
  Common:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile, BuildType: container}}
    Properties: {{ContentUri: common, CompatibleRuntimes: [provided.al2023]}}
  Native:
    Type: AWS::Serverless::Function
    Metadata: {{BuildType: container}}
    Properties: {{CodeUri: native, Runtime: python3.11, Handler: app.handler}}
  Library:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile}}
    Properties: {{ContentUri: library, CompatibleRuntimes: [provided.al2023]}}
  User:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile, BuildDependsOn: [Library]}}
    Properties: {{CodeUri: user, Runtime: provided.al2023, Handler: bootstrap}}
  Child:
    Type: AWS::Serverless::Application
    Properties:
      Location: child/template.yaml
      Parameters: {{Stage: !Ref Stage}}
"""
CHILD = f"""\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String}}
Resources:
  Report:
    Type: AWS::Serverless::Function
    Metadata: {{Stage: !Ref Stage}}
    Properties: {{CodeUri: report, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "api/app.py": "import six\n",
    "api/names.py": "ALL = ['api']\n",
    "api/requirements.txt": "six==1.16.0\n",
    "tool/Makefile": (
        "HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\n"
        "build-Tool:\n\tcp -P tool.sh current $(ARTIFACTS_DIR)\n\tcp -r $(HERE)../shared $(ARTIFACTS_DIR)\n"
    ),
    "tool/tool.sh": "#!/bin/sh\n",
    "tool/one.txt": "1\n",
    "tool/two.txt": "2\n",
    "shared/data.txt": "shared\n",
    "common/Makefile": 'build-Common:\n\tcp common.txt $(ARTIFACTS_DIR)\n\techo "$$NAME" > $(ARTIFACTS_DIR)/name.txt\n',
    "common/common.txt": "common\n",
    "native/app.py": "import sys\n",
    "library/Makefile": "build-Library:\n\tcp version.txt $(ARTIFACTS_DIR)\n",
    "library/version.txt": "1\n",
    "library/notes.txt": "not in the artifact\n",
    "user/Makefile": "build-User:\n\tcp $(SAMIX_ARTIFACTS_Library)/version.txt $(ARTIFACTS_DIR)/bootstrap\n",
    "child/template.yaml": CHILD,
    "child/report/app.py": "import json\n",
    "elsewhere/requirements.txt": "six==1.16.0\n",
}
CONTAINER = ("Common", "Native")
ALL = frozenset({"Api", "Worker", "Tool", "Library", "User", "Child/Report", *CONTAINER})
TEMPLATES = ("template.yaml", "Child/template.yaml")
# longer than the clock of a file system is trusted to tell two changes apart
OLD_SECONDS = 0.3
NAME = ("--container-env-var", "Common.NAME=value")

Change: TypeAlias = "Callable[[Project], object]"


def nothing(project: Project) -> None:
    """The files stay as they are."""


@dataclass(frozen=True)
class Case:
    """A change and what follows from it.

    Attributes:
        name: What changes.
        change: What is done to the files of a project that was built.
        built: By resource what is built again and why, as `cause: text; ...`; all else is reused.
        arguments: Options that the first build did not have.
        variables: Container environment values, instead of those of the first build.
        environment: The environment of the build.
        resources: What there is to build.
    """

    name: str = ""
    change: Change = nothing
    built: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    variables: tuple[str, ...] = NAME
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: frozenset[str] = ALL


def all_of(*changes: Change) -> Change:
    def change(project: Project) -> None:
        for one in changes:
            one(project)

    return change


def edit(*names: str) -> Change:
    def change(project: Project) -> None:
        for name in names:
            with (project.path / name).open("a") as file:
                file.write("# more\n")

    return change


def add(*names: str) -> Change:
    def change(project: Project) -> None:
        for name in names:
            project.write(name, "new\n")

    return change


def content(name: str, text: str) -> Change:
    return lambda project: project.write(name, text)


def rename(old: str, new: str) -> Change:
    return lambda project: (project.path / old).rename(project.path / new)


def copy(old: str, new: str) -> Change:
    return lambda project: shutil.copytree(project.path / old, project.path / new)


def remove(name: str) -> Change:
    return lambda project: (project.path / name).unlink()


def chmod(name: str, mode: int) -> Change:
    return lambda project: (project.path / name).chmod(mode)


def retarget(name: str, target: str) -> Change:
    return all_of(remove(name), lambda project: (project.path / name).symlink_to(target))


def template(old: str, new: str, name: str = "template.yaml") -> Change:
    def change(project: Project) -> None:
        text = (project.path / name).read_text()
        assert text.count(old) == 1
        project.write(name, text.replace(old, new))

    return change


def property_of_api(text: str) -> Change:
    return template("      Layers: [!Ref Common]\n", f"      Layers: [!Ref Common]\n      {text}\n")


def metadata_of_report(text: str) -> Change:
    return template("{Stage: !Ref Stage}", f"{{Stage: !Ref Stage, {text}}}", "child/template.yaml")


def function(name: str, code: str, *, before: str) -> Change:
    properties = f"{{CodeUri: {code}, Runtime: {HOST_PYTHON}, Handler: app.{name}}}"
    text = f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"
    return template(f"  {before}:\n", f"{text}  {before}:\n")


def _resources(change: Callable[[list[str]], list[str]]) -> Change:
    def rewrite(project: Project) -> None:
        head, resources = TEMPLATE.split("Resources:\n")
        changed = change(re.split(r"(?m)^(?=  \w)", resources)[1:])
        project.write("template.yaml", f"{head}Resources:\n{''.join(changed)}")

    return rewrite


def touch(project: Project) -> None:
    for directory, names, files in os.walk(project.path, topdown=False):
        for name in [*names, *files]:
            os.utime(os.path.join(directory, name), (1e9, 1e9), follow_symlinks=False)


def edit_and_take_back(project: Project) -> None:
    for name in FILES:
        text = (project.path / name).read_text()
        project.write(name, f"{text}# more\n")
        project.write(name, text)


CASES = [
    # files
    Case("edit", edit("api/app.py"), {"Api, Worker": "source: api/app.py changed"}),
    Case("edits", edit("api/app.py", "api/names.py"), {"Api, Worker": "source: api/app.py changed and 1 more"}),
    Case(
        "edit in a nested stack", edit("child/report/app.py"), {"Child/Report": "source: child/report/app.py changed"}
    ),
    Case(
        "rename",
        rename("api/names.py", "api/words.py"),
        {"Api, Worker": "source: api/names.py renamed to api/words.py"},
    ),
    Case("new file", add("native/new.py"), {"Native": "source: native/new.py added"}),
    Case("new directory", add("native/new/a.py", "native/new/b.py"), {"Native": "source: native/new added"}),
    Case(
        "removed file",
        remove("library/notes.txt"),
        {"Library": "source: library/notes.txt removed"},  # what User uses of it came out as it was
    ),
    Case("chmod", chmod("tool/tool.sh", 0o755), {"Tool": "source: tool/tool.sh mode 644 → 755"}),
    Case("link retarget", retarget("tool/current", "two.txt"), {"Tool": "source: tool/current one.txt → two.txt"}),
    Case(
        "manifest",
        content("api/requirements.txt", "six==1.17.0\n"),
        {"Api, Worker": "manifest: api/requirements.txt changed"},
    ),
    Case("makefile", edit("common/Makefile"), {"Common": "manifest: common/Makefile changed"}),
    Case(
        "manifest and source",
        edit("tool/Makefile", "tool/one.txt"),
        {"Tool": "manifest: tool/Makefile changed; source: tool/one.txt changed"},
    ),
    Case(
        "tree that the makefile names and a link leads to",
        edit("shared/data.txt"),
        {"Tool": "source: shared/data.txt changed", "Child/Report": "source: child/report/shared.txt changed"},
    ),
    Case(
        "dependency",
        edit("library/version.txt"),
        {"Library": "source: library/version.txt changed", "User": "dependency: Library is built again"},
    ),
    Case("layer that is referred to", edit("common/common.txt"), {"Common": "source: common/common.txt changed"}),
    # template
    Case(
        "runtime",
        template("Default: provided.al2023", "Default: provided.al2"),
        {"Tool": "definition: Runtime provided.al2023 → provided.al2"},
    ),
    Case(
        "runtime by a parameter",
        built={"Tool": "definition: Runtime provided.al2023 → provided.al2"},
        arguments=("--parameter-overrides", "ToolRuntime=provided.al2"),
    ),
    Case(
        "compatible runtimes",
        template("library, CompatibleRuntimes: [", "library, CompatibleRuntimes: [provided.al2, "),
        {"Library": 'definition: CompatibleRuntimes ["provided.al2023"] → ["provided.al2", "provided.al2023"]'},
    ),
    Case(
        "architecture",
        template("Runtime: !Ref ToolRuntime", "Runtime: !Ref ToolRuntime\n      Architectures: [arm64]"),
        {"Tool": "definition: Architecture x86_64 → arm64"},
    ),
    Case(
        "another source",
        all_of(copy("native", "copy"), edit("copy/app.py"), template("CodeUri: native", "CodeUri: copy")),
        {"Native": "source: copy/app.py changed"},
    ),
    Case("metadata", metadata_of_report("Team: blue"), {"Child/Report": "definition: Metadata Team added"}),
    Case(
        "build properties",
        metadata_of_report("BuildProperties: {Any: 1}"),
        {"Child/Report": "definition: Metadata BuildProperties added"},
    ),
    Case(
        "metadata by a parameter of a nested stack",
        built={"Child/Report": "definition: Metadata Stage dev → prod"},
        arguments=("--parameter-overrides", "Stage=prod"),
    ),
    Case(
        "build type by an option",
        built={"Library": "build type: build type host → container"},  # its artifact is the same from both
        arguments=("--build-type", "Library=container"),
    ),
    Case(
        "build type by metadata",
        template("BuildMethod: makefile, BuildType: container", "BuildMethod: makefile"),
        {"Common": "build type: build type container → host"},
    ),
    Case(
        "another dependency",
        template(
            "Metadata: {BuildMethod: makefile}\n    Properties:\n",
            "Metadata: {BuildMethod: makefile, BuildDependsOn: [Library]}\n    Properties:\n",
        ),
        {"Tool": "dependency: BuildDependsOn Library added"},
    ),
    Case(
        "dependency no more",
        all_of(
            template(", BuildDependsOn: [Library]", ""),
            content("user/Makefile", "build-User:\n\ttouch $(ARTIFACTS_DIR)/x\n"),
        ),
        {"User": "manifest: user/Makefile changed; dependency: BuildDependsOn Library removed"},
    ),
    Case(
        "new function",
        function("New", "native", before="Tool"),
        {"New": "not built: not built yet"},
        resources=frozenset({*ALL, "New"}),
    ),
    Case(
        "function that leaves a shared unit",
        template("  Worker:\n", "  Worker:\n    Metadata: {Team: blue}\n"),
        {"Worker": "not built: not built yet"},
    ),
    # options
    Case(
        "environment value",
        built={"Common": "environment: container environment value NAME changed"},
        variables=("--container-env-var", "Common.NAME=other"),
    ),
    Case(
        "new environment value",
        built={"Common": "environment: container environment value MORE added"},
        arguments=("--container-env-var", "Common.MORE=value"),
    ),
    Case(
        "no environment value",
        built={"Common": "environment: container environment value NAME removed"},
        variables=(),
    ),
    Case(
        "mount",
        built={"Common, Native": "option: --mount-with READ → WRITE"},
        arguments=("--mount-with", "WRITE"),
    ),
    Case(
        "mounted links",
        built={"Common, Native": "option: --mount-symlinks added"},
        arguments=("--mount-symlinks",),
    ),
    Case(
        "not cached",
        built={"Tool": "not cached: --no-cached"},
        arguments=("Tool", "--no-cached"),
        resources=frozenset({"Tool"}),
    ),
    Case(
        "mode",
        built={"Tool, Common": "option: SAM_BUILD_MODE added"},
        arguments=("Tool", "Common"),
        environment={"SAM_BUILD_MODE": "debug"},
        resources=frozenset({"Tool", "Common"}),
    ),
    Case(
        "manifest of the user's choice",
        built={"Child/Report": "option: --manifest added"},
        arguments=("Child/Report", "--manifest", "elsewhere/requirements.txt"),
        resources=frozenset({"Child/Report"}),
    ),
    # what must not matter
    Case("nothing"),
    Case("touch", touch),
    Case("edit that was taken back", edit_and_take_back),
    Case("directories that sam leaves out", add("api/.git/HEAD", "native/.aws-sam/build/x", "tool/.git", ".git/HEAD")),
    Case("file of no unit", add("README.md", "child/README.md", "shared.txt")),
    Case("comment", template("Resources:\n", "# of note\n\nResources:\n")),
    Case("description", template("Parameters:\n", "Description: of note\nParameters:\n")),
    Case(
        "other notation",
        all_of(
            template("Resources:\n", f"Globals: {{Function: {{Runtime: {HOST_PYTHON}}}}}\nResources:\n"),
            template(f"CodeUri: api, Runtime: {HOST_PYTHON}", '"CodeUri": ./api/'),
        ),
    ),
    Case("order of resources", _resources(lambda blocks: blocks[::-1])),
    Case("handler", template("Handler: app.get", "Handler: other.get")),
    Case("memory", property_of_api("MemorySize: 512\n      Timeout: 9\n      Policies: [AWSLambdaExecute]")),
    Case("environment", property_of_api("Environment: {Variables: {A: b}}")),
    Case("environment by a parameter", arguments=("--parameter-overrides", "Level=debug")),
    Case("event", property_of_api("Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}")),
    Case("reference to a layer", template("Layers: [!Ref Common]", "Layers: [!Ref Library]")),
    Case("parameter that says the same", arguments=("--parameter-overrides", "Stage=dev")),
    Case("build type that says the same", arguments=("--build-type", "Common=container")),
    Case(
        "first function of a shared unit is another",
        function("Early", "api", before="Api"),
        resources=frozenset({*ALL, "Early"}),
    ),
    Case(
        "first function of a shared unit is gone",
        _resources(lambda blocks: blocks[1:]),
        resources=frozenset(ALL - {"Api"}),
    ),
    Case(
        "neither sam nor tools nor engine",
        environment={"PATH": "/nowhere", "DOCKER_HOST": "unix:///nowhere"},
        arguments=("--sam", "/nowhere/sam"),
    ),
]


@dataclass(frozen=True)
class Built:
    """The application, built once.

    Attributes:
        project: Where it lies.
        image: The image of Native, under a name of its own.
        tree: The build dir.
    """

    project: Project
    image: str
    tree: Tree

    def copy(self, path: Path) -> Project:
        """A copy in which a build has just found everything as it was, and could say so again without a plan."""
        project = Project(shutil.copytree(self.project.path, path, symlinks=True))
        assert build(project, self.image, *NAME) == dict.fromkeys(ALL, "reused")
        time.sleep(OLD_SECONDS)
        assert build(project, self.image, *NAME) == dict.fromkeys(ALL, "reused")
        assert (project.path / ".aws-sam" / "samix" / "snapshot.json").exists()
        return project

    def check(self, project: Project, case: Case) -> None:
        """Make the change of a case, build, and compare."""
        case.change(project)
        expected = {name: why for names, why in case.built.items() for name in names.split(", ")}
        assert self.build(project, case) == {name: expected.get(name, "reused") for name in case.resources}
        may_differ = (*expected, *(case.resources ^ ALL), *TEMPLATES)
        assert [path for path in differences(project.built(), self.tree) if not _is_of(path, may_differ)] == []

    def build(self, project: Project, case: Case) -> dict[str, str]:
        """By resource, why it was built or how else it ended."""
        return build(project, self.image, *case.variables, *case.arguments, **case.environment)


def _is_of(path: str, places: Iterable[str]) -> bool:
    return any(f"{path}/".startswith(f"{place}/") for place in places)


def build(project: Project, image: str, *arguments: str, **environment: str) -> dict[str, str]:
    fixed = ("build", "--skip-pull-image", "--output", "json", "--build-image", f"Native={image}")
    run = project.samix(*fixed, *arguments, **environment).succeeded()
    return {
        resource["resource_id"]: "; ".join(f"{found['cause']}: {found['text']}" for found in resource["causes"])
        or resource["outcome"]
        for resource in json.loads(run.output)["resources"]
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    project = Project.from_files(tmp_path_factory.mktemp("changes") / "app", FILES)
    (project.path / "tool" / "tool.sh").chmod(0o644)
    (project.path / "tool" / "current").symlink_to("one.txt")
    (project.path / "child" / "report" / "shared.txt").symlink_to("../../shared/data.txt")
    with own_name(public_image("python3.11")) as image:
        assert build(project, image, *NAME) == dict.fromkeys(ALL, "not built: not built yet")
        yield Built(project, image, project.built())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_change_builds_what_it_concerns_and_nothing_else(built: Built, tmp_path: Path, case: Case) -> None:
    project = built.copy(tmp_path / "app")
    built.check(project, case)
    if case.built and "--no-cached" not in case.arguments:  # and that was all
        assert built.build(project, case) == dict.fromkeys(case.resources, "reused")


def test_a_build_image_of_another_name_counts(built: Built, tmp_path: Path) -> None:
    before = public_image("provided.al2023")
    with own_name(before) as image:
        reason = f"build image: build image {before} → {image}"
        case = Case(built={"Common": reason}, arguments=("--build-image", f"Common={image}"))
        built.check(built.copy(tmp_path / "app"), case)


def test_another_build_image_under_the_same_name_counts(built: Built, tmp_path: Path) -> None:
    case = Case(built={"Native": "build image: build image changed"})
    project = built.copy(tmp_path / "app")
    with other_content(built.image):
        built.check(project, case)


def test_another_version_of_a_tool_concerns_what_it_builds(built: Built, tmp_path: Path) -> None:
    path = clean_environment()["PATH"]
    said = subprocess.run(["make", "--version"], env={"PATH": path}, capture_output=True, text=True, check=True).stdout
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text(
        f'#!/bin/sh\n[ "$1" != --version ] || exec echo GNU Make 9.9\nexec {shutil.which("make", path=path)} "$@"\n'
    )
    make.chmod(0o755)
    case = Case(
        built={"Tool, Library, User": f"tool: make {said.splitlines()[0]} → GNU Make 9.9"},
        environment={"PATH": f"{make.parent}{os.pathsep}{path}"},
    )
    built.check(built.copy(tmp_path / "app"), case)


def test_another_sam_concerns_everything(built: Built, tmp_path: Path) -> None:
    sam = _installed_sam(tmp_path / "venv", "1.999.0")
    case = Case(
        built=dict.fromkeys(ALL, f"sam: sam {importlib.metadata.version('aws-sam-cli')} → 1.999.0"),
        arguments=("--sam", str(sam)),
    )
    built.check(built.copy(tmp_path / "app"), case)


def _installed_sam(place: Path, version: str) -> Path:
    """The sam that is here, in an environment that says that it is of another version."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    [packages] = place.glob("lib/python3*/site-packages")
    (packages / "real.pth").write_text(sysconfig.get_path("purelib"))
    distribution = packages / f"aws_sam_cli-{version}.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text(f"Name: aws-sam-cli\nVersion: {version}\n")
    program = place / "bin" / "sam"
    _, body = (Path(sys.executable).parent / "sam").read_text().split("\n", 1)  # the entry point that pip makes
    program.write_text(f"#!{place}/bin/python\n{body}")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("library/version.txt", {"User": "dependency: artifact of Library changed"}),
        ("library/notes.txt", {}),
    ],
    ids=["another artifact", "the same artifact"],
)
def test_dependency_that_was_built_alone_counts_by_its_artifact(
    built: Built, tmp_path: Path, name: str, reasons: dict[str, str]
) -> None:
    project = built.copy(tmp_path / "app")
    alone = Case(change=edit(name), arguments=("Library",))
    alone.change(project)
    assert built.build(project, alone) == {"Library": f"source: {name} changed"}
    assert built.build(project, Case()) == dict.fromkeys(ALL, "reused") | reasons


def test_a_manifest_of_the_users_choice_counts_by_its_content(built: Built, tmp_path: Path) -> None:
    project = built.copy(tmp_path / "app")
    case = Case(arguments=("Child/Report", "--manifest", "elsewhere/requirements.txt"))
    built.build(project, case)
    edit("elsewhere/requirements.txt")(project)
    assert built.build(project, case) == {"Child/Report": "manifest: --manifest changed"}

"""Reads which paths requirements, pyproject.toml and the settings of uv name.

The path of a package may be written for pip and uv in requirements (`../shared`, `-e ../shared`, `name @ file:...`) and
in the dependencies of a project, with the placeholders of hatchling and PDM for the project's own directory; for uv in
`[tool.uv.sources]`, where it may also be that of another member of a workspace; and for Poetry's build backend, which
hands it on to both, in `[tool.poetry.dependencies]`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from samix.builders.installs import are_requirements_remote
from samix.builders.requirements import requirement_lines
from samix.builders.search import read_toml
from samix.files.access_log import observe
from samix.template.value import as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

PYPROJECT, LOCK, SETTINGS = "pyproject.toml", "uv.lock", "uv.toml"
# the order of `aws_lambda_builders.workflows.python_uv.utils.detect_uv_manifest`
_UV_MANIFESTS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements-prod.txt",
    PYPROJECT,
)

_FILE_OPTION = re.compile(r"^(?:-r|--requirement|-c|--constraint)[\s=]*(\S.*)$")
_PLACE_OPTION = re.compile(r"^(?:-f|--find-links|-i|--index-url|--pypi-url|--extra-index-url)[\s=]*(\S.*)$")
_PACKAGE = re.compile(
    r"^(?:(?:-e|--editable)[\s=]*)?(?:(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*@\s*)?(?P<path>\S.*)$"
)
_END = re.compile(r"(?<!\s)(?:\s+#.*|\s*;\s.*|\s+--\w.*)|^#.*")
_SCHEME = re.compile(r"^file:(?://(?:localhost)?(?=/))?")
_EXTRAS = re.compile(r"\[[\w., -]*\]$")
_REMOTE = re.compile(r"https?://")
_INDEX_NAME = re.compile(r"^\w+=")
_SEPARATORS = re.compile(r"[-_.]+")
# hatch.pypa.io: context formatting; pdm-project.org: relative paths. Both mean an absolute path in a `file:` URL.
_HATCH_ROOT = re.compile(r"\{root((?::parent)*)(?::uri|:real)*\}")
_PDM_ROOT = re.compile(r"\$\{PROJECT_ROOT\}")
_UV_REQUIREMENTS = (
    "override-dependencies", "constraint-dependencies", "build-constraint-dependencies", "dev-dependencies",
)  # fmt: skip


class What(Enum):
    """What is named."""

    FILE = "more requirements, or constraints"
    PACKAGES = "a directory, file or page of packages"
    PACKAGE = "a package"
    MEMBER = "a member of the workspace, by its name"
    UNKNOWN = "something that samix does not understand"


@dataclass(frozen=True)
class Named:
    """Something that a manifest names, and that is not on a server."""

    what: What
    path: str = ""  # as it is written, without what belongs to a URL; empty for a member of a workspace
    name: str = ""  # of the package, if the manifest has it


def uv_manifest(source: Path, manifest: Path | None) -> Path | None:
    """The manifest that uv installs from; None if it finds none and installs nothing.

    Mirrors `aws_lambda_builders.workflows.python_uv.workflow.PythonUvWorkflow`. The builder looks in the source if
    `manifest`, which `--manifest` names, is not a file.
    """
    places = (*filter(None, (manifest,)), *(source / name for name in _UV_MANIFESTS))
    return next((path for path in places if observe(path).is_file()), None)


def read_requirements(text: str) -> Iterator[Named]:
    """What the lines of a file of requirements name."""
    for line in requirement_lines(text):
        yield from _read_requirement(line)


def included_files(text: str) -> list[str]:
    """The further files that requirements or constraints name, as written: relative to the directory of the file."""
    return [named.path for named in read_requirements(text) if named.what is What.FILE]


def read_project(manifest: ValueMapping, *, has_groups: bool) -> Iterator[Named]:
    """What a pyproject.toml names.

    `has_groups` says whether its dependency groups count (PEP 735): uv locks those of the unit's own project, and older
    builders install its group `dev`. Those of a package that another needs are ignored.
    """
    project, tool = as_mapping(manifest.get("project")), as_mapping(manifest.get("tool"))
    uv = as_mapping(tool.get("uv"))
    yield from read_sources(uv)
    yield from read_settings(uv)
    # pip and uv do not install Poetry's own groups
    yield from _read_table(as_mapping(tool.get("poetry")).get("dependencies"))
    build = as_mapping(manifest.get("build-system"))
    lists = [project.get("dependencies"), build.get("requires"), *(uv.get(name) for name in _UV_REQUIREMENTS)]
    lists += as_mapping(project.get("optional-dependencies")).values()
    if has_groups:
        lists += as_mapping(manifest.get("dependency-groups")).values()
    for text in (text for one in lists for text in _texts(one)):
        yield from _read_requirement(_make_relative(text))


def read_sources(uv: ValueMapping) -> Iterator[Named]:
    """What `[tool.uv.sources]` names; the sources of a workspace's root apply to its members as well."""
    return _read_table(uv.get("sources"))


def read_settings(uv: ValueMapping) -> Iterator[Named]:
    """What uv's settings name, in `[tool.uv]` or in a uv.toml."""
    for table in (uv, as_mapping(uv.get("pip"))):
        for key in ("find-links", "index-url", "extra-index-url", "index"):
            for one in as_list(table.get(key)) or [table.get(key)]:
                text = as_text(as_mapping(one).get("url")) or as_text(one)
                if text and is_local_place(text):
                    yield Named(What.PACKAGES, _plain(text))


def uv_table(manifest: ValueMapping) -> ValueMapping:
    """The part of a pyproject.toml that is uv's."""
    return as_mapping(as_mapping(manifest.get("tool")).get("uv"))


def names_workspace(manifest: ValueMapping) -> bool:
    """Whether a pyproject.toml is that of the root of a workspace."""
    return "workspace" in uv_table(manifest)


def package_name(manifest: ValueMapping) -> str:
    """The name that a pyproject.toml gives its package; empty if it gives none."""
    poetry = as_mapping(as_mapping(as_mapping(manifest.get("tool"))).get("poetry"))
    return as_text(as_mapping(manifest.get("project")).get("name")) or as_text(poetry.get("name")) or ""


def normalize(name: str) -> str:
    """A name in the form in which pip and uv compare names (packaging.python.org, name normalization)."""
    return _SEPARATORS.sub("-", name).lower()


def is_local_place(written: str) -> bool:
    """Whether a place of packages, which may have a name before it (`own=../dist`), is not on a server."""
    return not _REMOTE.match(_INDEX_NAME.sub("", written))


def settings_directories(file: str, project: str) -> list[str]:
    """The directories in which uv looks for settings, the nearest first: those around where the builder starts it.

    The builder starts uv in the directory of a pyproject.toml, else where sam is started
    (`aws_lambda_builders.workflows.python_uv.packager.PythonUvDependencyBuilder`).
    """
    directory = os.path.dirname(file) if os.path.basename(file) == PYPROJECT else project
    return [directory, *map(os.fspath, Path(directory).parents)]


def find_settings(directories: Iterable[str]) -> tuple[str, ValueMapping] | None:
    """The file with the settings that uv uses, and its content: of the first directory with a uv.toml or a `[tool.uv]`.

    An empty one counts (docs.astral.sh/uv/concepts/configuration-files).
    """
    for directory in directories:
        file, project = os.path.join(directory, SETTINGS), os.path.join(directory, PYPROJECT)
        if os.path.isfile(observe(file)):
            return file, read_toml(file)
        tool = as_mapping(read_toml(project).get("tool"))
        if "uv" in tool:
            return project, as_mapping(tool["uv"])
    return None


def _read_requirement(line: str) -> Iterator[Named]:
    text = _END.sub("", line.strip()).strip()
    if not text:
        return
    if option := _FILE_OPTION.match(text):
        written = option[1].strip("\"'")
        if not _REMOTE.match(written):
            yield Named(What.FILE, written)
    elif option := _PLACE_OPTION.match(text):
        written = option[1].strip("\"'")
        if not _REMOTE.match(written):
            yield Named(What.PACKAGES, _plain(written))
    elif not are_requirements_remote(text):
        package = _PACKAGE.match(text)
        if package is None or text.startswith("--") or "$" in text or "{" in text:
            yield Named(What.UNKNOWN)
        else:
            yield Named(What.PACKAGE, _plain(package["path"]), package["name"] or "")


def _read_table(table: Value) -> Iterator[Named]:
    """The packages in a table: by name, where each comes from, or a list of such places by platform."""
    for name, value in as_mapping(table).items():
        for one in map(as_mapping, as_list(value) or [value]):
            if one.get("workspace"):
                yield Named(What.MEMBER, name=name)
            elif path := as_text(one.get("path")):
                yield Named(What.PACKAGE, path, name)


def _make_relative(text: str) -> str:
    """A dependency of a project, relative to its directory."""
    text = _HATCH_ROOT.sub(lambda found: "file:." + "/.." * found[1].count(":parent"), text)
    return re.sub(r"file:/*(?=file:|\./)", "", _PDM_ROOT.sub("./", text)) if "@" in text else text


def _texts(value: Value) -> Iterator[str]:
    return filter(None, map(as_text, as_list(value)))


def _plain(written: str) -> str:
    return unquote(_EXTRAS.sub("", _SCHEME.sub("", written.strip("\"'")).partition("#")[0]))

"""Checks what a build needs besides its sources before anything is started, and lists everything that is missing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.images import build_image_name
from samix.builders.workflow import workflow_of
from samix.files.permissions import write_problem
from samix.messages.errors import RequirementError
from samix.options.table import SAM_VARIABLE
from samix.plan.sources import source_path
from samix.template.sam_rules import OLDEST, format_version, known_builders, parse_version
from samix.units.unit import labels

if TYPE_CHECKING:
    from samix.host.host import Host
    from samix.options.merge import BuildOptions
    from samix.plan.planned_unit import PlannedUnit
    from samix.state.layout import Layout
    from samix.units.unit import Unit

_MANY_OPTIONS = 4


def check_requirements(units: Sequence[PlannedUnit], options: BuildOptions, layout: Layout, host: Host) -> Path:
    """Make sure that units can be built here, and find the sam to run. Only what one of them needs is checked.

    Raises:
        RequirementError: They cannot be built; the message lists everything that is missing.
    """
    sam: Path | None = None
    missing: list[RequirementError] = []
    try:
        sam = host.sam_program()
    except RequirementError as error:
        missing.append(error)
    else:
        missing += _sam(sam, host)
    # sam refuses a unit that it has no builder for, whatever tools there are
    known = known_builders(host.sam)
    buildable = [one for one in units if one.unit.workflow in known]
    missing += _tools(buildable, options, host)
    missing += _engine([one.unit for one in units if one.unit.needs_engine], options, host, known)
    missing += _rights(layout)
    if sam is None or missing:
        raise _join_errors(missing)
    return sam


def _join_errors(missing: Sequence[RequirementError]) -> RequirementError:
    if len(missing) == 1:
        return missing[0]
    lines = [line for each in missing for line in (f"- {each.message}", f"  {each.hint}")]
    return RequirementError("\n".join([f"Not started: {len(missing)} things are missing:", *lines]))


def _sam(sam: Path, host: Host) -> Iterator[RequirementError]:
    version = host.sam
    if version is None and not host.is_sam(sam):
        yield RequirementError(
            f"{sam} does not seem to be the SAM CLI.",
            hint=f"Run {sam} --version to see what it says, or name another with --sam or {SAM_VARIABLE}.",
        )
    number = parse_version(version)
    if number and number < OLDEST:
        yield RequirementError(
            f"{sam} is the SAM CLI {version}, which is too old: samix needs {format_version(OLDEST)}.",
            hint=f"Get a newer one (pip install --upgrade aws-sam-cli), or name another with --sam or {SAM_VARIABLE}.",
        )


def _tools(units: Iterable[PlannedUnit], options: BuildOptions, host: Host) -> Iterator[RequirementError]:
    lacking: dict[str, list[Unit]] = {}
    for planned in units:
        unit, installs = planned.unit, not planned.keeps_dependencies
        for name in host.lacking_tools(unit, source_path(unit, options), installs=installs):
            lacking.setdefault(name, []).append(unit)
    for name, needing in lacking.items():
        way_out = (
            f", or build without it: {_elsewhere(needing)}"
            if all(workflow_of(unit).suits_containers for unit in needing)
            else ""
        )
        yield RequirementError(
            f"{name} is not on PATH, and sam needs it on the host for {labels(needing)}.",
            hint=f"Install it{way_out}.",
        )


def _engine(
    units: Sequence[Unit], options: BuildOptions, host: Host, known: Collection[str]
) -> Iterator[RequirementError]:
    problem = host.engine_problem() if units else None
    if problem:
        yield RequirementError(
            f"No container engine answers ({problem}), and these must be built with one: {labels(units)}.",
            hint=f"Start Docker or Finch, or set DOCKER_HOST; or build without one: {_elsewhere(units)}.",
        )
        return
    by_image: dict[str, list[Unit]] = {}
    for unit in units:
        if (image := build_image_name(unit)) and unit.workflow in known:
            by_image.setdefault(image, []).append(unit)
    for image, built_in_it in by_image.items():
        problem = host.image_problem(built_in_it[0])
        if problem and not options.retries:  # another try may succeed
            yield RequirementError(
                f"The image {image} is missing and cannot be pulled ({problem}), and these need it:"
                f" {labels(built_in_it)}.",
                hint="Check its name (--build-image) and the network, or pull it yourself (docker pull).",
            )


def _rights(layout: Layout) -> list[RequirementError]:
    places = (layout.root, layout.build_dir.parent, layout.build_dir, layout.cache_dir, layout.deps_dir)
    problems = [problem for place in places if (problem := write_problem(place))]
    if os.path.ismount(layout.build_dir):
        problems.append(
            RequirementError(
                f"The build dir {layout.build_dir} is a mount point, and no other directory can take its place.",
                hint="Mount the directory above it instead, or choose another build dir with --build-dir.",
            )
        )
    return list({problem.message: problem for problem in problems}.values())


def _elsewhere(units: Sequence[Unit]) -> str:
    """Options with which units are built on the other side: images can only be left out."""
    return " ".join(_option(unit, resource.full_path) for unit in units[:_MANY_OPTIONS] for resource in unit.resources)


def _option(unit: Unit, full_path: str) -> str:
    if not unit.needs_engine:
        return f"--build-type {full_path}=container"
    return f"--build-type {full_path}=host" if unit.in_container else f"--exclude {full_path}"

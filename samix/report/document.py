"""The end of a build, or a plan, as one JSON document: everything that sam's own has, and more for each resource.

`schemas` next to this module describes them, as JSON Schema.

Mirrors `BuildContext._print_build_success` and `samcli.lib.observability.util.failure_result_json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samix.report.explanation import key_parts
from samix.template.built_template import TEMPLATE_NAME
from samix.template.resources import Kind
from samix.units.outcome import Result, SamError

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.template.resources import Resource
    from samix.template.value import Value, ValueMapping
    from samix.units.outcome import Outcome
    from samix.units.reasons import Reason
    from samix.units.unit import Unit

_TYPE = "result"


def build_document(result: BuildResult) -> str:
    """The document of a build that ran to its end."""
    pairs = [(outcome, resource) for outcome in result.outcomes for resource in outcome.unit.resources]
    pairs.sort(key=lambda pair: pair[1].kind is Kind.LAYER)  # sam names functions first
    resources: list[Value] = [_resource(outcome, resource, result) for outcome, resource in pairs]
    if not result.is_complete:
        failed = [outcome for outcome in result.outcomes if outcome.result is Result.FAILED]
        names = [resource.full_path for outcome in failed for resource in outcome.unit.resources]
        error = failed[0].error or SamError("BuildError", failed[0].reason)
        return failure_document(error.type, error.message, names, resources)
    return _success_document(_TYPE, result.build_dir, result.template, resources)


def plan_document(plan: Plan, build_dir: Path) -> str:
    """The document of a plan; the build dir is where the built application would go."""
    pairs = [(planned, one) for planned in plan.units.values() for one in planned.unit.resources]
    pairs.sort(key=lambda pair: pair[1].kind is Kind.LAYER)
    resources = [_planned(plan, planned, resource) for planned, resource in pairs]
    return _success_document("plan", build_dir, build_dir / TEMPLATE_NAME, resources)


def _success_document(kind: str, build_dir: Path, template: Path, resources: Sequence[Value]) -> str:
    return _in_one_line(
        {
            "type": kind,
            "status": "success",
            "build_dir": str(build_dir),
            "template_file": str(template),
            "resources": resources,
        }
    )


def _planned(plan: Plan, planned: PlannedUnit, resource: Resource) -> ValueMapping:
    forecast = plan.forecast(planned)
    return describe(planned.unit, resource) | {
        "action": forecast.action.value,
        "reason": forecast.reason,
        "causes": describe_causes(forecast.reasons),
        "build_type_overruled": list(planned.unit.decision.overruled),
        "unit": planned.unit.name,
        "waits_for": [name for name in plan.units if name in planned.needs],
        "dependencies": _dependencies(planned),
        "key": [{"kind": kind, "name": name, "value": value} for kind, name, value in key_parts(planned.fingerprint)],
    }


def _dependencies(planned: PlannedUnit) -> ValueMapping | None:
    share = planned.share
    if share is None:
        return None
    if share.is_kept:
        return {"set": share.key, "installed_by": None}
    return {"set": None, "installed_by": share.installed_by or planned.unit.name}


def failure_document(
    error_type: str,
    message: str,
    names: Sequence[str] | None,
    resources: Sequence[Value] | None = None,
    *,
    hint: str = "",
) -> str:
    """The document of a failure.

    Args:
        error_type: The kind of error.
        message: What happened, in one sentence or more.
        names: The full paths of the resources that the failure is about; None if it is about no resource.
        resources: All resources, where the build came so far.
        hint: What the user can do about it; sam's documents have no such field.
    """
    error: dict[str, object] = {"type": error_type, "message": message, "resources": names}
    if hint:
        error["hint"] = hint
    document: dict[str, object] = {"type": _TYPE, "status": "failure", "error": error}
    if resources is not None:
        document["resources"] = resources
    return _in_one_line(document)


def _in_one_line(document: Mapping[str, object]) -> str:
    """The document as JSON in one line, without anything that GitHub Actions, which reads it, takes for a command."""
    return json.dumps(document).replace("##[", "#\\u0023[")


def _resource(outcome: Outcome, resource: Resource, result: BuildResult) -> ValueMapping:
    return describe(outcome.unit, resource) | {
        "outcome": outcome.result.value,
        "reason": outcome.why,
        "causes": describe_causes(outcome.reasons),
        "seconds": round(outcome.seconds, 3),
        "artifact": result.artifacts.get(resource.full_path),
    }


def describe(unit: Unit, resource: Resource) -> ValueMapping:
    """What a resource is, where it is built, and why there."""
    properties = resource.properties
    described: ValueMapping = {"resource_id": resource.full_path}
    if resource.kind is Kind.LAYER:
        described |= {"type": "layer", "compatible_runtimes": properties.get("CompatibleRuntimes")}
    else:
        described |= {
            "type": "function",
            "package_type": "Image" if resource.kind is Kind.IMAGE else "Zip",
            "runtime": resource.runtime,
            "architecture": resource.architecture,
        }
    return described | {
        "build_type": unit.place,
        "build_type_reason": "Dockerfile" if unit.kind is Kind.IMAGE else unit.decision.reason,
    }


def describe_causes(reasons: Iterable[Reason]) -> list[Value]:
    """Why something must be built, or its result repaired."""
    return [{"cause": reason.cause.value, "text": reason.text} for reason in reasons]

"""The end of a build as one JSON document: all that sam's own holds, and more for each resource.

Mirrors `BuildContext._print_build_success` and `samcli.lib.observability.util.failure_result_json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samix.run.outcome import Result, SamError
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samix.build import BuildResult
    from samix.run.outcome import Outcome
    from samix.template.resources import Resource
    from samix.template.value import Value, ValueMapping

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
    return json.dumps(
        {
            "type": _TYPE,
            "status": "success",
            "build_dir": str(result.build_dir),
            "template_file": str(result.template),
            "resources": resources,
        }
    )


def failure_document(
    error_type: str, message: str, names: Sequence[str] | None, resources: Sequence[Value] | None = None
) -> str:
    """The document of a failure.

    Args:
        error_type: What kind of error it is.
        message: What happened.
        names: The full paths of the resources that it is about, None where it is about none.
        resources: All resources, where the build came so far.
    """
    document: dict[str, object] = {
        "type": _TYPE,
        "status": "failure",
        "error": {"type": error_type, "message": message, "resources": names},
    }
    if resources is not None:
        document["resources"] = resources
    return json.dumps(document)


def _resource(outcome: Outcome, resource: Resource, result: BuildResult) -> ValueMapping:
    unit = outcome.unit
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
        "outcome": outcome.result.value,
        "reason": outcome.reason,
        "causes": [{"cause": reason.cause.value, "text": reason.text} for reason in outcome.causes],
        "seconds": outcome.seconds,
        "artifact": result.artifacts.get(resource.full_path),
    }

"""The summary of a build, as one JSON document for other programs to read: its schema is `summary.schema.json`."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from samix import __version__
from samix.build.commit_point import Terminated
from samix.messages.errors import SamixError
from samix.report.document import describe, describe_causes
from samix.report.sizes import artifact_bytes
from samix.units.outcome import Result

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.options.merge import BuildOptions
    from samix.report.timeline import Timeline
    from samix.template.resources import Resource
    from samix.template.value import Value, ValueMapping
    from samix.units.outcome import Outcome

SCHEMA = "urn:samix:schema:summary:1"


def summary_document(
    timeline: Timeline, options: BuildOptions, result: BuildResult | None, error: BaseException | None
) -> str:
    """The summary of a build that has come to its end, with its result or, if it did not run to its end, the error.

    Of the options, no value of a parameter or of a container's environment gets into it.
    """
    outcomes = result.outcomes if result else [outcome.without_repairs for outcome in timeline.outcomes.values()]
    artifacts = result.artifacts if result else {}
    counts = Counter(outcome.result for outcome in outcomes)
    units: list[Value] = [_unit(outcome, artifacts, timeline) for outcome in outcomes]
    document: ValueMapping = {
        "schema": SCHEMA,
        "status": _status(result, error),
        "began": datetime.fromtimestamp(timeline.began, timezone.utc).isoformat(timespec="milliseconds"),
        "seconds": round(timeline.now(), 3),
        "versions": {
            "samix": __version__,
            "sam": result.sam_version if result else None,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "template": str(options.template),
        "build_dir": str(options.build_dir),
        "jobs": options.jobs,
        "counts": {one.value: counts[one] for one in Result},
        "cache": {
            "used": options.cached,
            "directory": str(options.cache_dir),
            "hits": counts[Result.REUSED] + counts[Result.REPAIRED],
            "misses": counts[Result.BUILT] + counts[Result.FAILED],
        },
        "phases": [{"name": name, "start": round(start, 3)} for name, start in timeline.phases],
        "notes": [str(note) for note in timeline.notes],
        "error": _error(error),
        "units": units,
        "running": [*timeline.running],
    }
    return json.dumps(document, indent=2)


def _status(result: BuildResult | None, error: BaseException | None) -> str:
    if result:
        return "success" if result.is_complete else "failure"
    return "interrupted" if isinstance(error, KeyboardInterrupt | Terminated) else "error"


def _error(error: BaseException | None) -> Value:
    if error is None or isinstance(error, KeyboardInterrupt | Terminated):
        return None
    if isinstance(error, SystemExit):  # rich's answer to that
        error = BrokenPipeError("Standard output was closed before samix had printed everything.")
    if not isinstance(error, SamixError):
        return {"type": type(error).__name__, "message": str(error), "hint": "", "file": None, "line": None}
    where = error.where
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "file": str(where.path) if where else None,
        "line": where.line if where else None,
    }


def _unit(outcome: Outcome, artifacts: Mapping[str, str], timeline: Timeline) -> ValueMapping:
    unit = outcome.unit
    run = timeline.run_of(unit.name)
    where = unit.first.location
    return {
        "name": unit.name,
        "outcome": outcome.result.value,
        "reason": outcome.why,
        "causes": describe_causes(outcome.reasons),
        "error": {"type": outcome.error.type, "message": outcome.error.message} if outcome.error else None,
        "build_type": unit.place,
        "file": str(where.path),
        "line": where.line,
        "waits_for": list(timeline.waits_for[unit.name]),
        "seconds": round(outcome.seconds, 3),
        "start": round(run.start, 3) if run else None,
        "steps": [{"name": name, "start": round(start, 3)} for name, start in run.steps] if run else [],
        "built_with": [name for name in run.units if name != unit.name] if run else [],
        "retries": run.retries if run else 0,
        "log": str(outcome.log) if outcome.log else None,
        "resources": [_resource(outcome, resource, artifacts) for resource in unit.resources],
    }


def _resource(outcome: Outcome, resource: Resource, artifacts: Mapping[str, str]) -> ValueMapping:
    artifact = artifacts.get(resource.full_path)
    return describe(outcome.unit, resource) | {
        "artifact": artifact,
        "artifact_bytes": artifact_bytes(artifact) if artifact else None,
    }

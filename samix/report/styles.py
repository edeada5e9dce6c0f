"""In which colour something is shown."""

from __future__ import annotations

from samix.plan.planned_unit import Action
from samix.units.outcome import Result

RESULT_STYLES = {
    Result.BUILT: "green",
    Result.REUSED: "cyan",
    Result.REPAIRED: "cyan",
    Result.FAILED: "bold red",
    Result.SKIPPED: "yellow",
}
ACTION_STYLES = {Action.BUILD: "green", Action.REUSE: "cyan", Action.REPAIR: "cyan"}

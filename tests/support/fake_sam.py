"""A sam that builds a unit by copying its source: the simplest that samix can build with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.copies import copy_tree
from samix.sam.wording import redact
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.template.load import load_template
from samix.template.value import ValueMapping, as_mapping

if TYPE_CHECKING:
    from samix.sam.sam_run import SamRun


@dataclass
class FakeSam:
    """Stands where child processes do: builds a unit by copying its sources, and says so in a build.toml.

    Attributes:
        failing: Logical ids that do not build.
        built: Logical ids in the order in which they were built.
        environments: What each was given as environment.
    """

    failing: set[str] = field(default_factory=set)
    built: list[str] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, run: SamRun) -> int:
        state, arguments, log = run.state, run.arguments, run.log
        assert state
        place, template = (
            Path(arguments[arguments.index(option) + 1]) for option in ("--build-dir", "--template-file")
        )
        resources = as_mapping(load_template(template).data["Resources"])
        [(logical_id, resource)] = resources.items()
        self.environments[logical_id] = dict(run.environment)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(redact(" ".join(arguments).encode(), run.wording.secrets))
        if logical_id in self.failing:
            return 1
        properties = as_mapping(as_mapping(resource)["Properties"])
        is_layer = "ContentUri" in properties
        code = str(properties["ContentUri" if is_layer else "CodeUri"])
        place.mkdir(parents=True, exist_ok=True)
        copy_tree(Path(code), place / logical_id)
        fields: ValueMapping = {"codeuri": code, "source_hash": "", "architecture": "x86_64"}
        fields |= {"layer_name": logical_id} if is_layer else {"functions": [logical_id]}
        section = Section.LAYERS if is_layer else Section.FUNCTIONS
        known = [definition.uuid for definition in read_definitions(state / "build.toml")]
        name = known[0] if known else str(uuid.uuid4())
        requirements = Path(code, "requirements.txt")
        if requirements.is_file() and requirements.stat().st_size:
            for installed in (place / logical_id, state / "deps" / name):
                installed.mkdir(parents=True, exist_ok=True)
                (installed / "six.py").write_text("installed")
        write_definitions(state / "build.toml", [Definition(section, name, fields)])
        self.built.append(logical_id)
        return 0

    are_ended = False
    hosts = True

    def end(self) -> None:
        """Nothing runs."""

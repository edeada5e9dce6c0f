"""What a build finds around the sources, as a test has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from samix.host.host import Host
from samix.messages.errors import RequirementError
from samix.template.sam_rules import SamRules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from samix.builders.texts import Text
    from samix.units.unit import Unit


@dataclass
class Around(Host):
    """A host that says what a test has it say.

    Attributes:
        version: That of sam.
        programs: The versions of the tools, by name.
        images: The content ids of images, by name.
        lacking: What programs are not there.
        engine: What is wrong with the engine.
        wrong_images: What is wrong with images, by name.
        is_other: Whether what is called sam is something else.
        named: The files that the environment names, by variable.
        is_cold: Whether Maven has nothing yet.
        environ: The variables of the environment.
        values: The values of variables of the environment that take part.
        values_if_named: Those that take part in units whose files name them.
        commit: What builds write of the checkout.
        repository: The local Maven repository.
        program: Where sam is; None if there is none.
        platform: The system, the CPU and the C library.
    """

    version: str | None = "1.170.0"
    programs: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)
    engine: str = ""
    wrong_images: dict[str, str] = field(default_factory=dict)
    is_other: bool = False
    named: dict[str, Path] = field(default_factory=dict)
    is_cold: bool = False
    environ: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    values_if_named: dict[str, str] = field(default_factory=dict)
    commit: dict[str, str] = field(default_factory=dict)
    repository: Path | None = None
    program: Path | None = Path("/bin/sam")
    platform: Mapping[str, str] = field(default_factory=dict)

    def sam_program(self) -> Path:
        if self.program is None:
            raise RequirementError("sam is not on PATH.")
        return self.program

    @property
    def sam(self) -> str | None:
        return self.version

    @property
    def rules(self) -> SamRules:
        return SamRules(lambda: self.version)

    def is_sam(self, program: Path) -> bool:
        del program
        return not self.is_other

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        del source
        return {} if unit.in_container else self.programs

    def image(self, unit: Unit) -> str | None:
        return self.images.get(unit.build_image or "default")

    def lacking_tools(self, unit: Unit, source: Path | None, *, installs: bool) -> Sequence[str]:
        del source
        return [name for name in self.lacking if not unit.in_container and (installs or "pip" not in name)]

    def named_files(self, unit: Unit) -> Mapping[str, Path]:
        return {} if unit.in_container else self.named

    def variables(self, unit: Unit, texts: Mapping[str, Text]) -> Mapping[str, str]:
        words = {word for text in texts.values() for word in text.words}
        named = {name: value for name, value in self.values_if_named.items() if name in words}
        return {} if unit.in_container else {**self.values, **named}

    def revision(
        self, unit: Unit, source: Path, files: Collection[str], texts: Mapping[str, Text]
    ) -> Mapping[str, str]:
        del unit, source, files, texts
        return self.commit

    def is_maven_cold(self) -> bool:
        return self.is_cold

    def maven_repository(self, source: Path) -> Path | None:
        del source
        return self.repository

    def engine_problem(self) -> str | None:
        return self.engine or None

    def image_problem(self, unit: Unit) -> str | None:
        return self.wrong_images.get(unit.build_image or "default")

    def container_problem(self, container: str) -> str | None:
        del container
        return None

    def without_images(self) -> Around:
        return self

    def ask_sam(self) -> str | None:
        return self.version

    def remember(self) -> None:
        pass

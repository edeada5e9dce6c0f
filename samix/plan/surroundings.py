"""What a build finds around the sources: the programs of this machine and the images of its engine.

What cannot be told now is not taken for a change: a build that has nothing to do needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from samix.builders.texts import Text
    from samix.template.sam_rules import SamRules
    from samix.units.unit import Unit


class Surroundings(Protocol):
    """Asked while a build is planned, and again when a unit is built."""

    def sam(self) -> str | None:
        """The version of sam, None if it cannot be told, or not without starting it."""

    @property
    def rules(self) -> SamRules:
        """The rules of that sam."""

    def ask_sam(self) -> None:
        """Have sam itself tell its version where its files do not, for the fingerprints of what is planned."""

    def sam_program(self) -> Path:
        """The sam to run.

        Raises:
            RequirementError: There is none.
        """

    def is_sam(self, program: Path) -> bool:
        """Whether a program whose version is not known is a sam, as far as it can be told by starting it."""

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        """By name, the versions of what sam builds a unit with on the host, as far as they can be told."""

    def lacking_tools(self, unit: Unit, source: Path | None, *, installs: bool) -> Sequence[str]:
        """What the programs are called that sam's builder for a unit cannot do without and that are not there.

        Args:
            unit: The unit.
            source: Its source directory.
            installs: Whether its dependencies are to be installed.
        """

    def named_files(self, unit: Unit) -> Mapping[str, Path]:
        """By variable of the environment, the files that it names to the tools of sam's builder for a unit."""

    def variable(self, name: str) -> str | None:
        """The value of a variable of the environment."""

    def variables(self, unit: Unit, texts: Mapping[str, Text]) -> Mapping[str, str]:
        """By name, the variables of the environment that take part in a unit's build, with what counts of their values.

        Args:
            unit: The unit.
            texts: What stands in its files (`samix.builders.variables.texts_read`).
        """

    def revision(
        self, unit: Unit, source: Path, files: Collection[str], texts: Mapping[str, Text]
    ) -> Mapping[str, str]:
        """What a unit's build may write of the checkout around its source, by the names of `samix.builders.texts`.

        Args:
            unit: The unit.
            source: Its source.
            files: The files that it is made from.
            texts: What stands in them (`samix.builders.variables.texts_read`).
        """

    def is_maven_cold(self) -> bool:
        """Whether Maven has nothing in its local repository yet, as far as that can be told without Maven."""

    def maven_repository(self, source: Path) -> Path | None:
        """The local Maven repository with which a source is built, None if its place cannot be told without Maven."""

    def engine_problem(self) -> str | None:
        """What is wrong with the container engine, None if nothing is, as far as it can be told."""

    def image_problem(self, unit: Unit) -> str | None:
        """Why a unit's image is not there and will not be, None if nothing is wrong with it or it cannot be told."""

    def image(self, unit: Unit) -> str | None:
        """The content id of the image that a unit is built in, None if it cannot be told."""

    def container_problem(self, container: str) -> str | None:
        """Why nothing more will come of a container of an id, None if something may or if it cannot be told."""

    def remember(self) -> None:
        """Write down the versions that were asked for, so that the next plan starts nothing to ask."""

    def anew(self) -> Surroundings:
        """The same, asked anew for what a build may change: sam pulls images."""

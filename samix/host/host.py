"""What is on this machine: sam, tools, images, environment variables, git checkouts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.commit import find_git_question
from samix.builders.images import build_image_name
from samix.builders.named_files import find_named_files
from samix.builders.tool import BUILDERS
from samix.builders.variables import find_variables, plain_value
from samix.builders.workflow import tools_of
from samix.files.access_log import observe, observe_image
from samix.host.engine import PATIENT_SECONDS, Engine, engine_problem, find_engine
from samix.host.git import checkout_around
from samix.host.go_settings import go_settings, is_stamped
from samix.host.maven import find_repository
from samix.host.revision import find_revision
from samix.host.sam_program import find_sam
from samix.host.versions import Versions
from samix.messages.errors import RequirementError
from samix.template.artifact import named_artifact
from samix.template.sam_rules import SamRules

if TYPE_CHECKING:
    from samix.builders.question import Question
    from samix.builders.texts import Text
    from samix.builders.tool import Tool
    from samix.options.merge import BuildOptions
    from samix.state.layout import Layout
    from samix.units.unit import Unit


class Host:
    """Answers questions about sam, the tools and the images, while a build is planned and again when a unit is built.

    What is not known now is not taken for a change: a build that has nothing to do needs none of them.

    What a plan has asked about sam and tools is not asked again: if one changes meanwhile, the next plan will notice.
    Answers are remembered in the state directory of the layout.
    """

    def __init__(self, options: BuildOptions, environ: Mapping[str, str], layout: Layout) -> None:
        self._options = options
        self._environ = environ
        self._layout = layout
        self._versions = Versions(environ, layout.versions_file, options.project)
        self._tools: dict[str, Mapping[str, str]] = {}
        self._images: dict[str, str | None] = {}
        self._revisions: dict[tuple[Path, Question], Mapping[str, str]] = {}

    def sam(self) -> str | None:
        """The version of the sam that would be run; None if there is no sam, or if only starting it would tell."""
        return self._sam

    @cached_property
    def rules(self) -> SamRules:
        """The rules of the sam that would be run; sam is started to ask it only where one matters."""
        return SamRules(self._ask_for_sam)

    def sam_program(self) -> Path:
        """The sam to run.

        Raises:
            RequirementError: There is none.
        """
        return find_sam(self._options.sam, self._environ.get("PATH"))

    def is_sam(self, program: Path) -> bool:
        """Whether a program whose version is not known is a sam, as far as starting it shows."""
        return self._versions.is_sam(program)

    def ask_sam(self) -> None:
        """Start sam to ask for its version where its files do not show it, for the fingerprints of what is planned."""
        if self._sam is None:
            self._sam = self._version_of_sam(asks=True)

    def _ask_for_sam(self) -> str | None:
        self.ask_sam()
        return self._sam

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        """The versions of the tools with which sam builds a unit on the host, by name, as far as they are known."""
        if unit.name not in self._tools:
            told = ((tool.name, self._versions.tool(tool, source)) for tool in self._tools_of(unit, source))
            self._tools[unit.name] = {name: version for name, version in told if version is not None}
            if self._builders and not unit.needs_engine:
                self._tools[unit.name] = {**self._tools[unit.name], BUILDERS: self._builders}
        return self._tools[unit.name]

    def lacking_tools(self, unit: Unit, source: Path | None, *, installs: bool) -> Sequence[str]:
        """The names of the programs that are missing and that sam's builder needs for a unit.

        Programs that only install dependencies count if `installs` is true.
        """
        tools = [tool for tool in self._tools_of(unit, source) if tool.is_needed and (installs or not tool.installs)]
        return [tool.title or tool.name for tool in tools if self._versions.lacks(tool, source)]

    def named_files(self, unit: Unit) -> Mapping[str, Path]:
        """The files that the environment names to the programs of a unit's builder, by variable."""
        options = self._options
        artifact = named_artifact(options.build_dir, unit.first)
        return find_named_files(unit, self._environ, options.project, options.repository, artifact)

    def variable(self, name: str) -> str | None:
        """The value of a variable of the environment."""
        return self._environ.get(name)

    def variables(self, unit: Unit, texts: Mapping[str, Text]) -> Mapping[str, str]:
        """The variables of the environment that take part in a unit's build, by name, with what counts of their values.

        `texts` is what stands in the unit's files (`samix.builders.variables.texts_read`).
        """
        return self._plain(find_variables(unit, texts, self._environ, lambda: go_settings(self._environ)))

    def revision(
        self, unit: Unit, source: Path, files: Collection[str], texts: Mapping[str, Text]
    ) -> Mapping[str, str]:
        """What a unit's build may write of the checkout around its source, by the names of `samix.builders.question`.

        `texts` is what stands in `files` (`samix.builders.variables.texts_read`), which are those that the unit is made
        from.
        """
        checkout = None if unit.needs_engine else checkout_around(source)
        if checkout is None:
            return {}
        tools = self.tools(unit, source)
        question = find_git_question(unit, source, checkout, files, texts, tools, lambda: is_stamped(self._environ))
        if not question:
            return {}
        if (checkout, question) not in self._revisions:
            found = find_revision(checkout, question, self._environ, self._layout)
            self._revisions[checkout, question] = self._plain(found)
        return self._revisions[checkout, question]

    def _plain(self, values: Mapping[str, str]) -> dict[str, str]:
        """Values that are the same for another checkout and another user."""
        project, home = self._options.project, self._environ.get("HOME")
        return {name: plain_value(value, project, home) for name, value in values.items()}

    def is_maven_cold(self) -> bool:
        """Whether Maven has nothing in its local repository yet, as far as that is known without starting Maven."""
        repository = find_repository(self._environ)
        # what any build with Maven brings there
        return repository is None or not observe(repository / "org" / "apache" / "maven" / "plugins").is_dir()

    def maven_repository(self, source: Path) -> Path | None:
        """The local Maven repository with which a source is built, None if only Maven itself knows its place."""
        return find_repository(self._environ, source)

    def engine_problem(self) -> str | None:
        """What is wrong with the container engine, None if nothing is or nobody can tell."""
        problem = engine_problem(self._environ)
        if problem is None and self._engine is None:  # it was too busy to answer when it was looked for
            self._engine = find_engine(self._environ, PATIENT_SECONDS)
            self.forget_images()
        return problem

    def image_problem(self, unit: Unit) -> str | None:
        """Why a unit's image is not there and cannot be pulled; None if it is or can be, or if nobody can tell."""
        name = build_image_name(unit)
        if name is None or self._engine is None or self.image(unit) is not None:
            return None
        return self._engine.pull_problem(name)

    def container_problem(self, container: str) -> str | None:
        """Why a container, given by its id, will do no more work; None if it still may, or if nobody can tell."""
        return self._engine.container_problem(container) if self._engine else None

    def image(self, unit: Unit) -> str | None:
        """The content id of the image that a unit is built in, None if it is not known."""
        name = build_image_name(unit)
        if name is None:
            return None
        if name not in self._images:
            self._images[name] = self._engine.image_id(name) if self._engine else None
            observe_image(name, self._images[name])
        return self._images[name]

    def without_images(self) -> Host:
        """The same host, which asks again for the images: sam pulls them."""
        again = copy(self)
        again.forget_images()
        return again

    def forget_images(self) -> None:
        """Ask again for all images, and for what builds may have modified."""
        self._images = {}
        self._revisions = {}

    def remember(self) -> None:
        """Save the versions that were asked for, so that the next plan need not start the programs."""
        self._versions.save()

    def _tools_of(self, unit: Unit, source: Path | None) -> tuple[Tool, ...]:
        return tools_of(unit, source, root=self._options.code_root, manifest=self._options.manifest)

    @cached_property
    def _sam(self) -> str | None:
        return self._version_of_sam(asks=False)

    def _version_of_sam(self, *, asks: bool) -> str | None:
        return self._versions.sam(self._program, asks=asks) if self._program else None

    @cached_property
    def _builders(self) -> str | None:
        return self._versions.builders(self._program) if self._program else None

    @cached_property
    def _program(self) -> Path | None:
        try:
            return self.sam_program()
        except RequirementError:
            return None

    @cached_property
    def _engine(self) -> Engine | None:
        return find_engine(self._environ)

"""What is on this machine: sam, tools, images, environment variables, git checkouts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.commit import find_git_question
from samix.builders.images import build_image_name
from samix.builders.named_files import find_named_files, naming_variables
from samix.builders.tool import BUILDERS
from samix.builders.variables import find_variables, plain_value
from samix.builders.workflow import tools_of
from samix.files.access_log import observe, observe_image
from samix.host.engine import PATIENT_SECONDS, Engine, engine_problem, find_engine
from samix.host.git import Git, checkout_around
from samix.host.go_settings import go_settings, is_stamped
from samix.host.maven import find_repository
from samix.host.platform import find_platform
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

    What is not known now does not count as changed: a build that has nothing to do needs none of them.

    Each question about sam and tools is asked once: if one changes meanwhile, the next plan will notice. Answers are
    remembered in the state directory of the layout.
    """

    def __init__(self, options: BuildOptions, environ: Mapping[str, str], layout: Layout) -> None:
        self._options = options
        self.environ = environ
        self._layout = layout
        self._versions = Versions(environ, layout.versions_file, options.project)
        self._tools: dict[str, Mapping[str, str]] = {}
        self._images: dict[str, str | None] = {}
        self._revisions: dict[tuple[Path, Question], Mapping[str, str]] = {}
        self._checkouts: dict[str, Path | None] = {}

    @cached_property
    def sam(self) -> str | None:
        """The version of the sam that would be run; None if there is no sam, or if it must be started to find out."""
        return self._version_of_sam(asks=False)

    @cached_property
    def rules(self) -> SamRules:
        """The rules of the sam that would be run; sam is started to ask for its version only if a rule is needed."""
        return SamRules(self.ask_sam)

    @cached_property
    def platform(self) -> Mapping[str, str]:
        """The system, the CPU and the C library of this host."""
        return find_platform()

    def sam_program(self) -> Path:
        """The sam to run.

        Raises:
            RequirementError: There is none.
        """
        return find_sam(self._options.sam, self.environ.get("PATH"))

    def is_sam(self, program: Path) -> bool:
        """Whether a program whose version is not known is a sam, as far as starting it shows."""
        return self._versions.is_sam(program)

    def ask_sam(self) -> str | None:
        """The version of sam, for which sam is started if its files do not show it; fingerprints need it."""
        if self.sam is None:
            self.sam = self._version_of_sam(asks=True)
        return self.sam

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        """The versions of the tools with which sam builds a unit on the host, by name, as far as they are known."""
        if unit.name not in self._tools:
            asked = ((tool.name, self._versions.tool(tool, source)) for tool in self._tools_of(unit, source))
            own = {} if unit.needs_engine or not self._builders else {BUILDERS: self._builders}
            self._tools[unit.name] = {name: version for name, version in asked if version is not None} | own
        return self._tools[unit.name]

    def lacking_tools(self, unit: Unit, source: Path | None, *, installs: bool) -> Sequence[str]:
        """The names of the missing programs that sam's builder needs for a unit.

        Programs that only install dependencies count if `installs` is true.
        """
        tools = [tool for tool in self._tools_of(unit, source) if tool.is_needed and (installs or not tool.installs)]
        return [tool.title or tool.name for tool in tools if self._versions.lacks(tool, source)]

    def named_files(self, unit: Unit) -> Mapping[str, Path]:
        """The files that the environment names to the programs of a unit's builder, by variable."""
        if not any(map(self.environ.get, naming_variables(unit))):
            return {}
        options = self._options
        artifact = named_artifact(options.build_dir, unit.first)
        return find_named_files(unit, self.environ, options.project, options.repository, artifact)

    def variables(self, unit: Unit, texts: Mapping[str, Text]) -> Mapping[str, str]:
        """The variables of the environment that take part in a unit's build, by name, with what counts of their values.

        `texts` is what `samix.builders.variables.read_texts` gives for the unit.
        """
        return self._plain(find_variables(unit, texts, self.environ, lambda: go_settings(self.environ)))

    def revision(
        self, unit: Unit, source: Path, files: Collection[str], texts: Mapping[str, Text]
    ) -> Mapping[str, str]:
        """What a unit's build may write of the checkout around its source, by the names of `samix.builders.question`.

        `files` are those that the unit is made from, and `texts` is what `samix.builders.variables.read_texts` gives.
        """
        checkout = None if unit.needs_engine else checkout_around(source, self._checkouts)
        if checkout is None:
            return {}
        tools = self.tools(unit, source)
        question = find_git_question(unit, source, checkout, files, texts, tools, lambda: is_stamped(self.environ))
        if not question:
            return {}
        if (checkout, question) not in self._revisions:
            git = Git.find(checkout, self.environ)
            found = find_revision(git, question, self.environ, self._layout) if git else {}
            self._revisions[checkout, question] = self._plain(found)
        return self._revisions[checkout, question]

    def _plain(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values without what differs between checkouts and users."""
        places = (str(self._options.project), self._options.real_project)
        home = self.environ.get("HOME")
        return {name: plain_value(value, places, home) for name, value in values.items()}

    def is_maven_cold(self) -> bool:
        """Whether Maven has nothing in its local repository yet, as far as that is known without starting Maven."""
        repository = find_repository(self.environ)
        # any build with Maven puts these there
        return repository is None or not observe(repository / "org" / "apache" / "maven" / "plugins").is_dir()

    def maven_repository(self, source: Path) -> Path | None:
        """The local Maven repository with which a source is built; None if only Maven itself knows where it is."""
        return find_repository(self.environ, source)

    def engine_problem(self) -> str | None:
        """What is wrong with the container engine; None if nothing is, or if that is not known."""
        problem = engine_problem(self.environ)
        if problem is None and self._engine is None:  # earlier, it was too busy to answer in time
            self._engine = find_engine(self.environ, PATIENT_SECONDS)
            self.forget_images()
        return problem

    def image_problem(self, unit: Unit) -> str | None:
        """Why a unit's image is missing and cannot be pulled; None if neither is so, or if that is not known."""
        name = build_image_name(unit)
        if name is None or self._engine is None or self.image(unit) is not None:
            return None
        return self._engine.pull_problem(name)

    def container_problem(self, container: str) -> str | None:
        """Why a container, given by its id, will do nothing more; None if it may, or if that is not known."""
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
        """The same host, which looks up images again, because sam may have pulled newer ones."""
        again = copy(self)
        again.forget_images()
        return again

    def forget_images(self) -> None:
        """Look up all images again, and what builds may have modified."""
        self._images = {}
        self._revisions = {}
        self._checkouts = {}

    def remember(self) -> None:
        """Save the versions of tools, so that the next plan need not start them."""
        self._versions.save()

    def _tools_of(self, unit: Unit, source: Path | None) -> tuple[Tool, ...]:
        return tools_of(unit, source, root=self._options.code_root, manifest=self._options.manifest)

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
        return find_engine(self.environ)

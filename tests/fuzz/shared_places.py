"""Applications whose units write and read outside of their own directories, the same one for the same seed.

sam builds one unit after the other: all layers, then all functions, those of the root stack first, in the order of the
templates. What a unit leaves in a place that it shares with others is there for all that come later. So an
application is made in that order, and each unit reads only what sam has put there by then. A unit that is built twice
in a row makes the same, and so does an application.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, TypeVar

from support.project import HOST_PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_T = TypeVar("_T")

_NODE = "nodejs22.x"
_CHILD = "Child"
_FUNCTIONS = ("Orders", "Billing", "Users", "Mails", "Audit", "Zones")
_LAYERS = ("Vendor", "Assets")
_SHARED = ("shared/out", "shared/gen", "out", "lib")
_ARTIFACTS = "$(ARTIFACTS_DIR)"
_OWN_DIRECTORY = "$(dir $(lastword $(MAKEFILE_LIST)))"


@dataclass(frozen=True)
class SharedPlaces:
    """An application.

    Attributes:
        files: Its files by path.
        arguments: What `sam build` and `samix build` get besides.
        traits: What is in it, for whoever looks into a difference.
    """

    files: Mapping[str, str]
    arguments: tuple[str, ...]
    traits: tuple[str, ...]


@dataclass(frozen=True)
class _Unit:
    """A function or layer that is built by a makefile. All paths start at the root of the application.

    Attributes:
        working: Its `WorkingDirectory`, if it has one.
        in_source: Whether make runs among the sources where nothing else is said.
    """

    name: str
    is_layer: bool
    is_nested: bool
    code: str
    working: str | None = None
    in_source: bool = False

    @property
    def runs_in(self) -> str | None:
        """Where in the application make runs, None where that is sam's copy of the code."""
        if self.working is not None and not _is_within(self.working, self.code):
            return self.working
        return self.code if self.in_source else None

    def artifact_from(self, other: _Unit) -> str:
        """Where in the build dir another unit is, seen from here."""
        own, others = _built_as(self), _built_as(other)
        return f"{_ARTIFACTS}/{os.path.relpath(others, own)}"

    @property
    def root_from_artifact(self) -> str:
        return f"$(abspath {_ARTIFACTS}/{os.path.relpath('.', '.aws-sam/build/' + _built_as(self))})"


def _built_as(unit: _Unit) -> str:
    return f"{_CHILD}/{unit.name}" if unit.is_nested else unit.name


def _is_within(path: str, directory: str) -> bool:
    return directory in (".", path) or path.startswith(f"{directory}/")


@dataclass
class _Chance:
    """Draws from one source of randomness."""

    random: Random

    def of(self, values: Sequence[_T]) -> _T:
        return self.random.choice(values)

    def some(self, values: Sequence[_T], most: int) -> list[_T]:
        return self.random.sample(values, self.random.randint(0, min(most, len(values))))

    def is_so(self, share: float) -> bool:
        return self.random.random() < share

    def wait(self) -> str:
        return f"sleep {self.random.choice(('0.05', '0.1', '0.15', '0.2'))}"


@dataclass
class _Application:
    """An application while it is made.

    Attributes:
        units: What makefiles build, in the order in which sam builds it.
        writes: For each of them, the places that it writes to, and whether it fills each or adds to it.
        recipes: The lines of the recipe of each.
    """

    chance: _Chance
    units: list[_Unit] = field(default_factory=list)
    writes: list[dict[str, str]] = field(default_factory=list)
    recipes: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)

    def draw_units(self, count: int, *, in_source: bool, has_child: bool) -> None:
        """Draw names and directories of units."""
        codes = ["src/a", "src/b", "src/c", "src"]
        codes = self.chance.random.sample(codes, self.chance.random.randint(1, len(codes)))
        if self.chance.is_so(0.08):
            codes = ["."]
        shared_directory = self.chance.of([".", ".", "work", "src"])
        names = {True: [*_LAYERS], False: [*_FUNCTIONS]}
        self.chance.random.shuffle(names[False])
        for _ in range(count):
            is_layer = bool(names[True]) and self.chance.is_so(0.2)
            code = self.chance.of(codes)
            working = shared_directory if self.chance.is_so(0.45) else None
            if working and in_source and _is_within(working, code):
                working = None  # sam would run make in an empty directory
            is_nested = has_child and self.chance.is_so(0.35)
            self.units.append(_Unit(names[is_layer].pop(), is_layer, is_nested, code, working, in_source))
        self.units.sort(key=lambda unit: (not unit.is_layer, unit.is_nested))

    def draw_writes(self) -> None:
        """Draw what each unit writes outside of its artifact, all before anything is read."""
        places = self.chance.random.sample(_SHARED, self.chance.random.randint(1, 3))
        places += [f"{unit.code}/made" for unit in self.chance.some(self.units, 2) if unit.code != "."]
        filled: set[str] = set()
        for unit in self.units:
            writes = dict.fromkeys(self.chance.some(places, 2), "fill")
            if unit.runs_in is not None and self.chance.is_so(0.7):
                writes[os.path.normpath(os.path.join(unit.runs_in, "dist"))] = "fill"
            for place in writes:
                if place in filled and self.chance.is_so(0.25):
                    writes[place] = "add"
                    self.traits.add("adds to a place")
                elif place in filled:
                    self.traits.add("fills a place again")
            filled |= set(writes)
            self.writes.append(writes)

    def write_recipes(self) -> None:
        for index, unit in enumerate(self.units):
            self.recipes[unit.name] = _Recipe(self, index).lines()

    def add_files(self) -> None:
        """Add the makefiles, and what recipes copy."""
        used = {unit.code: [each for each in self.units if each.code == unit.code] for unit in self.units}
        for code, units in used.items():
            text = ""
            if any("$(ROOT)" in line for unit in units for line in self.recipes[unit.name]):
                text = f"ROOT := $(abspath {_OWN_DIRECTORY}{os.path.relpath('.', code)})\n"
            for unit in units:
                text += f"build-{unit.name}:\n" + "".join(f"\t{line}\n" for line in self.recipes[unit.name])
            self.files |= {_joined(code, "Makefile"): text, _joined(code, "main.txt"): f"main of {code}\n"}
        for place in ("shared/fixed/a.txt", "shared/fixed/b.txt", "work/notes.txt", "src/notes.txt"):
            self.files[place] = f"{place}\n"

    def first_writer(self, place: str) -> int:
        return next(index for index, writes in enumerate(self.writes) if place in writes)

    def finished(self, more: Mapping[str, str], arguments: Sequence[str] = ()) -> SharedPlaces:
        """The application.

        Args:
            more: The text of other functions of the root stack by name; sam builds them in the order given here, before
                all makefile functions.
            arguments: What is to be given to sam.
        """
        layers = {unit.name: unit for unit in self.units if unit.is_layer}
        in_root = [unit for unit in self.units if not unit.is_nested]
        in_child = [unit for unit in self.units if unit.is_nested]
        resources = {**more, **{unit.name: self._resource(unit, [*layers.values()]) for unit in in_root}}
        if in_child:
            location = f"{{Location: {_CHILD.lower()}/template.yaml}}"
            nested = f"  {_CHILD}:\n    Type: AWS::Serverless::Application\n    Properties: {location}\n"
            position = self.chance.random.randint(0, len(resources))
            names = [*resources]
            names.insert(position, _CHILD)
            resources = {name: nested if name == _CHILD else resources[name] for name in names}
            texts = [self._resource(unit, [*layers.values()]) for unit in in_child]
            self.files[f"{_CHILD.lower()}/template.yaml"] = _template(texts)
            self.traits.add("nested stack")
        self.files["template.yaml"] = _template([*resources.values()])
        return SharedPlaces(self.files, tuple(arguments), tuple(sorted(self.traits)))

    def _resource(self, unit: _Unit, layers: Sequence[_Unit]) -> str:
        code = os.path.relpath(unit.code, _CHILD.lower()) if unit.is_nested else unit.code
        metadata = "BuildMethod: makefile"
        if unit.working is not None:
            metadata += f", WorkingDirectory: {unit.working}"
            self.traits.add("WorkingDirectory")
        if unit.is_layer:
            kind, properties = "LayerVersion", f"ContentUri: {code}, CompatibleRuntimes: [provided.al2023]"
        else:
            kind, properties = "Function", f"CodeUri: {code}, Runtime: provided.al2023, Handler: bootstrap"
            near = [layer.name for layer in layers if layer.is_nested == unit.is_nested]
            if near and self.chance.is_so(0.4):
                properties += f", Layers: [!Ref {self.chance.of(near)}]"
        return (
            f"  {unit.name}:\n    Type: AWS::Serverless::{kind}\n"
            f"    Metadata: {{{metadata}}}\n    Properties: {{{properties}}}\n"
        )


def _template(resources: Sequence[str]) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(resources)}"


def _joined(directory: str, name: str) -> str:
    return os.path.normpath(os.path.join(directory, name))


@dataclass
class _Recipe:
    """Makes the recipe of one unit: it writes, then it reads."""

    application: _Application
    index: int
    count: int = 0

    @property
    def unit(self) -> _Unit:
        return self.application.units[self.index]

    @property
    def chance(self) -> _Chance:
        return self.application.chance

    def lines(self) -> list[str]:
        """All lines of it."""
        unit, writes = self.unit, self.application.writes[self.index]
        main = os.path.relpath(_joined(unit.code, "main.txt"), unit.runs_in) if unit.runs_in else "main.txt"
        if unit.runs_in is None and unit.working is not None:
            main = os.path.relpath(_joined(unit.code, "main.txt"), unit.working)
        lines = [f"cp {main} {_ARTIFACTS}/main.txt", f"echo {unit.name} > {_ARTIFACTS}/bootstrap"]
        for place, how in writes.items():
            lines += self._fill(place) if how == "fill" else self._add(place)
        if unit.runs_in is None and self.chance.is_so(0.3):
            into = self._into()
            lines += ["rm -rf own", "mkdir own", f"cp {main} own/", self.chance.wait()]
            lines += [f"mkdir -p {into}", f"cp -r own/. {into}/"]
        reads = self._reads()
        for read in self.chance.random.sample(reads, min(len(reads), self.chance.of([0, 1, 1, 2, 3]))):
            lines += read()
        return lines

    def _into(self) -> str:
        """Another directory in the artifact."""
        self.count += 1
        return f"{_ARTIFACTS}/part{self.count}"

    def _spelled(self, place: str) -> str:
        """A place as the makefile may name it."""
        unit = self.unit
        ways = [
            f"$(PWD)/{place}",
            f"{unit.root_from_artifact}/{place}",
            f"{_OWN_DIRECTORY}{os.path.relpath(place, unit.code)}",
            f"$(ROOT)/{place}",
        ]
        if unit.runs_in is not None:
            relative = os.path.relpath(place, unit.runs_in)
            ways += [relative, relative, f"$(CURDIR)/{relative}"]
        return self.chance.of(ways)

    def _fill(self, place: str) -> list[str]:
        """Fill a place anew, and mostly read it at once."""
        way, name, into = self.chance.random.random(), self.unit.name, self._into()
        is_read = self.chance.is_so(0.75)
        if way < 0.2:
            self.application.traits.add("script")
            return [f"sh {self._script(place, is_read=is_read)} {name} {os.path.basename(into)}"]
        if way < 0.3:
            self.application.traits.add("cd")
            step = f"rm -rf {place} && mkdir -p {place} && {self.chance.wait()} && echo {name} > {place}/made.txt"
            lines = [f"cd {self._spelled('.')} && {step}"]
            if is_read:
                lines += [self.chance.wait(), f"mkdir -p {into} && cd $(PWD) && cp -r {place}/. {into}/"]
            return lines
        spelled = self._spelled(place)
        lines = [f"rm -rf {spelled}", f"mkdir -p {spelled}", self.chance.wait(), f"echo {name} > {spelled}/made.txt"]
        earlier = [other for other in self._written_before() if other not in self.application.writes[self.index]]
        if earlier and self.chance.is_so(0.3):
            self.application.traits.add("makes one place from another")
            lines += [f"cp -r {self._spelled(self.chance.of(earlier))}/. {spelled}/"]
        if is_read:
            lines += [self.chance.wait(), *self._copied(self.chance.of([spelled, self._spelled(place)]))]
        return lines

    def _add(self, place: str) -> list[str]:
        """Add a file to a place that another unit has filled."""
        name, spelled = self.unit.name, self._spelled(place)
        lines = [f"mkdir -p {spelled}", f"echo {name} > {spelled}/{name}.txt"]
        if self.chance.is_so(0.75):
            lines += [self.chance.wait(), *self._copied(spelled)]
        return lines

    def _script(self, place: str, *, is_read: bool) -> str:
        """How a script is named that fills a place, which the makefile does not name."""
        script = f"tools/{'make' if is_read else 'fill'}-{place.replace('/', '-')}.sh"
        text = (
            'set -e\nroot=$(cd "$(dirname "$0")/.." && pwd)\n'
            f'rm -rf "$root/{place}"\nmkdir -p "$root/{place}"\n{self.chance.wait()}\n'
            f'echo "$1" > "$root/{place}/made.txt"\n'
        )
        if is_read:
            text += f'{self.chance.wait()}\nmkdir -p "$ARTIFACTS_DIR/$2"\n'
            text += f'cp -r "$root/{place}/." "$ARTIFACTS_DIR/$2/"\n'
        self.application.files.setdefault(script, text)
        return self._spelled(script)

    def _copied(self, spelled: str) -> list[str]:
        into = self._into()
        return [f"mkdir -p {into}", f"cp -r {spelled}/. {into}/"]

    def _written_before(self) -> list[str]:
        """The places that earlier units wrote to, each once, in the order in which they were first written to."""
        return list(dict.fromkeys(place for writes in self.application.writes[: self.index] for place in writes))

    def _reads(self) -> list[Callable[[], list[str]]]:
        """All that the unit may read when sam builds it."""
        unit, application = self.unit, self.application
        own = application.writes[self.index]

        def read(place: str) -> Callable[[], list[str]]:
            return lambda: [self.chance.wait(), *self._copied(self._spelled(place))]

        def take(place: str, trait: str) -> Callable[[], list[str]]:
            def lines() -> list[str]:
                application.traits.add(trait)
                return self._copied(place)

            return lines

        def by_script(place: str) -> Callable[[], list[str]]:
            def lines() -> list[str]:
                application.traits.add("script")
                script = f"tools/take-{place.replace('/', '-')}.sh"
                text = f'root=$(cd "$(dirname "$0")/.." && pwd)\nmkdir -p "$1"\ncp -r "$root/{place}/." "$1/"\n'
                application.files.setdefault(script, text)
                return [f"sh {self._spelled(script)} {self._into()}"]

            return lines

        reads = [read("shared/fixed")]
        for place in self._written_before():
            reads += [read(place), by_script(place)]
            if unit.runs_in is None and unit.working is None and place not in own and _is_within(place, unit.code):
                reads += [take(os.path.relpath(place, unit.code), "reads what sam copied of a place")] * 3
        for earlier in application.units[: self.index]:
            reads.append(take(unit.artifact_from(earlier), "reads another's artifact"))
        written = {place for writes in application.writes for place in writes if _is_within(place, "shared")}
        if all(application.first_writer(place) <= self.index for place in written):
            reads.append(read("shared"))
        return reads


def _makefiles(chance: _Chance) -> SharedPlaces:
    """Nothing but makefiles."""
    application = _Application(chance)
    in_source = chance.is_so(0.12)
    application.draw_units(chance.random.randint(2, 6), in_source=in_source, has_child=chance.is_so(0.4))
    application.draw_writes()
    application.write_recipes()
    if chance.is_so(0.06):
        first, last = application.units[0], application.units[-1]
        application.traits.add("fails: reads what is not there yet")
        application.recipes[first.name].append(f"cp -r $(PWD)/late {_ARTIFACTS}/")
        application.recipes[last.name] += ["mkdir -p $(PWD)/late", f"echo {last.name} > $(PWD)/late/made.txt"]
    application.add_files()
    if in_source:
        application.traits.add("--build-in-source")
    return application.finished({}, ["--build-in-source"] if in_source else [])


_SETUP = """\
import time
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.install_lib import install_lib


class Compile(build_py):
    def run(self):
        super().run()
        time.sleep({wait})


class Copy(install_lib):
    def run(self):
        super().run()
        time.sleep({wait})


setup(name="{name}", version="1.0", packages=["{name}"], cmdclass={{"build_py": Compile, "install_lib": Copy}})
"""
_PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"

[tool.setuptools]
packages = ["{name}"]
"""


def _local_packages(chance: _Chance) -> SharedPlaces:
    """Python functions that install packages of the project, which a layer may add a module to."""
    application = _Application(chance, traits={"local packages"})
    packages = ["common", "extra"][: chance.of([1, 1, 2])]
    for package in packages:
        if chance.is_so(0.5):
            application.files[f"{package}/setup.py"] = _SETUP.format(name=package, wait=chance.of(["0", "0.2", "0.5"]))
        else:
            application.files[f"{package}/pyproject.toml"] = _PYPROJECT.format(name=package)
        application.files[f"{package}/{package}/__init__.py"] = f"NAME = {package!r}\n"
    functions = {}
    for name in chance.random.sample(_FUNCTIONS, chance.random.randint(2, 3)):
        wanted = chance.some(packages[1:], 1) + packages[:1]
        code = f"fn/{name.lower()}"
        application.files[f"{code}/requirements.txt"] = "".join(f"./{package}\n" for package in wanted)
        text = f"import {packages[0]}\n\n\ndef handler(event, context):\n    return {name!r}\n"
        application.files[f"{code}/app.py"] = text
        functions[name] = _function(name, f"CodeUri: {code}, Runtime: {HOST_PYTHON}, Handler: app.handler")
    if chance.is_so(0.5):
        application.traits.add("a layer adds a module to a local package")
        layer = _Unit("Vendor", is_layer=True, is_nested=False, code="src/a", working=chance.of([None, "."]))
        application.units.append(layer)
        module = _Recipe(application, 0)._spelled("common/common/made.py")  # noqa: SLF001 - of this module
        application.recipes["Vendor"] = [
            f"rm -f {module}",
            chance.wait(),
            f"echo 'MADE = 1' > {module}",
            f"cp {module} {_ARTIFACTS}/",
        ]
        application.add_files()
    return application.finished(functions)


def _function(name: str, properties: str, metadata: str = "") -> str:
    more = f"    Metadata: {{{metadata}}}\n" if metadata else ""
    return f"  {name}:\n    Type: AWS::Serverless::Function\n{more}    Properties: {{{properties}}}\n"


def _npm(chance: _Chance) -> SharedPlaces:
    """Node.js functions whose package.json has paths that are right in the build dir."""
    application = _Application(chance, traits={"npm in the build dir"})
    names = chance.random.sample(_FUNCTIONS, chance.random.randint(2, 4))
    functions = {}
    for index, name in enumerate(names):
        directory = name if chance.is_so(0.5) else f"fn-{name.lower()}"
        package: dict[str, object] = {"name": name.lower(), "version": "1.0.0", "main": "app.js"}
        ways = ["sibling"] * 3 * bool(index) + ["root", "postinstall"]
        way = chance.of(ways)
        application.traits.add(f"npm: {way}")
        if way == "sibling":
            needed = chance.of(names[:index])
            package["dependencies"] = {needed.lower(): f"file:../{needed}"}
        elif way == "root":
            package["dependencies"] = {"shared": "file:../../../shared"}
        else:
            package["scripts"] = {"postinstall": "rm -rf shared && cp -r ../../../shared shared"}
        application.files[f"js/{directory}/package.json"] = json.dumps(package)
        application.files[f"js/{directory}/app.js"] = f"exports.handler = async () => {name!r};\n"
        functions[name] = _function(name, f"CodeUri: js/{directory}, Runtime: {_NODE}, Handler: app.handler")
    application.files["shared/package.json"] = '{"name": "shared", "version": "1.0.0", "main": "index.js"}'
    application.files["shared/index.js"] = "exports.a = 1;\n"
    if chance.is_so(0.5):
        application.traits.add("a layer adds a module to what npm installs")
        _add_module_layer(application, "shared/made.js")
    return application.finished(functions)


def _add_module_layer(application: _Application, place: str, *, in_source: bool = False) -> None:
    """A layer that sam builds before all else, and that writes one file."""
    chance = application.chance
    working = None if in_source else chance.of([None, "."])
    application.units.append(_Unit("Vendor", is_layer=True, is_nested=False, code="src/a", working=working))
    module = _Recipe(application, 0)._spelled(place)  # noqa: SLF001 - of this module
    lines = [f"rm -f {module}", chance.wait(), f"echo 'exports.made = 1;' > {module}", f"cp {module} {_ARTIFACTS}/"]
    application.recipes["Vendor"] = lines
    application.add_files()


def _workspaces(chance: _Chance) -> SharedPlaces:
    """esbuild functions of one npm workspace, built among the sources."""
    application = _Application(chance, traits={"npm workspaces", "--build-in-source"})
    names = chance.random.sample(_FUNCTIONS, chance.random.randint(2, 4))
    has_module = chance.is_so(0.5)
    functions = {}
    for name in names:
        code = f"lambdas/{name.lower()}"
        dependencies = {"esbuild": "0.25.0", "@shop/util": "1.0.0"}
        dependencies |= dict(chance.some([("ms", "2.1.3"), ("is-plain-object", "5.0.0")], 2))
        needed = [each for each in dependencies if each != "esbuild"]
        package = {"name": f"@shop/{name.lower()}", "version": "1.0.0", "dependencies": dependencies}
        application.files[f"{code}/package.json"] = json.dumps(package)
        application.files[f"{code}/app.js"] = "".join(f"require({each!r});\n" for each in needed) + (
            f"exports.handler = async () => {name!r};\n"
        )
        metadata = "BuildMethod: esbuild, BuildProperties: {EntryPoints: [app.js]}"
        functions[name] = _function(name, f"CodeUri: {code}, Runtime: {_NODE}, Handler: app.handler", metadata)
    application.files |= {
        "package.json": '{"name": "shop", "private": true, "workspaces": ["lambdas/*", "packages/*"]}',
        "packages/util/package.json": '{"name": "@shop/util", "version": "1.0.0", "main": "index.js"}',
        "packages/util/index.js": 'exports.util = require("./made");\n' if has_module else "exports.util = 1;\n",
    }
    if has_module:
        application.traits.add("a layer adds a module to a workspace")
        _add_module_layer(application, "packages/util/made.js", in_source=True)
    return application.finished(functions, ["--build-in-source"])


def generate(seed: int) -> SharedPlaces:
    """The application of a seed."""
    chance = _Chance(Random(seed))  # noqa: S311 - no secret is made with it
    kinds = {_makefiles: 72, _local_packages: 10, _npm: 12, _workspaces: 6}
    make = chance.random.choices([*kinds], [*kinds.values()])[0]
    return make(chance)

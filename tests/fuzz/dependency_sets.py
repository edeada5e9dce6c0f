"""Applications whose manifests and units change at random, built after each change with samix, and once with sam.

Whatever was installed before, and for whatever unit, each artifact is what sam makes of that unit from nothing. The
index is on this machine and stands still, so that sam always makes the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from support.package_index import package_index
from support.project import HOST_PYTHON, Project, differences, tree
from support.sharing import ENVIRONMENT, template

from samix.files.copies import remove_tree

if TYPE_CHECKING:
    from support.package_index import PackageIndex
    from support.project import Tree

_UNITS = ("A", "B", "C", "D", "E")
_STEPS = 4
# what a manifest asks for; only some of it may be shared, and only some by a later build
_MANIFESTS = {
    "pinned": "alpha==1.0\nbeta==1.0\n",
    "pinned, in another order": "beta==1.0\nalpha==1.0\n",
    "pinned, with a comment": "alpha==1.0  # needed\nbeta==1.0\n",
    "another version": "alpha==1.0\nbeta==1.1\n",
    "one package": "alpha==1.0\n",
    "not pinned": "alpha\n",
    "partly pinned": "beta==1.0\n",
    "of another name": "Gamma_Ray == 2.0 ; python_version > '3'\n",
    "nothing": "# nothing\n",
    "a file of its own": "-r more.txt\n",
}
_MORE = "gamma-ray==2.0\n"
_CONSTRAINTS = "alpha==1.0\n"
_JOBS = (("--jobs", "1"), ("--jobs", "2"), ())


@dataclass(frozen=True)
class _Unit:
    """A function or layer, by all that its artifact is made from."""

    manifest: str
    source: int = 0
    is_layer: bool = False
    is_arm: bool = False
    has_module: bool = False  # of the name of a module that pip installs

    def resource(self, name: str) -> str:
        architecture = "arm64" if self.is_arm else "x86_64"
        if self.is_layer:
            return (
                f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n"
                f"    Metadata: {{BuildMethod: {HOST_PYTHON}, BuildArchitecture: {architecture}}}\n"
                f"    Properties: {{ContentUri: {name}, CompatibleRuntimes: [{HOST_PYTHON}]}}\n"
            )
        return (
            f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: {name}, Handler: app.handler, "
            f"Runtime: {HOST_PYTHON}, Architectures: [{architecture}]}}\n"
        )

    def files(self, index: PackageIndex) -> dict[str, str]:
        text = index.requirements(_MANIFESTS[self.manifest])
        files = {"app.py": f"# {self.source}\n", "requirements.txt": text}
        if self.has_module:
            files["alpha.py"] = "# instead of the installed one\n"
        if self.manifest == "a file of its own":
            files["more.txt"] = _MORE
        return files


@dataclass
class Oracle:
    """What sam makes of units.

    Attributes:
        index: Where it installs from.
        known: What it has made, by unit, name and constraints.
    """

    index: PackageIndex
    known: dict[tuple[str, _Unit, bool], Tree] = field(default_factory=dict)

    def artifacts(self, units: Mapping[str, _Unit], place: Path, *, is_constrained: bool) -> dict[str, Tree]:
        """The artifacts of units, which are built at a place if sam has not built them before."""
        wanted = {name: (name, unit, is_constrained) for name, unit in units.items()}
        missing = {name: units[name] for name, key in wanted.items() if key not in self.known}
        if missing:
            project = _write(place, missing, self.index)
            project.sam("build", **_variables(project, is_constrained=is_constrained)).succeeded()
            for name in missing:
                self.known[wanted[name]] = tree(project.build_dir / name)
        return {name: self.known[key] for name, key in wanted.items()}


@contextmanager
def still_index(directory: Path) -> Iterator[PackageIndex]:
    """The index that the manifests need, to which nothing is added."""
    with package_index(directory) as index:
        index.publish("alpha", "1.0", modules=["data/one.txt"])
        index.publish("alpha", "1.1")
        index.publish("beta", "1.0", "alpha")
        index.publish("beta", "1.1", "alpha")
        index.publish("gamma-ray", "2.0")
        yield index


def _write(path: Path, units: Mapping[str, _Unit], index: PackageIndex) -> Project:
    """Put an application into a directory, in place of what was there but for what builds left."""
    path.mkdir(parents=True, exist_ok=True)
    for entry in path.iterdir():
        if entry.name in _UNITS and entry.name not in units:
            remove_tree(entry)
    files = {"template.yaml": template(*(unit.resource(name) for name, unit in units.items()))}
    files["constraints.txt"] = _CONSTRAINTS
    project = Project(path, environment=ENVIRONMENT)
    for name, unit in units.items():
        own = unit.files(index)
        for old in (path / name).iterdir() if (path / name).is_dir() else ():
            if old.name not in own:
                remove_tree(old)
        files |= {f"{name}/{file}": text for file, text in own.items()}
    for file, text in files.items():
        if not (path / file).is_file() or (path / file).read_text() != text:
            project.write(file, text)
    return project


def _variables(project: Project, *, is_constrained: bool) -> dict[str, str]:
    return {"PIP_CONSTRAINT": str(project.path / "constraints.txt")} if is_constrained else {}


@dataclass
class _Sequence:
    """Changes of an application and of what builds left, made from a seed."""

    random: Random
    units: dict[str, _Unit] = field(default_factory=dict)
    is_constrained: bool = False

    def start(self) -> str:
        shared = self._manifest()
        self.units = {name: _Unit(shared) for name in _UNITS[:2]}
        return f"A and B: {shared}" + self.add()

    def change(self, project: Project) -> str:
        """Change one to three things; what was done."""
        kinds = [self.add, self.remove, self.ask, self.copy, self.edit, self.turn, self.constrain]
        done = [self.random.choice(kinds)() for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.3:
            done.append(self._meddle(project))
        return "; ".join(filter(None, done))

    def add(self) -> str:
        left = [name for name in _UNITS if name not in self.units]
        if not left:
            return ""
        unit = _Unit(self._manifest(), is_layer=self._is(0.3), is_arm=self._is(0.2), has_module=self._is(0.2))
        self.units[left[0]] = unit
        return f" add {left[0]} {unit}"

    def remove(self) -> str:
        if len(self.units) < 2:
            return ""
        name = self.random.choice([*self.units])
        del self.units[name]
        return f"remove {name}"

    def ask(self) -> str:
        """Give several units the same manifest."""
        manifest = self._manifest()
        names = self.random.sample([*self.units], self.random.randint(1, len(self.units)))
        self.units |= {name: replace(self.units[name], manifest=manifest) for name in names}
        return f"{', '.join(names)}: {manifest}"

    def copy(self) -> str:
        """Give one unit the manifest of another."""
        one, other = self.random.choices([*self.units], k=2)
        self.units[one] = replace(self.units[one], manifest=self.units[other].manifest)
        return f"{one} as {other}"

    def edit(self) -> str:
        name = self.random.choice([*self.units])
        self.units[name] = replace(self.units[name], source=self.random.randint(0, 2))
        return f"edit {name}"

    def turn(self) -> str:
        """Change the architecture of a unit, or whether it has a module of its own."""
        name = self.random.choice([*self.units])
        unit = self.units[name]
        is_arm = self._is(0.5)
        self.units[name] = replace(unit, is_arm=not unit.is_arm) if is_arm else replace(unit, has_module=self._is(0.5))
        return f"turn {name} {self.units[name]}"

    def constrain(self) -> str:
        self.is_constrained = not self.is_constrained
        return f"constraints: {self.is_constrained}"

    def _meddle(self, project: Project) -> str:
        """Change what builds left."""
        state = project.path / ".aws-sam"
        sets = state / "samix" / "sets"
        files = [file for file in sets.rglob("*") if file.is_file()]
        way = self.random.choice(["bare sam", "no deps", "no sets", "file", "description"])
        if way == "bare sam":
            project.sam("build", "--cached", **_variables(project, is_constrained=self.is_constrained))
        elif way == "no deps":
            remove_tree(state / "deps")
        elif way == "no sets":
            remove_tree(sets)
        elif files and way == "file":
            with self.random.choice(files).open("r+") as file:
                file.write("#")
        else:
            for description in sets.glob("*/set.json"):
                description.write_text("{}")
        return way

    def _manifest(self) -> str:
        return self.random.choice([*_MANIFESTS])

    def _is(self, probability: float) -> bool:
        return self.random.random() < probability


def compare_sequence(seed: int, place: Path, oracle: Oracle) -> str:
    """Build the sequence of a seed in a place.

    Returns:
        What differs, nothing if all is the same.
    """
    sequence = _Sequence(Random(seed))  # noqa: S311 - no secret is made with it
    done = [sequence.start()]
    for number in range(_STEPS):
        project = _write(place / "app", sequence.units, oracle.index)
        variables = _variables(project, is_constrained=sequence.is_constrained)
        run = project.samix("build", *sequence.random.choice(_JOBS), **variables)
        wanted = oracle.artifacts(sequence.units, place / f"sam-{number}", is_constrained=sequence.is_constrained)
        if run.code:
            return "\n".join([*done, run.text])
        found = {name: differences(tree(project.build_dir / name), artifact) for name, artifact in wanted.items()}
        if any(found.values()):
            return "\n".join([*done, str({name: paths[:5] for name, paths in found.items() if paths}), run.text])
        done.append(sequence.change(project))
    return ""


def with_index(target: str, inputs: int, seed: int) -> str:
    """Build so many sequences. The directory of the first that differs is kept.

    Returns:
        What differs, if anything does.
    """
    del target
    top = Path(mkdtemp(prefix="dependency-sets-"))
    with still_index(top / "index") as index:
        oracle = Oracle(index)
        for each in range(seed, seed + inputs):
            place = top / str(each)
            found = compare_sequence(each, place, oracle)
            if found:
                return f"seed {each}, kept in {place}\n{found}\n"
            shutil.rmtree(place)
    shutil.rmtree(top)
    return ""

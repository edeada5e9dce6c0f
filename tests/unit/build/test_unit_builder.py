"""One build, where what lies about is not what a build leaves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.backend import stand_in
from support.model_sam import ModelSam
from support.project import differences, tree
from support.silent import Silent

from samix.options.build_type import BuildType, BuildTypeDefault
from samix.report.timeline import Timeline
from samix.sam.process import LostError, OvertimeError, StalledError, UnhostableError
from samix.state.build_toml import read_definitions
from samix.state.layout import Layout
from samix.state.sam_hashes import sam_source_hash
from samix.state.store import Store
from samix.units.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.around import Around

    from samix.build.run import Backend
    from samix.options.merge import BuildOptions
    from samix.sam.sam_run import SamRun

TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: app.handler}
"""

UNPINNED = "alpha-1.0.dist-info"  # what the model of an installer leaves of it says a version, and the manifest none

CONTAINER = BuildTypeDefault(BuildType.CONTAINER, "default")


@pytest.fixture
def options(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("one")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return make_options(tmp_path)


def test_directory_in_place_of_the_log_does_not_stop_a_build(
    tmp_path: Path, options: BuildOptions, backend: Backend
) -> None:
    (tmp_path / ".aws-sam" / "samix" / "logs" / "Fn.log").mkdir(parents=True)
    assert backend.build(options, {}, Silent()).is_complete


def test_build_that_never_starts_sam_shows_no_earlier_log(
    options: BuildOptions, around: Around, tmp_path: Path, backend: Backend
) -> None:
    class Refusing(ModelSam):
        def run(self, run: SamRun) -> int:
            assert not run.log.exists()
            raise OSError("no room")

    assert backend.build(options, {}, Silent()).is_complete
    (tmp_path / "src" / "app.py").write_text("two")
    [outcome] = stand_in(around, Refusing(around)).build(options, {}, Silent()).outcomes
    assert (outcome.result, outcome.reason, outcome.log) == (Result.FAILED, "no room", None)


@pytest.mark.parametrize(("meddles", "on_earlier"), [(False, [True]), (True, [True, False])])
def test_unit_whose_dependencies_change_is_built_from_nothing(
    options: BuildOptions, around: Around, tmp_path: Path, meddles: bool, on_earlier: list[bool]
) -> None:
    runs = []

    class Meddled(ModelSam):
        def run(self, run: SamRun) -> int:
            assert run.state
            earlier = [*(run.state / "deps").glob("*")]
            runs.append(bool(earlier))
            for dependencies in earlier if meddles else ():
                (dependencies / "planted.py").touch()
            return super().run(run)

    (tmp_path / "src" / "requirements.txt").write_text("six\n")
    backend = stand_in(around, Meddled(around))
    assert backend.build(options, {}, Silent()).is_complete
    (tmp_path / "src" / "app.py").write_text("two")
    assert backend.build(options, {}, Silent()).is_complete
    assert runs == [False, *on_earlier]


def test_source_on_earlier_dependencies_has_its_own_hash(options: BuildOptions, around: Around, tmp_path: Path) -> None:
    sam = ModelSam(around)
    backend = stand_in(around, sam)
    source = tmp_path / "src"
    (source / "requirements.txt").write_text("alpha")
    assert backend.build(options, {}, Silent()).is_complete
    (source / "app.py").write_text("two")

    assert backend.build(options, {}, Silent()).is_complete

    assert (sam.built, sam.downloaded) == (["Fn", "Fn"], ["Fn"])
    [definition] = read_definitions(tmp_path / ".aws-sam" / "build.toml")
    assert definition.fields["source_hash"] == sam_source_hash(source)
    (source / "app.py").write_text("one")
    assert sam.build(tmp_path, cached=True, in_container=True)
    assert (tmp_path / ".aws-sam" / "build" / "Fn" / "app.py").read_text() == "one"


def test_a_run_that_succeeds_and_leaves_no_artifact_has_failed(options: BuildOptions, around: Around) -> None:
    class Empty(ModelSam):
        def run(self, run: SamRun) -> int:
            code = super().run(run)
            shutil.rmtree(Path(run.arguments[run.arguments.index("--build-dir") + 1]) / "Fn")
            return code

    backend = stand_in(around, Empty(around))
    [outcome] = backend.build(options, {}, Silent()).outcomes
    assert outcome.result is Result.FAILED
    told = "sam build succeeded but left no artifact. See the log, and run sam build Fn to compare."
    assert outcome.reason == told


@dataclass
class Lost(ModelSam):
    """Loses the first run, after it has done its work."""

    places: list[Path] = field(default_factory=list)
    runs: int = 0

    def run(self, run: SamRun) -> int:
        self.runs += 1
        self.places += [Path(run.arguments[run.arguments.index("--build-dir") + 1])]
        self.places += [run.state] if run.state else []
        code = super().run(run)
        if self.runs == 1:
            raise LostError
        return code


@pytest.mark.parametrize(("hosts", "places"), [(True, 4), (False, 2)])
def test_lost_run_is_repeated_in_a_place_of_its_own(
    hosts: bool, places: int, options: BuildOptions, around: Around
) -> None:
    sam = Lost(around, hosts=hosts)
    backend = stand_in(around, sam)
    assert backend.build(options, {}, Silent()).is_complete
    assert len(set(sam.places)) == places
    assert not any(place.exists() for place in sam.places)


_NO_ANSWER = "Builder crashed: \n\nError: Expecting value: line 1 column 1 (char 0)\n"
_GONE = (
    "Error: 500 Server Error for http+docker://localhost/v1.41/containers/1a/archive?path=%2Ftmp: Internal Server Error"
    ' ("open /proc/47/ns/mnt: no such file or directory")\n'
)


@dataclass
class Unanswered(ModelSam):
    """Gets no answer from the builders of so many runs; says so."""

    times: int = 1
    says: str = _NO_ANSWER
    runs: int = 0

    def run(self, run: SamRun) -> int:
        self.runs += 1
        code = super().run(run)
        if self.runs > self.times:
            return code
        run.log.write_text(self.says)
        return 1


@pytest.mark.parametrize(
    ("build_type", "times", "runs"),
    [(BuildType.CONTAINER, 1, 2), (BuildType.CONTAINER, 2, 2), (BuildType.HOST, 1, 1)],
    ids=["once", "each time", "on the host"],
)
@pytest.mark.parametrize("says", [_NO_ANSWER, _GONE], ids=["no answer", "lost container"])
def test_failure_of_the_engine_is_tried_once_more(
    says: str,
    build_type: BuildType,
    times: int,
    runs: int,
    options: BuildOptions,
    around: Around,
) -> None:
    sam = Unanswered(around, times=times, says=says)
    backend = stand_in(around, sam)
    timeline = Timeline()
    result = backend.build(replace(options, default_type=BuildTypeDefault(build_type, "default")), {}, timeline)
    assert result.is_complete == (runs > times)
    assert sam.runs == runs
    assert [run.retries for run in timeline.runs] == [runs - 1]
    [outcome] = result.outcomes
    assert (", tried 2 times" in outcome.reason) == (times == 2)


@dataclass
class Stalled(ModelSam):
    """Waits for ever in so many runs."""

    times: int = 1
    runs: int = 0

    def run(self, run: SamRun) -> int:
        self.runs += 1
        if self.runs <= self.times:
            raise StalledError("it has ended")
        return super().run(run)


@pytest.mark.parametrize(("times", "runs"), [(2, 3), (3, 3)], ids=["twice", "each time"])
def test_a_unit_whose_sam_waits_for_ever_is_tried_again(
    times: int, runs: int, options: BuildOptions, around: Around
) -> None:
    sam = Stalled(around, times=times)
    backend = stand_in(around, sam)
    timeline = Timeline()
    result = backend.build(replace(options, default_type=CONTAINER), {}, timeline)
    assert result.is_complete == (runs > times)
    assert sam.runs == runs
    assert [run.retries for run in timeline.runs] == [2]
    [outcome] = result.outcomes
    expected = "not built yet" if runs > times else "waited forever for its container, 3 times: it has ended. The log"
    assert expected in outcome.reason


@dataclass
class Asked(ModelSam):
    """Says what sam says, and is asked whether it will go on."""

    told: list[str | None] = field(default_factory=list)

    def run(self, run: SamRun) -> int:
        assert run.hear
        run.hear(b"SAM_CONTAINER_ID: a751ee0bdf34\n", b"")
        self.told = [run.why_stalled(40) for _ in range(3)] if run.why_stalled else []
        return super().run(run)


@pytest.mark.parametrize(
    ("build_type", "told"), [(BuildType.CONTAINER, [None, None, "a751ee0bdf34 has ended"]), (BuildType.HOST, [])]
)
def test_a_container_is_looked_at_whose_unit_is_built_in_one(
    build_type: BuildType,
    told: list[str | None],
    options: BuildOptions,
    around: Around,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sam = Asked(around)
    backend = stand_in(around, sam)
    monkeypatch.setattr("samix.sam.stall._work_of", lambda *_: {"1": "2"})
    monkeypatch.setattr(around, "container_problem", lambda container: f"{container} has ended")
    assert backend.build(
        replace(options, default_type=BuildTypeDefault(build_type, "default")), {}, Silent()
    ).is_complete
    assert sam.told == told


def test_nothing_is_tried_again_in_a_build_that_is_being_ended(options: BuildOptions, around: Around) -> None:
    sam = Unanswered(around, are_ended=True)
    backend = stand_in(around, sam)
    assert not backend.build(replace(options, default_type=CONTAINER), {}, Silent()).is_complete
    assert sam.runs == 1


@pytest.fixture
def many(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    """Ten functions and a layer, of which each batch may have several."""
    function = (
        "    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: {0}, Runtime: python3.12, Handler: a.b}}\n"
    )
    layer = (
        "    Type: AWS::Serverless::LayerVersion\n    Metadata: {BuildMethod: python3.12}\n"
        "    Properties: {ContentUri: Layer}\n"
    )
    names = [f"Fn{number}" for number in range(10)]
    text = "".join(f"  {name}:\n{function.format(name)}" for name in names)
    (tmp_path / "template.yaml").write_text(f"Resources:\n{text}  Layer:\n{layer}")
    for name in (*names, "Layer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(name)
    return make_options(tmp_path, jobs=1)


@dataclass
class Watched(ModelSam):
    """Writes down what each run builds."""

    runs: list[list[str]] = field(default_factory=list)

    def run(self, run: SamRun) -> int:
        before = len(self.built)
        code = super().run(run)
        self.runs.append(sorted(self.built[before:]))
        return code


@pytest.fixture
def watched(around: Around) -> Watched:
    return Watched(around)


def test_units_that_are_like_each_other_share_a_run(
    many: BuildOptions, around: Around, watched: Watched, tmp_path: Path
) -> None:
    backend = stand_in(around, watched)
    result = backend.build(many, {}, Silent())
    assert result.is_complete
    assert [len(run) for run in watched.runs] == [11]
    assert {outcome.result for outcome in result.outcomes} == {Result.BUILT}
    for outcome in result.outcomes:
        name = outcome.unit.name
        assert (outcome.log or tmp_path).read_text().startswith("One run of sam for Layer; Fn0; Fn1; ")
        artifact = tmp_path / ".aws-sam" / "build" / name
        assert [path.read_text() for path in artifact.rglob("app.py")] == [name]
    assert len(read_definitions(tmp_path / ".aws-sam" / "build.toml")) == 11
    assert {outcome.result for outcome in backend.build(many, {}, Silent()).outcomes} == {Result.REUSED}


def test_a_unit_that_fails_takes_no_other_with_it(
    many: BuildOptions, around: Around, watched: Watched, tmp_path: Path
) -> None:
    backend = stand_in(around, watched)
    watched.failing.add("Fn3")
    result = backend.build(many, {}, Silent())
    assert {outcome.unit.name: outcome.result for outcome in result.outcomes if not outcome.is_good} == {
        "Fn3": Result.FAILED
    }
    assert [len(run) for run in watched.runs][1:] == [1] * 11
    assert all((outcome.log or tmp_path).read_text() == "built\n" for outcome in result.outcomes)


@pytest.mark.parametrize(
    ("change", "alone"),
    [
        pytest.param(("{CodeUri: Fn1,", "{CodeUri: Fn1, Architectures: [arm64],"), set(), id="another architecture"),
        pytest.param(
            ("  Fn1:\n", "  Fn1:\n    Metadata: {BuildDependsOn: [Fn2]}\n"), {"Fn1"}, id="what needs an artifact"
        ),
        pytest.param(("  Fn1:\n", "  Fn1:\n    Metadata: {BuildMethod: makefile}\n"), {"Fn1"}, id="a makefile"),
        pytest.param(("  Fn1:\n", "  Fn1:\n    Metadata: {BuildType: container}\n"), {"Fn1"}, id="in a container"),
        pytest.param(("  Fn1:\n", "  Fn1:\n    Metadata: {BuildMethod: python-uv}\n"), {"Fn1"}, id="uv"),
        pytest.param(("  Fn1:\n", "  Fn1:\n    Metadata: {Other: !Ref Layer}\n"), {"Fn1"}, id="what refers to another"),
    ],
)
def test_units_that_are_built_otherwise_have_a_run_of_their_own(
    many: BuildOptions, around: Around, watched: Watched, tmp_path: Path, change: tuple[str, str], alone: set[str]
) -> None:
    template = tmp_path / "template.yaml"
    assert change[0] in template.read_text()
    template.write_text(template.read_text().replace(*change))
    assert stand_in(around, watched).build(many, {}, Silent()).is_complete
    assert {name for run in watched.runs if len(run) == 1 for name in run} == alone


def test_requirements_that_lead_elsewhere_are_built_alone(
    many: BuildOptions, around: Around, watched: Watched, tmp_path: Path
) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "Fn1" / "requirements.txt").write_text("./common\n")
    assert stand_in(around, watched).build(many, {}, Silent()).is_complete
    assert ["Fn1"] in watched.runs


@dataclass
class Recorder(ModelSam):
    """Writes down how it is run."""

    runs: list[SamRun] = field(default_factory=list)

    def run(self, run: SamRun) -> int:
        self.runs.append(run)
        return super().run(run)


@pytest.mark.parametrize("hosts", [True, False])
def test_sam_runs_where_the_user_is(hosts: bool, options: BuildOptions, around: Around, tmp_path: Path) -> None:
    sam = Recorder(around, hosts=hosts)
    backend = stand_in(around, sam)
    assert backend.build(options, {}, Silent()).is_complete
    [run] = sam.runs
    assert run.directory == tmp_path
    place = Path(run.arguments[run.arguments.index("--build-dir") + 1])
    template = Path(run.arguments[run.arguments.index("--template-file") + 1])
    assert place.parent == tmp_path / ".aws-sam"
    assert template.parent.parent == tmp_path / ".aws-sam" / "samix" / "units"
    assert run.state == (template.parent if hosts else None)
    assert run.wording.places == {
        str(place): str(tmp_path / ".aws-sam" / "build"),
        f".aws-sam/{place.name}": ".aws-sam/build",
    }
    assert not place.exists()
    assert not template.parent.exists()


def test_a_log_names_places_as_a_bare_sam_does(
    make_options: Callable[..., BuildOptions],
    options: BuildOptions,
    around: Around,
    tmp_path: Path,
) -> None:
    """Also those behind a link, and those of a build dir elsewhere."""
    link = tmp_path.with_name(f"{tmp_path.name}-link")
    link.symlink_to(tmp_path)
    sam = Recorder(around)
    backend = stand_in(around, sam)
    assert backend.build(make_options(link, build_dir=link / "out" / "build"), {}, Silent()).is_complete
    [run] = sam.runs
    name = Path(run.arguments[run.arguments.index("--build-dir") + 1]).name
    assert run.wording.places == {
        f"{link}/.aws-sam/{name}": f"{link}/out/build",
        f"{tmp_path}/.aws-sam/{name}": f"{tmp_path}/out/build",
        f".aws-sam/{name}": "out/build",
    }
    assert options.project == tmp_path


def test_a_sam_that_is_not_hosted_makes_the_same(options: BuildOptions, around: Around, tmp_path: Path) -> None:
    (tmp_path / "src" / "requirements.txt").write_text("alpha")
    trees, definitions = [], []
    for hosts in (True, False):
        sam = ModelSam(around, hosts=hosts)
        backend = stand_in(around, sam)
        assert backend.build(options, {}, Silent()).is_complete
        trees.append(tree(tmp_path / ".aws-sam" / "build"))
        [definition] = read_definitions(tmp_path / ".aws-sam" / "build.toml")
        definitions.append(definition.fields)
        places = [tmp_path / ".aws-sam" / name / definition.uuid for name in ("cache", "deps")]
        assert all(place.is_dir() for place in places)
        assert backend.build(options, {}, Silent()).is_unchanged
        assert sam.build(tmp_path, cached=True)
        assert (sam.built, sam.downloaded) == (["Fn", "Fn"], ["Fn"])  # sam itself looks at the manifest alone
        shutil.rmtree(tmp_path / ".aws-sam")
    assert differences(*trees) == []
    assert definitions[0] == definitions[1]


def test_a_sam_that_is_not_hosted_builds_each_unit_by_itself(
    many: BuildOptions, around: Around, tmp_path: Path
) -> None:
    sam = Watched(around, hosts=False)
    backend = stand_in(around, sam)
    (tmp_path / "Fn1" / "requirements.txt").write_text("alpha")
    assert backend.build(many, {}, Silent()).is_complete
    assert [len(run) for run in sam.runs] == [1] * 11
    (tmp_path / "Fn1" / "app.py").write_text("another")
    assert backend.build(many, {}, Silent()).is_complete
    assert sam.runs[11:] == [["Fn1"]]
    assert sam.downloaded == ["Fn1", "Fn1"]
    assert (tmp_path / ".aws-sam" / "build" / "Fn1" / "app.py").read_text() == "another"


@pytest.fixture
def alike(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    """Two functions that need the same dependencies."""
    names = ("A", "B")
    functions = "".join(TEMPLATE.partition("\n")[2].replace("Fn", name).replace("src", name) for name in names)
    (tmp_path / "template.yaml").write_text(f"Resources:\n{functions}")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(name)
        (tmp_path / name / "requirements.txt").write_text("alpha==1.0")
    return make_options(tmp_path, jobs=1)


def _sets(project: Path) -> list[Path]:
    return list((project / ".aws-sam" / "samix" / "sets").glob("*"))


@pytest.mark.parametrize(("hosts", "installed"), [(True, ["A"]), (False, ["A", "B"])])
def test_only_a_sam_that_is_hosted_shares_dependencies(
    hosts: bool, installed: list[str], alike: BuildOptions, around: Around, tmp_path: Path
) -> None:
    sam = ModelSam(around, hosts=hosts)
    result = stand_in(around, sam).build(alike, {}, Silent())
    assert sam.downloaded == installed
    assert [outcome.reason for outcome in result.outcomes] == [
        "not built yet",
        "not built yet; with the dependencies of A" if hosts else "not built yet",
    ]
    assert len(_sets(tmp_path)) == hosts


@pytest.mark.parametrize(
    ("step", "result"),
    [("PythonPipBuilder:ResolveDependencies", Result.SKIPPED), ("PythonPipBuilder:CopySource", Result.BUILT)],
)
def test_installation_that_takes_too_long_is_told_once(
    step: str, result: Result, alike: BuildOptions, around: Around
) -> None:
    class Slow(ModelSam):
        def run(self, run: SamRun) -> int:
            if run.log.name == "A.log":
                run.log.parent.mkdir(parents=True, exist_ok=True)
                run.log.write_text(f"Building codeuri: A\n Running PythonPipBuilder:CleanUp\n Running {step}\n")
                raise OvertimeError
            return super().run(run)

    first, second = stand_in(around, Slow(around)).build(replace(alike, timeout=5), {}, Silent()).outcomes
    assert (first.result, first.reason) == (Result.FAILED, "took longer than 5 s (--timeout)")
    assert second.result is result
    if result is Result.SKIPPED:
        assert second.reason == "needs the dependencies of A, which could not be installed"


def test_manifest_that_another_unit_writes_is_not_shared(alike: BuildOptions, around: Around, tmp_path: Path) -> None:
    class Writing(ModelSam):
        def run(self, run: SamRun) -> int:
            if run.log.name == "M.log":
                (tmp_path / "A" / "requirements.txt").write_text("beta==2.0")
            return super().run(run)

    (tmp_path / "M").mkdir()
    (tmp_path / "M" / "Makefile").write_text("build-M:\n\techo beta==2.0 > ../A/requirements.txt\n")
    makefile = """\
  M:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: M, Runtime: provided.al2023, Handler: app.handler}
"""
    alike.template.write_text(alike.template.read_text().replace("Resources:\n", f"Resources:\n{makefile}"))
    backend = stand_in(around, Writing(around))
    for _ in range(2):
        assert backend.build(alike, {}, Silent()).is_complete
    built = tmp_path / ".aws-sam" / "build"
    assert sorted(path.name for path in (built / "A").iterdir() if path.is_dir()) == ["beta==2.0"]
    assert sorted(path.name for path in (built / "B").iterdir() if path.is_dir()) == ["alpha==1.0"]


def test_build_that_failed_leaves_nothing_of_a_killed_one(alike: BuildOptions, around: Around, tmp_path: Path) -> None:
    sam = ModelSam(around, failing={"B"})
    assert not stand_in(around, sam).build(alike, {}, Silent()).is_complete
    root = tmp_path / ".aws-sam"
    assert not Store.open(Layout(tmp_path, root / "build", root / "cache")).has_leftovers


def test_missing_beta_features_are_the_reason(options: BuildOptions, around: Around) -> None:
    class Asking(ModelSam):
        def run(self, run: SamRun) -> int:
            run.log.parent.mkdir(parents=True, exist_ok=True)
            run.log.write_text('Build method "python-uv" is a beta feature.\nPlease confirm [y/N]: Aborted!\n')
            return 1

    [outcome] = stand_in(around, Asking(around)).build(options, {}, Silent()).outcomes
    assert outcome.reason == (
        "sam builds python-uv only with --beta-features, or with SAM_CLI_BETA_FEATURES=1 in its environment"
    )


def test_build_that_failed_keeps_no_set_that_is_not_pinned(alike: BuildOptions, around: Around, tmp_path: Path) -> None:
    class Failing(ModelSam):
        def run(self, run: SamRun) -> int:
            assert len(_sets(tmp_path)) == len(self.downloaded)
            if run.log.name == "B.log":
                return 1
            return super().run(run)

    for name in "AB":
        (tmp_path / name / "requirements.txt").write_text(UNPINNED)
    assert not stand_in(around, Failing(around)).build(alike, {}, Silent()).is_complete
    assert _sets(tmp_path) == []


def test_what_one_unit_alone_needs_is_kept_only_if_it_is_pinned(
    alike: BuildOptions, around: Around, tmp_path: Path
) -> None:
    (tmp_path / "A" / "requirements.txt").write_text(UNPINNED)
    made: dict[str, int] = {}

    class Noting(ModelSam):
        def run(self, run: SamRun) -> int:
            made[run.log.stem] = len(_sets(tmp_path))
            return super().run(run)

    assert stand_in(around, Noting(around)).build(alike, {}, Silent()).is_complete
    assert made == {"A": 0, "B": 0}
    assert len(_sets(tmp_path)) == 1


@dataclass
class Unhostable(Recorder):
    """Keeps its state elsewhere than samix knows, which is found out by running it."""

    told: list[str] = field(default_factory=list)

    def run(self, run: SamRun) -> int:
        if self.hosts:
            self.told.append(run.arguments[2])
            self.hosts = False
            raise UnhostableError
        return super().run(run)


def test_a_sam_that_cannot_be_hosted_is_run_once_more_without(options: BuildOptions, around: Around) -> None:
    sam = Unhostable(around)
    backend = stand_in(around, sam)
    timeline = Timeline()
    assert backend.build(options, {}, timeline).is_complete
    assert sam.told == ["--cached"]
    assert [run.arguments[2:4] for run in sam.runs] == [["Fn", "--no-cached"]]
    assert [run.retries for run in timeline.runs] == [0]


def test_a_source_is_built_whole_if_sam_cannot_be_hosted(options: BuildOptions, around: Around, tmp_path: Path) -> None:
    (tmp_path / "src" / "requirements.txt").write_text("alpha")
    sam = Unhostable(around, hosts=False)
    backend = stand_in(around, sam)
    assert backend.build(options, {}, Silent()).is_complete
    (tmp_path / "src" / "app.py").write_text("two")
    sam.hosts = True
    assert backend.build(options, {}, Silent()).is_complete
    assert sam.told == ["--cached"]
    assert sam.downloaded == ["Fn", "Fn"]
    assert (tmp_path / ".aws-sam" / "build" / "Fn" / "app.py").read_text() == "two"


def test_units_share_no_run_of_a_sam_that_cannot_be_hosted(many: BuildOptions, around: Around) -> None:
    sam = Unhostable(around)
    backend = stand_in(around, sam)
    result = backend.build(many, {}, Silent())
    assert {outcome.result for outcome in result.outcomes} == {Result.BUILT}
    assert sam.told == ["--cached"]
    assert len(sam.runs) == 11
    assert {run.state for run in sam.runs} == {None}


@pytest.mark.parametrize("name", ["logs", "finished"])
def test_build_with_nothing_to_do_empties_no_linked_directory(
    name: str,
    tmp_path: Path,
    options: BuildOptions,
    backend: Backend,
) -> None:
    assert backend.build(options, {}, Silent()).is_complete
    place, away = tmp_path / ".aws-sam" / "samix" / name, tmp_path / "away"
    away.mkdir()
    (away / "mine.txt").write_text("mine")
    if place.exists():
        shutil.rmtree(place)
    place.symlink_to(away)
    assert backend.build(options, {}, Silent()).is_unchanged
    assert (away / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("version", "method", "is_cached"),
    [
        ("1.155.2", "python-uv", False),
        ("1.161.1", "python-uv", False),
        ("1.162.0", "python-uv", True),
        ("1.161.1", "", True),
    ],
)
def test_cache_that_breaks_a_builder_of_this_sam_is_not_used(
    version: str, method: str, is_cached: bool, options: BuildOptions, around: Around
) -> None:
    runs: list[Sequence[str]] = []

    class Noting(ModelSam):
        def run(self, run: SamRun) -> int:
            runs.append(run.arguments)
            return super().run(run)

    around.version = version
    backend = stand_in(around, Noting(around))
    if method:
        text = options.template.read_text()
        options.template.write_text(
            text.replace("    Properties:", f"    Metadata: {{BuildMethod: {method}}}\n    Properties:")
        )
    backend.build(options, {}, Silent())
    assert [("--cached" in run, "--no-cached" in run) for run in runs] == [(is_cached, not is_cached)]

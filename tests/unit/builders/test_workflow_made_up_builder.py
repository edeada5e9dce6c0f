"""A new builder takes one row of the table and one module: all of samix then knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.around import Around
from support.made_up_builder import ROW
from support.silent import Silent

from samix.builders.variables import find_variables
from samix.builders.workflow import WORKFLOWS, tools_of
from samix.plan.plan import Plan, make_plan
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.stacks import load_application
from samix.units.outcome import Result
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.build.run import Backend
    from samix.builders.texts import Text
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

MAIN, TAX = "fn/main.cob", "shared/tax.cpy"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: fn, Runtime: cobol85, Handler: a}
  Typo:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: s3://bucket/key, Runtime: coboll85, Handler: a}
"""


@pytest.fixture
def environ() -> dict[str, str]:
    return {"COB_FLAGS": "-O2", "COB_CACHE": "/cache", "RATE": "5", "OTHER": "1"}


class _Machine(Around):
    """A machine with the tools and variables that the table of builders asks for."""

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        return {tool.name: self.programs[tool.name] for tool in tools_of(unit, source)}

    def variables(self, unit: Unit, texts: Mapping[str, Text]) -> Mapping[str, str]:
        return find_variables(unit, texts, self.environ)


@pytest.fixture
def around(environ: dict[str, str]) -> Around:
    return _Machine(programs={"cobc": "3.2"}, environ=environ)


@pytest.fixture
def look(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    around: Around,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], tuple[Plan, BuildOptions]]:
    """The plan of an application with a function that a made-up builder builds."""
    for path, text in {
        "template.yaml": TEMPLATE,
        MAIN: '  COPY "../shared/tax.cpy"\n  ACCEPT X FROM ENVIRONMENT "RATE"\n',
        TAX: "01 TAX.",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setitem(WORKFLOWS, "cobol", ROW)
    options = make_options(tmp_path, jobs=1)

    def look() -> tuple[Plan, BuildOptions]:
        store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
        application = load_application(options.template, options.parameters, raw_paths=False)
        return make_plan(application, options, store, around), options

    return look


def test_the_plan_knows_a_new_builder(look: Callable[[], tuple[Plan, BuildOptions]]) -> None:
    plan, _ = look()
    fingerprint = plan.units["Fn"].fingerprint
    assert fingerprint.parts[Cause.TOOL] == {"cobc": "3.2"}
    assert fingerprint.parts[Cause.VARIABLE].keys() == {"COB_FLAGS", "RATE"}
    assert fingerprint.sources.entries.keys() == {"", "main.cob", "../shared/tax.cpy"}
    assert any("Did you mean cobol85, not coboll85?" in str(note) for note in plan.notes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _, environ, __: environ.update(COB_FLAGS="-O0"), Reason(Cause.VARIABLE, "variable COB_FLAGS changed")),
        (lambda _, environ, __: environ.update(COB_CACHE="/var"), None),
        (lambda _, __, around: around.programs.update(cobc="4.0"), Reason(Cause.TOOL, "cobc 3.2 → 4.0")),
        (lambda root, *_: (root / TAX).write_text("01 VAT."), Reason(Cause.SOURCE, f"{TAX} changed")),
        (lambda root, *_: (root / MAIN).write_text("STOP RUN."), Reason(Cause.MANIFEST, f"{MAIN} changed")),
    ],
    ids=["variable", "other variable", "tool", "outside", "manifest"],
)
def test_a_build_with_a_new_builder_is_stale_after_a_change(
    look: Callable[[], tuple[Plan, BuildOptions]],
    backend: Backend,
    tmp_path: Path,
    environ: dict[str, str],
    around: Around,
    change: Callable[[Path, dict[str, str], Around], object],
    reason: Reason | None,
) -> None:
    _, options = look()
    [outcome] = backend.build(options, {}, Silent()).outcomes
    assert outcome.result is Result.BUILT
    assert not look()[0].to_build
    change(tmp_path, environ, around)
    reasons = [reason for planned in look()[0].to_build for reason in planned.reasons]
    assert reason in reasons if reason else not reasons

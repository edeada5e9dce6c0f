"""Makes sam check all templates of an application without building anything.

sam reads all templates and turns them into functions and layers (`BuildContext.set_up`), whatever it builds afterwards.
The run of a unit has a template of its own, which lacks most of them, and a unit that is up to date has no run.
Therefore one run of sam reads them all and builds nothing; it may go on at the same time as those of units.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.atomic import write_atomically
from samix.files.copies import remove_tree
from samix.files.safe_read import read_text
from samix.host.sam_program import sam_environment
from samix.messages.errors import SamixError, TemplateError
from samix.messages.location import Location
from samix.plan.fingerprint import without_place
from samix.sam.checked_template import checked_templates
from samix.sam.command import checking_arguments
from samix.sam.error import read_error
from samix.sam.process import LostError, OvertimeError
from samix.sam.sam_run import SamRun
from samix.template.dump import dump_for_sam
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.plan.plan import Plan
    from samix.sam.process import Runner
    from samix.state.layout import Layout
    from samix.template.stacks import Application
    from samix.template.value import Value

_MOST_LOST = 3
_LAST_LINES = 5
# the exceptions of `samtranslator.model.exceptions`, and those of `SamFunctionProvider`
_NAMES_RESOURCE = re.compile(r"(?:Resource with id \[|InvalidResourceException\('|for function: )([^\]'\s]+)")
_NAMES_GLOBALS = "InvalidGlobalsSectionException("


def templates_digest(application: Application, options: BuildOptions, secret: bytes) -> str:
    """A digest of the templates of all stacks, as they are written and with the values of this build.

    It does not depend on where the project lies. The order of keys counts, because sam looks at the first key of some
    mappings. The digest is keyed with the project's secret, because parameters may contain secret values.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    root = str(options.code_root)
    for stack in application.stacks:
        # what is included, and what conditions and parameters result in, is in the resolved resources alone
        parts: list[Value] = [stack.path, stack.data, dict(stack.resources), stack.parameters, options.region]
        digest.update(repr(without_place(parts, root)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def check_templates(
    sam: Path, plan: Plan, options: BuildOptions, environ: Mapping[str, str], layout: Layout, runner: Runner
) -> None:
    """Make sam read all templates of an application, in the environment `environ`, and build nothing of it.

    Raises:
        TemplateError: sam refuses something.
        SamixError: sam ended otherwise, or took too long.
        OSError: A workspace cannot be made.
    """
    for _ in range(_MOST_LOST):
        if _are_read(sam, plan, options, environ, layout, runner):
            return
    raise SamixError("sam ended without a result each time it read the template.")


def _are_read(
    sam: Path, plan: Plan, options: BuildOptions, environ: Mapping[str, str], layout: Layout, runner: Runner
) -> bool:
    """Whether a run of sam ended in a workspace that nothing removed meanwhile, as a makefile may, file by file."""
    names = {resource.logical_id for unit in plan.all_units.values() for resource in unit.resources}
    state: Path | None = None
    try:
        layout.workspaces.mkdir(parents=True, exist_ok=True)
        state = Path(tempfile.mkdtemp(prefix="check.", dir=layout.workspaces))
        log = state / "check.log"
        templates = checked_templates(plan.application, state)
        for file, template in templates.items():
            write_atomically(file, dump_for_sam(template), mode=0o600)
        code = runner.run(
            SamRun(
                checking_arguments(sam, next(iter(templates)), names, options, state),
                directory=options.project,
                environment=sam_environment(environ, {}),
                log=log,
                state=state if runner.hosts else None,
                timeout=options.timeout,
            )
        )
        if code != 0 and all(file.exists() for file in (log, *templates)):
            raise _refusal(code, log, plan.application)
    except LostError:
        return False
    except OvertimeError:
        raise SamixError(f"sam took longer than {options.timeout:g} s (--timeout) to read the template.") from None
    except FileNotFoundError as error:
        if not Path(error.filename or "").is_relative_to(layout.workspaces):
            raise
        return False
    else:
        return code == 0
    finally:
        if state:
            remove_tree(state)


def _refusal(code: int, log: Path, application: Application) -> SamixError:
    """The error for a run that failed: in sam's own words, at the resource that they name."""
    said = read_error(log)
    if said is None:
        ended = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
        last = read_text(log, errors="replace").strip().splitlines()[-_LAST_LINES:]
        return SamixError("\n".join([f"sam {ended} while it was reading the template:", *last]))
    where = _place(said.message, application) or Location(application.stacks[0].template.path)
    return TemplateError(f"sam refuses the template:\nError: {said.message}", where=where)


def _place(message: str, application: Application) -> Location | None:
    """The location of the first thing that sam names and only one stack has; None if there is none."""
    if _NAMES_GLOBALS in message:
        templates = [stack.template for stack in application.stacks if "Globals" in stack.data]
        return templates[0].locate("Globals") if len(templates) == 1 else None
    for name in _NAMES_RESOURCE.findall(message):
        stacks = [stack for stack in application.stacks if name in as_mapping(stack.data.get("Resources"))]
        if len(stacks) == 1:
            return stacks[0].locate(name)
    return None

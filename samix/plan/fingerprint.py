"""What a unit's artifact is made from: equal fingerprints promise equal artifacts."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.generated import is_generated
from samix.builders.images import build_image_name
from samix.builders.question import GIT_CONFIG
from samix.builders.tool import BUILDERS
from samix.builders.variables import plain_value, read_texts
from samix.builders.workflow import is_of_platform
from samix.plan.checks import refuse_unbuildable
from samix.plan.sources import describe_changes, shown_path, source_path, take_sources
from samix.state.results import Results
from samix.state.source_lists import Sources
from samix.template.metadata import SAMIX_METADATA
from samix.template.references import DEPENDS_ON
from samix.template.types import WEB_FUNCTION
from samix.template.value import as_mapping
from samix.units.reasons import Cause, Parts, Reason

if TYPE_CHECKING:
    from samix.builders.outside import Outside
    from samix.files.copies import Digester
    from samix.host.host import Host
    from samix.options.merge import BuildOptions
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.template.value import Value
    from samix.units.unit import Unit

_PASSED_OVER = SAMIX_METADATA | {"SamResourceId"}
_OFTEN_UNKNOWN = frozenset({(Cause.SAM, ""), (Cause.BUILD_IMAGE, "content")})
# what comes and goes with the build type
_OF_THE_PLACE = frozenset({Cause.BUILD_IMAGE, Cause.OPTION, Cause.ENVIRONMENT, Cause.VARIABLE, Cause.HOST})
_HIDDEN = {Cause.ENVIRONMENT: "container environment value", Cause.VARIABLE: "variable"}  # shown by name alone
_LABELS = {Cause.SAM: "sam", Cause.COMMIT: "commit stamp"}
_LONGEST_SHOWN = 60
MADE = "made "  # before a path that builds make among the sources
_IN_JSON = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False)


@dataclass(frozen=True)
class Basis:
    """What a plan is made from."""

    application: Application
    options: BuildOptions
    store: Store
    host: Host

    @cached_property
    def results(self) -> Results:
        """What the builds of the project leave."""
        return Results.of(self.options.project, self.options.build_dir, self.options.cache_dir)


@dataclass(frozen=True)
class Fingerprint:
    """What an artifact is made from."""

    parts: Parts  # digest or text, by the kind of part and its name; a change of one is a reason of that kind
    sources: Sources = field(default_factory=lambda: Sources(""), compare=False, repr=False)  # behind their digest
    # gives the digest of a variable of the environment, whether it takes part or not; None if it is not set
    set_to: Callable[[str], str | None] = field(default=lambda _: None, compare=False, repr=False)

    def with_artifacts(self, digests: Mapping[str, str]) -> Fingerprint:
        """The fingerprint with the artifacts that the unit may use, by unit or by the path from its own."""
        return replace(self, parts={**self.parts, Cause.DEPENDENCY: digests})

    def changes_since(self, earlier: Parts, listing: Callable[[str], Mapping[str, str]]) -> list[Reason]:
        """What differs from a fingerprint that was taken before, of which `earlier` are the parts.

        `listing` gives the entries behind an earlier digest of the sources; none if they are not known.
        """
        found: list[Reason] = []
        moved = earlier.get(Cause.BUILD_TYPE) != self.parts.get(Cause.BUILD_TYPE)
        for cause in Cause:
            was, now = earlier.get(cause, {}), self.parts.get(cause, {})
            # where the host counts on one side alone, other reasons say why
            is_told_by_others = (moved and cause in _OF_THE_PLACE) or (cause is Cause.HOST and not (was and now))
            if was == now or is_told_by_others:
                continue
            for name in sorted(was.keys() | now.keys()):
                old, new = was.get(name), now.get(name)
                if old == new or ((old is None or new is None) and _is_often_unknown(cause, name)):
                    continue
                if name == BUILDERS and earlier.get(Cause.SAM) != self.parts.get(Cause.SAM):
                    continue  # it came with the other sam
                said = {reason.text for reason in found}  # the reason of the option names --manifest already
                found += [change for change in self._changes(cause, name, old, new, listing) if change.text not in said]
        if not found and Cause.HOST in self.parts and Cause.HOST not in earlier:
            found.append(Reason(Cause.HOST, "the host that built it is not recorded"))
        return found

    def _changes(
        self, cause: Cause, name: str, old: str | None, new: str | None, listing: Callable[[str], Mapping[str, str]]
    ) -> list[Reason]:
        """The reasons for which one part differs."""
        if cause is Cause.SOURCE and name.startswith(MADE):
            # what is not there is made again
            path = shown_path(name.removeprefix(MADE), self.sources)
            return [Reason(cause, f"{path} changed")] if old and new else []
        if cause is Cause.SOURCE:
            return self._source_changes(listing(old or ""))
        if cause is Cause.VARIABLE and new is None and old == self.set_to(name):
            return [Reason(cause, f"{_HIDDEN[cause]} {name} no longer read")]
        return [Reason(cause, _format_change(cause, name, old, new))]

    def _source_changes(self, earlier: Mapping[str, str]) -> list[Reason]:
        now = replace(self.sources, entries=self.sources.without_generated(self.sources.entries))
        changes = describe_changes(self.sources.without_generated(earlier), now) if earlier else []
        manifests = [change.text for change in changes if change.is_of_manifest]
        others = [change.text for change in changes if not change.is_of_manifest]
        found = [Reason(Cause.MANIFEST, _first_of(manifests))] if manifests else []
        if others or not manifests:
            found.append(Reason(Cause.SOURCE, _first_of(others) or "source changed"))
        return found


def _first_of(texts: list[str]) -> str:
    more = f" and {len(texts) - 1} more" if texts[1:] else ""
    return f"{texts[0]}{more}" if texts else ""


def _is_often_unknown(cause: Cause, name: str) -> bool:
    """Whether a part that is not known on both sides says nothing."""
    return cause is Cause.TOOL or (cause, name) in _OFTEN_UNKNOWN


def _format_change(cause: Cause, name: str, old: str | None, new: str | None) -> str:
    """A change of one part, for people."""
    if cause is Cause.BUILD_TYPE:
        return f"build type {old} → {new}"
    if cause is Cause.BUILD_IMAGE:
        return "build image changed" if name == "content" else f"build image {old or 'none'} → {new or 'none'}"
    if cause in _HIDDEN or name.startswith(GIT_CONFIG):
        return f"{_HIDDEN.get(cause, '')} {name} {_verb(old, new)}".lstrip()
    if cause is Cause.DEPENDENCY:
        what = "" if name.startswith("../") or ":" in name else "artifact of " if old and new else f"{DEPENDS_ON} "
        return f"{what}{name} {_verb(old, new)}"
    label = " ".join(filter(None, (_LABELS.get(cause, ""), name)))
    if old is None or new is None or len(old) + len(new) > _LONGEST_SHOWN:
        return f"{label} {_verb(old, new)}"
    return f"{label} {_plain(old)} → {_plain(new)}"


def _verb(old: str | None, new: str | None) -> str:
    return "added" if old is None else "removed" if new is None else "changed"


def _plain(text: str) -> str:
    """A part in its written form: a text in JSON without its quotes."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def take_fingerprint(
    unit: Unit,
    basis: Basis,
    digest: Digester | None = None,
    *,
    outside: Outside | None = None,
    generated: Collection[str] = (),
    keeps_whole: bool = False,
) -> Fingerprint:
    """The fingerprint of a unit, read from its sources and its host; all but `basis` are those of `take_sources`.

    Raises:
        TemplateError: The sources do not exist or cannot be read, or nothing says how to build them.
    """
    application, options, secret, host = basis.application, basis.options, basis.store.secret, basis.host
    take_digest = digest or basis.store.digest_of_source
    refuse_unbuildable(unit.first, application)
    files: list[str] = []

    def noted(path: str, status: os.stat_result) -> str:
        files.append(path)
        return take_digest(path, status)

    sources = take_sources(
        unit,
        application,
        options,
        noted,
        outside=outside,
        generated=generated,
        named=host.named_files(unit),
        results=basis.results,
        keeps_whole=keeps_whole,
    )
    source = source_path(unit, options)
    parts: dict[Cause, Mapping[str, str]] = {
        Cause.BUILD_TYPE: {"": unit.decision.build_type.value},
        Cause.DEFINITION: _definition(unit.first, str(options.code_root)),
        Cause.OPTION: _options(unit, options),
        Cause.SOURCE: {"": sources.digest} | {f"{MADE}{path}": made for path, made in sources.made.items()},
        Cause.TOOL: host.tools(unit, source),
    }
    if is_of_platform(unit, source, options.manifest):
        parts[Cause.HOST] = host.platform
    read = sorted(_not_generated(files, source, generated))
    texts = read_texts(unit, read, options.project)
    if source:
        revision = host.revision(unit, source, read, texts)
        settings = {name: value for name, value in revision.items() if name.startswith(GIT_CONFIG)}
        parts[Cause.COMMIT] = {**revision, **_digests(secret, settings)}
    sam = host.sam
    if sam:
        parts[Cause.SAM] = {"": sam}
    if unit.in_container:
        content = host.image(unit)
        parts[Cause.BUILD_IMAGE] = {"": build_image_name(unit) or ""} | ({"content": content} if content else {})
        parts[Cause.ENVIRONMENT] = _digests(secret, dict(unit.environment))
    parts[Cause.VARIABLE] = _digests(secret, host.variables(unit, texts))

    places = (os.fspath(options.project), options.real_project)

    def set_to(name: str) -> str | None:
        value = host.environ.get(name)
        if value is None:
            return None
        return _digests(secret, {name: plain_value(value, places, host.environ.get("HOME"))})[name]

    return Fingerprint({cause: named for cause, named in parts.items() if named}, sources, set_to)


def _not_generated(files: Iterable[str], source: Path | None, generated: Collection[str]) -> Iterable[str]:
    """The files that builds do not make; the others result from files that are read anyway."""
    if not generated or source is None:
        return files
    base = os.path.realpath(source)
    return (path for path in files if not is_generated(os.path.relpath(path, base), generated))


def _digests(secret: bytes, values: Mapping[str, str]) -> dict[str, str]:
    """Digests of values that may be secret."""
    return {name: hmac.new(secret, os.fsencode(value), hashlib.sha256).hexdigest() for name, value in values.items()}


def _definition(first: Resource, root: str) -> dict[str, str]:
    """What the template says of how a unit is built, each in JSON."""
    by_handler = first.is_built_by_handler or _has_parent_packages(first)
    values: dict[str, Value] = {
        "Type": first.type if first.type == WEB_FUNCTION else first.kind.value,
        "LogicalId": first.logical_id if first.is_built_by_makefile else None,
        "Runtime": first.properties.get("Runtime"),
        "CompatibleRuntimes": first.properties.get("CompatibleRuntimes"),
        "Handler": first.handler if by_handler else None,
        "Architecture": first.architecture,
    }
    values |= {f"Metadata {key}": value for key, value in first.metadata.items() if key not in _PASSED_OVER}
    return {name: _IN_JSON.encode(without_place(value, root)) for name, value in values.items() if value is not None}


def _options(unit: Unit, options: BuildOptions) -> dict[str, str]:
    """The options of the build that change what it makes."""
    given = {
        "SAM_BUILD_MODE": options.mode or "",
        "--build-in-source": "yes" if unit.is_in_source else "",
        "--manifest": os.path.relpath(options.manifest, options.code_root) if options.manifest else "",
    }
    if unit.in_container:
        given |= {
            "--mount-with": options.mount_with,
            "--mount-symlinks": "yes" if options.mount_symlinks else "",
        }
    return {name: value for name, value in given.items() if value}


def _has_parent_packages(resource: Resource) -> bool:
    """Whether the artifact contains the packages that the handler names (`_infer_parent_python_packages` in sam)."""
    return as_mapping(resource.metadata.get("BuildProperties")).get("ParentPackageMode") == "auto"


def without_place(value: Value, root: str) -> Value:
    """A value in which paths below the root are relative, so that it stays the same when a project is moved."""
    if isinstance(value, list):
        return [without_place(item, root) for item in value]
    if isinstance(value, dict):
        return {str(key): without_place(item, root) for key, item in value.items()}
    if isinstance(value, str) and (value == root or value.startswith(root.rstrip("/") + "/")):
        return os.path.relpath(value, root)
    return value

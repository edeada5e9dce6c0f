"""Checks whether a manifest names only packages of a registry or a server, and nothing among the sources.

Everything here says yes only to what it fully understands: a no costs a download, a wrong yes would keep dependencies
that a build from nothing would not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samix.builders.pins import are_gems_locked, are_packages_locked, are_requirements_pinned, may_ignore_npm_lock
from samix.builders.requirements import requirement_lines

_REMOTE = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh)://|git://|git@[\w.-]+:")

# pip and uv
_PYTHON_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})
_PYTHON_VALUES = frozenset({"--trusted-host", "--no-binary", "--only-binary", "--use-feature"})
_PYTHON_PLACES = frozenset({"-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"})
_PYTHON_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?: ?\[[\w., -]*\])?", re.ASCII)
# pip treats a name that ends so as a file, if there is one of that name
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.\w+)$", re.IGNORECASE)

# npm
_SCRIPTS = re.compile(r"(?:pre|post)?(?:install|prepare|dependencies)|prepublish|prepack")
_NODE_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_NODE_INCLUDED = ("workspaces", "bundleDependencies", "bundledDependencies")
# what a package says of itself and its code; scripts that run at an installation are refused before
_NODE_LABELS = frozenset({
    "name", "version", "description", "keywords", "author", "contributors", "license", "private", "scripts", "main",
    "module", "browser", "type", "types", "exports", "imports", "repository", "bugs", "homepage", "funding",
})  # fmt: skip
# `aws_lambda_builders.workflows.nodejs_npm_esbuild.esbuild.EsbuildCommandBuilder`
_ESBUILD_PROPERTIES = frozenset({
    "EntryPoints", "Minify", "Target", "Format", "Sourcemap", "SourcesContent", "External", "MainFields", "Loader",
    "OutExtension", "Splitting", "Banner", "Footer", "Define", "KeepNames", "TreeShaking", "LegalComments", "Charset",
})  # fmt: skip
_HOSTED = re.compile(r"(?:(?:github|gitlab|bitbucket|gist):)?[\w-]+(?:/[\w.-]+)?(?:#.*)?", re.ASCII)
_ALIAS = re.compile(r"npm:(?:@[\w.~-]+/)?[\w.~-]+(?:@[^/:]*)?", re.ASCII)
_NODE_FILE = re.compile(r"\.(?:tgz|tar|tar\.gz)$", re.IGNORECASE)
_LOCAL_IN_NODE_LOCK = re.compile(r'"link" *: *true|\b(?:file|link|portal|workspace):', re.IGNORECASE)
_PATH_IN_NPMRC = re.compile(r"^[^=;#\n]*=[ \t]*[\"']?(?:\.|file:)", re.MULTILINE)

# Bundler: the part of Ruby that names gems and versions
_RUBY_TOKEN = re.compile(
    r"""[ \t]*(?:(?P<comment>\#.*)|(?P<string>"[^"\\#]*"|'[^'\\]*')|(?P<words>%[wi]\[[^\]\\#]*\])
    |(?P<key>\w+:)(?!:)|(?P<symbol>:\w+)|(?P<name>\w+)|(?P<mark>=>|[,()\[\]]))""",
    re.VERBOSE | re.ASCII,
)
_RUBY_STATEMENTS = frozenset({"source", "gem", "ruby", "group", "platform", "platforms", "end"})
_RUBY_KEYS = frozenset({
    "require", "group", "groups", "platform", "platforms", "optional", "branch", "tag", "ref", "github", "gitlab",
    "submodules", "force_ruby_platform", "engine", "engine_version", "patchlevel",
})  # fmt: skip
_RUBY_PLACES = frozenset({"git", "source"})
_RUBY_WORDS = frozenset({"do", "true", "false", "nil"})
# what `bundle init` writes
_RUBY_SHORTHAND = re.compile(r'git_source\(:\w+\) *\{ *\|\w+\| *"https://[^"#]*#\{\w+\}[^"#]*" *\}', re.ASCII)


def are_requirements_remote(text: str) -> bool:
    """Whether a `requirements.txt` only names packages of an index, or archives on a server."""
    return all(_is_remote_requirement(line.split()) for line in requirement_lines(text))


def _is_remote_requirement(words: list[str]) -> bool:
    if words[0].startswith("-"):
        return _are_remote_options(words)
    first_option = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    named = " ".join(words[:first_option]).partition(";")[0].rstrip()
    if "$" in named or not all(word.startswith("--hash=") for word in words[first_option:]):
        return False
    found = _PYTHON_NAME.match(named)
    rest = named[found.end() :].lstrip() if found else ""
    if _REMOTE.match(named) or (rest.startswith("@") and _REMOTE.match(rest[1:].lstrip())):
        return True
    is_release = bool(found) and (not rest or rest[0] in "<>=!~(") and not {"/", "\\"} & set(rest)
    return is_release and not _ARCHIVE.search(named)


def _are_remote_options(words: list[str]) -> bool:
    left = [part for word in words for part in word.split("=", 1)]
    while left:
        option = left.pop(0)
        if option in _PYTHON_FLAGS:
            continue
        value = left.pop(0) if left else ""
        is_understood = value and (
            option in _PYTHON_VALUES or (option in _PYTHON_PLACES and value.startswith(("https://", "http://")))
        )
        if not is_understood:
            return False
    return True


def is_package_json_remote(text: str) -> bool:
    """Whether a `package.json` only names packages of a registry or a server, and runs nothing at an install."""
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(package, dict):
        return False
    scripts = package.get("scripts") or {}
    if not isinstance(scripts, dict) or any(_SCRIPTS.fullmatch(name) for name in scripts):
        return False
    if any(package.get(name) for name in _NODE_INCLUDED):
        return False
    named = [package.get(name) or {} for name in _NODE_DEPENDENCIES]
    if not all(isinstance(group, dict) and all(map(_is_remote_package, group.values())) for group in named):
        return False
    return _are_remote_overrides(package.get("overrides") or {})


def _is_remote_package(version: object) -> bool:
    """Whether npm gets this version of a package from elsewhere than a file (mirrors `npm-package-arg`)."""
    if not isinstance(version, str):
        return False
    version = version.strip()
    if _REMOTE.match(version) or _ALIAS.fullmatch(version):
        return True
    if version.startswith(".") or _NODE_FILE.search(version):
        return False
    return bool(_HOSTED.fullmatch(version)) or not ({"/", ":", "\\"} & set(version))


def _are_remote_overrides(overrides: object) -> bool:
    pending = [overrides]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            pending += one.values()
        elif not _is_remote_package(one):
            return False
    return True


def is_node_lock_remote(text: str) -> bool:
    """Whether a lock of npm or yarn has each package from a server."""
    return not _LOCAL_IN_NODE_LOCK.search(text)


def installed_part_of_package(text: str) -> str:
    """What npm installs by, of a `package.json` that `is_package_json_remote` allows; the text itself if unknown."""
    try:
        package = json.loads(text)
        names = {name for group in _NODE_DEPENDENCIES for name in package.get(group) or {}}
        return _in_json(package if package.get("name") in names else _without_labels(package))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return text


def installed_part_of_lock(text: str) -> str:
    """What npm installs by, of a lock: not the name and version of the package itself; the text itself if unknown."""
    try:
        lock = _without_labels(json.loads(text))
        packages = lock.get("packages") or {}
        own = {"": _without_labels(packages[""])} if "" in packages else {}
        return _in_json({**lock, "packages": {**packages, **own}})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return text


def _without_labels(package: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in package.items() if key not in _NODE_LABELS}


def _in_json(content: object) -> str:
    return json.dumps(content, sort_keys=True)


def is_npmrc_remote(text: str) -> bool:
    """Whether an `.npmrc` has no path that is relative to it."""
    return not _PATH_IN_NPMRC.search(text)


def is_gemfile_remote(text: str) -> bool:
    """Whether a `Gemfile` only lists gems from servers, and is not a program that could read anything else."""
    statement = ""
    for line in text.splitlines():
        statement = f"{statement} {line.strip()}" if statement else line.strip()
        if statement.endswith(",") and "#" not in statement:  # a comment ends with its line
            continue
        if not _RUBY_SHORTHAND.fullmatch(statement) and not _is_remote_gem(statement):
            return False
        statement = ""
    return not statement


def _is_remote_gem(statement: str) -> bool:
    tokens = _ruby_tokens(statement)
    if not tokens:
        return tokens is not None
    if tokens[0][0] != "name" or tokens[0][1] not in _RUBY_STATEMENTS:
        return False
    is_place = tokens[0][1] == "source"
    for number, (kind, written) in enumerate(tokens[1:], 2):
        is_name = kind == "key" or (kind == "symbol" and tokens[number : number + 1] == [("mark", "=>")])
        name = written.strip(":")
        is_fit = {
            "name": written in _RUBY_WORDS and not is_place,
            "string": not is_place or bool(_REMOTE.match(written[1:])),
            "mark": not is_place or written in {"=>", "("},
        }.get(kind, not is_place)
        if not is_fit or (is_name and name not in _RUBY_KEYS | _RUBY_PLACES):
            return False
        is_place = (is_place and kind == "mark") or (is_name and name in _RUBY_PLACES)
    return not is_place


def _ruby_tokens(statement: str) -> list[tuple[str, str]] | None:
    """The kinds and texts of the words in a statement, without comments; None if some of it is not understood."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(statement):
        found = _RUBY_TOKEN.match(statement, position)
        if not found:
            return None
        position = found.end()
        kind = found.lastgroup or ""
        if kind != "comment":
            tokens.append((kind, found[kind]))
    return tokens


def is_gemfile_lock_remote(text: str) -> bool:
    """Whether a `Gemfile.lock` has each gem from a server."""
    return not any(line.rstrip() == "PATH" for line in text.splitlines())


@dataclass(frozen=True)
class Installer:
    """What installs dependencies."""

    reads: Mapping[str, Callable[[str], bool]]  # the files at the top of a source that it reads, each with its check
    prefix: str  # of the variables that may name files to it
    # names at the top of a source with which it does more than install packages, or mixes them with the source
    unfit: frozenset[str] = frozenset()
    takes_manifest: bool = False  # whether a manifest of another name replaces the one that it reads
    # by name of a file, the part of its text that an installation depends on
    reduce: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    passes_over: frozenset[str] = frozenset()  # `BuildProperties` that change nothing of what it installs
    steps: frozenset[str] = frozenset()  # the actions of aws_lambda_builders in which it runs
    # whether what it installed is what it installs at any time, by the texts of what it reads and the directory
    is_pinned: Callable[[Mapping[str, str], Path], bool] = lambda *_: False
    # whether a setting may make it ignore its lock, by the same texts and the environment
    may_ignore_lock: Callable[[Mapping[str, str], Mapping[str, str]], bool] = lambda *_: False


# as the table of builders names them
INSTALLERS = {
    "pip": Installer(
        {"requirements.txt": are_requirements_remote},
        "PIP_",
        takes_manifest=True,
        passes_over=frozenset({"ParentPackageMode"}),
        steps=frozenset({"ResolveDependencies"}),
        is_pinned=are_requirements_pinned,
    ),
    "uv": Installer(
        {"requirements.txt": are_requirements_remote},
        "UV_",
        unfit=frozenset(
            {"pyproject.toml", "uv.lock", "uv.toml"}
        ),  # sam looks at these alone, or not at all; or uv does
        steps=frozenset({"ResolveDependencies"}),
        is_pinned=are_requirements_pinned,
    ),
    "npm": Installer(
        {
            "package.json": is_package_json_remote,
            "package-lock.json": is_node_lock_remote,
            "npm-shrinkwrap.json": is_node_lock_remote,
            "yarn.lock": is_node_lock_remote,
            ".npmrc": is_npmrc_remote,
        },
        "NPM_CONFIG_",
        unfit=frozenset({"binding.gyp"}),  # npm compiles it
        reduce={
            "package.json": installed_part_of_package,
            "package-lock.json": installed_part_of_lock,
            "npm-shrinkwrap.json": installed_part_of_lock,
        },
        passes_over=_ESBUILD_PROPERTIES,
        steps=frozenset({"NpmInstall", "NpmCI", "NpmUpdate"}),
        is_pinned=are_packages_locked,
        may_ignore_lock=may_ignore_npm_lock,
    ),
    "bundler": Installer(
        {"Gemfile": is_gemfile_remote, "Gemfile.lock": is_gemfile_lock_remote},
        "BUNDLE_",
        unfit=frozenset({"vendor", ".bundle", "gems.rb", "gems.locked"}),  # sam takes no gems from a source's `vendor`
        steps=frozenset({"RubyBundle"}),
        is_pinned=are_gems_locked,
    ),
}

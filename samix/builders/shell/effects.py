"""What the commands of recipes and scripts do to places outside of a unit's source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.builders.shell.programs import Use
from samix.builders.shell.recipe import inline_code, program, script_of_shell, script_run, uses
from samix.builders.shell.script import (
    ARTIFACTS_DIR,
    Name,
    argument,
    find_paths_out_of_artifact,
    parent_steps_after,
    paths_below,
    scripts_from,
    variable,
    words_of,
)
from samix.builders.shell.variables import ARTIFACTS, PLACE, UNKNOWN, WORKING, Variables, split_place, tokens, words
from samix.builders.shell.words import Command, commands

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.builders.shell.recipe import Word

_VALUE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[%]")
_DEEPEST = 6  # commands in commands
_MOST_DIRECTORIES = 8
_MOST_WORK = 1 << 20  # characters of expanded variables; no recipe that people write has as many
_DECLARING = frozenset({"export", "local", "readonly", "declare"})
_CHANGING = frozenset({"cd", "pushd", "popd"})


@dataclass(frozen=True)
class _Place:
    """A path that a word of a command names."""

    path: str  # without what begins with a wildcard
    is_whole: bool  # whether `path` is all of it
    is_absolute: bool
    is_at_artifact: bool = False  # whether it begins at the artifact, and leads only to the build dir around it


@dataclass
class Effects:
    """Follows the commands of recipes and scripts, and records in the search which paths they name and write."""

    search: Search
    variables: Variables  # of the makefile; those that commands set are added
    # by place, the directories that it is; around a place without any, such as a copy of the source, is no project
    bases: Mapping[str, Sequence[str]]
    _done: int = 0

    def name(self, text: str) -> None:
        """Keep the artifacts that a text other than a command names, such as prerequisites."""
        for word in words(text):
            self._locate(self._texts(word), [WORKING])

    def follow(self, text: str, directory: str = WORKING, depth: int = 0) -> None:
        """Follow the commands of a text that make passes to the shell.

        `directory` is the place where the text begins to run, and `depth` says how many other texts contain it.
        """
        if depth > _DEEPEST:
            return
        # where commands may run, as expanded text, by the parentheses around them
        directories: dict[tuple[int, ...], list[str]] = {(): [directory]}
        for command in commands(text):
            subshell = command.subshell
            while subshell not in directories:
                subshell = subshell[:-1]
            here = directories[subshell]
            for inner in command.inner:
                for one in here:
                    self.follow(inner, one, depth + 1)
            entered = self._run(command, here, depth)
            if entered:
                directories[command.subshell] = entered[:_MOST_DIRECTORIES]

    def _run(self, command: Command, here: list[str], depth: int) -> list[str]:
        """Follow one command, and return the directories that it changes into."""
        for target in command.written:
            self._use(self._texts(target), Use.WRITE, here)
        self._take_loop(command.words)
        expanded = [word for written in command.words for word in self._expand(written)]
        for word in expanded:
            self._locate(tuple(filter(_is_path, _tokens(word))), here)
        name, operands, values = program(expanded)
        self._assign(command.words, [] if name and name not in _DECLARING else [*values, *operands])
        if name in _CHANGING:
            return self._enter(operands, here)
        for script in script_of_shell(expanded):
            for one in here:
                self.follow(script, one, depth + 1)
            return []
        self._run_script(expanded, here)
        if name == "ln":
            self._link(operands, here)
        found = uses(expanded)
        for word, use in found.words:
            self._use(word, use, here)
        if not found.is_inert and (name or operands):
            self._work(here, writes=found.works_here)
        return []

    def _take_loop(self, written: Sequence[str]) -> None:
        """Keep the values of a loop's variable."""
        if written and written[0].lstrip("@-+") == "for":
            for value in written[3:]:
                self.variables.assign(written[1], value)

    def _link(self, operands: Sequence[Word], here: Sequence[str]) -> None:
        """Keep the target of a link, which is relative to the directory of the link."""
        paths = [word for word in operands if not word[0].startswith("-")]
        for target in paths[:-1]:
            for link in _tokens(paths[-1]):
                for text in (text for text in _tokens(target) if not (PLACE.search(text) or text.startswith("/"))):
                    self._use((f"{link}/{text}", f"{link}/../{text}"), Use.READ, here)

    def _run_script(self, words: Sequence[Word], here: Sequence[str]) -> None:
        """Keep what a script of the project finds by its arguments and variables; a makefile for make counts as one.

        It may do anything in the project if it finds that; from a copy of the source, it only finds it by these.
        """
        script = script_run(words)
        name, operands, values = program(words)
        places = self._locate(tuple(token for token in _tokens(script) if _is_path(token)), here)
        if name != "make" and any(self.search.is_in_root(place.path) for place in places):
            self.search.add_roaming(self.search.project)
        files, code = self._files(script, here), inline_code(words)
        if not files and not code:
            return
        given = self._environment(values)
        at_artifact = (variable(name, path) for name, path in given if ARTIFACTS in path)
        names = (ARTIFACTS_DIR, *_arguments(script, operands), *at_artifact)
        for _, text in given:
            for place in self._locate((text,), here, looks=True):
                self._roam(place)
        is_run_there = any(directory == ARTIFACTS for directory in here)
        named = (text for file in files for text in scripts_from(file, self.search.source, self.search.is_in_root))
        for text in (*named, code):
            for way in find_paths_out_of_artifact(text, (*names, Name(ARTIFACTS)), is_run_there=is_run_there):
                self._lead(os.path.normpath(f"{self.search.home}/{way}"))
            self._meet_project(text)

    def _meet_project(self, text: str) -> None:
        """Keep the places in the project that a script names directly or by a variable of the environment."""
        known = ((name, path) for name in words_of(text) if (path := self.search.path_of_variable(name)))
        by_name = (os.path.normpath(f"{path}{ups}") for name, path in known for ups in parent_steps_after(name, text))
        for path in (*by_name, *paths_below(self.search.project, text)):
            if self.search.holds_project(path):
                self.search.add_roaming(self.search.project)
            elif not self.search.add_neighbour(path):
                self.search.mention(path)

    def _environment(self, values: Sequence[Word]) -> list[tuple[str, str]]:
        """The variables that a command gets in its environment, each with each value that is one path."""
        given = [text.partition("=") for word in values for text in word]
        exported = (
            (name, "", text)
            for name in sorted(self.variables.exported)
            for value in self.variables.values.get(name, ())
            for text in self._texts(value)
        )
        split = ((name, [*_tokens((text,))]) for name, _, text in (*given, *exported))
        return [(name, parts[0]) for name, parts in split if len(parts) == 1]

    def _files(self, script: Word, here: Sequence[str]) -> list[str]:
        """The files that a script may be; a file in a copy of the source is the one in the source."""
        found = []
        for text in (text for token in _tokens(script) for text in _join(here, token) if "\0" not in text):
            place, rest = split_place(text)
            bases = [] if place == ARTIFACTS else self.bases.get(place, ()) if place else ("/",)
            copied = [self.search.source] if place in {WORKING, ARTIFACTS} else []
            found += [os.path.join(base, rest.lstrip("/") if place else rest) for base in (*bases, *copied)]
        return [path for path in dict.fromkeys(map(os.path.normpath, found)) if self.search.is_in_root(path)]

    def _lead(self, path: str) -> None:
        """Keep what a script finds by a path that begins at the artifact."""
        if self.search.add_neighbour(path, looks=True):
            return
        if self.search.holds_project(path):
            self.search.add_roaming(self.search.project)
        else:
            self.search.add_led(path)

    def _texts(self, written: str) -> Word:
        """The texts that a word may mean; none after too much work."""
        if self._done > _MOST_WORK:
            return ()
        texts = tuple(text.strip() for text in self.variables.expand(written))
        self._done += sum(map(len, texts))
        return texts

    def _expand(self, written: str) -> list[Word]:
        """A word with each value of its variables; several words if it is one text with blanks."""
        texts = self._texts(written)
        if len(texts) == 1 and not _VALUE.match(texts[0]):
            return [(word,) for word in words(texts[0])]
        return [texts] if any(texts) else []

    def _assign(self, written: Sequence[str], values: Sequence[Word]) -> None:
        if values:
            for word in written:
                if assignment := _VALUE.fullmatch(word.lstrip("@-+")):
                    self.variables.assign(assignment[1], assignment[2].strip("\"'"))

    def _enter(self, operands: Sequence[Word], here: Sequence[str]) -> list[str]:
        targets = [word for word in operands if not word[0].startswith("-")]
        if not targets:
            return [UNKNOWN]  # at home, or where it was before
        self._locate(targets[0], here)
        return list(dict.fromkeys(text for token in _tokens(targets[0]) for text in _join(here, token)))

    def _work(self, here: Sequence[str], *, writes: bool) -> None:
        """Handle a command that reads files, or may write some, where it runs."""
        for directory in here:
            if directory == WORKING:
                continue  # where everything begins; `search_makefile` records it once for all commands
            for place in self._places(directory):
                if self.search.add_neighbour(place.path, looks=writes):
                    continue
                self._roam(place)
                if writes:
                    self.search.add_written(place.path)

    def _use(self, word: Word, use: Use, here: Sequence[str]) -> None:
        is_plain = use in {Use.NOTHING, Use.MAY_WRITE}  # a word that does not look like a path may be anything
        texts = [token for token in _tokens(word) if not is_plain or _is_path(token)]
        if use in {Use.READ, Use.WRITE}:
            self._misplace(texts, here)
        for place in self._locate(tuple(texts), here, looks=use in {Use.READ, Use.MAY_WRITE}):
            if use is not Use.NOTHING:
                self._roam(place)
            # programs get many absolute paths outside of the project that they only read
            is_ours = not place.is_absolute or self.search.is_in_root(place.path)
            if use is Use.WRITE or (use is Use.MAY_WRITE and is_ours):
                self.search.add_written(place.path)

    def _misplace(self, texts: Sequence[str], here: Sequence[str]) -> None:
        """Keep what is named in the build dir during the build: it is replaced at the end."""
        for place in (place for token in texts for text in _join(here, token) for place in self._places(text)):
            if not place.is_at_artifact:
                self.search.add_misplaced(place.path)

    def _roam(self, place: _Place) -> None:
        if place.is_whole and self.search.holds_project(place.path):
            self.search.add_roaming(place.path)

    def _locate(self, word: Word, here: Sequence[str], *, looks: bool = False) -> list[_Place]:
        """The paths that a word names outside of the build dir; those in it are kept as neighbours.

        `here` is where the command may run, and `looks` says whether it reads the directories that the word names.
        """
        places = [place for token in _tokens(word) for text in _join(here, token) for place in self._places(text)]
        found = [place for place in dict.fromkeys(places) if not self.search.add_neighbour(place.path, looks=looks)]
        for place in found:
            self.search.mention(place.path)
        return found

    def _places(self, text: str) -> Iterator[_Place]:
        place, rest = split_place(text)
        wildcard = _WILDCARD.search(rest)
        if wildcard:
            rest = rest[: wildcard.start()].rpartition("/")[0] or ("/" if rest.startswith("/") else "")
        if "\0" in text or (not place and not rest.startswith("/")):
            return
        for base in self.bases.get(place, ()) if place else ("/",):
            path = os.path.join(base, rest.lstrip("/"))
            at_artifact = place == ARTIFACTS
            yield _Place(
                os.path.normpath(path) if at_artifact else path,
                wildcard is None,
                is_absolute=not place,
                is_at_artifact=at_artifact and not self.search.leaves_build_dir(rest),
            )


def _arguments(script: Word, operands: Sequence[Word]) -> Iterator[Name]:
    """The names, in a script, of its arguments that are paths at the artifact."""
    own = operands[operands.index(script) + 1 :] if script in operands else operands
    for number, word in enumerate(own[:8], 1):
        for text in word:
            path = text.strip("\"'")
            if path.startswith(ARTIFACTS):
                yield from argument(number, path)


def _tokens(word: Word) -> Iterator[str]:
    for text in word:
        for token in tokens(text):
            if not (token == "-" or token.startswith("~")):  # noqa: S105 - not a file, or not one of the project
                yield token.lstrip("@")


def _is_path(token: str) -> bool:
    return "/" in token or token in {".", ".."} or PLACE.match(token) is not None


def _join(here: Sequence[str], token: str) -> list[str]:
    if not token:
        return []
    return [token] if PLACE.search(token) or token.startswith("/") else [f"{directory}/{token}" for directory in here]

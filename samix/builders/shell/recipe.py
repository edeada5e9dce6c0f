"""Which of its words a command reads and which it writes.

A program that is not known may write everything that it names, and in the directory where it runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from samix.builders.shell.programs import (
    COMPILE,
    COPY,
    FORMS,
    INERT,
    LINKS,
    LISTING,
    MAKE,
    READ,
    TARGET,
    UNKNOWN_PROGRAM,
    Form,
    Use,
    known_as,
)

if TYPE_CHECKING:
    Word = tuple[str, ...]  # all that one word may be, with the values of its variables


@dataclass(frozen=True)
class Uses:
    """What a command does with its words, and where it runs."""

    words: tuple[tuple[Word, Use], ...] = ()  # each that may be a path, without the option before it, and its use
    works_here: bool = False  # whether it may write in the directory where it runs, whatever it names
    is_inert: bool = False  # whether it reads no file's content


_GO_READS = frozenset({"build", "vet", "list", "version", "env", "test"})
_GIT_READS = frozenset(
    {"rev-parse", "describe", "log", "show", "diff", "ls-files", "status", "config", "archive", "rev-list", "cat-file"}
)

_HERE = (".",)
_INTERPRETERS = frozenset({"sh", "python", "node", "ruby", "perl", "source", "."})
_KEYWORDS = frozenset({
    "if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time", "in", "esac",
})  # fmt: skip
_WRAPPERS = frozenset(["sudo", "exec", "command", "nice", "nohup", "env", "builtin", "eval", "xargs", "timeout"])
_VALUE = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_RUN_BY_FIND = ("-exec", "-execdir", "-ok", "-okdir")
_WRITTEN_BY_FIND = ("-fprint", "-fprintf", "-fls")


def program(words: Sequence[Word]) -> tuple[str, list[Word], list[Word]]:
    """The name of the program that a command runs, its arguments, and the values that it gets in its environment."""
    left = list(words)
    values: list[Word] = []
    is_wrapped = False
    while left:
        name = left[0][0].lstrip("@-+") if not is_wrapped else left[0][0]
        if _VALUE.fullmatch(name):
            values.append(left[0])
        elif os.path.basename(name) in _WRAPPERS:
            if [word[0] for word in left[:2]] == ["command", "-v"]:
                return "which", left[2:], values
            is_wrapped = True
        elif name and name not in _KEYWORDS and not (is_wrapped and (name.startswith("-") or name[:1].isdigit())):
            return known_as(os.path.basename(name.strip("\"'"))), left[1:], values
        left.pop(0)
    return "", [], values


def uses(words: Sequence[Word]) -> Uses:
    """What a command does with its words."""
    name, left, values = program(words)
    first = left[0][0] if left else ""
    if name == "python" and first == "-m" and left[1:]:
        return uses(left[1:])
    if name in {"uv", "pipenv", "poetry"} and first in {"pip", "run"}:
        return uses(left[1:])
    if not name or name in INERT:
        return Uses(tuple((word, Use.NOTHING) for word in left), is_inert=True)
    special = _SPECIAL.get(name)
    if special:
        return special(left)
    if name in LISTING and all(word[0].startswith("-") for word in left):
        return Uses(((_HERE, Use.READ),))
    found = _by_form(left, FORMS.get(name, UNKNOWN_PROGRAM))
    if name not in FORMS:  # the values in its environment may be places where it writes
        found = replace(found, words=(*found.words, *((value, Use.MAY_WRITE) for value in values)))
    return found


def _by_form(words: Sequence[Word], form: Form) -> Uses:
    found: list[tuple[Word, Use]] = []
    operands: list[int] = []
    given: set[str] = set()
    pending: Use | None = None
    for word in words:
        if pending is not None:
            found.append((word, pending))
            pending = None
        elif word[0].startswith("-") and len(word[0]) > 1:
            option, argument, use = _option(word, form)
            given.add(option)
            if argument:
                found.append((argument, use or form.options))
            else:
                pending = use
        else:
            operands.append(len(found))
            found.append((word, form.operands))
    has_target = any(option in form.written and option in TARGET for option in given)
    for index, use in ((0, form.first), (-1, form.last)):
        if use and operands and not (index and (has_target or not operands[1:])):
            found[operands[index]] = (found[operands[index]][0], use)
    works_here = form.works_here or (bool(form.instead) and given.isdisjoint(form.instead))
    return Uses(tuple(found), works_here)


def _option(word: Word, form: Form) -> tuple[str, Word, Use | None]:
    """An option, its argument if that is in the same word, and the argument's use if it is known."""
    text = word[0]
    option, equals, _ = text.partition("=")
    cut = len(option) + 1 if equals else 0
    if form.written == TARGET and re.fullmatch(r"-[A-Za-z]+t", text):
        option = "-t"  # with others, as in `cp -rt`
    elif option not in (*form.written, *form.read) and not text.startswith("--"):
        glued = next((one for one in (*form.read, *form.written) if len(one) == 2 and text.startswith(one)), None)  # noqa: PLR2004
        if glued:
            option, cut = glued, 2
    use = Use.WRITE if option in form.written else Use.NOTHING if option in LINKS else None
    if use is None and option in form.read:
        use = Use.READ
    argument = tuple(one[cut:] for one in word) if cut else ()
    if use is None and not cut and form.options is not Use.NOTHING:
        argument = word  # not known
    return option, argument, use


def _install(words: list[Word]) -> Uses:
    makes = any(word[0] in {"-d", "--directory"} for word in words)
    return _by_form(words, Form(operands=Use.WRITE, read=("-m", "-o", "-g")) if makes else COPY)


def _rsync(words: list[Word]) -> Uses:
    moves = any(word[0] == "--remove-source-files" for word in words)
    return _by_form(words, MAKE if moves else Form(last=Use.WRITE, read=("--exclude-from", "--files-from", "-e")))


def _sed(words: list[Word]) -> Uses:
    if not any(re.match(r"-\w*i|--in-place", word[0]) for word in words):
        return _by_form(words, READ)
    has_script = any(word[0] in {"-e", "-f"} for word in words)
    first = None if has_script else Use.NOTHING
    return _by_form(words, Form(operands=Use.WRITE, first=first, read=("-e", "-f")))


def _tar(words: list[Word]) -> Uses:
    mode = words[0][0] if words and not words[0][0].startswith("-") else ""  # without its hyphen, as in `tar xf`
    flags = "".join(word[0] for word in words if re.fullmatch(r"-\w+", word[0])) + mode
    extracts = "x" in flags or any(word[0] in {"--extract", "--get"} for word in words)
    archive, place = (Use.READ, Use.WRITE) if extracts else (Use.WRITE, Use.READ)
    found: list[tuple[Word, Use]] = []
    pending = archive if mode.endswith("f") else None
    for word in words[bool(mode) :]:
        text = word[0]
        if pending:
            found.append((word, pending))
            pending = None
        elif text in {"-C", "--directory"}:
            pending = place
        elif text.startswith(("--directory=", "--file=")):
            value = tuple(one.partition("=")[2] for one in word)
            found.append((value, place if text.startswith("--d") else archive))
        elif text == "--file" or re.fullmatch(r"-\w*f", text):
            pending = archive
        elif not text.startswith("-"):
            found.append((word, Use.NOTHING if extracts else Use.READ))
    has_place = any(word[0].startswith(("-C", "--directory")) for word in words)
    return Uses(tuple(found), works_here=extracts and not has_place)


def _find(words: list[Word]) -> Uses:
    start = next((i for i, word in enumerate(words) if word[0][:1] in {"-", "(", "!", "\\"}), len(words))
    places, tests = words[:start] or [_HERE], words[start:]
    found: list[tuple[Word, Use]] = []
    use = Use.WRITE if any(word[0] == "-delete" for word in tests) else Use.READ
    for index, word in enumerate(tests):
        if word[0] in _WRITTEN_BY_FIND:
            found += [(name, Use.WRITE) for name in tests[index + 1 : index + 2]]
        elif word[0] in _RUN_BY_FIND:
            rest = tests[index + 1 :]
            end = next((i for i, one in enumerate(rest) if one[0] in {"\\;", ";", "';'", "+"}), len(rest))
            run = uses(rest[:end])
            found += [(name, use) for name, use in run.words if "{}" not in name[0]]
            if any("{}" in name[0] and use in {Use.WRITE, Use.MAY_WRITE} for name, use in run.words):
                use = Use.WRITE
    return Uses((*((place, use) for place in places), *found))


def _go(words: list[Word]) -> Uses:
    if not words or words[0][0] not in _GO_READS:
        return _by_form(words, UNKNOWN_PROGRAM)
    return _by_form(words[1:], replace(COMPILE, instead=("-o",) if words[0][0] == "build" else ()))


def _git(words: list[Word]) -> Uses:
    place: list[tuple[Word, Use]] = []
    left = words
    while left and left[0][0] in {"-C", "-c", "--git-dir", "--work-tree"}:
        place += [(word, Use.NOTHING) for word in left[1:2]]
        left = left[2:]
    if left and left[0][0] in _GIT_READS:
        found = _by_form(left[1:], Form(written=("-o", "--output")))
        return Uses((*place, *found.words), is_inert=left[0][0] in {"rev-parse", "describe", "config"})
    return _by_form(words, UNKNOWN_PROGRAM)


def _docker(words: list[Word]) -> Uses:
    found = _by_form(words, UNKNOWN_PROGRAM)
    kept = [(word, Use.READ if re.search(r":ro\b|\breadonly\b", word[0]) else use) for word, use in found.words]
    return replace(found, words=tuple(kept))


_SPECIAL: Mapping[str, Callable[[list[Word]], Uses]] = {
    "install": _install,
    "rsync": _rsync,
    "sed": _sed,
    "tar": _tar,
    "find": _find,
    "go": _go,
    "git": _git,
    "docker": _docker,
    "podman": _docker,
}


def script_of_shell(words: Sequence[Word]) -> Iterator[str]:
    """The commands that a shell gets as the argument of `-c`."""
    name, left, _ = program(words)
    if name == "sh":
        for option, script in pairwise(left):
            if option[0].startswith("-") and option[0].endswith("c"):
                yield from (text.strip("\"'") for text in script)
                return


def inline_code(words: Sequence[Word]) -> str:
    """The code that an interpreter gets as an argument; the code of shells is followed like other commands."""
    name, left, _ = program(words)
    options = {"python": ("-c",), "node": ("-e", "-p", "--eval"), "ruby": ("-e",), "perl": ("-e",)}.get(name, ())
    return next((word[0] for option, word in pairwise(left) if option[0] in options), "")


def script_run(words: Sequence[Word]) -> Word:
    """The script, program or makefile that a command runs by its path; empty if it runs one on PATH."""
    name, left, _ = program(words)
    if name == "make":
        return next((word for option, word in pairwise(left) if option[0] in {"-f", "--file", "--makefile"}), ())
    if name == "python" and left[1:] and left[0][0] == "-m":
        return (left[1][0].strip("\"'").replace(".", "/") + ".py",)
    if name in _INTERPRETERS:
        named = (word for before, word in pairwise([("",), *left]) if not re.fullmatch(r"-\w*o", before[0]))
        return next((word for word in named if not word[0].startswith("-")), ())  # -euo pipefail
    run = words[len(words) - len(left) - 1] if name else ("",)
    return run if "/" in run[0] else ()

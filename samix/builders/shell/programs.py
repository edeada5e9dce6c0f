"""Programs that recipes run, and what each does with its arguments, according to its manual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Use(Enum):
    """What a command does with the file that a word names."""

    NOTHING = "nothing"
    READ = "read"
    MAY_WRITE = "may write"
    WRITE = "write"


@dataclass(frozen=True)
class Form:
    """How a program interprets its arguments."""

    operands: Use = Use.READ  # the use of the words that are not options
    first: Use | None = None  # of the first of them, if it is another
    last: Use | None = None  # of the last of them, if it is another
    written: tuple[str, ...] = ()  # the options whose argument is written
    read: tuple[str, ...] = ()  # the options whose argument is read, or is not a path
    instead: tuple[str, ...] = ()  # the options of `written` without which the program writes where it runs
    options: Use = Use.NOTHING  # the use of all other options
    works_here: bool = False  # whether it may write where it runs


INERT = frozenset({
    "echo", "printf", "true", "false", ":", "exit", "pwd", "test", "[", "[[", "set", "unset", "export",
    "basename", "dirname", "realpath", "readlink", "which", "type", "hash", "date", "uname", "whoami", "id",
    "sleep", "local", "return", "break", "continue", "shift", "trap", "wait", "ulimit", "umask", "mktemp",
    "nproc",
})  # fmt: skip
_READERS = frozenset({
    "cat", "ls", "diff", "cmp", "grep", "egrep", "fgrep", "rg", "head", "tail", "wc", "sort", "uniq", "cut",
    "tr", "file", "stat", "du", "tree", "awk", "gawk", "jq", "yq", "md5sum", "sha1sum", "sha256sum",
    "sha512sum", "shasum", "md5", "cksum", "od", "xxd", "hexdump", "strings", "nm", "ldd", "objdump", "readelf",
    "less", "more", "zcat", "base64", "column", "paste", "join", "comm", "tac", "nl", "rev", "fold", "seq",
    "envsubst", "source", ".", "case", "for",
})  # fmt: skip
_MAKERS = frozenset({
    "mv", "mkdir", "touch", "rm", "rmdir", "unlink", "tee", "truncate", "chmod", "chown", "chgrp", "mkfifo",
    "shred", "gzip", "gunzip", "bzip2", "xz", "zstd", "patch", "strip", "split",
})  # fmt: skip
LISTING = frozenset({"ls", "du", "tree"})  # without a path they list the directory where they run
LINKS = ("-I", "-L", "-isystem", "-iquote", "-include", "-l", "-rpath")
TARGET = ("-t", "--target-directory")
READ = Form()
COPY = Form(last=Use.WRITE, written=TARGET, read=("-m", "--mode"))
MAKE = Form(operands=Use.WRITE)
COMPILE = Form(written=("-o",), instead=("-o",), read=LINKS)
_FETCH = Form(
    operands=Use.NOTHING,
    written=("-o", "--output", "-O", "--output-document", "-P", "--directory-prefix", "--output-dir"),
    instead=("-o", "--output", "-O", "--output-document", "-P", "--directory-prefix", "--output-dir"),
)
_PIP = Form(
    operands=Use.MAY_WRITE,  # a directory is a package, and is built there
    written=(
        *("-t", "--target", "--prefix", "--root", "-d", "--dest", "-w", "--wheel-dir", "--log"),
        *("-e", "--editable"),
    ),
    read=("-r", "--requirement", "-c", "--constraint", "-f", "--find-links", "-i", "--index-url", "--cache-dir"),
)
_SUBMAKE = Form(operands=Use.NOTHING, written=("-C", "--directory"), read=("-f", "-I", "-j", "--file"), works_here=True)
_SCRIPT = Form(operands=Use.MAY_WRITE, first=Use.READ, options=Use.MAY_WRITE, works_here=True)
UNKNOWN_PROGRAM = Form(
    operands=Use.MAY_WRITE,
    options=Use.MAY_WRITE,
    written=("-o", "--output", "--outfile", "--outdir", "--prefix", "--cwd", "-C", "--dir", "--directory"),
    read=LINKS,
    works_here=True,
)
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(_READERS, READ),
    **dict.fromkeys(("cp", "ln"), COPY),
    "scp": Form(last=Use.WRITE),
    "sort": Form(written=("-o", "--output")),
    **dict.fromkeys(("esbuild", "protoc"), Form(options=Use.MAY_WRITE, read=LINKS)),
    **dict.fromkeys(_MAKERS, MAKE),
    **dict.fromkeys(("cc", "ld"), COMPILE),
    **dict.fromkeys(("curl", "wget"), _FETCH),
    "zip": Form(first=Use.WRITE),
    "unzip": Form(written=("-d",), instead=("-d",)),
    "pip": _PIP,
    "make": _SUBMAKE,
    **dict.fromkeys(("sh", "python", "node", "ruby", "perl"), _SCRIPT),
}
_NAMES = (
    (re.compile(r"pip[\d.]*"), "pip"),
    (re.compile(r"(?:python|pypy)[\d.]*"), "python"),
    (re.compile(r"(?:ba|da|z|k|a)?sh"), "sh"),
    (re.compile(r"g?make"), "make"),
    (re.compile(r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[\d.]+)?"), "cc"),
    (re.compile(r"g(?:cp|mv|tar|sed|rm|ln|install|find|mkdir|touch)"), ""),  # GNU's on other systems
)


def known_as(name: str) -> str:
    """The name of the program that a command runs, without its version and platform."""
    for pattern, known in _NAMES:
        if pattern.fullmatch(name):
            return known or name[1:]
    return name

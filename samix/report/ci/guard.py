"""Standard output and standard error for a CI system that reads commands there: nothing is a command by chance.

What samix prints contains text that others wrote: names in templates, output of builders, texts in a traceback.
It is made harmless here, and not where it is printed, so that no place can forget it. Bytes are guarded, because the
system reads bytes, in any encoding.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO, TypeAlias

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# A line of GitHub's is a command if it begins so, but for white space. What .NET takes for white space, or ignores
# when it compares, cannot be listed; so anything counts that is neither a visible ASCII character nor a line end.
_BLANK = rb"[\x00-\x09\x0b\x0c\x0e-\x20\x7f-\xff]*"
_COMMAND = re.compile(rb"(?:^|(?<=[\r\n]))" + _BLANK + rb"(?=::)")
_IS_BLANK = re.compile(_BLANK)
_OLD_COMMAND = b"##["  # anywhere in a line
_BEGUN = b"x"  # the beginning of a line that can no longer become a command
_ENDS = (b"\r", b"\n")


class GitHubRule:
    """No line is a workflow command: one that would be gets a `|` in front, and `##[` becomes `## [`.

    Mirrors `ActionCommand` of GitHub's runner, which reads lines that end at CR, LF or both.
    """

    def __init__(self) -> None:
        self._line = b""  # what matters of the line that has not ended yet

    def harmless(self, data: bytes) -> bytes:
        """The next bytes, without commands."""
        line = self._line
        if line == b":" and data:
            line = _BEGUN
            if data.startswith(b":"):
                data = b"|" + data
        text = _COMMAND.sub(rb"\g<0>|", line + data).replace(_OLD_COMMAND, b"## [")
        self._line = _what_matters(text)
        return text[len(line) :]


def _what_matters(text: bytes) -> bytes:
    """Of the last line: nothing if it is blank so far, `:` if it contains nothing else, else the `#` at its end."""
    line = text[max(text.rfind(end) for end in _ENDS) + 1 :]
    blank = _IS_BLANK.match(line)
    rest = line[blank.end() :] if blank else line
    if rest in (b"", b":"):
        return rest
    hashes = len(line) - len(line.rstrip(b"#"))
    return _BEGUN + b"#" * min(hashes, len(_OLD_COMMAND) - 1)


class GitLabRule:
    """No text opens or closes a section: that takes a carriage return, and all of them are removed.

    Mirrors `Gitlab::Regex.build_trace_section_regex`.
    """

    def harmless(self, data: bytes) -> bytes:
        """The next bytes, without carriage returns."""
        return data.replace(b"\r", b"")


# makes the bytes of a stream harmless, in the order in which they are written
Rule: TypeAlias = GitHubRule | GitLabRule


class GuardedBytes(io.BufferedIOBase):
    """A stream that passes bytes on unbuffered, made harmless by a rule; commands alone pass as they are."""

    def __init__(self, inner: BinaryIO, rule: Rule) -> None:
        self._inner = inner
        self._rule = rule
        self._is_at_start = True

    @property
    def name(self) -> str:
        """The name of the inner stream."""
        return str(self._inner.name)

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes, made harmless."""
        given = bytes(data)
        self._pass_on(self._rule.harmless(given))
        return len(given)

    def command(self, line: bytes) -> None:
        """Write a command as it is, on a line of its own."""
        self._pass_on((b"" if self._is_at_start else b"\n") + line + b"\n")
        self._rule.harmless(b"\n")

    def _pass_on(self, data: bytes) -> None:
        if data:
            self._is_at_start = data.endswith(_ENDS)
        left = memoryview(data)
        while left:  # an unbuffered stream may take only a part
            left = left[self._inner.write(left) :]

    def flush(self) -> None:
        """Flush the inner stream."""
        if not self._inner.closed:
            self._inner.flush()

    def writable(self) -> bool:
        """Whether it can be written to, as is always the case."""
        return True

    def fileno(self) -> int:
        """The file descriptor of the inner stream; what is written there is not guarded."""
        return self._inner.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._inner.isatty()


class GuardedStream(io.TextIOWrapper):
    """A stream of text that writes guarded bytes, in all else like the stream that it replaces."""

    def __init__(self, stream: TextIO, rule: Rule) -> None:
        stream.flush()
        self._guarded = GuardedBytes(stream.buffer, rule)
        super().__init__(
            self._guarded,
            encoding=stream.encoding,
            errors=stream.errors,
            newline="\n",
            line_buffering=bool(stream.line_buffering),
            write_through=getattr(stream, "write_through", False),
        )

    def command(self, line: str) -> None:
        """Write a command on a line of its own; the text has no line end."""
        self.flush()
        self._guarded.command(line.encode("utf-8", "backslashreplace"))
        self.flush()


def write_command(stream: IO[str] | None, line: str) -> None:
    """Write a command to a stream, whether it is guarded or not."""
    if isinstance(stream, GuardedStream):
        stream.command(line)
    elif stream:  # None if the caller has closed it
        stream.write(f"{line}\n")
        stream.flush()


def guard_streams(environ: Mapping[str, str]) -> None:
    """Guard standard output and standard error from now on, if the CI system reads commands from them."""
    rule = _rule_for(environ)
    if rule:
        sys.stdout = _guarded(sys.stdout, rule)
        sys.stderr = _guarded(sys.stderr, rule)


def _rule_for(environ: Mapping[str, str]) -> Callable[[], Rule] | None:
    if is_github(environ):
        return GitHubRule
    return GitLabRule if is_gitlab(environ) else None


def _guarded(stream: TextIO, rule: Callable[[], Rule]) -> TextIO:
    # None if the caller has closed it
    return GuardedStream(stream, rule()) if hasattr(stream, "buffer") else stream


def is_github(environ: Mapping[str, str]) -> bool:
    """Whether this is a step of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS") == "true"


def is_gitlab(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of GitLab CI."""
    return bool(environ.get("GITLAB_CI"))

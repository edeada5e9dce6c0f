"""The commands in a line of the shell, as written: nothing is expanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_CLOSING = {"(": ")", "{": "}"}
_MARKS = "\"'"
_ENDS = ";&|\n"


@dataclass
class Command:
    """A simple command."""

    words: list[str] = field(default_factory=list)  # with their quotes
    written: list[str] = field(default_factory=list)  # where its output goes
    subshell: tuple[int, ...] = ()  # the positions of the parentheses around it, the outermost first
    inner: list[str] = field(default_factory=list)  # the commands whose output is a part of it, as in `$$(...)`

    def __bool__(self) -> bool:
        return bool(self.words or self.written or self.inner)


def commands(text: str) -> Iterator[Command]:
    """The commands of a text that make passes to the shell, in which a shell's `$` is written `$$`."""
    return _Reader(text).commands()


@dataclass
class _Reader:
    text: str
    index: int = 0
    word: str = ""
    redirected: str = ""
    command: Command = field(default_factory=Command)
    subshell: tuple[int, ...] = ()

    def commands(self) -> Iterator[Command]:
        while self.index < len(self.text):
            character = self.text[self.index]
            if character == "#" and not self.word:
                end = self.text.find("\n", self.index)
                self.index = len(self.text) if end < 0 else end
            elif character in "<>" or self.text.startswith("&>", self.index):
                self._redirect()
            elif character in _ENDS or character in "()":
                yield from self._ended()
                self._nest(character)
                self.index += 1
            elif character.isspace():
                self._end_word()
                self.index += 1
            else:
                self._take()
        yield from self._ended()

    def _ended(self) -> Iterator[Command]:
        self._end_word()
        self.redirected = ""
        if self.command:
            yield self.command
        self.command = Command(subshell=self.subshell)

    def _nest(self, character: str) -> None:
        if character == "(":
            self.subshell = (*self.subshell, self.index)
        elif character == ")":
            self.subshell = self.subshell[:-1]
        self.command = Command(subshell=self.subshell)

    def _end_word(self) -> None:
        if self.word:
            if self.redirected == ">":
                self.command.written.append(self.word)
            elif not self.redirected:
                self.command.words.append(self.word)
            self.word = self.redirected = ""

    def _redirect(self) -> None:
        if self.word.isdigit():
            self.word = ""
        self._end_word()
        start = self.index
        while self.index < len(self.text) and self.text[self.index] in "<>&|":
            self.index += 1
        sign = self.text[start : self.index]
        if self.text.startswith("(", self.index):
            return  # a process, as in <(sort a)
        # what follows `>&` is a stream, and what follows `<<` a word that ends the text
        self.redirected = ">" if ">" in sign and not sign.endswith("&") else sign

    def _take(self) -> None:
        """Take one character into the word, or all that is quoted or substituted."""
        character = self.text[self.index]
        if character == "\\":
            end = self.index + 2
        elif character == "$":
            end = self._reference()
        elif character == "`":
            end = self._closed("`")
            self.command.inner.append(self.text[self.index + 1 : end - 1])
        elif character in _MARKS:
            end = self._quoted(character)
        else:
            end = self.index + 1
        self.word += self.text[self.index : end]
        self.index = max(end, self.index + 1)

    def _closed(self, mark: str) -> int:
        end = self.text.find(mark, self.index + 1)
        return len(self.text) if end < 0 else end + 1

    def _quoted(self, mark: str) -> int:
        start = self.index
        self.index += 1
        while self.index < len(self.text) and self.text[self.index] != mark:
            if self.text[self.index] == "$":
                self.index = self._reference()
            else:
                self.index += 2 if self.text[self.index] == "\\" and mark == '"' else 1
        end = min(self.index + 1, len(self.text))
        self.index = start
        return end

    def _reference(self) -> int:
        """The end of a reference to a variable, or of commands in `$$(...)` or make's `$(shell ...)`."""
        start = self.index
        while start < len(self.text) and self.text[start] == "$":
            start += 1
        opening = self.text[start : start + 1]
        if opening not in _CLOSING:
            return start
        depth = 0
        for end in range(start, len(self.text)):
            depth += {opening: 1, _CLOSING[opening]: -1}.get(self.text[end], 0)
            if depth == 0:
                content = self.text[start + 1 : end]
                if start - self.index > 1 and opening == "(" and not content.startswith("("):
                    self.command.inner.append(content)
                elif content.startswith("shell "):
                    self.command.inner.append(content.removeprefix("shell "))
                return end + 1
        return len(self.text)

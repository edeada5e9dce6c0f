"""Making wrong input from right: of values that a file holds, and of its text."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from samix.template.value import Value


def _words(text: str) -> list[str]:
    return text.split()


_DEEP: Value = {}
for _ in range(60):
    _DEEP = {"Fn::Sub": [_DEEP]}
HOSTILE: Sequence[Value] = cast(
    "Sequence[Value]",
    (
        *(None, True, False, 0, -1, 1 << 70, 1.5, float("inf"), float("nan")),
        *(
            "",
            " ",
            "x" * 300,
            "..",
            "../../..",
            "/",
            "/etc/passwd",
            "a/b",
            "~",
            "\0",
            "\udcff",
            "\x1b[31m",
            "a\nb",
            "💥",
        ),
        *(
            "container",
            "makefile",
            "esbuild",
            "python3.11",
            "Fn",
            "Image",
            "https://host/x",
            "s3://bucket/key",
            "{{x}}",
        ),
        *("${A", "${}", "${AWS::Region}", "true", "00000000-0000-4000-8000-000000000000"),
        *([], {}, [None], [[]], {"": ""}, {"a": None}, _DEEP),
        *({"Ref": "Fn"}, {"Ref": []}, {"Ref": "AWS::StackName"}, {"Fn::GetAtt": "Fn.Arn"}, {"Fn::GetAtt": []}),
        *({"Fn::Sub": 7}, {"Fn::Sub": ["${A}", {"A": {"Ref": "A"}}]}, {"Fn::Join": [","]}, {"Fn::Split": [",", None]}),
        *({"Fn::Select": ["x", []]}, {"Fn::Select": [7, ["a"]]}, {"Fn::If": ["C"]}, {"Fn::FindInMap": ["a", {}, 1]}),
        *(
            {"Fn::ForEach::A": ["B", [], {}]},
            {"Fn::ForEach::A": [[], {}, 1]},
            {"Fn::Transform": {"Name": "AWS::Include"}},
        ),
        *({"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": ".."}}}, {"Fn::ImportValue": {}}),
    ),
)
_KEYS = (
    *_words("Fn Ref Type Properties Metadata CodeUri BuildType BuildDependsOn Layers DependsOn Condition Globals"),
    *_words("Location uuid version .. a/b é Fn::ForEach::X Fn::Transform"),
    *("", "\0"),
)
_PIECES = (
    *_words("& * << [ ] { } : # \" ' ? = \\ | > ~ - , null 1e999 %YAML --- ..."),
    *(
        "\t",
        "\0",
        "\x85",
        "\ufeff",
        "\n",
        "\r\n",
        "---\n",
        "&a ",
        "*a",
        "<<: *a",
        ": ",
        "- ",
        "|\n",
        ">\n",
        "? ",
        "%YAML 9.9\n",
    ),
    *("!Ref ", "!Sub ", "!GetAtt ", "!If ", "!!python/x "),
)


def mutated_value(value: Value, random: Random) -> Value:
    """A copy with one to four changes."""
    holder: dict[str, Value] = {"": copy.deepcopy(value)}
    for _ in range(random.randint(1, 4)):
        places = [*_places(holder)]
        if not places:
            break
        parent, key = random.choice(places)
        _change(parent, key, places, random)
    return holder.get("")


def _change(
    parent: dict[str, Value] | list[Value],
    key: str | int,
    places: Sequence[tuple[dict[str, Value] | list[Value], str | int]],
    random: Random,
) -> None:
    hostile = copy.deepcopy(random.choice(HOSTILE))
    kind, other = random.randrange(5), _at(*random.choice(places))
    if isinstance(parent, list):
        if kind == 0:
            del parent[int(key) :]
        elif int(key) < len(parent):
            parent[int(key)] = other if kind == 1 else hostile
    elif key in parent:
        name: str = key  # YAML has other keys as well
        if kind == 0:
            del parent[name]
        elif kind == 1:
            parent[random.choice(_KEYS)] = parent.pop(name)
        elif kind == 2:
            parent[random.choice(_KEYS)] = other
        else:
            parent[name] = hostile


def _at(parent: dict[str, Value] | list[Value], key: str | int) -> Value:
    if isinstance(parent, list):
        return copy.deepcopy(parent[key]) if isinstance(key, int) and key < len(parent) else None
    return copy.deepcopy(parent.get(cast("str", key)))


def _places(value: Value) -> Iterator[tuple[dict[str, Value] | list[Value], str | int]]:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield from ((each, key) for key in each)
            pending += each.values()
        elif isinstance(each, list):
            yield from ((each, index) for index in range(len(each)))
            pending += each


def mutated_text(text: str, random: Random) -> str:
    """The text with one to six changes."""
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.choice((0, 1, 2, 5, 20, 200)))
        kind = random.randrange(4)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:start] + random.choice(_PIECES) + text[end:]
        elif kind == 2:
            text = text[:start] + text[start:end] * random.choice((2, 3, 50)) + text[end:]
        else:
            place = random.randrange(len(text) + 1)
            text = text[:place] + text[start:end] + text[place:]
    return text


def dumped(value: Value) -> bytes:
    """A value as JSON, which is YAML too."""
    return json.dumps(value).encode()


def encoded(text: str, random: Random) -> bytes:
    """A text as bytes, which now and then are no text."""
    content = bytearray(text.encode("utf-8", "surrogateescape" if random.random() < 0.5 else "surrogatepass"))
    if content and random.random() < 0.1:
        content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)

"""The texts of built templates, written anew only where they would be others."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest

from samix.build.template_texts import BuiltTexts
from samix.state.inventory import Inventory, read_inventory, text_digest, write_inventory
from samix.template.dump import dump_template

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import ValueMapping

DATA: ValueMapping = {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties={"b": 1, "a": "0x"}))}


@pytest.fixture
def dumped(monkeypatch: pytest.MonkeyPatch) -> list[ValueMapping]:
    """What is written anew."""
    found: list[ValueMapping] = []

    def dump_and_note(data: ValueMapping) -> str:
        found.append(data)
        return dump_template(data)

    monkeypatch.setattr("samix.build.template_texts.dump_template", dump_and_note)
    return found


def _put(build_dir: Path, earlier: Inventory, data: ValueMapping = DATA) -> Inventory:
    """Write a template into a build dir, and what samix remembers of it."""
    texts = BuiltTexts(earlier, build_dir)
    place = build_dir / "Child" / "template.yaml"
    text = texts.text(place, data)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    inventory = Inventory({"Child/template.yaml": text_digest(text.encode())}, origins=texts.origins)
    write_inventory(build_dir.parent / "placed.json", inventory)
    return read_inventory(build_dir.parent / "placed.json")


def test_an_existing_template_is_not_written_again(tmp_path: Path, dumped: list[ValueMapping]) -> None:
    earlier = _put(tmp_path / "build", Inventory())
    again = _put(tmp_path / "build", earlier)
    assert again == earlier
    assert (tmp_path / "build" / "Child" / "template.yaml").read_text() == dump_template(DATA)
    assert len(dumped) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"Resources": {"Fn": DATA["Resources"]["Fn"]}},  # type: ignore[index,call-overload]
        {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties=OrderedDict(b=1, a="0x")))},
        {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties={"b": True, "a": "0x"}))},
        {"Resources": OrderedDict(Fn=OrderedDict(Properties={"b": 1, "a": "0x"}, Type="F"))},
    ],
    ids=["another kind of mapping", "another order", "true for 1", "keys moved"],
)
def test_another_content_is_written(other: ValueMapping, tmp_path: Path, dumped: list[ValueMapping]) -> None:
    earlier = _put(tmp_path / "build", Inventory())
    _put(tmp_path / "build", earlier, other)
    assert dumped == [DATA, other]
    assert (tmp_path / "build" / "Child" / "template.yaml").read_text() == dump_template(other)


@pytest.mark.parametrize("damage", ["edit", "remove", "directory"])
def test_what_is_not_there_as_it_was_is_written(damage: str, tmp_path: Path) -> None:
    earlier = _put(tmp_path / "build", Inventory())
    place = tmp_path / "build" / "Child" / "template.yaml"
    if damage == "edit":
        place.write_text(place.read_text().replace("F", "G"))
    else:
        place.unlink()
        if damage == "directory":
            place.mkdir()
    assert BuiltTexts(earlier, tmp_path / "build").text(place, DATA) == dump_template(DATA)


def test_of_two_templates_each_keeps_its_own(tmp_path: Path) -> None:
    texts = BuiltTexts(Inventory(), tmp_path)
    texts.text(tmp_path / "template.yaml", DATA)
    texts.text(tmp_path / "Child" / "template.yaml", {})
    assert texts.origins.keys() == {"template.yaml", "Child/template.yaml"}
    assert len(set(texts.origins.values())) == 2

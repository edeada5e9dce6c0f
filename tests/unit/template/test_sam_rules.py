"""What differs between the versions of sam."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from support.project import REPOSITORY

from samix.template.sam_rules import (
    EXPANDS_ALWAYS,
    LANGUAGE_EXTENSIONS,
    NEWEST,
    OLDEST,
    RULES,
    WEB_FUNCTIONS,
    Rule,
    SamRules,
    format_version,
    known_builders,
    parse_version,
)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.161.0", (1, 161)),
        ("1.130", (1, 130)),
        ("2.0.0rc1", (2, 0)),
        ("1.170.0.dev202601010101", (1, 170)),
        ("nightly", None),
        ("", None),
        (None, None),
    ],
)
def test_a_version_is_two_numbers(version: str | None, expected: tuple[int, int] | None) -> None:
    assert parse_version(version) == expected


@pytest.mark.parametrize(
    ("rule", "version", "expected"),
    [
        (LANGUAGE_EXTENSIONS, "1.160.1", False),
        (LANGUAGE_EXTENSIONS, "1.161.0", True),
        (LANGUAGE_EXTENSIONS, "2.0.0", True),
        (LANGUAGE_EXTENSIONS, None, True),
        (LANGUAGE_EXTENSIONS, "nightly", True),
        (EXPANDS_ALWAYS, "1.159.1", False),
        (EXPANDS_ALWAYS, "1.160.0", True),
        (EXPANDS_ALWAYS, "1.161.0", False),
        (EXPANDS_ALWAYS, None, False),
    ],
)
def test_a_rule_holds_from_one_version_to_another(rule: Rule, version: str | None, expected: bool) -> None:
    assert rule.holds_in(version) is expected
    assert SamRules(lambda: version).has(rule) is expected


def test_version_is_asked_once_and_only_where_a_rule_matters() -> None:
    asked = []

    def find() -> str:
        asked.append("sam --version")
        return "1.155.2"

    rules = SamRules(find)
    assert asked == []
    assert [rules.has(rule) for rule in (LANGUAGE_EXTENSIONS, WEB_FUNCTIONS)] == [False, False]
    assert len(asked) == 1


def test_what_is_too_new_is_reported_with_both_versions() -> None:
    error = SamRules(lambda: "1.155.2").too_old(LANGUAGE_EXTENSIONS, "Fn::ForEach", hint="do without")
    assert str(error) == "Fn::ForEach needs sam 1.161 or newer (this is 1.155.2)."
    assert error.hint == "Get a newer one (pip install --upgrade aws-sam-cli), or do without."
    assert error.exit_code == 2


def test_table_is_in_order_and_has_only_supported_versions() -> None:
    assert [rule.since for rule in RULES] == sorted(rule.since for rule in RULES)
    assert all(rule.since > OLDEST and (rule.until is None or rule.since < rule.until) for rule in RULES)
    assert len({rule.what for rule in RULES}) == len(RULES)
    assert all(NEWEST.has(rule) is (rule.until is None) for rule in RULES)


@pytest.mark.parametrize(
    ("builder", "version", "expected"),
    [
        ("python3.12", "1.130.0", True),
        ("python3.12", None, True),
        ("python3.12", "nightly", True),
        ("python3.14", "1.145.0", False),
        ("python3.14", "1.170.0", True),
        ("python3.14", "2.0", True),
        ("python3.14", None, False),
        ("python3.14", "nightly", False),
        ("python3.99", "1.170.0", False),
        ("makefile", "1.170.0", True),
        ("python-uv", "1.154.0", False),
        ("python-uv", "1.155.0", True),
        ("ruby3.4", "1.130.0", False),
        ("ruby3.4", "1.138.0", True),
        ("java17.al2023", "1.169.0", False),
        ("java17.al2023", "1.170.0", True),
        ("python3.6", "1.170.0", False),
        ("", "1.170.0", False),
    ],
)
def test_a_builder_is_known_by_the_version_of_sam(builder: str, version: str | None, expected: bool) -> None:
    assert (builder in known_builders(version)) is expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: format_version(rule.since))
def test_the_source_of_a_rule_is_in_the_installed_sam(rule: Rule) -> None:
    assert pkgutil.resolve_name(rule.source) is not None


def test_every_rule_is_asked_somewhere() -> None:
    module = REPOSITORY / "samix" / "sam_rules.py"
    rules = {
        name: rule
        for name, rule in vars(importlib.import_module("samix.template.sam_rules")).items()
        if isinstance(rule, Rule)
    }
    assert len(rules) == len(RULES)
    names = {name for name, rule in rules.items() if not rule.builds}
    texts = [path.read_text() for path in (REPOSITORY / "samix").rglob("*.py") if path != module]
    assert {name for name in names if not any(name in text for text in texts)} == set()

from __future__ import annotations

import pytest

from samix.template.paths import ARTIFACT_PATHS, is_generated


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SAMCodeUriFunctions", True),
        ("SAMCodeUri1", True),
        ("SAMLayersX", True),
        ("SAMContentUri", True),  # sam takes it for SAMContent and a loop named Uri
        ("SAMCodeUri", False),
        ("SAMCode-X", False),
        ("SAMPLE", False),
        ("Other", False),
        ("", False),
        (5, False),
    ],
)
def test_mappings_of_loops_have_names_of_their_own(name: object, expected: bool) -> None:
    assert is_generated(name) is expected


def test_a_function_has_code_or_an_image() -> None:
    assert ARTIFACT_PATHS["AWS::Lambda::Function"] == ("Code", "Code.ImageUri")

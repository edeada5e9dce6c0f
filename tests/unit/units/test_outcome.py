"""What became of a unit, in one line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samix.template.resources import Kind
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit

_MAKE = "CustomMakeBuilder:MakeBuild - Make Failed: "
_NPM = "NodejsNpmBuilder:NpmInstall - NPM Failed: "
_GO = "GoModulesBuilder:Build - Builder Failed: "
_CARGO = "RustCargoLambdaBuilder:CargoLambdaBuild - Cargo Lambda failed: "


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            f"{_MAKE}greet.c: In function 'f':\ngreet.c:3:5: error: expected ';'\nmake: *** Error 1",
            "greet.c:3:5: error: expected ';'",
        ),
        (
            "PythonPipBuilder:Resolve - WARNING: an old wrapper\nERROR: Invalid requirement: 'import ('",
            "ERROR: Invalid requirement: 'import ('",
        ),
        (
            f"{_CARGO}Compiling one\n  error[E0425]: cannot find value",
            "error[E0425]: cannot find value",
        ),
        (
            f"{_MAKE}cc1: fatal error: gret.c: No such file\na.c: error: more",
            "cc1: fatal error: gret.c: No such file",
        ),
        (
            f"{_MAKE}go: not found\nmake: *** [Makefile:19] Error 127",
            "go: not found",
        ),
        (
            f"{_MAKE}# shop/api\n./main.go:6:20: undefined: total\nmake: *** Error 1",
            "./main.go:6:20: undefined: total",
        ),
        (
            f"{_GO}go: downloading one v1.0\n# shop/api\nmain.go:6:2: undefined: total",
            "main.go:6:2: undefined: total",
        ),
        (
            f"{_MAKE}a.c:3:1: warning: unused\n/app/Makefile:4: *** missing separator.",
            "/app/Makefile:4: *** missing separator.",
        ),
        (
            f"{_NPM}npm error code E404\nnpm error 404 Not Found - GET one\nnpm error 404",
            "npm error 404 Not Found - GET one",
        ),
        (f"{_NPM}npm ERR! code ENOENT", "npm ERR! code ENOENT"),
        (
            "RubyBundlerBuilder:RubyBundle - Bundler Failed: Don't run as root, and\nmore.\nCould not reach it",
            "Could not reach it",
        ),
        ("PythonPipBuilder:ResolveDependencies - {one==9(sdist)}", "{one==9(sdist)}"),
        ("'pyhton3.11' runtime is not supported", "'pyhton3.11' runtime is not supported"),
        (" \n", "sam build exited with 1"),
    ],
)
def test_the_line_that_tells_what_is_wrong_is_the_reason(make_unit: Callable[..., Unit], said: str, why: str) -> None:
    assert Outcome(make_unit("Fn"), Result.FAILED, "sam build exited with 1", error=SamError("E", said)).why == why


def test_the_first_line_of_another_reason_is_shown(make_unit: Callable[..., Unit]) -> None:
    assert Outcome(make_unit("Fn"), Result.FAILED, "not there\nerror: no").why == "not there"


def test_what_the_next_build_can_use_is_kept(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    """An image is left to its engine, and a build in its source is made every time."""
    assert Outcome(make_unit("Fn"), Result.BUILT, "").is_kept
    assert not Outcome(make_unit("Fn"), Result.REUSED, "").is_kept
    assert not Outcome(make_unit("Fn"), Result.FAILED, "").is_kept
    image = make_unit(make_resource("Image", kind=Kind.IMAGE))
    assert not Outcome(image, Result.BUILT, "").is_kept
    assert not Outcome(replace(make_unit("Fn"), is_in_source=True), Result.BUILT, "").is_kept

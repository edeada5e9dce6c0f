"""Whether what was installed is what any later installation gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samix.builders.pins import are_gems_locked, are_packages_locked, are_requirements_pinned, may_ignore_npm_lock

if TYPE_CHECKING:
    from pathlib import Path


def _installed_wheels(root: Path, *names: str) -> Path:
    for name in names:
        (root / f"{name}.dist-info").mkdir()
    (root / "package").mkdir()
    return root


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requests==2.32.3\nPy.YAML==6.0\n", True),
        ("requests[socks] == 2.32.3 \npy-yaml===6.0  # why\n", True),
        ("requests[socks] == 2.32.3 ; python_version > '3'\npy-yaml===6.0\n", False),
        ("requests==2.32.3 --hash=sha256:0a\npy_yaml==6.0 \\\n  --hash=sha256:0b\n", True),
        ("\ufeffRequests==2.32.3\r\npy_yaml==6.0\r\n", True),
        ("requests==2.32.3\n", False),  # the other one came with it
        ("requests==2.32.3\npy-yaml\n", False),
        ("requests==2.32.3\npy-yaml>=6.0\n", False),
        ("requests==2.*\npy-yaml==6.0\n", False),
        ("requests==2.32.3,!=2.0\npy-yaml==6.0\n", False),
        ("requests==2.32\npy-yaml==6.0\n", False),  # not as the version that was installed is written
        ("# requests==2.32.3\npy-yaml==6.0\n", False),
        ("requests @ https://host/requests-2.32.3.whl\npy-yaml==6.0\n", False),
        ("requests==2.32.3 # why \\\npy_yaml==6.0\n", False),  # pip does not read the second
        ("requests==2.32.3\n# why \\\npy_yaml==6.0\n", True),
        ("", False),
    ],
)
def test_requirements_name_the_version_of_all_that_was_installed(tmp_path: Path, text: str, expected: bool) -> None:
    deps = _installed_wheels(tmp_path, "requests-2.32.3", "Py_YAML-6.0")
    assert are_requirements_pinned({"requirements.txt": text}, deps) is expected


def test_nothing_installed_is_nothing_that_can_change(tmp_path: Path) -> None:
    assert are_requirements_pinned({"requirements.txt": ""}, tmp_path)
    assert are_gems_locked({"Gemfile": ""}, tmp_path)


def _installed_packages(root: Path) -> Path:
    for path, version in {"ms": "2.1.3", "@a/b": "1.0.0", "@a/b/node_modules/ms": "2.0.0"}.items():
        (root / "node_modules" / path).mkdir(parents=True)
        (root / "node_modules" / path / "package.json").write_text(json.dumps({"version": version}))
    (root / "node_modules" / ".bin").mkdir()
    return root


def _lock(**changed: object) -> str:
    packages = {
        "": {"name": "app"},
        "node_modules/ms": {"version": "2.1.3"},
        "node_modules/@a/b": {"version": "1.0.0"},
        "node_modules/@a/b/node_modules/ms": {"version": "2.0.0"},
    }
    return json.dumps({"lockfileVersion": 3, "packages": {**packages, **changed}})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"package-lock.json": _lock()}, True),
        ({"npm-shrinkwrap.json": _lock(), "package-lock.json": "{}"}, True),
        ({"npm-shrinkwrap.json": "{}", "package-lock.json": _lock()}, False),  # npm takes the first
        ({"package-lock.json": _lock(**{"node_modules/ms": {"version": "2.1.2"}})}, False),
        ({"package-lock.json": _lock(**{"node_modules/@a/b/node_modules/ms": {}})}, False),
        (
            {"package-lock.json": '{"lockfileVersion": 1, "dependencies": {"ms": {"version": "2.1.3"}}}'},
            False,
        ),
        ({"package-lock.json": "no JSON"}, False),
        ({"package-lock.json": "[]"}, False),
        ({"yarn.lock": "ms@2.1.3:\n  version 2.1.3\n"}, False),
        ({"package.json": '{"dependencies": {"ms": "2.1.3"}}'}, False),
    ],
)
def test_a_lock_of_npm_names_all_that_was_installed(tmp_path: Path, texts: dict[str, str], expected: bool) -> None:
    assert are_packages_locked(texts, _installed_packages(tmp_path)) is expected


@pytest.mark.parametrize(
    ("lock", "more", "expected"),
    [
        ("GEM\n  specs:\n    rack (3.1.0)\n    rake (13.2.1)\n      rack (~> 3)\n", "", True),
        ("GEM\n  specs:\n    rack (3.0.0)\n    rake (13.2.1)\n", "", False),
        ("GEM\n  specs:\n    rake (13.2.1)\n      rack (3.1.0)\n", "", False),  # what it needs, not what it is
        ("", "", False),
        ("GEM\n  specs:\n    rack (3.1.0)\n    rake (13.2.1)\n", "bundler/gems/own-0123456789ab", False),
    ],
)
def test_a_lock_of_bundler_names_all_that_was_installed(tmp_path: Path, lock: str, more: str, expected: bool) -> None:
    place = tmp_path / "vendor/bundle/ruby/3.3.0"
    for gem in ("gems/rack-3.1.0", "gems/rake-13.2.1", *filter(None, [more])):
        (place / gem).mkdir(parents=True)
    assert are_gems_locked({"Gemfile.lock": lock}, tmp_path) is expected


@pytest.mark.parametrize(
    ("settings", "environ", "expected"),
    [
        ("registry=https://host/\n", {"NPM_CONFIG_REGISTRY": "https://host/"}, False),
        ("Package-Lock = false\n", {}, True),
        ("shrinkwrap=false\n", {}, True),
        ("", {"npm_config_package_lock": "false"}, True),
        ("", {"NPM_CONFIG_SHRINKWRAP": "false"}, True),
        ("", {"HOME": "home"}, True),
        ("", {"npm_config_userconfig": "home/.npmrc", "HOME": "/nowhere"}, True),
        ("", {"NPM_CONFIG_USERCONFIG": "home/none", "HOME": "home"}, False),
        ("", {"PACKAGE_LOCK": "no"}, False),
    ],
)
def test_npm_may_be_told_to_ignore_its_lock(
    settings: str, environ: dict[str, str], expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".npmrc").write_text("package-lock=false\n")
    monkeypatch.chdir(tmp_path)
    assert may_ignore_npm_lock({".npmrc": settings}, environ) is expected

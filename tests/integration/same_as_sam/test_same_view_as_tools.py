"""What is found outside of a source is what the real tools say they read."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.builders.outside import find_outside
from samix.messages.location import Location
from samix.options.build_type import BuildType
from samix.options.merge import merge_options
from samix.template.resources import Kind, Resource
from samix.units.decision import Decision
from samix.units.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

GO_MODULES = {
    "a function of a module": {
        "go.mod": "module example.com/app\n\ngo 1.21\n",
        "fn/main.go": 'package main\n\nimport (\n\t"fmt"\n\n\tstore "example.com/app/internal/store"\n)\n\n'
        "func main() { fmt.Println(store.Get()) }\n",
        "internal/store/store.go": 'package store\n\nimport "example.com/app/internal/store/key"\n\n'
        "func Get() string { return key.Key }\n",
        "internal/store/key/key.go": 'package key\n\nconst Key = "import \\"example.com/app/internal/unused\\""\n',
        "internal/unused/unused.go": "package unused\n",
        "other/main.go": "package main\n\nfunc main() {}\n",
    },
    "modules that replace others": {
        "fn/go.mod": "module example.com/fn\n\ngo 1.21\n\n"
        "require (\n\texample.com/one v0.0.0\n\texample.com/two v0.0.0\n)\n"
        "replace example.com/one v0.0.0 => ../one\n\nreplace (\n\texample.com/two => ../two // by a path\n)\n",
        "fn/main.go": 'package main\n\nimport "example.com/one"\n\nfunc main() { println(one.One) }\n',
        "one/go.mod": "module example.com/one\n\ngo 1.21\n\nrequire example.com/two v0.0.0\n",
        "one/one.go": 'package one\n\nimport "example.com/two"\n\nconst One = two.Two\n',
        "two/go.mod": "module example.com/two\n\ngo 1.21\n",
        "two/two.go": "package two\n\nconst Two = 2\n",
    },
    "a workspace": {
        "go.work": "go 1.21\n\nuse ./fn\n\nuse (\n\t./lib\n\t./other // not imported\n)\n",
        "fn/go.mod": "module example.com/fn\n\ngo 1.21\n",
        "fn/main.go": 'package main\n\nimport `example.com/lib/deep`; import "os"\n'
        "func main() { os.Exit(deep.Deep) }\n",
        "lib/go.mod": "module example.com/lib\n\ngo 1.21\n",
        "lib/lib.go": "package lib\n",
        "lib/deep/deep.go": "package deep\n\nconst Deep = 0\n",
        "other/go.mod": "module example.com/other\n\ngo 1.21\n",
        "other/other.go": "package other\n",
    },
}


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _run(*command: str, directory: Path) -> str:
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    return subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True).stdout


def _found(root: Path, method: str) -> set[Path]:
    source = root / "fn"
    resource = Resource(
        kind=Kind.FUNCTION,
        type="AWS::Serverless::Function",
        logical_id="Fn",
        full_path="Fn",
        stack_path="",
        properties={"Runtime": "provided.al2023"},
        metadata={"BuildMethod": method},
        code=str(source),
        locate=lambda *_: Location(root / "template.yaml", 1),
    )
    unit = Unit((resource,), Decision(BuildType.HOST, "default"))
    return set(find_outside(unit, source, merge_options({"template_file": "template.yaml"}, {}, root)).read)


@pytest.mark.parametrize("files", GO_MODULES.values(), ids=GO_MODULES)
def test_go_packages_are_those_that_go_lists(tmp_path: Path, files: Mapping[str, str]) -> None:
    root = Path(os.path.realpath(tmp_path))
    _write(root, files)
    listed = _run("go", "list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", ".", directory=root / "fn")
    packages = {Path(line) for line in listed.split("\n") if line} - {root / "fn"}
    found = {path for path in _found(root, "go1.x") if path.is_dir()}
    assert packages
    # a package inside of another is part of it
    assert found == {path for path in packages if not any(other in path.parents for other in packages)}


def test_crates_are_those_of_cargos_metadata(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    package = '[package]\nname = "{0}"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n{1}\n'
    workspace = '[workspace]\nmembers = ["fn", "one", "three"]\nresolver = "2"\n\n[workspace.dependencies]\n'
    files = {
        "Cargo.toml": workspace + 'one = { path = "one" }\nthree = { path = "three" }\n',
        "fn/Cargo.toml": package.format("fn", "one.workspace = true"),
        "one/Cargo.toml": package.format("one", 'two = { path = "../two" }'),
        "two/Cargo.toml": package.format("two", "") + '\n[package.metadata]\nnote = "in the workspace by its path"\n',
        "three/Cargo.toml": package.format("three", ""),
    }
    _write(root, {**files, **{f"{name}/src/lib.rs": "" for name in ("fn", "one", "two", "three")}})
    metadata = json.loads(_run("cargo", "metadata", "--format-version", "1", "--offline", directory=root / "fn"))
    needs = {node["id"]: node["dependencies"] for node in metadata["resolve"]["nodes"]}
    places = {crate["id"]: Path(crate["manifest_path"]).parent for crate in metadata["packages"]}
    pending = [crate for crate, place in places.items() if place == root / "fn"]
    for crate in pending:
        pending += [needed for needed in needs[crate] if needed not in pending]
    crates = {places[crate] for crate in pending} - {root / "fn"}
    assert crates == {root / "one", root / "two"}
    assert _found(root, "rust-cargolambda") == {*crates, root / "Cargo.toml", root / "Cargo.lock"}
    assert metadata["workspace_root"] == str(root)

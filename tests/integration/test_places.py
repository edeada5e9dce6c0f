"""What a build finds by relative paths, wherever they start, is what it finds where sam alone builds.

Each application is built by sam and then by samix, in the same place. What lies in `.aws-sam/build` is the same, the
next build reuses it, and a change of what a path leads to is noticed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, Tree, clean_environment, differences, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NODE = "nodejs22.x"
_ARTIFACT = "$(ARTIFACTS_DIR)"
_BUILD_DIR = ".aws-sam/build"


@dataclass(frozen=True)
class _Case:
    """An application, how it is built, and what may change.

    Attributes:
        files: Its files.
        arguments: What `sam build` and `samix build` get besides.
        environment: Variables; `{project}` is where they are started. What is to go before PATH is called `PATH+`.
        change: Files that are written after it was built; what is built then is what sam makes of them.
        cwd: Where it is built, in the application.
        root: The name of the directory in which the application lies.
        link: The name of a link by which that is reached.
        build_dir: The build dir.
        wheels: Versions of `acmelib` in the directory `wheels`.
        programs: What must be there; .ci/setup installs it.
    """

    files: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    change: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "."
    root: str = "app"
    link: str = ""
    build_dir: str = _BUILD_DIR
    wheels: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def fresh(self, place: Path) -> Project:
        """The application as it is before it is built."""
        base = place / self.root
        for path in (base, base / self.cwd / self.build_dir):  # which may be outside
            shutil.rmtree(path, ignore_errors=True)
        Project.from_files(base, self.files)
        for name, content in self.files.items():
            if content.startswith("#!"):
                (base / name).chmod(0o755)
        for version in self.wheels:
            _write_wheel(base / "wheels", version)
        if self.link:
            (place / self.link).unlink(missing_ok=True)
            (place / self.link).symlink_to(self.root)
            base = place / self.link
        run = base / self.cwd
        values = {name: value.replace("{project}", str(run)) for name, value in self.environment.items()}
        if "PATH+" in values:
            values["PATH"] = os.pathsep.join([values.pop("PATH+"), clean_environment()["PATH"]])
        return Project(run, {"PWD": str(run), **values})

    def built(self, project: Project) -> Tree:
        """What was built, without what uv writes down of the time of a file."""
        found = tree(project.path / self.build_dir)
        is_of_uv = any(path.endswith("/uv_cache.json") for path in found)
        return {
            path: entry
            for path, entry in found.items()
            if not (is_of_uv and path.endswith(("/uv_cache.json", ".dist-info/RECORD")))
        }

    def of_sam(self, place: Path, changes: Mapping[str, str] | None = None) -> Tree:
        """What sam makes of it."""
        missing = [name for name in self.programs if not shutil.which(name, path=clean_environment()["PATH"])]
        assert not missing, f"{missing} must be there: run .ci/setup tools"
        project = self.fresh(place)
        for name, content in (changes or {}).items():
            project.write(name, content)
        project.sam("build", *self.arguments).succeeded()
        return self.built(project)


def _write_wheel(directory: Path, version: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    info = f"acmelib-{version}.dist-info"
    files = {
        "acmelib.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: acmelib\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(directory / f"acmelib-{version}-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(zipfile.ZipInfo(name), content)


def _resource(name: str, kind: str, metadata: str, properties: str) -> str:
    told = f"    Metadata: {{{metadata}}}\n" if metadata else ""
    return f"  {name}:\n    Type: AWS::Serverless::{kind}\n{told}    Properties: {{{properties}}}\n"


def _function(name: str, code: str, metadata: str = "BuildMethod: makefile", runtime: str = "provided.al2023") -> str:
    return _resource(name, "Function", metadata, f"CodeUri: {code}, Runtime: {runtime}, Handler: app.handler")


def _python(name: str, code: str, metadata: str = "") -> str:
    return _function(name, code, metadata, HOST_PYTHON)


def _node(name: str, code: str, metadata: str = "") -> str:
    return _function(name, code, metadata, _NODE)


def _layer(name: str, code: str, method: str = "makefile", runtime: str = "provided.al2023") -> str:
    return _resource(
        name, "LayerVersion", f"BuildMethod: {method}", f"ContentUri: {code}, CompatibleRuntimes: [{runtime}]"
    )


def _stack(name: str, location: str) -> str:
    return _resource(name, "Application", "", f"Location: {location}")


def _template(*resources: str) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(resources)}"


def _recipe(name: str, *lines: str) -> str:
    return f"build-{name}:\n" + "".join(f"\t{line}\n" for line in lines)


# --- variables of the environment

_PIP = {
    "template.yaml": _template(_python("Api", "src")),
    "src/app.py": "",
    "src/requirements.txt": "acmelib\n",
    "constraints.txt": "acmelib<2\n",
}
_UV = {**_PIP, "template.yaml": _template(_python("Api", "src", "BuildMethod: python-uv"))}
_NPM = {
    "template.yaml": _template(_node("Api", "src")),
    "src/app.js": "",
    "src/package.json": '{"name": "api", "version": "1.0.0", "scripts": {"postinstall": "echo made > made.txt"}}',
    "conf/npmrc": "ignore-scripts=true\n",
}
_WHEELS = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "wheels"}
_UV_WHEELS = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": "wheels"}
_BOTH = ("1.0", "2.0")
_NEWER = {"constraints.txt": "acmelib>=2\n"}
_SCRIPTS = {"conf/npmrc": "ignore-scripts=false\n"}
_REGIONS = {
    "template.yaml": "Mappings: {Codes: {eu-central-1: {Code: a}, us-east-1: {Code: b}}}\n"
    + _template(_function("Fn", "!FindInMap [Codes, !Ref AWS::Region, Code]")),
    **{f"{each}/Makefile": _recipe("Fn", f"echo {each} > {_ARTIFACT}/made") for each in "ab"},
    "aws/config": "[profile ci]\nregion = eu-central-1\n",
    "aws/credentials": "[ci]\naws_access_key_id = made-up\naws_secret_access_key = made-up\n",
}


def _in_project(*recipe: str) -> dict[str, str]:
    """A function whose makefile runs in the project."""
    function = _function("Fn", "src", "BuildMethod: makefile, WorkingDirectory: .")
    return {"template.yaml": _template(function), "src/Makefile": _recipe("Fn", *recipe)}


ENVIRONMENT = {
    "pip-constraint": _Case(
        _PIP, environment={**_WHEELS, "PIP_CONSTRAINT": "constraints.txt"}, wheels=_BOTH, change=_NEWER
    ),
    "pip-constraint-in-a-constraint": _Case(
        {**_PIP, "first.txt": "-c constraints.txt\n"},
        environment={**_WHEELS, "PIP_CONSTRAINT": "first.txt"},
        wheels=_BOTH,
        change=_NEWER,
    ),
    "pip-constraint-above": _Case(
        {name if name == "constraints.txt" else f"app/{name}": text for name, text in _PIP.items()},
        cwd="app",
        environment={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "../wheels", "PIP_CONSTRAINT": "../constraints.txt"},
        wheels=_BOTH,
        change={"../constraints.txt": "acmelib>=2\n"},
    ),
    "pip-constraint-beside-the-application": _Case(
        {name if name == "constraints.txt" else f"app/{name}": text for name, text in _PIP.items()},
        ("--template", "app/template.yaml"),
        environment={**_WHEELS, "PIP_CONSTRAINT": "constraints.txt"},
        wheels=_BOTH,
        change=_NEWER,
    ),
    "pip-requirement": _Case(
        _PIP, environment={**_WHEELS, "PIP_REQUIREMENT": "constraints.txt"}, wheels=_BOTH, change=_NEWER
    ),
    "pip-find-links-page": _Case(
        {**_PIP, "links.html": '<a href="wheels/acmelib-1.0-py3-none-any.whl">one</a>\n'},
        environment={**_WHEELS, "PIP_FIND_LINKS": "links.html"},
        wheels=_BOTH,
        change={"links.html": '<a href="wheels/acmelib-2.0-py3-none-any.whl">two</a>\n'},
    ),
    "pip-configuration": _Case(
        {**_PIP, "pip.conf": "[global]\nno-index = true\nfind-links = wheels\nconstraint = constraints.txt\n"},
        environment={"PIP_CONFIG_FILE": "pip.conf", "PIP_FIND_LINKS": ""},
        wheels=_BOTH,
        change={"pip.conf": "[global]\nno-index = true\nfind-links = wheels\n"},
    ),
    "pip-constraint-in-a-configuration": _Case(
        {**_PIP, "pip.conf": "[global]\nno-index = true\nfind-links = wheels\nconstraint = constraints.txt\n"},
        environment={"PIP_CONFIG_FILE": "pip.conf", "PIP_FIND_LINKS": ""},
        wheels=_BOTH,
        change=_NEWER,
    ),
    "pip-home": _Case(
        {**_PIP, "home/.config/pip/pip.conf": "[global]\nno-index = true\nfind-links = wheels\n"},
        environment={"HOME": "home", "PIP_FIND_LINKS": ""},
        wheels=_BOTH,
    ),
    "pip-cache": _Case(_PIP, environment={**_WHEELS, "PIP_CACHE_DIR": ".cache/pip", "PIP_LOG": "log"}, wheels=_BOTH),
    "uv-constraint": _Case(
        _UV, ("--beta-features",), {**_UV_WHEELS, "UV_CONSTRAINT": "constraints.txt"}, wheels=_BOTH, change=_NEWER
    ),
    "uv-configuration": _Case(
        {**_UV, "conf/uv.toml": 'no-index = true\nfind-links = ["../wheels"]\n'},
        ("--beta-features",),
        {"UV_CONFIG_FILE": "conf/uv.toml"},
        wheels=_BOTH,
        change={
            "conf/uv.toml": 'no-index = true\nfind-links = ["../wheels"]\nconstraint-dependencies = ["acmelib<2"]\n'
        },
    ),
    "npm-configuration": _Case(_NPM, environment={"npm_config_userconfig": "{project}/conf/npmrc"}, change=_SCRIPTS),
    # npm runs in the artifact
    "npm-configuration-from-the-artifact": _Case(
        _NPM, environment={"npm_config_userconfig": "../../../conf/npmrc"}, change=_SCRIPTS
    ),
    "npm-global-configuration-from-the-artifact": _Case(
        _NPM, environment={"npm_config_globalconfig": "../../../conf/npmrc"}, change=_SCRIPTS
    ),
    "python-path": _Case(
        {
            **_in_project(f'python3 -c "import helper; print(helper.VALUE)" > {_ARTIFACT}/made'),
            "lib/helper.py": "VALUE = 1\n",
        },
        environment={"PYTHONPATH": "lib", "PYTHONDONTWRITEBYTECODE": "1"},
        change={"lib/helper.py": "VALUE = 2\n"},
    ),
    "path-with-a-tool": _Case(
        {**_in_project(f"mytool > {_ARTIFACT}/made"), "tools/mytool": "#!/bin/sh\necho one\n"},
        environment={"PATH+": "./tools"},
        change={"tools/mytool": "#!/bin/sh\necho two\n"},
    ),
    "makefiles": _Case(
        {**_in_project(f"echo $(VALUE) > {_ARTIFACT}/made"), "conf/more.mk": "VALUE = 1\n"},
        environment={"MAKEFILES": "conf/more.mk"},
        change={"conf/more.mk": "VALUE = 2\n"},
    ),
    "temporary-directory": _Case(
        {**_in_project(f"echo made > {_ARTIFACT}/made"), "tmp/kept": ""}, environment={"TMPDIR": "tmp"}
    ),
    "profile": _Case(
        _REGIONS,
        ("--profile", "ci"),
        {"AWS_CONFIG_FILE": "aws/config", "AWS_SHARED_CREDENTIALS_FILE": "aws/credentials"},
    ),
    "profile-above": _Case(
        {name if name.startswith("aws") else f"app/{name}": text for name, text in _REGIONS.items()},
        ("--profile", "ci"),
        {"AWS_CONFIG_FILE": "../aws/config"},
        cwd="app",
    ),
    "manifest": _Case(
        {**_PIP, "reqs/base.txt": "-r more.txt\n", "reqs/more.txt": "acmelib<2\n"},
        ("--manifest", "reqs/base.txt"),
        _WHEELS,
        wheels=_BOTH,
        change={"reqs/more.txt": "acmelib>=2\n"},
    ),
}

# --- the project, from the artifact

_SHARED = {"shared/one.py": "ONE = 1\n", "shared/deep/two.py": "TWO = 1\n"}
_SHARED_CHANGED = {"shared/one.py": "ONE = 2\n"}
_UP = f"{_ARTIFACT}/../../.."


def _made(makefile: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    files = {"template.yaml": _template(_function("Fn", "fn")), "fn/Makefile": makefile, "fn/app.py": ""}
    return {**files, **_SHARED, **(more or {})}


def _copies(text: str, *before: str) -> dict[str, str]:
    return _made("".join(f"{line}\n" for line in before) + _recipe("Fn", text))


_COPY = f"cp -r $(ROOT)/shared {_ARTIFACT}"
_ROOTS = {
    "abspath": _copies(_COPY, f"ROOT := $(abspath {_UP})"),
    "realpath": _copies(_COPY, f"ROOT := $(realpath {_UP})"),
    "shell": _copies(_COPY, f"ROOT := $(shell cd {_UP} && pwd)"),
    "dir": _copies(
        f"cp -r $(ROOT)shared {_ARTIFACT}",
        f"ROOT := $(dir $(patsubst %/,%,$(dir $(patsubst %/,%,$(dir {_ARTIFACT})))))",
    ),
    "define": _copies("$(call take,shared)", "define take", f"cp -r {_UP}/$(1) {_ARTIFACT}", "endef"),
    "change-of-directory": _copies(f"cd {_UP} && cp -r shared {_ARTIFACT}"),
    "tar": _copies(f"tar -C {_UP}/shared -cf - . | tar -C {_ARTIFACT} -xf -"),
    "wildcard": _copies(f"cp $(wildcard {_UP}/shared/*.py) {_ARTIFACT}"),
    "prerequisite": _made(f"build-Fn: {_ARTIFACT}/one.py\n{_ARTIFACT}/one.py: {_UP}/shared/one.py\n\tcp $< $@\n"),
    "parameter-expansion": _copies('cp -r "$${ARTIFACTS_DIR%%/.aws-sam/*}/shared" "$$ARTIFACTS_DIR"'),
    "dirname": _copies(
        'root=$$(dirname $$(dirname $$(dirname "$$ARTIFACTS_DIR"))); cp -r $$root/shared $$ARTIFACTS_DIR'
    ),
    "sub-make": _made(
        _recipe("Fn", f"$(MAKE) -C {_UP}/shared install DEST={_ARTIFACT}"),
        {"shared/Makefile": "install:\n\tcp one.py $(DEST)\n"},
    ),
    "other-makefile": _made(
        _recipe("Fn", f"$(MAKE) -f {_UP}/shared/copy.mk copy"),
        {"shared/copy.mk": "copy:\n\tcp $(dir $(lastword $(MAKEFILE_LIST)))/one.py $(ARTIFACTS_DIR)\n"},
    ),
}


def _together(forms: Mapping[str, Mapping[str, str]], name: str, code: str) -> dict[str, str]:
    """One application of several that differ in their makefile, each of a function of this name in this directory."""
    files: dict[str, str] = {}
    functions = []
    for number, (form, own) in enumerate(forms.items()):
        functions.append(_function(f"{name}{number}", form))
        for path, text in own.items():
            if path.startswith(f"{code}/"):
                files[f"{form}/{path.removeprefix(f'{code}/')}"] = text.replace(name, f"{name}{number}")
            elif path != "template.yaml":
                files[path] = text
    return {"template.yaml": _template(*functions), **files}


_SCRIPT = '#!/bin/sh\nset -e\nroot=$(cd "$ARTIFACTS_DIR/../../.." && pwd)\ncp -r "$root/shared" "$ARTIFACTS_DIR"\n'
_QUOTED = _copies('cp -r "$(ARTIFACTS_DIR)/../../../shared" "$(PWD)/shared/one.py" "$(ARTIFACTS_DIR)"')
_NESTED = {
    "template.yaml": _template(_stack("Child", "child/template.yaml"), _stack("Deep", "deep/template.yaml")),
    "child/template.yaml": _template(_function("Fn", "fn"), _layer("Library", "lib")),
    "child/fn/Makefile": _recipe("Fn", f"cp -r {_UP}/../shared {_ARTIFACT}"),
    "child/lib/Makefile": f"ROOT := $(abspath {_UP}/..)\n{_recipe('Library', _COPY)}",
    "deep/template.yaml": _template(_stack("Inner", "inner.yaml")),
    "deep/inner.yaml": _template(_function("Fn", "fn")),
    "deep/fn/Makefile": _recipe("Fn", f"cp -r {_UP}/../../shared {_ARTIFACT}"),
    **_SHARED,
}
ROOT = {
    "forms": _Case(_together(_ROOTS, "Fn", "fn"), change=_SHARED_CHANGED),
    # what only a script knows is none of the fingerprint
    "script": _Case(_made(_recipe("Fn", "./build.sh"), {"fn/build.sh": _SCRIPT})),
    "nested": _Case(_NESTED, change=_SHARED_CHANGED),
    "template-in-a-directory": _Case(
        {"shared/one.py": "ONE = 1\n", **{f"app/{name}": text for name, text in _ROOTS["define"].items()}},
        ("--template", "app/template.yaml"),
        change=_SHARED_CHANGED,
    ),
    "outside-of-the-project": _Case(
        {
            "shared/one.py": "ONE = 1\n",
            **{f"app/{name}": text for name, text in _copies(f"cp -r {_UP}/../shared {_ARTIFACT}").items()},
        },
        cwd="app",
        change={"../shared/one.py": "ONE = 2\n"},
    ),
    "base-directory": _Case(
        {**_ROOTS["define"], "template.yaml": "", "deploy/template.yaml": _template(_function("Fn", "fn"))},
        ("--template", "deploy/template.yaml", "--base-dir", "."),
        change=_SHARED_CHANGED,
    ),
    "reached-by-a-link": _Case(_QUOTED, link="a link", change=_SHARED_CHANGED),
    "directory-with-signs": _Case(_QUOTED, root="it's a käse (b)&c;d", change=_SHARED_CHANGED),
    "names-with-signs": _Case(
        {
            "template.yaml": _template(_function("Fn", '"my fn"')),
            "my fn/Makefile": _recipe(
                "Fn", f'cp "$(PWD)/one two/x" {_ARTIFACT}', f'cp "{_UP}/kä se/it\'s" {_ARTIFACT}/y'
            ),
            "one two/x": "",
            "kä se/it's": "1\n",
        },
        change={"kä se/it's": "2\n"},
    ),
}

# --- other artifacts, from the artifact

_WEB = _recipe("Web", f"mkdir -p {_ARTIFACT}/assets", f"cp app.py {_ARTIFACT}/assets/one")
_NEXT = f"{_ARTIFACT}/../Web/assets"


def _beside(*recipe: str, before: str = "", more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        "template.yaml": _template(_function("Web", "src"), _function("Jobs", "src")),
        "src/Makefile": f"{before}{_WEB}{_recipe('Jobs', *recipe)}",
        "src/app.py": "",
        **(more or {}),
    }


_NEIGHBOURS = {
    "directory": _beside(f"cp -r $(dir {_ARTIFACT})Web/. {_ARTIFACT}"),
    "change-of-directory": _beside(f"cd {_ARTIFACT}/.. && cp -r Web/assets Jobs/"),
    "variable": _beside(f"cp -r $(BUILT)/Web/assets {_ARTIFACT}", before=f"BUILT := $(abspath {_ARTIFACT}/..)\n"),
    "loop": _beside(f"for one in Web; do cp -r {_ARTIFACT}/../$$one/assets {_ARTIFACT}/$$one; done"),
    "loop-of-make": _beside(f"$(foreach one,Web,cp -r {_ARTIFACT}/../$(one)/assets {_ARTIFACT}/$(one);)"),
    "wildcard-of-make": _beside(f"cp $(wildcard {_NEXT}/*) {_ARTIFACT}"),
    "wildcard-of-names": _beside(f"cp -r {_ARTIFACT}/../*/assets {_ARTIFACT}"),
    "find": _beside(f"find {_ARTIFACT}/.. -name assets -path '*Web*' -exec cp -r {{}} {_ARTIFACT} \\;"),
    "link": _beside(f"ln -s ../Web/assets {_ARTIFACT}/assets", f"cp {_ARTIFACT}/assets/one {_ARTIFACT}/one"),
    "define": _beside("$(call take,Web)", before=f"define take\ncp -r {_ARTIFACT}/../$(1)/assets {_ARTIFACT}\nendef\n"),
    "dirname": _beside('cp -r "$$(dirname $$ARTIFACTS_DIR)/Web/assets" $$ARTIFACTS_DIR'),
    "parameter-expansion": _beside('cp -r "$${ARTIFACTS_DIR%/*}/Web/assets" $$ARTIFACTS_DIR'),
    "pattern": _beside(f"cp -r $(patsubst %/Jobs,%/Web,{_ARTIFACT})/assets {_ARTIFACT}"),
    "substitution": _beside(f"cp -r $(subst Jobs,Web,{_ARTIFACT})/assets {_ARTIFACT}"),
    "script": _beside(
        "sh copy.sh", more={"src/copy.sh": 'set -e\ncp -r "$ARTIFACTS_DIR/../Web/assets" "$ARTIFACTS_DIR"\n'}
    ),
    "sub-make": _beside("$(MAKE) -f copy.mk copy", more={"src/copy.mk": f"copy:\n\tcp -r {_NEXT} {_ARTIFACT}\n"}),
    "include": _beside(
        f"echo $(VALUE) > {_ARTIFACT}/made",
        more={"src/app.py": "VALUE = 1\n"},
        before=f"-include {_NEXT}/one\n",
    ),
}
# what finds artifacts of the same kind in all of the others
_BESIDE_ALONE = ("wildcard-of-names", "find")


def _all_beside() -> dict[str, str]:
    files = _together({name: own for name, own in _NEIGHBOURS.items() if name not in _BESIDE_ALONE}, "Jobs", "src")
    web = {"src/Makefile": _WEB, "src/app.py": "VALUE = 1\n"}
    return {
        **files,
        **web,
        "template.yaml": files["template.yaml"].replace("Resources:\n", f"Resources:\n{_function('Web', 'src')}"),
    }


_LATER = _beside(f"cp -r {_NEXT} {_ARTIFACT} || echo none > {_ARTIFACT}/none")


def _package(name: str, dependencies: Mapping[str, str] | None = None, **more: object) -> str:
    return json.dumps({"name": name, "version": "1.0.0", "main": "app.js", "dependencies": dependencies or {}, **more})


def _npm(resources: str, **packages: tuple[str, str]) -> dict[str, str]:
    files = {"template.yaml": resources}
    for name, (manifest, code) in packages.items():
        files |= {f"{name}/package.json": manifest, f"{name}/app.js": code}
    return files


_TWO = _template(_node("Common", "common"), _node("Api", "api"))
_COMMON = (_package("common"), "exports.one = 1;\n")
_COMMON_CHANGED = {"common/app.js": "exports.one = 2;\n"}
NEIGHBOURS = {
    "forms": _Case(_all_beside(), change={"src/app.py": "VALUE = 2\n"}),
    **{name: _Case(_NEIGHBOURS[name], change={"src/app.py": "VALUE = 2\n"}) for name in _BESIDE_ALONE},
    "later": _Case({**_LATER, "template.yaml": _template(_function("Jobs", "src"), _function("Web", "src"))}),
    "layers": _Case(
        {
            "template.yaml": _template(_function("Fn", "src"), _layer("One", "src"), _layer("Two", "src")),
            "src/Makefile": _recipe("One", f"echo one > {_ARTIFACT}/one")
            + _recipe("Two", f"cp {_ARTIFACT}/../One/one {_ARTIFACT}/two")
            + _recipe("Fn", f"cp {_ARTIFACT}/../One/one {_ARTIFACT}/../Two/two {_ARTIFACT}"),
        }
    ),
    "one-after-the-other": _Case(
        {
            "template.yaml": _template(*(_function(name, "src") for name in "ABC")),
            "src/Makefile": _recipe("A", f"cp app.py {_ARTIFACT}")
            + _recipe("B", f"cp -r {_ARTIFACT}/../A {_ARTIFACT}")
            + _recipe("C", f"cp -r {_ARTIFACT}/../B {_ARTIFACT}"),
            "src/app.py": "",
        },
        change={"src/app.py": "VALUE = 2\n"},
    ),
    "of-other-builders": _Case(
        {
            "template.yaml": _template(
                _layer("Library", "lib", HOST_PYTHON, HOST_PYTHON),
                _python("One", "one"),
                _python("Twin", "one"),
                _node("Web", "web"),
                _function("Fn", "fn"),
            ),
            "lib/requirements.txt": "",
            "lib/library.py": "VALUE = 1\n",
            "one/app.py": "VALUE = 1\n",
            "web/app.js": "",
            "web/package.json": _package("web"),
            "fn/Makefile": _recipe(
                "Fn", f"cp -r {_ARTIFACT}/../Library/python {_ARTIFACT}", f"cp {_ARTIFACT}/../Twin/app.py {_ARTIFACT}"
            ).rstrip("\n")
            + f"\n\tcp {_ARTIFACT}/../Web/app.js {_ARTIFACT}\n",
        },
        change={"one/app.py": "VALUE = 2\n"},
    ),
    # sam builds in a directory of the logical id; and nothing else lies there
    "with-other-names": _Case(
        {
            "template.yaml": _template(
                _function("Web", "src", "BuildMethod: makefile, SamResourceId: Named"),
                _function("Jobs", "src", "BuildMethod: makefile, SamResourceId: Other"),
            ),
            "src/Makefile": _WEB
            + _recipe("Jobs", f"(cd {_ARTIFACT}/.. && ls -R) > app.py", f"cp app.py {_ARTIFACT}/list"),
            "src/app.py": "",
        },
        change={"src/app.py": "VALUE = 2\n"},
    ),
    "nested": _Case(
        {
            "template.yaml": _template(_stack("Child", "child.yaml"), _function("Root", "root"), _layer("Top", "root")),
            "child.yaml": _template(_function("Fn", "child"), _layer("Library", "child"), _stack("Deep", "deep.yaml")),
            "deep.yaml": _template(_function("Fn", "deep")),
            "root/Makefile": _recipe(
                "Root", f"echo root > {_ARTIFACT}/root", f"cp {_ARTIFACT}/../Child/Library/x {_ARTIFACT}"
            )
            + _recipe("Top", f"echo top > {_ARTIFACT}/top"),
            "child/Makefile": _recipe("Library", f"cp {_ARTIFACT}/../../Top/top {_ARTIFACT}/x")
            + _recipe("Fn", f"cp {_ARTIFACT}/../../Root/root {_ARTIFACT}/../Library/x {_ARTIFACT}"),
            "deep/Makefile": _recipe("Fn", f"cp {_ARTIFACT}/../../Fn/x {_ARTIFACT}/../../../Root/root {_ARTIFACT}"),
        }
    ),
    "npm-in-a-directory-with-signs": _Case(
        _npm(_TWO, common=_COMMON, api=(_package("api", {"common": "file:../Common"}), "")),
        root="a $HOME 'b' \"c\" käse",
        change=_COMMON_CHANGED,
    ),
    "npm-layer": _Case(
        _npm(
            _template(_layer("Common", "common", _NODE, _NODE), _node("Api", "api")),
            common=(_package("common", {"shared": "file:../../../../shared"}), ""),
            shared=_COMMON,
            api=(_package("api", {"common": "file:../Common/nodejs"}), ""),
        ),
        change={"shared/app.js": "exports.one = 2;\n"},
    ),
    "npm-nested": _Case(
        {
            **_npm(
                _template(_stack("Child", "child.yaml"), _node("Common", "common")),
                common=_COMMON,
                shared=_COMMON,
                api=(_package("api", {"common": "file:../../Common", "shared": "file:../../../../shared"}), ""),
            ),
            "child.yaml": _template(_node("Api", "api")),
        },
        change=_COMMON_CHANGED,
    ),
    "npm-script": _Case(
        {
            **_npm(_TWO, common=_COMMON, api=(_package("api", scripts={"postinstall": "node copy.js"}), "")),
            "api/copy.js": "require('fs').copyFileSync('../Common/app.js', 'common.js');\n",
        }
    ),
    "npm-script-of-a-script": _Case(
        _npm(
            _TWO,
            common=_COMMON,
            api=(_package("api", scripts={"postinstall": "npm run take", "take": "cp ../Common/app.js one.js"}), ""),
        )
    ),
    "npm-script-of-the-project": _Case(
        {
            **_npm(_template(_node("Api", "api")), api=(_package("api", scripts={"postinstall": "node copy.js"}), "")),
            "api/copy.js": "require('fs').cpSync('../../../shared', 'shared', {recursive: true});\n",
            "shared/one.js": "",
        }
    ),
}

# --- packages and programs

_BACKEND = """\
import zipfile
from pathlib import Path

def build_wheel(directory, config_settings=None, metadata_directory=None):
    info = "common-1.0.dist-info"
    files = {f"common/{path.name}": path.read_text() for path in sorted(Path("common").glob("*.py"))}
    files[f"{info}/METADATA"] = "Metadata-Version: 2.1\\nName: common\\nVersion: 1.0\\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(Path(directory, "common-1.0-py3-none-any.whl"), "w") as wheel:
        for name, content in files.items():
            wheel.writestr(zipfile.ZipInfo(name), content)
    return "common-1.0-py3-none-any.whl"

build_editable = build_wheel
"""


def _local(place: str) -> dict[str, str]:
    """A package that needs nothing to be built."""
    project = '[project]\nname = "common"\nversion = "1.0"\n'
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    return {
        f"{place}/pyproject.toml": system + project,
        f"{place}/backend.py": _BACKEND,
        f"{place}/common/__init__.py": "VALUE = 1\n",
    }


def _requiring(text: str, *resources: str) -> dict[str, str]:
    return {
        "template.yaml": _template(*(resources or (_python("Api", "src"),))),
        "src/app.py": "",
        "src/requirements.txt": text,
    }


def _uv(source: str) -> str:
    return (
        '[project]\nname = "api"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ["common"]\n'
        f'[tool.uv.sources]\ncommon = {{path = "{source}"}}\n'
    )


_GO = {
    "template.yaml": _template(_function("Fn", ".", "BuildMethod: go1.x")),
    "go.mod": "module made\n\ngo 1.21\n",
    "main.go": "package main\n\nfunc main() {}\n",
}
_SIMPLE = {
    "template.yaml": _template(
        _function("Code", "code", "BuildMethod: makefile, WorkingDirectory: ."),
        _python("Plain", "plain"),
        _node("Web", "web"),
        _layer("Library", "lib"),
        _stack("Child", "child.yaml"),
    ),
    "child.yaml": _template(_function("Code", "lib")),
    "code/Makefile": _recipe("Code", f"cp -r shared {_ARTIFACT}"),
    "plain/app.py": "",
    "web/app.js": "",
    "web/package.json": _package("web"),
    "lib/Makefile": _recipe("Library", f"cp -r $(PWD)/shared {_ARTIFACT}") + _recipe("Code", f"echo x > {_ARTIFACT}/x"),
    **_SHARED,
}
OTHERS = {
    "package-in-the-project": _Case(
        {**_requiring("./common\n"), **_local("common")}, change={"common/common/__init__.py": "VALUE = 2\n"}
    ),
    "package-in-the-source": _Case(
        {**_requiring("./src/common\n"), **_local("src/common")},
        change={"src/common/common/__init__.py": "VALUE = 2\n"},
    ),
    "package-outside-of-the-project": _Case(
        {**{f"app/{name}": text for name, text in _requiring("../common\n").items()}, **_local("common")},
        cwd="app",
        change={"../common/common/__init__.py": "VALUE = 2\n"},
    ),
    "package-from-the-directory-above": _Case(
        {**{f"app/{name}": text for name, text in _requiring("./common\n").items()}, **_local("common")},
        ("--template", "app/template.yaml"),
        change={"common/common/__init__.py": "VALUE = 2\n"},
    ),
    "wheels-beside-the-project": _Case(
        _requiring("--no-index\n--find-links wheels\nacmelib\n"),
        wheels=("1.0",),
        change={"wheels/index.html": '<a href="acmelib-1.0-py3-none-any.whl">one</a>\n'},
    ),
    # uv itself keeps what it has built of a package as long as its pyproject.toml is as it was
    "uv-requirements": _Case(
        {**_requiring("./common\n", _python("Api", "src", "BuildMethod: python-uv")), **_local("common")},
        ("--beta-features",),
    ),
    "uv-source": _Case(
        {
            "template.yaml": _template(_python("Api", "src", "BuildMethod: python-uv")),
            "src/app.py": "",
            "src/pyproject.toml": _uv("../common"),
            **_local("common"),
        },
        ("--beta-features",),
    ),
    "go-in-the-project": _Case(
        _GO, programs=("go",), change={"main.go": "package main\n\nfunc main() { println() }\n"}
    ),
    "go-with-its-build-dir": _Case(_GO, ("--build-dir", "dist"), build_dir="dist", programs=("go",)),
    "bundle-in-source": _Case(
        {
            "template.yaml": _template(
                _node("Api", "api", "BuildMethod: esbuild, BuildProperties: {Sourcemap: true, EntryPoints: [app.js]}")
            ),
            "api/package.json": _package("api", {"esbuild": "0.25"}),
            "api/app.js": 'import {one} from "../shared/one";\nexport const handler = async () => one;\n',
            "shared/one.js": "export const one = 1;\n",
        },
        ("--build-in-source",),
    ),
    "other-build-dir": _Case(_SIMPLE, ("--build-dir", "out"), build_dir="out"),
    "deep-build-dir": _Case(_SIMPLE, ("--build-dir", "out/a/b", "--cache-dir", "out/cache"), build_dir="out/a/b"),
    "build-dir-outside": _Case(_SIMPLE, ("--build-dir", "../built", "--cache-dir", "../cached"), build_dir="../built"),
}
CASES = {
    f"{kind}-{name}": case
    for kind, cases in {"variable": ENVIRONMENT, "root": ROOT, "beside": NEIGHBOURS, "other": OTHERS}.items()
    for name, case in cases.items()
}


def _results(run: Run) -> set[str]:
    return {result for _, result in run.succeeded().results().values()}


@pytest.mark.parametrize("name", CASES)
def test_a_build_finds_what_sam_finds(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    project.samix("build", *case.arguments).succeeded()
    built = case.built(project)
    assert differences(built, sams) == []
    if "--build-in-source" not in case.arguments:  # such units are built every time
        assert _results(project.samix("build", *case.arguments)) == {"reused"}
        assert differences(case.built(project), built) == []
    if case.change:
        for changed, content in case.change.items():
            project.write(changed, content)
        assert "built" in _results(project.samix("build", *case.arguments))
        built = case.built(project)
        assert differences(built, case.of_sam(tmp_path, case.change)) == []


@pytest.mark.parametrize(
    "recipe",
    [[f"echo more >> {_NEXT}/one", f"cp -r {_NEXT} {_ARTIFACT}"], [f"mv {_NEXT} {_ARTIFACT}/"]],
    ids=["added", "taken away"],
)
def test_a_write_in_the_artifact_of_another_is_reported(tmp_path: Path, recipe: list[str]) -> None:
    """sam keeps it in a whole build, and loses it where it copies that artifact from its cache."""
    project = Project.from_files(tmp_path, _beside(*recipe))
    run = project.samix("build").failed_with(1)
    assert (
        "Jobs failed: Its makefile wrote into the artifact of another resource, .aws-sam/build/Web/assets" in run.text
    )


@pytest.mark.parametrize(
    ("recipe", "named", "hint"),
    [
        (f"cp -r .aws-sam/build/Web/assets {_ARTIFACT}", "Web/assets", "/../Web/assets,"),
        (f"cp -r $(PWD)/.aws-sam/build/Web/assets {_ARTIFACT}", "Web/assets", "/../Web/assets,"),
        (f"cp -r {_UP}/.aws-sam/build/Web/assets {_ARTIFACT}", "Web/assets", "/../Web/assets,"),
        ("echo more > $(PWD)/.aws-sam/build/Web/assets/one", "Web/assets/one", "/../Web/assets/one,"),
        ("cp src/app.py .aws-sam/build/Jobs", "Jobs,", ","),
    ],
)
def test_what_would_be_the_last_builds_is_refused(tmp_path: Path, recipe: str, named: str, hint: str) -> None:
    """Before anything is built: where there was a build before, its artifact would be taken without a word."""
    web = _function("Web", "src")
    jobs = _function("Jobs", "src", "BuildMethod: makefile, WorkingDirectory: .")
    files = {**_beside(recipe), "template.yaml": _template(web, jobs)}
    run = Project.from_files(tmp_path, files).samix("build").failed_with(1)
    assert f"template.yaml:7: The makefile of Jobs names .aws-sam/build/{named}" in run.text
    assert f"Write $(ARTIFACTS_DIR){hint} which sam resolves to the same place." in run.text
    assert not (tmp_path / ".aws-sam" / "build").exists()


def test_a_write_where_another_is_built_later_is_reported(tmp_path: Path) -> None:
    makefile = _recipe("Jobs", f"mkdir -p {_ARTIFACT}/../Web", f"echo one > {_ARTIFACT}/../Web/one") + _WEB
    web, jobs = _function("Web", "src"), _function("Jobs", "src")
    files = {"template.yaml": _template(jobs, web), "src/Makefile": makefile, "src/app.py": ""}
    run = Project.from_files(tmp_path, files).samix("build").failed_with(1)
    assert "Its makefile wrote into the artifact of another resource, .aws-sam/build/Web" in run.text


@pytest.mark.parametrize(
    ("place", "arguments"),
    [("$OUT_DIR", ""), ("$OUT_DIR/..", ""), ("{project}/out", ""), ("$1", '"$(OUT_DIR)"')],
    ids=["a variable", "around a variable", "a path", "an argument"],
)
def test_scripts_that_meet_in_a_given_place_are_as_by_sam(tmp_path: Path, place: str, arguments: str) -> None:
    files = {"template.yaml": _template(_function("A", "a"), _function("B", "b")), "out/deep/x": ""}
    where = place.replace("{project}", str(tmp_path))
    for name in "AB":
        files[f"{name.lower()}/Makefile"] = _recipe(name, f"sh go.sh {arguments}")
        script = f'echo {name} > "{where}/x"; sleep 1; cp "{where}/x" "$ARTIFACTS_DIR/x"\n'
        files[f"{name.lower()}/go.sh"] = script
    Project.from_files(tmp_path, files)
    project = Project(tmp_path, {"OUT_DIR": str(tmp_path / "out" / "deep")})
    project.samix("build", "--jobs", "2").succeeded()
    built = tree(project.path / _BUILD_DIR)
    project.sam("build").succeeded()
    assert differences(built, tree(project.path / _BUILD_DIR)) == []


_LOOKING = {
    "module": ("python3 -m tools.copy", {"tools/copy.py": "import main\n", "main.py": "{python}"}),
    "options": (
        f"python3 c.py --out {_ARTIFACT}",
        {
            "c.py": "import argparse, shutil\np = argparse.ArgumentParser()\np.add_argument('--out')\n"
            "out = p.parse_args().out\nshutil.copy(out + '/../Web/assets/one', out)\n"
        },
    ),
    "split": (
        "python3 c.py",
        {
            "c.py": "import os, shutil\nout = os.environ['ARTIFACTS_DIR']\n"
            "shutil.copy(os.path.join(os.path.split(out)[0], 'Web', 'assets', 'one'), out)\n"
        },
    ),
    "arguments": (
        f"node c.js {_ARTIFACT}",
        {
            "c.js": "const [, , out] = process.argv;\n"
            "require('fs').copyFileSync(out + '/../Web/assets/one', out + '/x');\n"
        },
    ),
    "standard input": ("sh < c.sh", {"c.sh": 'cp "$ARTIFACTS_DIR/../Web/assets/one" "$ARTIFACTS_DIR"\n'}),
    "a function": (f'f() {{ cp "$$1/../Web/assets/one" "$$1"; }}; f {_ARTIFACT}', {}),
    "a suffix": (f"cp $(addsuffix /../Web/assets/one,{_ARTIFACT}) {_ARTIFACT}", {}),
}


def test_what_no_text_tells_is_found_when_it_is_lacking(tmp_path: Path) -> None:
    """The log of a build that failed names it; it is remembered from then on."""
    python = "import os, shutil\nout = os.environ['ARTIFACTS_DIR']\nshutil.copy(out + '/../Web/assets/one', out)\n"
    forms = {
        name.replace(" ", "-"): {
            "src/Makefile": _recipe("Jobs", recipe),
            **{f"src/{path}": text.replace("{python}", python) for path, text in files.items()},
        }
        for name, (recipe, files) in _LOOKING.items()
    }
    files = _together(forms, "Jobs", "src") | {"src/Makefile": _WEB, "src/app.py": "1\n"}
    web = _function("Web", "src")
    files["template.yaml"] = files["template.yaml"].replace("Resources:\n", f"Resources:\n{web}")
    case = _Case(files, change={"src/app.py": "2\n"})
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    run = project.samix("build").succeeded()
    assert "it looks for ../Web" in run.text
    assert differences(case.built(project), sams) == []
    assert _results(project.samix("build")) == {"reused"}
    project.write("src/app.py", "2\n")
    assert "it looks for" not in project.samix("build").succeeded().text
    assert differences(case.built(project), case.of_sam(tmp_path, case.change)) == []


def test_a_failure_that_names_no_artifact_has_no_hint(tmp_path: Path) -> None:
    files = _beside(f"cp {_ARTIFACT}/../Gone/x {_ARTIFACT}")
    run = Project.from_files(tmp_path, files).samix("build").failed_with(1)
    assert "it looks for" not in run.text


_WRITES = 'cd "$(dirname "$0")/.."\nmkdir -p dist\ncp a/app.py {}\n'
WRITTEN = {
    "what another names": (_function("B", "b"), "dist/a.json", "cp $(PWD)/dist/a.json $(ARTIFACTS_DIR)"),
    "the source of a later one": (_python("B", "b"), "b/made.py", ""),
}


@pytest.mark.parametrize("jobs", ["1", "4"])
@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_script_writes_is_built_with_who_reads_it(tmp_path: Path, name: str, jobs: str) -> None:
    other, target, recipe = WRITTEN[name]
    files = {
        "template.yaml": _template(_function("A", "a"), other),
        "a/Makefile": _recipe("A", "sh $(PWD)/tools/write.sh", f"cp app.py {_ARTIFACT}"),
        "a/app.py": "VALUE = 1\n",
        "b/app.py": "",
        "b/Makefile": _recipe("B", recipe or "true"),
        "tools/write.sh": _WRITES.format(target),
    }
    case = _Case(files, change={"a/app.py": "VALUE = 2\n"})
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    project.samix("build", "--jobs", jobs).succeeded()
    assert differences(case.built(project), sams) == []
    assert _results(project.samix("build", "--jobs", jobs)) == {"reused"}
    project.write("a/app.py", "VALUE = 2\n")
    project.samix("build", "--jobs", jobs).succeeded()
    assert differences(case.built(project), case.of_sam(tmp_path, case.change)) == []


def test_links_in_an_artifact_lead_to_where_it_lies(tmp_path: Path) -> None:
    case = _Case(_made(_recipe("Fn", f"cp app.py {_ARTIFACT}", f"ln -s {_ARTIFACT}/app.py {_ARTIFACT}/link")))
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    project.samix("build").succeeded()
    assert differences(case.built(project), sams) == []


def test_a_failure_by_the_name_of_the_build_dir_is_explained(tmp_path: Path) -> None:
    """The build dir has another name while samix builds, as deep as sam's own."""
    project = Project.from_files(tmp_path, _copies(_COPY, f"ROOT := $(subst /.aws-sam/build/Fn,,{_ARTIFACT})"))
    run = project.samix("build").failed_with(1)
    assert "fn/Makefile:1: Fn may have failed because its makefile names .aws-sam/build." in run.text
    assert "its makefile names" not in Project.from_files(tmp_path, _copies("false")).samix("build").failed_with(1).text


@pytest.mark.parametrize(
    "name",
    [
        "variable-pip-constraint",
        "variable-temporary-directory",
        "root-forms",
        "beside-forms",
        "beside-nested",
        "beside-npm-in-a-directory-with-signs",
        "other-go-with-its-build-dir",
        "other-deep-build-dir",
    ],
)
def test_it_is_the_same_however_sam_is_run(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    sams = case.of_sam(tmp_path)
    wrapper = tmp_path / "a sam"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("sam", path=clean_environment()["PATH"])} "$@"\n')
    wrapper.chmod(0o755)
    found = {}
    for way, variables in (("spawned", {"SAMIX_WARM_SAM": "0"}), ("wrapped", {"SAMIX_SAM": str(wrapper)})):
        project = case.fresh(tmp_path)
        run = project.samix("build", *case.arguments, **variables)
        found[way] = run.text if run.code else differences(case.built(project), sams)
    assert found == {"spawned": [], "wrapped": []}


def test_a_sam_on_a_relative_path_is_found(tmp_path: Path) -> None:
    sam = shutil.which("sam", path=clean_environment()["PATH"])
    files = {**_in_project(f"echo made > {_ARTIFACT}/made"), "tools/sam": f'#!/bin/sh\nexec {sam} "$@"\n'}
    case = _Case(files, environment={"PATH+": "./tools"})
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    project.samix("build").succeeded()
    assert differences(case.built(project), sams) == []


# --- the engine

# looks for the files that options of a build name, as buildx does
_CLIENT = """\
#!/bin/bash
if [ "$1 $2" = "buildx version" ]; then echo "buildx v0"; exit 0; fi
if [ "$1 $2" = "buildx build" ]; then
  for word in "$@"; do
    case "$word" in
      *src=*) file=${word#*src=}; test -e "$file" || { echo "ERROR: no $file in $PWD"; exit 1; } ;;
      --build-context=*) file=${word#*=*=}; test -d "$file" || { echo "ERROR: no $file in $PWD"; exit 1; } ;;
    esac
  done
  exit 0
fi
exec REAL "$@"
"""


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize(("cwd", "template"), [(".", "template.yaml"), (".", "app/template.yaml"), ("app", "")])
def test_files_that_an_image_is_given_are_found(tmp_path: Path, cwd: str, template: str) -> None:
    inside = "app/" if template.startswith("app/") or cwd == "app" else ""
    up = "../" if cwd == "app" else ""
    extra = f"['--secret=id=npm,src={up}token.txt', '--build-context=common=./{up}common']"
    case = _Case(
        {
            f"{inside}template.yaml": _template(
                _resource(
                    "Fn",
                    "Function",
                    f"Dockerfile: Dockerfile, DockerContext: fn, DockerBuildExtraParams: {extra}",
                    "PackageType: Image",
                )
            ),
            f"{inside}fn/Dockerfile": "FROM scratch\n",
            "token.txt": "",
            "common/words.txt": "",
        },
        ("--use-buildkit", *(("--template", template) if template else ())),
        cwd=cwd,
    )
    client = tmp_path / "bin" / "docker"
    client.parent.mkdir()
    client.write_text(_CLIENT.replace("REAL", str(shutil.which("docker"))))
    client.chmod(0o755)
    path = os.pathsep.join([str(client.parent), clean_environment()["PATH"]])
    for tool in ("sam", "samix"):
        project = case.fresh(tmp_path)
        run = project.sam if tool == "sam" else project.samix
        run("build", *case.arguments, PATH=path).succeeded()


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_a_container_finds_what_it_finds_with_sam(tmp_path: Path) -> None:
    """Neither the project nor artifacts of others, but where it works and what it is told."""
    tells = f"(pwd; echo {_ARTIFACT}; ls {_ARTIFACT}/..; env | grep -v ^HOSTNAME= | grep SAM) | sort > {_ARTIFACT}/told"
    case = _Case(
        {
            "template.yaml": _template(_function("One", "src"), _function("Two", "src")),
            "src/Makefile": _recipe("One", tells) + _recipe("Two", tells, f"ls {_ARTIFACT}/../One || true"),
            "src/app.py": "",
        },
        ("--use-container", "--skip-pull-image"),
    )
    sams = case.of_sam(tmp_path)
    project = case.fresh(tmp_path)
    project.samix("build", *case.arguments).succeeded()
    assert differences(case.built(project), sams) == []


def test_a_repository_has_the_variable_name_its_files(tmp_path: Path) -> None:
    """What lies in the repository counts, also above the project."""
    case = CASES["variable-pip-constraint-above"]
    project = case.fresh(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "app", check=True)
    project.samix("build").succeeded()
    project.write("../constraints.txt", "acmelib>=2\n")
    assert _results(project.samix("build")) == {"built"}

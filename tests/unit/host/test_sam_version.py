"""Which sam is installed, without starting it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from samix.host.sam_version import InstalledSam, entry_point_interpreter, installed_sam

if TYPE_CHECKING:
    from pathlib import Path


_BODIES = {
    "pip": """\
import re
import sys
from samcli.cli.main import cli
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(cli())
""",
    "newer pip": """\
import sys
from samcli.cli.main import cli
if __name__ == '__main__':
    if sys.argv[0].endswith('.exe'):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(cli())
""",
    "uv": """\
# -*- coding: utf-8 -*-
import sys
from samcli.cli.main import cli
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(cli())
""",
}


def put(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def install(prefix: Path, version: str, *, library: str = "lib/python3.11/site-packages") -> Path:
    """What an installation leaves in an environment; its interpreter is a link, as in each venv."""
    put(prefix / library / f"aws_sam_cli-{version}.dist-info" / "METADATA")
    put(prefix / library / "samcli" / "__init__.py")
    interpreter = prefix / "bin" / "python"
    interpreter.parent.mkdir(parents=True, exist_ok=True)
    if not interpreter.exists():
        interpreter.symlink_to("/usr/bin/env")
    return interpreter


def script(python: object, head: str = "#!{python}\n", body: str = _BODIES["pip"]) -> str:
    """What pip writes."""
    return head.format(python=python) + body


def version_of(program: Path, **environ: str) -> str | None:
    found = installed_sam(program, {"HOME": "/none", "PATH": "/none", **environ}, program.parent)
    return found.version if found else None


@pytest.mark.parametrize(
    "head",
    [
        "#!{python}\n# -*- coding: utf-8 -*-\n",
        "#! {python} -I\n",
        "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n",
        "#!/usr/bin/env python\n",
    ],
    ids=["pip", "with an option", "long", "quoted", "uv, long", "uv, relocatable", "env"],
)
@pytest.mark.parametrize("library", ["lib/python3.11/site-packages", "lib64/python3.13/site-packages"])
def test_the_environment_of_a_script_tells(tmp_path: Path, head: str, library: str) -> None:
    python = install(tmp_path / "venv", "1.170.0", library=library)
    sam = put(tmp_path / "venv" / "bin" / "sam", script(python, head))
    assert version_of(sam, PATH=str(python.parent)) == "1.170.0"


def test_a_link_from_elsewhere_is_followed_to_the_script(tmp_path: Path) -> None:
    python = install(tmp_path / "pipx" / "venvs" / "aws-sam-cli", "1.2.3")
    (python.parent.parent / "pyvenv.cfg").write_text("")
    install(tmp_path / "local", "9.9.9")
    link = tmp_path / "local" / "bin" / "sam"
    link.symlink_to(put(python.parent / "sam", script(python)))
    assert version_of(link) == "1.2.3"


def test_a_script_of_pip_for_one_user_is_found_beside_itself(tmp_path: Path) -> None:
    install(tmp_path / "local", "1.2.3")
    sam = put(tmp_path / "local" / "bin" / "sam", script(tmp_path / "usr/bin/python3"))
    assert version_of(sam) == "1.2.3"


@pytest.mark.parametrize(("builders", "expected"), [((), None), (("1.67.0",), "1.67.0"), (("1.66.0", "1.67.0"), None)])
def test_the_builders_beside_it_belong_to_it(tmp_path: Path, builders: tuple[str, ...], expected: str | None) -> None:
    python = install(tmp_path, "1.2.3")
    for version in builders:
        put(tmp_path / "lib/python3.11/site-packages" / f"aws_lambda_builders-{version}.dist-info" / "METADATA")
    sam = put(tmp_path / "bin" / "sam", script(python))
    assert installed_sam(sam, {"HOME": "/none", "PATH": "/none"}, tmp_path) == InstalledSam("1.2.3", expected)


def test_sam_on_pythonpath_goes_before_the_installed_one(tmp_path: Path) -> None:
    python = install(tmp_path / "venv", "1.2.3")
    sam = put(tmp_path / "venv" / "bin" / "sam", script(python))
    (tmp_path / "other" / "samcli").mkdir(parents=True)
    (tmp_path / "lib").mkdir()
    assert version_of(sam, PYTHONPATH=f"{tmp_path / 'lib'}{os.pathsep}") == "1.2.3"
    assert version_of(sam, PYTHONPATH=f"{tmp_path / 'lib'}{os.pathsep}{tmp_path / 'other'}") is None


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES.keys())
def test_a_script_of_any_installer_tells(tmp_path: Path, body: str) -> None:
    python = install(tmp_path, "1.2.3")
    assert version_of(put(tmp_path / "bin" / "sam", script(python, body=body))) == "1.2.3"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("import os, sys\nos.execv('/opt/other/sam', sys.argv)\n", id="leads elsewhere"),
        pytest.param("import sys\nsys.path.insert(0, '/opt/other')\n" + _BODIES["pip"], id="imports from elsewhere"),
        pytest.param(_BODIES["pip"].replace("samcli.cli.main", "mysam"), id="imports something else"),
        pytest.param("# " + "-" * 5000 + "\n" + _BODIES["pip"], id="has no end"),
        pytest.param("", id="does nothing"),
    ],
)
def test_script_that_is_no_entry_point_has_no_known_version(tmp_path: Path, body: str) -> None:
    python = install(tmp_path, "1.2.3")
    assert version_of(put(tmp_path / "bin" / "sam", script(python, body=body))) is None


def test_two_versions_side_by_side_tell_nothing(tmp_path: Path) -> None:
    python = install(tmp_path, "1.2.3")
    install(tmp_path, "1.2.4", library="lib/python3.12/site-packages")
    assert version_of(put(tmp_path / "bin" / "sam", script(python))) is None


def test_what_a_removal_left_tells_nothing(tmp_path: Path) -> None:
    python = install(tmp_path, "1.2.3")
    (tmp_path / "lib/python3.11/site-packages/aws_sam_cli-1.2.3.dist-info/METADATA").unlink()
    assert version_of(put(tmp_path / "bin" / "sam", script(python))) is None


def test_the_directory_of_the_installer_tells(tmp_path: Path) -> None:
    put(tmp_path / "aws-sam-cli" / "1.100.0" / "dist" / "sam", "\x7fELF")
    (tmp_path / "aws-sam-cli" / "current").symlink_to("1.100.0")
    link = tmp_path / "sam"
    link.symlink_to("aws-sam-cli/current/dist/sam")
    assert version_of(link) == "1.100.0"


@pytest.mark.parametrize("place", [".", "_internal"])
def test_the_metadata_in_a_frozen_sam_tell(tmp_path: Path, place: str) -> None:
    put(tmp_path / "dist" / place / "aws_sam_cli-1.101.0.dist-info" / "METADATA")
    assert version_of(put(tmp_path / "dist" / "sam", "\x7fELF")) == "1.101.0"


@pytest.mark.parametrize("content", ["#!/bin/bash\nexec docker run sam\n", "\x7fELF", "", "#!/usr/bin/env python9\n"])
def test_other_programs_tell_nothing(tmp_path: Path, content: str) -> None:
    assert version_of(put(tmp_path / "bin" / "sam", content)) is None


def test_a_program_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert version_of(tmp_path / "sam") is None


@pytest.mark.parametrize(
    ("variable", "local", "version"),
    [
        ("", "", "1.0.1"),
        ("", "3.12.2\n", "1.0.2"),
        ("3.13.3", "3.12.2\n", "1.0.3"),
        ("", "3.10.0:3.12.2\n", "1.0.2"),
        ("system", "", None),
    ],
    ids=["global", "local", "variable", "the first that has it", "system"],
)
def test_a_shim_of_pyenv_stands_for_the_sam_that_it_would_choose(
    tmp_path: Path, variable: str, local: str, version: str | None
) -> None:
    root = tmp_path / ".pyenv"
    for python, sam in (("3.11.1", "1.0.1"), ("3.12.2", "1.0.2"), ("3.13.3", "1.0.3")):
        interpreter = install(root / "versions" / python, sam)
        put(interpreter.parent / "sam", script(interpreter))
    (root / "version").write_text("3.11.1\n")
    project = tmp_path / "project" / "below"
    project.mkdir(parents=True)
    if local:
        (project.parent / ".python-version").write_text(local)
    shim = put(root / "shims" / "sam", '#!/usr/bin/env bash\nexec pyenv exec "$program" "$@"\n')
    environ = {"HOME": str(tmp_path), "PATH": os.defpath} | ({"PYENV_VERSION": variable} if variable else {})
    assert installed_sam(shim, environ, project) == (InstalledSam(version) if version else None)


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES.keys())
@pytest.mark.parametrize(
    ("head", "flags"),
    [
        pytest.param("#!{python}\n", (), id="plain"),
        pytest.param("#! {python} -sE\n", ("-sE",), id="flags"),
        pytest.param("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n", (), id="long"),
        pytest.param("#!/usr/bin/env python\n", (), id="env"),
    ],
)
def test_the_interpreter_of_a_script_that_calls_sam_is_found(
    tmp_path: Path, body: str, head: str, flags: tuple[str, ...]
) -> None:
    python = put(tmp_path / "bin" / "python")
    sam = put(tmp_path / "bin" / "sam", head.format(python=python) + body)
    assert entry_point_interpreter(sam, {"PATH": str(python.parent)}) == (str(python), *flags)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("print('a trace')\n", id="prints"),
        pytest.param("import os\n", id="imports more"),
        pytest.param("sys.argv.append('--debug')\n", id="changes the arguments"),
        pytest.param("if True:\n    sys.exit(cli())\n", id="another condition"),
        pytest.param("__name__ = 'x'\n", id="sets something else"),
        pytest.param("for _ in (1, 2):\n    cli()\n", id="a loop"),
        pytest.param("no Python\n", id="no Python"),
    ],
)
def test_script_that_does_more_than_call_sam_is_not_forked(tmp_path: Path, body: str) -> None:
    python = put(tmp_path / "bin" / "python")
    sam = put(tmp_path / "bin" / "sam", f"#!{python}\n{_BODIES['pip']}{body}")
    assert entry_point_interpreter(sam, {}) is None


def test_a_script_of_something_else_has_no_interpreter_to_share(tmp_path: Path) -> None:
    python = put(tmp_path / "bin" / "python")
    sam = put(tmp_path / "bin" / "sam", f"#!{python}\n{_BODIES['pip'].replace('samcli.cli.main', 'wrapper')}")
    assert entry_point_interpreter(sam, {}) is None

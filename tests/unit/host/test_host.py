"""What a machine tells of its engine and images."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from support.engine_stand_in import as_json, engine_with

from samix.host.host import Host
from samix.options.build_type import BuildType
from samix.state.layout import Layout
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit


@pytest.fixture
def socket() -> Iterator[Path]:
    """The address of a socket whose path is short enough."""
    with TemporaryDirectory() as directory:
        yield Path(directory, "engine.sock")


def test_engine_that_was_too_busy_at_first_is_asked_later(
    socket: Path, machine: Callable[[dict[str, str]], Host], make_unit: Callable[..., Unit]
) -> None:
    host = machine({"DOCKER_HOST": f"unix://{socket}"})
    unit = make_unit("NativeLayer", build_type=BuildType.CONTAINER, build_image="builder")
    assert (host.image(unit), host.container_problem("a1")) == (None, None)
    assert host.engine_problem()
    answers = {
        "builder": as_json({"Id": "sha256:builder"}),
        "/containers/a1": as_json({"State": {"Status": "exited"}}),
    }
    with engine_with(socket, answers):
        assert host.image(unit) is None
        assert host.engine_problem() is None
        assert host.image(unit) == "sha256:builder"
        assert host.container_problem("a1") == "it has ended"
        assert host.engine_problem() is None


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the system does not know, as in some containers."""

    def refuse(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", refuse)


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("files", "environ", "expected"),
    [
        pytest.param({}, {}, "home/.m2/repository", id="of the user"),
        pytest.param(
            {"home/.m2/settings.xml": "<localRepository>${user.home}/kept</localRepository>"},
            {},
            "home/kept",
            id="moved",
        ),
        pytest.param(
            {"home/.m2/settings.xml": "<localRepository>${env.KEPT}</localRepository>"},
            {"KEPT": "{root}/kept"},
            "kept",
            id="moved by a variable",
        ),
        pytest.param(
            {"home/.m2/settings.xml": "<!-- <localRepository>/kept</localRepository> -->"},
            {},
            "home/.m2/repository",
            id="not moved",
        ),
        pytest.param(
            {"maven/bin/mvn": "", "maven/conf/settings.xml": "<localRepository>/kept</localRepository>"},
            {"PATH": "{root}/maven/bin"},
            "/kept",
            id="for all users",
        ),
        pytest.param({}, {"MAVEN_OPTS": "-Xmx1g -Dmaven.repo.local=/kept"}, "/kept", id="in the environment"),
        pytest.param(
            {"src/.mvn/maven.config": "-B\n-Dmaven.repo.local=/of/source\n"},
            {"MAVEN_OPTS": "-Dmaven.repo.local=/kept"},
            "/of/source",
            id="by the source",
        ),
        pytest.param({}, {"MAVEN_OPTS": "-Dmaven.repo.local=kept"}, None, id="of each build"),
        pytest.param({}, {"MAVEN_ARGS": "-s other.xml"}, None, id="by other settings"),
        pytest.param({}, {"JAVA_TOOL_OPTIONS": "-Duser.home=/kept"}, None, id="of another user"),
    ],
)
def test_the_local_repository_is_where_maven_has_it(
    files: dict[str, str],
    environ: dict[str, str],
    expected: str | None,
    machine: Callable[[dict[str, str]], Host],
    tmp_path: Path,
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    values = {"HOME": "{root}/home", "PATH": "", **environ}
    found = machine({name: value.format(root=tmp_path) for name, value in values.items()})
    wanted = tmp_path / expected if expected else None
    assert found.maven_repository(tmp_path / "src") == wanted


@pytest.fixture
def machine(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> Callable[[dict[str, str]], Host]:
    """A machine with this environment, around a project in `app` of a repository."""
    (tmp_path / ".git").mkdir()
    files = {
        "app/c.txt": "",
        "shared/c.txt": "-c ../app/c.txt\n-c first.txt\n-c /etc/hostname\n" + f"-c {'x' * 300}\n",
        "app/first.txt": "# -c gone.txt\n-c ../shared/c.txt\nrequests\n--constraint=c.txt\n",
        "app/pip.conf": "[global]\nBuild_Constraint = c.txt\n[install]\nrequirement:\n  first.txt\n  ../shared/c.txt\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def make(environ: dict[str, str]) -> Host:
        options = make_options(tmp_path / "app")
        return Host(options, environ, Layout(options.project, options.build_dir, options.cache_dir))

    return make


INNER = ("app/c.txt", "app/first.txt", "shared/c.txt")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"PIP_CONSTRAINT": "c.txt"}, {"PIP_CONSTRAINT": "app/c.txt"}, id="in the project"),
        pytest.param({"PIP_FIND_LINKS": "../shared/c.txt"}, {"PIP_FIND_LINKS": "shared/c.txt"}, id="beside it"),
        pytest.param(
            {"PIP_FIND_LINKS": "../shared  c.txt"},
            {"PIP_FIND_LINKS": "shared", "PIP_FIND_LINKS 1": "app/c.txt"},
            id="several",
        ),
        pytest.param({"PIP_CONSTRAINT": "../../x"}, {"PIP_CONSTRAINT": "../x"}, id="outside of the repository"),
        pytest.param(
            {"PIP_CONSTRAINT": "first.txt"},
            {"PIP_CONSTRAINT": "app/first.txt", "PIP_CONSTRAINT 1": "shared/c.txt", "PIP_CONSTRAINT 2": "app/c.txt"},
            id="by constraints",
        ),
        pytest.param(
            {"PIP_CONFIG_FILE": "pip.conf"},
            {"PIP_CONFIG_FILE": "app/pip.conf", **{f"PIP_CONFIG_FILE {n}": p for n, p in enumerate(INNER, 1)}},
            id="by a configuration",
        ),
        pytest.param({"PIP_FIND_LINKS": "first.txt"}, {"PIP_FIND_LINKS": "app/first.txt"}, id="by no list"),
        pytest.param({"PIP_CONSTRAINT": "missing.txt"}, {}, id="not there"),
        pytest.param({"PIP_CONSTRAINT": "/etc/hostname {place}/machine.txt"}, {}, id="of the machine"),
        pytest.param({"PIP_FIND_LINKS": "https://example.com/c.txt"}, {}, id="an address"),
        pytest.param({"UV_CONSTRAINT": "c.txt"}, {}, id="of another tool"),
    ],
)
def test_files_are_named_by_the_environment(
    values: dict[str, str],
    expected: dict[str, str],
    machine: Callable[[dict[str, str]], Host],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    unit = make_unit(make_resource("Fn", runtime="python3.12"))
    place = tmp_path.parent
    (place / "x").touch()
    (place / "machine.txt").write_text("-c x\n")
    values = {name: value.format(place=place) for name, value in values.items()}
    expected = {name: os.path.normpath(tmp_path / path) for name, path in expected.items()}
    assert {name: str(path) for name, path in machine(values).named_files(unit).items()} == expected


@pytest.mark.parametrize(
    ("there", "environ", "is_cold"),
    [
        pytest.param("home/.m2/repository/org/apache/maven/plugins", {"HOME": "home"}, False, id="of the user"),
        pytest.param("home/.m2/repository/org/apache/maven", {"HOME": "home"}, True, id="without plugins"),
        pytest.param("home/.m2", {"HOME": "home"}, True, id="empty"),
        pytest.param("home/.m2/repository/org/apache/maven/plugins", {}, True, id="nobody's"),
        pytest.param(
            "home/.m2/repository/org/apache/maven/plugins",
            {"HOME": "home", "MAVEN_OPTS": "-Xmx1g -Dmaven.repo.local=other"},
            True,
            id="another",
        ),
        pytest.param(
            "other/org/apache/maven/plugins",
            {"HOME": "home", "MAVEN_ARGS": "-Dmaven.repo.local=other -B"},
            False,
            id="another that is warm",
        ),
    ],
)
@pytest.mark.usefixtures("nobody")
def test_a_repository_of_maven_that_holds_nothing_is_cold(
    there: str, environ: dict[str, str], is_cold: bool, machine: Callable[[dict[str, str]], Host], tmp_path: Path
) -> None:
    (tmp_path / there).mkdir(parents=True)
    values = {
        name: value.replace("home", str(tmp_path / "home")).replace("other", str(tmp_path / "other"))
        for name, value in environ.items()
    }
    assert machine(values).is_maven_cold() is is_cold


@pytest.mark.parametrize(("kind", "up"), [(Kind.FUNCTION, "../../.."), (Kind.LAYER, "../../../..")])
def test_npm_gets_files_by_paths_from_the_artifact(
    kind: Kind,
    up: str,
    machine: Callable[[dict[str, str]], Host],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    """Neither the artifact nor the build dir need be there."""
    unit = make_unit(make_resource("Fn", kind=kind, runtime="nodejs22.x", metadata={"BuildMethod": "nodejs22.x"}))
    found = machine({"npm_config_userconfig": f"{up}/c.txt", "npm_config_globalconfig": "c.txt"}).named_files(unit)
    assert found == {"npm_config_userconfig": tmp_path / "app" / "c.txt"}

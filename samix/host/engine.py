"""The container engine, found the way sam finds it: Docker first, then Finch."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from samix.files.safe_read import read_text
from samix.host.engine_http import NoAnswerError, get, has_tls
from samix.host.network_failure import is_of_network
from samix.template.value import ValueMapping, as_mapping, as_text

# of Docker, which DOCKER_HOST may replace, and of Finch (`samcli.local.docker.platform_config`)
_SOCKETS = (
    "unix:///var/run/docker.sock",
    "unix:///Applications/Finch/lima/data/finch/sock/finch.sock",
    "unix:///var/run/finch.sock",
    "unix:///run/finch.sock",
)
PATIENT_SECONDS = 10.0
_STATE_SECONDS = 3.0
# a plan must not wait for an engine that it may not need
_SEARCH_SECONDS = 2.0
# names, registries with ports, tags, digests and ids; anything else may have a meaning in a path
_IMAGE_NAME = re.compile(r"(?!\.\.?(?:/|$))[\w.:@\[\]-]+(?:/(?!\.\.?(?:/|$))[\w.:@\[\]-]+)*", re.ASCII)
_REGISTRY = re.compile(r"(?:[^/]*[.:][^/]*|localhost)/")
# codes of the distribution specification, in the words of engines
_UNKNOWN_IMAGE = re.compile(r"manifest unknown|name unknown", re.IGNORECASE)


@dataclass(frozen=True)
class Engine:
    """A container engine at an address, written as in `DOCKER_HOST`; the environment has its settings for TLS."""

    address: str
    environ: Mapping[str, str] = field(repr=False)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether only sam's own client can reach it: over ssh, a pipe of Windows, or TLS without certificates."""
        address = self.address.lower()
        return address.startswith(("ssh:", "npipe:")) or (address.startswith("https:") and not has_tls(self.environ))

    def problem(self, timeout: float = PATIENT_SECONDS) -> str | None:
        """What is wrong with it, None if it answers within `timeout` seconds."""
        try:
            get(self.address, "/_ping", self.environ, timeout)
        except NoAnswerError as error:
            return str(error)
        return None

    def pull_problem(self, name: str) -> str | None:
        """Why a missing image cannot be pulled; None if it can, or if that is not known.

        The engine asks the registry and pulls nothing. An image whose name has no registry may come from any mirror.
        If the registry requires credentials, sam's own client may have some.
        """
        if self.is_out_of_reach or not _IMAGE_NAME.fullmatch(name) or not _REGISTRY.match(name):
            return None
        try:
            get(self.address, f"/distribution/{quote(name, safe='/:')}/json", self.environ, PATIENT_SECONDS)
        except NoAnswerError as error:
            problem = str(error)
            # without credentials, a registry may say so of an image that it has
            is_unknown = _UNKNOWN_IMAGE.search(problem) and not _has_credentials(name.partition("/")[0], self.environ)
            return problem if is_unknown or is_of_network(problem) else None
        return None

    def container_problem(self, container: str) -> str | None:
        """Why a container, given by its id, will do nothing more; None if it may, or if that is not known."""
        state = as_mapping(self._details(f"/containers/{container}/json", _STATE_SECONDS).get("State"))
        status, error = state.get("Status"), " ".join(str(state.get("Error") or "").split())
        if status == "created":
            return f"it could not be started: {error}" if error else "it was not started"
        return "it has ended" if status in {"exited", "dead"} else None

    def image_id(self, name: str) -> str | None:
        """The content id of a local image, such as `sha256:68e7...`; None if the engine does not give one.

        The image is named as sam would name it: with or without a tag or digest, or by its id. For a name that no image
        can have, the answer is None as well.
        """
        if not _IMAGE_NAME.fullmatch(name):
            return None
        path = f"/images/{quote(name, safe='/:')}/json"  # as sam's client quotes it
        return as_text(self._details(path, PATIENT_SECONDS).get("Id")) or None

    def _details(self, path: str, timeout: float) -> ValueMapping:
        """What the engine says about one thing; empty if it gives no such answer."""
        if self.is_out_of_reach:
            return {}
        try:
            return as_mapping(json.loads(get(self.address, path, self.environ, timeout)))
        except (NoAnswerError, ValueError, RecursionError):
            return {}


def _has_credentials(registry: str, environ: Mapping[str, str]) -> bool:
    """Whether sam's client may have credentials for a registry (`docker.auth.load_config`)."""
    directory = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME") or "/", ".docker")
    try:
        config = as_mapping(json.loads(read_text(os.path.join(directory, "config.json"))))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, RecursionError):  # not known
        return True
    known = [*as_mapping(config.get("auths")), *as_mapping(config.get("credHelpers"))]
    return bool(config.get("credsStore")) or any(registry in each for each in known)


def find_engine(
    environ: Mapping[str, str], timeout: float = _SEARCH_SECONDS, sockets: Sequence[str] = _SOCKETS
) -> Engine | None:
    """The engine that sam would use; None if there is none, or if only sam's own client can ask it.

    This takes no time if there is no engine on this machine. Each address has `timeout` seconds to answer. The first of
    the sockets is Docker's.
    """
    for engine in _engines(environ, sockets):
        if engine.is_out_of_reach:
            return None
        if engine.problem(timeout) is None:
            return engine
    return None


def image_ids(
    names: Iterable[str],
    environ: Mapping[str, str],
    find: Callable[[Mapping[str, str]], Engine | None] = find_engine,
) -> dict[str, str]:
    """The content ids of local images by their names, without those that are not known.

    Each name is asked for once, now: a build without `--skip-pull-image` may pull another image of the same name.
    `find` finds the engine, and is only called if there are names.
    """
    wanted = sorted(set(names))
    engine = find(environ) if wanted else None
    if engine is None:
        return {}
    return {name: found for name in wanted if (found := engine.image_id(name))}


def engine_problem(environ: Mapping[str, str], sockets: Sequence[str] = _SOCKETS) -> str | None:
    """What is wrong with the engine that sam would use; None if it answers, or if only sam's own client can ask it."""
    problems = []
    for engine in _engines(environ, sockets):
        problem = None if engine.is_out_of_reach else engine.problem()
        if problem is None:
            return None
        problems.append(f"{engine.address}: {problem}")
    return problems[0]


def _engines(environ: Mapping[str, str], sockets: Sequence[str]) -> Iterator[Engine]:
    """Where engines may be, in sam's order."""
    named = environ.get("DOCKER_HOST", "").strip()
    for address in (sockets[0] if named in {"", "unix://"} else named, *sockets[1:]):
        yield Engine(address, environ)

"""A Python package index on this machine, which stands still unless a test publishes something.

It holds tiny wheels that are made here, and remembers what was asked of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile, ZipInfo

_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass
class PackageIndex:
    """The index.

    Attributes:
        directory: Where its wheels lie.
        url: Where it answers.
        requests: The paths that were asked for, in order.
        before: Called with each path before it is answered; its result, if it has one, is sent as an error.
    """

    directory: Path
    url: str = ""
    requests: list[str] = field(default_factory=list)
    before: Callable[[str], int | None] = lambda _: None

    @property
    def lines(self) -> str:
        """The lines of a `requirements.txt` that name the index."""
        return f"--index-url {self.url}\n--trusted-host 127.0.0.1\n"

    @property
    def installed(self) -> list[str]:
        """The packages that were downloaded since this was asked last, as `name-version`, in order."""
        wheels = [path.rpartition("/")[2] for path in self.requests if path.endswith(".whl")]
        self.requests.clear()
        return [wheel.removesuffix("-py3-none-any.whl") for wheel in wheels]

    def requirements(self, *lines: str) -> str:
        """The text of a `requirements.txt` for this index alone."""
        return self.lines + "".join(f"{line}\n" for line in lines)

    def publish(self, name: str, version: str, *requires: str, modules: Sequence[str] = ()) -> None:
        """Offer a package, which is one module that says its version, and any others.

        `requires` are the requirements of the package.
        """
        place = self.directory / "simple" / name
        place.mkdir(parents=True, exist_ok=True)
        stem = f"{name.replace('-', '_')}-{version}"
        information = f"{stem}.dist-info"
        needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
        files = {
            f"{name.replace('-', '_')}.py": f'VERSION = "{version}"\n',
            **dict.fromkeys(modules, f"# of {name} {version}\n"),
            f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
            f"{information}/WHEEL": _WHEEL,
        }
        files[f"{information}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{information}/RECORD"])
        hidden = place / f".{stem}"
        with ZipFile(hidden, "w") as wheel:
            for path, text in files.items():
                wheel.writestr(ZipInfo(path), text)  # always of the same time
        hidden.rename(place / f"{stem}-py3-none-any.whl")


@contextmanager
def package_index(directory: Path) -> Iterator[PackageIndex]:
    """An index whose wheels lie in a directory, while the context lasts."""
    (directory / "simple").mkdir(parents=True, exist_ok=True)
    index = PackageIndex(directory)

    def before(path: str) -> int | None:  # what the test sets it to by then
        return index.before(path)

    with serve(directory, before) as (url, requests):
        index.url, index.requests = f"{url}/simple", requests
        yield index


@contextmanager
def serve(directory: Path, before: Callable[[str], int | None] = lambda _: None) -> Iterator[tuple[str, list[str]]]:
    """Serve the files in a directory; the address, and a list of the paths that are asked for.

    `before` is called with each path; what it returns is sent as an error, if it is a status of HTTP.
    """
    requests: list[str] = []

    class Answer(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(directory))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            requests.append(self.path)
            if status := before(self.path):
                self.send_error(status)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", requests
        finally:
            server.shutdown()
            thread.join()

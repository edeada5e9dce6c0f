"""A server of gems on this machine, as Bundler reads one: by its compact index, which is made here."""

from __future__ import annotations

import hashlib
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.package_index import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPECIFICATION = """\
Gem::Specification.new do |gem|
  gem.name, gem.version, gem.summary, gem.authors = '{name}', '{version}', 'A gem for a test', ['nobody']
  gem.files, gem.bindir, gem.executables = ['lib/{name}.rb', 'exe/{name}'], 'exe', ['{name}']
  gem.homepage, gem.license, gem.date = 'http://localhost', 'MIT', '2020-01-01'
{needs}end
"""


@dataclass
class GemServer:
    """The server.

    Attributes:
        directory: Where its gems lie.
        url: Where it answers.
        requests: The paths that were asked for, in order.
    """

    directory: Path
    url: str
    requests: list[str]

    def publish(self, name: str, version: str, **needs: str) -> None:
        """Offer a gem with a program; `needs` are the gems that it needs, with what it needs of them."""
        source = self.directory / "sources" / name
        for path, text in {f"lib/{name}.rb": f"# {version}\n", f"exe/{name}": "puts 1\n"}.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
        lines = "".join(f"  gem.add_dependency '{need}', '{version}'\n" for need, version in needs.items())
        (source / "gemspec").write_text(_SPECIFICATION.format(name=name, version=version, needs=lines))
        gem = self.directory / "gems" / f"{name}-{version}.gem"
        gem.parent.mkdir(exist_ok=True)
        subprocess.run(["gem", "build", "gemspec", "--output", gem], cwd=source, check=True, capture_output=True)
        wanted = ",".join(f"{need}:{version}" for need, version in needs.items())
        checksum = hashlib.sha256(gem.read_bytes()).hexdigest()
        info = self.directory / "info" / name
        info.parent.mkdir(exist_ok=True)
        info.write_text(f"---\n{version} {wanted}|checksum:{checksum}\n")
        versions = self.directory / "versions"
        if not versions.exists():
            versions.write_text("created_at: 2020-01-01T00:00:00Z\n---\n")
        digest = hashlib.md5(info.read_bytes(), usedforsecurity=False).hexdigest()
        versions.write_text(f"{versions.read_text()}{name} {version} {digest}\n")


@contextmanager
def gem_server(directory: Path) -> Iterator[GemServer]:
    """A server whose gems lie in a directory, while the context lasts."""
    directory.mkdir(parents=True, exist_ok=True)
    with serve(directory) as (url, requests):
        yield GemServer(directory, url, requests)

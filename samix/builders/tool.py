"""The programs of the host that builders call: another version of one may make another artifact."""

from __future__ import annotations

from dataclasses import dataclass

BUILDERS = "aws-lambda-builders"  # what sam builds with on the host: not a program, but a part of sam


@dataclass(frozen=True)
class Tool:
    """A program of the host, and how to find out its version."""

    name: str  # for people and in fingerprints
    programs: tuple[str, ...]  # names to look for on PATH; the first program that reports a version counts
    arguments: tuple[str, ...]  # what makes it print its version
    # what it then prints: the groups make up the version. A program that prints something else is not the one that the
    # builder takes. Lines `watch: PATH` name files that come with the version.
    pattern: str
    home: str = ""  # a variable that names a directory; the program in its `bin` goes before those on PATH
    variables: tuple[str, ...] = ()  # those that make the program run as another version
    beside: tuple[str, ...] = ()  # paths, from the directory of the program itself, of what changes with its version
    in_source: bool = False  # whether the builder runs it in the source directory, whose files may choose the version
    is_needed: bool = True  # whether nothing can be built without it
    installs: bool = False  # whether it only installs dependencies
    title: str = ""  # its name for people if it is missing, when that is not `name`; then one must report a version


# with all places where a pip would go before the one that is found now; the working directory is not one of them
_PYTHON = """\
import os, sys
sys.path[:] = [place for place in sys.path if place]
try:
    import pip
except ImportError:
    pip = None
print(sys.version.split()[0] + (", pip " + pip.__version__ if pip else ""))
try:
    import site
    places = [site.getusersitepackages()]
except Exception:
    places = []
found = pip and os.path.dirname(os.path.dirname(pip.__file__))
for place in sys.path:
    places.append(place)
    if place == found:
        break
for place in places:
    print("watch: " + os.path.join(place, "pip", "__init__.py"))
print("watch: " + sys.executable)
"""
_RUSTC_LIKE = r"(\S+)(?: \((\w+))?"  # the commit too: it distinguishes one nightly build from another
# the build too: two vendors may have one version
_BUILD_OF_JAVA = r'(?s)version "[^"]+".*?\(build ([^),]+)|version "([^"]+)"'
_PACKAGE = ("../package.json",)

NODE = Tool("node", ("node",), ("--version",), r"(?m)^v(\d\S*)$", is_needed=False)
NPM = Tool("npm", ("npm",), ("--version",), r"(?m)^(\d\S*)$", beside=_PACKAGE)
ESBUILD = Tool("esbuild", ("esbuild",), ("--version",), r"(?m)^(\d\S*)$", beside=_PACKAGE, is_needed=False)
RUBY = Tool("ruby", ("ruby",), ("--version",), r"(?m)^ruby (\S+)", is_needed=False)
BUNDLE = Tool("bundle", ("bundle",), ("--version",), r"(?m)^(?:Bundler version )?(\d\S*)", installs=True)
JAVA = Tool("java", ("java",), ("-version",), _BUILD_OF_JAVA, home="JAVA_HOME", is_needed=False)
MAVEN = Tool("mvn", ("mvn",), ("--version",), r"Apache Maven (\d[\w.-]*)")
GRADLE = Tool("gradle", ("gradlew", "gradle"), ("--version",), r"(?m)^Gradle (\S+)")
UV = Tool("uv", ("uv",), ("--version",), r"(?m)^uv (\d\S*)")
MAKE = Tool("make", ("make",), ("--version",), r"(?m)^(GNU Make \S+)")
GO = Tool("go", ("go",), ("version",), r"(?m)^go version (.+) \S+/\S+$", variables=("GOTOOLCHAIN",))
DOTNET = Tool("dotnet", ("dotnet.exe", "dotnet"), ("--version",), r"(?m)^(\d\S*)\s*$", beside=("sdk",), in_source=True)
CARGO = Tool("cargo", ("cargo",), ("--version",), rf"(?m)^cargo {_RUSTC_LIKE}", in_source=True)
RUSTC = Tool("rustc", ("rustc",), ("--version",), rf"(?m)^rustc {_RUSTC_LIKE}", in_source=True, is_needed=False)
CARGO_LAMBDA = Tool("cargo-lambda", ("cargo-lambda",), ("lambda", "--version"), rf"(?m)^cargo-lambda {_RUSTC_LIKE}")
ZIG = Tool("zig", ("zig",), ("version",), r"(?m)^(\d\S*)$", is_needed=False)  # what cargo-lambda links with


def python_tool(name: str, programs: tuple[str, ...], pattern: str, title: str = "") -> Tool:
    """A Python, whose version includes that of its pip.

    `pattern` finds the version, then a comma and the version of pip, if it has one. `title` is the name for people if
    it is missing; empty if it need not be there, and does not only install. For the other arguments see `Tool`.
    """
    return Tool(name, programs, ("-c", _PYTHON), pattern, is_needed=bool(title), installs=bool(title), title=title)

"""File trees: their digests, and copies of them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from samix.files.access_log import observe
from samix.files.listing import MODE, kind_of_special, list_tree, not_copied
from samix.files.safe_read import open_descriptor, open_regular

if TYPE_CHECKING:
    from pathlib import Path

    from samix.files.listing import Listed

_BLOCK = 1 << 20
_LARGE = 1 << 20  # bytes; for less, a thread costs more than it saves
_FICLONE = 0x40049409  # Linux, ioctl_ficlone(2)
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"


Digester: TypeAlias = Callable[[str, os.stat_result], str]
"""Takes the path of a regular file and its status from lstat; returns its hex sha256, or raises OSError.

Several threads may call it at once.
"""


def read_digest(path: str, status: os.stat_result) -> str:
    """The hex sha256 of a regular file, by reading it; the status is not used.

    Raises:
        OSError: The file cannot be read, or is no longer a regular file.
    """
    del status
    return hash_file(path)[0]


def tree_digest(root: Path, *, digest: Digester = read_digest) -> str:
    """A digest of a file or directory: names, contents, link targets and modes.

    It depends neither on the path of the tree nor on time stamps. `digest` is that of `tree_entries`.

    Raises:
        OSError: Something in the tree cannot be read, or is neither file, directory nor link.
    """
    return entries_digest(plain_entries(root, digest=digest))


def plain_entries(root: Path, *, digest: Digester = read_digest) -> list[tuple[str, str]]:
    """The entries of a file or directory (`tree_entries`) that can be copied.

    Raises:
        OSError: Something in the tree cannot be read, or is neither file, directory nor link.
    """
    return entries_of(list_tree(root), root, digest=digest)


def entries_of(listing: Sequence[Listed], root: Path, *, digest: Digester = read_digest) -> list[tuple[str, str]]:
    """The entries of a tree, of which this is the listing (`tree_entries`).

    Raises:
        OSError: A file cannot be read.
    """
    top = os.fspath(root)
    files = [(f"{top}/{one.name}" if one.name else top, one.status) for one in listing if one.is_file]
    large = _digests_of_large(files, digest)
    digests = iter([large.get(file[0]) or digest(*file) for file in files])
    return [(one.name, f"{one.text} {next(digests)}" if one.is_file else one.text) for one in listing]


def entries_digest(entries: Iterable[tuple[str, str]]) -> str:
    """One digest of all entries of a tree."""
    pieces = (piece_of(os.fsencode(text)) for entry in entries for text in entry)
    return hashlib.sha256(b"".join(pieces)).hexdigest()


def piece_of(text: bytes) -> bytes:
    """A text as a digest of a tree has it: no two sequences of texts are the same bytes."""
    return b"%b%b" % (len(text).to_bytes(8, "big"), text)


def tree_entries(
    root: Path,
    *,
    ignored: frozenset[str] = frozenset(),
    follow: bool = False,
    without_caches: bool = False,
    left_out: Callable[[str], bool] = lambda _path: False,
    digest: Digester = read_digest,
) -> Iterator[tuple[str, str]]:
    """The entries of a file or directory, itself included: the path of each, and a description.

    The path is relative to the root, with two slashes after a link that is followed. The description is one of
    `file MODE DIGEST`, `directory MODE`, `link TARGET` and `special TYPE`, modes in octal digits.

    Args:
        root: The file or directory.
        ignored: Names that are left out everywhere.
        follow: Whether the targets of links are included, for copies that replace links by their targets.
        without_caches: Whether directories below the root that a `CACHEDIR.TAG` marks as caches are left out.
        left_out: Whether to leave out a path below the root, or below the target of a link; it starts with the root's
            path, or with the real path of that target.
        digest: Computes the digest of a file.

    Raises:
        OSError: Something in the tree cannot be read.
    """
    found = [*_walk(root, ignored=ignored, follow=follow, without_caches=without_caches, left_out=left_out)]
    digests = _digests_of_large([file for *_, file in found if file], digest)
    for name, text, file in found:
        yield name, f"{text} {digests.get(file[0]) or digest(*file)}" if file else text


def _digests_of_large(files: Sequence[tuple[str, os.stat_result]], digest: Digester) -> dict[str, str]:
    """By path, the digests of large files, computed in parallel; empty unless there are several."""
    large = [(path, status) for path, status in files if status.st_size >= _LARGE]
    if len(large) <= 1:
        return {}
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - seldom needed

    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="digest") as pool:
        return dict(zip((path for path, _ in large), pool.map(lambda file: digest(*file), large), strict=True))


def _walk(
    root: Path, *, ignored: frozenset[str], follow: bool, without_caches: bool, left_out: Callable[[str], bool]
) -> Iterator[tuple[str, str, tuple[str, os.stat_result] | None]]:
    """The entries of a tree; those of regular files have path and status instead of a digest."""
    pending = [(os.fspath(root), "")]
    followed: set[str] = set()
    top = ""

    def is_seen_anyway(real: str) -> bool:
        inside = f"{real}{os.sep}".startswith(f"{top}{os.sep}")
        return inside and not without_caches and ignored.isdisjoint(real[len(top) :].split(os.sep))

    while pending:
        path, name = pending.pop()
        status = os.lstat(observe(path))
        if stat.S_ISLNK(status.st_mode):
            yield name, f"link {os.readlink(path)}", None
            if not follow:
                continue
            top = top or os.path.realpath(root)
            real = os.path.realpath(path)
            if real not in followed and os.path.exists(real) and not is_seen_anyway(real) and not left_out(real):
                followed.add(real)  # each once, so that circles end
                pending.append((real, f"{name}//"))
        elif stat.S_ISDIR(status.st_mode):
            if without_caches and name and _is_cache(path):
                continue
            yield name, f"directory {status.st_mode & MODE:03o}", None
            names = sorted(entry for entry in os.listdir(path) if entry not in ignored)
            below = name if not name or name.endswith("/") else f"{name}/"
            inner = [(os.path.join(path, entry), f"{below}{entry}") for entry in reversed(names)]
            pending += [one for one in inner if not left_out(one[0])]
        elif stat.S_ISREG(status.st_mode):
            yield name, f"file {status.st_mode & MODE:03o}", (path, status)
        elif not stat.S_ISFIFO(status.st_mode) and not stat.S_ISSOCK(status.st_mode) and not _is_null(status):
            written = os.path.normpath(os.path.join(root, name))
            raise OSError(errno.EINVAL, "A device, which may have no end", written)
        else:
            yield name, f"special {stat.S_IFMT(status.st_mode)}", None


def _is_null(status: os.stat_result) -> bool:
    return status.st_rdev == os.stat(os.devnull).st_rdev


def _is_cache(directory: str) -> bool:
    """Whether a directory is marked as a cache, by the convention of bford.info/cachedir."""
    try:
        with open_regular(observe(os.path.join(directory, "CACHEDIR.TAG"))) as tag:
            return tag.read(len(_CACHE_TAG)) == _CACHE_TAG
    except OSError:
        return False


def find_special(root: Path) -> tuple[str, str] | None:
    """Find a special file (pipe, socket, device) in a tree: such a file cannot be copied, packed or deployed.

    The result is its path relative to the root, empty for the root itself, and what it is; None if there is none.

    Raises:
        OSError: A directory cannot be read.
    """
    if kind := kind_of_special(root.lstat().st_mode):
        return "", kind
    for name, entry in entries_below(os.fspath(root)):
        if not entry.is_symlink() and not entry.is_file(follow_symlinks=False):
            return name, kind_of_special(entry.stat(follow_symlinks=False).st_mode)
    return None


def entries_below(root: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a directory except directories, with paths relative to it; links are not followed."""
    pending = [""] if os.path.isdir(root) else []
    while pending:
        below = pending.pop()
        with os.scandir(os.path.join(root, below)) as entries:
            for entry in entries:
                name = os.path.join(below, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(name)
                else:
                    yield name, entry


def hash_file(path: str, algorithm: str = "sha256") -> tuple[str, os.stat_result]:
    """The hex digest of a regular file, and its status right before it was read.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
    """
    descriptor, status = open_descriptor(path)
    try:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        block = min(status.st_size + 1, _BLOCK)
        while content := os.read(descriptor, block):
            digest.update(content)
            if len(content) < block:  # the end
                break
    finally:
        os.close(descriptor)
    return digest.hexdigest(), status


def copy_tree(source: Path, target: Path) -> None:
    """Copy a directory with modes, times and links; what the target already has stays, or is written over.

    If the file system can, the copies share their blocks with the originals until one is written to.

    Raises:
        OSError: Something cannot be copied, or is a special file: reading a pipe would block.
    """
    copy_tree_by(source, target, Copier())


def copy_tree_by(source: Path, target: Path, copy_function: Callable[[str, str], str]) -> None:
    """Copy a directory as `copy_tree` does, but each of its files by a function that gets the path and its new place.

    Raises:
        OSError: Something cannot be copied; it names the first file.
    """

    def copy(path: str, place: str) -> str:
        mode = os.lstat(path).st_mode
        if kind_of_special(mode):
            raise not_copied(path, mode)
        return copy_function(path, place)

    try:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=copy)
    except shutil.Error as error:  # it has a list of all errors
        path, why = os.fspath(error.args[0][0][0]), str(error.args[0][0][2])
        raise OSError(why if path in why else f"{why}: {path!r}") from error


def copy_like(source: Path, target: Path, other: Path, digest: Digester, copier: Copier) -> None:
    """Copy a directory as `copy_tree` does, with hard links to the files that are the same in another directory.

    The same are regular files with the same relative path, mode, owner and content; they get the times of the source.
    Only for directories of which the other one is removed afterwards, or neither is ever changed in place. A copier for
    many trees finds out only once whether the file system makes clones.
    """

    def copy(path: str, place: str) -> str:
        twin = os.path.join(other, os.path.relpath(path, source))
        with suppress(OSError):
            own, found = os.lstat(path), os.lstat(twin)
            if stat.S_ISREG(own.st_mode) and _look(own) == _look(found) and digest(path, own) == digest(twin, found):
                os.link(twin, place)
                if own.st_mtime_ns != found.st_mtime_ns:
                    os.utime(place, ns=(own.st_atime_ns, own.st_mtime_ns))
                return place
        return copier(path, place)

    copy_tree_by(source, target, copy)


def _look(status: os.stat_result) -> tuple[int, ...]:
    return status.st_mode, status.st_uid, status.st_gid, status.st_size


class Copier:
    """Copies files, as clones if the file system makes them."""

    def __init__(self) -> None:
        self._clones = sys.platform == "linux"

    def __call__(self, source: str, target: str) -> str:
        """Copy a file with mode and times, and return the target. Several threads may call it at once."""
        if self._clones:
            self._clones = _clone(source, target)
        if self._clones:
            shutil.copystat(source, target)
        else:
            shutil.copy2(source, target)
        return target


def _clone(source: str, target: str) -> bool:
    """Make a file share the blocks of another; False if the file system cannot."""
    import fcntl  # noqa: PLC0415 - only on Linux, and seldom needed

    try:
        with open(source, "rb", buffering=0) as original, open(target, "wb", buffering=0) as copy:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
    except OSError:
        return False
    return True


def remove_tree(path: Path) -> None:
    """Remove a file or directory if it is there, even with read-only directories in it, or if others remove it, too."""
    while path.is_dir() and not path.is_symlink():
        with suppress(FileNotFoundError):  # each time something else has removed a part of it
            _remove_directory(path)
    path.unlink(missing_ok=True)


def _remove_directory(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except PermissionError:
        _open_up(os.fspath(path))
        for directory, names, _ in os.walk(path):
            for name in names:
                _open_up(os.path.join(directory, name))
        shutil.rmtree(path)


def _open_up(directory: str) -> None:
    if not os.path.islink(directory):
        os.chmod(directory, os.stat(directory).st_mode | stat.S_IRWXU)

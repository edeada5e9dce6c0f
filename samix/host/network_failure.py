"""Recognizes failures of the network by the output of a program."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TAIL = 1 << 18  # bytes; a failure is reported at the end
# what the resolvers of names, sockets, TLS and HTTP clients of package managers and engines say
_SIGNS = re.compile(
    r"temporary failure in name resolution|name or service not known|no such host|could not resolve host"
    r"|unknownhostexception|\b(?:enotfound|eai_again|econnreset|econnrefused|etimedout|epipe|enetunreach|ehostunreach)\b"
    r"|connection (?:refused|reset|aborted|timed out|was closed)|broken pipe|network is unreachable|no route to host"
    r"|newconnectionerror|readtimeouterror|read timed out|max retries exceeded|incompleteread|unexpected eof"
    r"|(?:tls|ssl) handshake (?:timeout|failed)|i/o timeout|request canceled while waiting|context deadline exceeded"
    r"|could not transfer artifact|spurious network error|could not reach host|network (?:error|timeout)"
    r"|\b(?:http|status|response|error)(?: code)?:? (?:429|50[0234])\b|too many requests|service unavailable"
    r"|bad gateway|gateway time-?out",
    re.IGNORECASE,
)
# sam shows nothing else of pip's output: the version may not exist, or the index may be out of reach
_MAY_BE = re.compile(r"Could not satisfy the requirement|Could not find a version that satisfies")


def is_of_network(text: str) -> bool:
    """Whether a text reports a failure of the network, or of a server that is reached over it."""
    return bool(_SIGNS.search(text))


def may_be_of_network(log: Path) -> bool:
    """Whether a log reports a failure that may not happen at the next try, because it is of the network.

    Raises:
        OSError: The log cannot be read.
    """
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        text = file.read().decode("utf-8", "replace")
    return is_of_network(text) or bool(_MAY_BE.search(text))

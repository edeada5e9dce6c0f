"""All that sam checks of an application before it builds anything of it, as one digest."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from samix.plan.fingerprint import without_place

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.template.stacks import Application
    from samix.template.value import Value


def definitions_digest(application: Application, options: BuildOptions, secret: bytes) -> str:
    """A digest of the templates of all stacks, as they are written and with the values of this build.

    It is the same wherever the project lies. The order of keys is part of it: sam looks at the first key of some
    mappings. Its key is the project's secret, because parameters may hold values that are nobody's business.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    root = str(options.code_root)
    for stack in application.stacks:
        # what is included, and what conditions and parameters lead to, stands in the resolved resources alone
        parts: list[Value] = [stack.path, stack.data, dict(stack.resources), stack.parameters, options.region]
        digest.update(repr(without_place(parts, root)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()

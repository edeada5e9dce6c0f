"""The collections of loops as sam sees them when it writes the built template.

Mirrors `resolve_collection`, `contains_loop_variable` and `substitute_loop_variable` of
`samcli.lib.cfn_language_extensions.sam_integration`, which know less than the expansion does.
"""

from __future__ import annotations

import re

from samix.template.extensions.errors import ExpansionError
from samix.template.value import Value, ValueMapping, as_mapping


def collection_texts(collection: Value, template: ValueMapping, parameters: ValueMapping) -> list[str]:
    """The items of a loop's collection; none if it is neither a list nor a parameter.

    `parameters` are the values given to the template's parameters, without defaults.
    """
    if isinstance(collection, list):
        return [str(item) for item in collection if item is not None]
    name = as_mapping(collection).get("Ref")
    if not isinstance(name, str):
        return []
    declared = as_mapping(as_mapping(template.get("Parameters")).get(name))
    for value in (parameters.get(name), declared.get("Default")):
        if isinstance(value, list):
            return [str(item) for item in value]
        if isinstance(value, str):
            return [item.strip() for item in value.split(",")]
    return []


def is_dynamic(value: Value, variable: str) -> bool:
    """Whether a value differs with the variable of a loop."""
    if isinstance(value, str):
        return f"${{{variable}}}" in value
    if isinstance(value, list):
        return any(is_dynamic(item, variable) for item in value)
    if not isinstance(value, dict):
        return False
    text = value.get("Fn::Sub")
    if isinstance(text, str) or (isinstance(text, list) and text):
        value = {"Fn::Sub": text if isinstance(text, str) else text[0], "Ref": value.get("Ref")}
    return value.get("Ref") == variable or any(is_dynamic(item, variable) for item in value.values())


def with_text(key: str, variable: str, text: str) -> str:
    """A key with a variable replaced.

    Raises:
        ExpansionError: sam ends with a traceback for such a text.
    """
    try:
        return re.sub(rf"\$\{{{re.escape(variable)}\}}", text, key)  # backslashes in the text count, as with sam
    except (re.error, IndexError) as error:
        raise ExpansionError(f"{text!r} cannot be part of a name: {error}.") from error

"""The Globals section merged into a resource's properties.

Mirrors `samtranslator.plugins.globals`: mappings merge deeply, lists are joined (global first), anything else
is replaced by the resource's own value, as are a function's Architectures.
"""

from __future__ import annotations

from samix.template.value import Value, ValueMapping, as_mapping, value_at

SERVERLESS_PREFIX = "AWS::Serverless::"
_REPLACED = frozenset({("Function", ("Architectures",))})


def merge_globals(template: ValueMapping, resource_type: str, resource: ValueMapping) -> ValueMapping:
    """The properties of a resource with the template's Globals merged in.

    `resource` has `Properties` and perhaps `IgnoreGlobals`; its type is one such as `AWS::Serverless::Function`.
    """
    properties = as_mapping(resource.get("Properties"))
    if not resource_type.startswith(SERVERLESS_PREFIX):
        return properties
    section = resource_type.removeprefix(SERVERLESS_PREFIX)
    shared = as_mapping(value_at(template, "Globals", section))
    ignored = resource.get("IgnoreGlobals")
    if ignored == "*":
        return properties
    if isinstance(ignored, list):
        shared = {key: value for key, value in shared.items() if key not in ignored}
    if not shared:
        return properties
    return _merge_mappings(section, shared, properties, ())


def _merge_mappings(section: str, shared: ValueMapping, own: ValueMapping, path: tuple[str, ...]) -> ValueMapping:
    merged = dict(shared)
    for key, value in own.items():
        merged[key] = _merge(section, shared[key], value, (*path, key)) if key in shared else value
    return merged


def _merge(section: str, shared: Value, own: Value, path: tuple[str, ...]) -> Value:
    if (section, path) in _REPLACED:
        return own
    if _is_plain_mapping(shared) and _is_plain_mapping(own):
        return _merge_mappings(section, as_mapping(shared), as_mapping(own), path)
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _is_plain_mapping(value: Value) -> bool:
    """Whether a value is a mapping other than an intrinsic function, which counts as a single value."""
    if not isinstance(value, dict):
        return False
    if len(value) != 1:
        return True
    key = next(iter(value))
    return key not in {"Ref", "Condition"} and not str(key).startswith("Fn::")

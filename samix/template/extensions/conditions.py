"""Conditions, and the values that they choose.

Mirrors `samcli.lib.cfn_language_extensions.resolvers.condition_resolver`, `fn_if`, and what
`...api.IntrinsicResolverProcessor` does with the Conditions section.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from samix.template.extensions.errors import ExpansionError, InvalidExpressionError, locate_errors
from samix.template.extensions.scope import Scope, function_name, is_no_value
from samix.template.value import change_inner_values, inner_values

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

_BRANCHES = 3
_OPERANDS = range(2, 11)


def decide(scope: Scope, name: Value) -> bool:
    """Whether a named condition is true.

    Raises:
        InvalidExpressionError: There is no condition of that name, or it depends on itself.
    """
    if not isinstance(name, str):
        raise InvalidExpressionError("Condition takes the name of a condition.")
    if name in scope.deciding:
        raise InvalidExpressionError(f"The condition {name} depends on itself.")
    if name not in scope.decided:
        if name not in scope.conditions:
            raise InvalidExpressionError(f"There is no condition {name}.")
        scope.deciding.add(name)
        try:
            scope.decided[name] = _truth(scope.resolve(scope.conditions[name]))
        finally:
            scope.deciding.discard(name)
    return scope.decided[name]


def decide_all(scope: Scope) -> None:
    """Decide every condition of the template.

    Raises:
        ExpansionError: One cannot be decided.
    """
    import networkx as nx  # noqa: PLC0415 - slow to import

    graph: nx.DiGraph[str] = nx.DiGraph(
        (name, other)
        for name, condition in scope.conditions.items()
        for other in _named(condition)
        if other in scope.conditions
    )
    try:
        cycle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        cycle = []
    if cycle:
        first = cycle[0][0]
        names = " -> ".join([*(str(edge[0]) for edge in cycle), str(first)])
        raise InvalidExpressionError(f"Conditions depend on each other in a circle: {names}.", "Conditions", first)
    for name in scope.conditions:
        if name not in scope.decided:
            with locate_errors("Conditions", name):
                decide(scope, name)


def resolve_conditions(scope: Scope) -> ValueMapping:
    """The Conditions section with what the conditions compare resolved; the conditions themselves stay undecided."""
    resolved: ValueMapping = {}
    for name, condition in scope.conditions.items():
        with locate_errors("Conditions", name):
            resolved[name] = _resolve_operands(scope, condition)
    return resolved


def choose(scope: Scope, argument: Value) -> Value:
    """`Fn::If`: one of two values, without reading the other; None for no value."""
    if not isinstance(argument, list) or len(argument) != _BRANCHES or not isinstance(argument[0], str):
        raise InvalidExpressionError("Fn::If takes the name of a condition and two values.")
    chosen = argument[1] if decide(scope, argument[0]) else argument[2]
    return None if is_no_value(chosen) else scope.resolve(chosen)


def equal(scope: Scope, argument: Value) -> bool:
    """`Fn::Equals`: whether two values have the same text."""
    if not isinstance(argument, list) or len(argument) != len(("one", "other")):
        raise InvalidExpressionError("Fn::Equals takes two values.")
    one, other = (scope.resolve(item) for item in argument)
    for value in (one, other):
        if isinstance(value, dict) and function_name(value) is None:
            raise InvalidExpressionError("Fn::Equals does not compare mappings.")
    return _written(one) == _written(other)


def negate(scope: Scope, argument: Value) -> bool:
    """`Fn::Not`: whether the one condition is false."""
    if not isinstance(argument, list) or len(argument) != 1:
        raise InvalidExpressionError("Fn::Not takes a list of one condition.")
    return not _operand(scope, argument[0])


def all_hold(scope: Scope, argument: Value) -> bool:
    """`Fn::And`: whether all conditions are true."""
    return all(_operand(scope, item) for item in _operands("Fn::And", argument))


def any_holds(scope: Scope, argument: Value) -> bool:
    """`Fn::Or`: whether one of the conditions is true."""
    return any(_operand(scope, item) for item in _operands("Fn::Or", argument))


OPERATORS = {"Fn::Equals": equal, "Fn::Not": negate, "Fn::And": all_hold, "Fn::Or": any_holds}


def _operands(name: str, argument: Value) -> list[Value]:
    if not isinstance(argument, list) or len(argument) not in _OPERANDS:
        raise InvalidExpressionError(f"{name} takes a list of two to ten conditions.")
    return argument


def _operand(scope: Scope, value: Value) -> bool:
    is_literal = isinstance(value, bool) or (isinstance(value, str) and value.lower() in {"true", "false"})
    is_call = isinstance(value, dict) and len(value) == 1 and value.keys() <= {*OPERATORS, "Condition"}
    if not is_literal and not is_call:
        raise InvalidExpressionError("Fn::And, Fn::Or and Fn::Not take conditions only.")
    return _truth(scope.resolve(value))


def _truth(value: Value) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return bool(value)


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolve_operands(scope: Scope, value: Value) -> Value:
    if isinstance(value, dict) and len(value) == 1:
        name: object = next(iter(value))
        if name == "Condition":
            return value
        if name not in OPERATORS:
            return scope.resolve(value)
    return change_inner_values(value, partial(_resolve_operands, scope))


def _named(value: Value) -> Iterator[str]:
    """The names of the conditions that a condition refers to."""
    if isinstance(value, dict) and list(value) == ["Condition"]:
        if isinstance(value["Condition"], str):
            yield value["Condition"]
        return
    for item in inner_values(value):
        yield from _named(item)


def is_false(scope: Scope, entry: Value) -> bool:
    """Whether a resource or output has a condition that is false.

    Raises:
        ExpansionError: Its condition is a list or mapping, for which sam ends with a traceback.
    """
    if not isinstance(entry, dict) or "Condition" not in entry:
        return False
    name = entry["Condition"]
    if isinstance(name, list | dict):
        raise ExpansionError("Condition takes the name of a condition.")
    return isinstance(name, str) and scope.decided.get(name) is False

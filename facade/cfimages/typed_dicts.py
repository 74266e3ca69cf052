"""Make our TypedDicts usable as types in pydantic models, also on Python 3.11."""

from typing import Any


def allow_in_pydantic(kind: Any) -> None:
    """Let pydantic use a `typing.TypedDict` whose keys are all optional. Before Python 3.12, it refuses them.

    Taking `TypedDict` from typing_extensions would do the same, and add 3 ms to every start. pydantic is not imported.
    """
    kind.__get_pydantic_core_schema__ = _schema


def _schema(source: Any, handler: Any) -> Any:
    from typing_extensions import TypedDict, get_type_hints  # pydantic depends on it

    make: Any = TypedDict  # type checkers want the fields spelled out
    return handler.generate_schema(make(source.__name__, get_type_hints(source), total=False))

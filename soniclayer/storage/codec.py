"""Dataclasses to JSON bytes and back, checked against their types."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from soniclayer.errors import StoreError

T = TypeVar("T")


def encode(value: object) -> bytes:
    """The JSON of a dataclass: UTF-8, one line, fields in their order, so equal values give equal bytes."""
    return _adapter(type(value)).dump_json(value) + b"\n"  # type: ignore[arg-type]  # a class is hashable


def decode(kind: type[T], data: bytes) -> T:
    """The dataclass whose JSON this is.

    Raises:
        StoreError: `object_damaged`, when it is not the JSON of a `kind`.
    """
    try:
        value: T = _adapter(kind).validate_json(data)  # type: ignore[arg-type]  # a class is hashable
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"damaged {kind.__name__}: {where}: {first['msg']}", code="object_damaged") from None
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)

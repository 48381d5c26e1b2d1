"""One module per thing one can ask for. Each has `routes`, a list of ApiRoute."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soniclayer.web.route import ApiRoute


def all_routes() -> list[ApiRoute]:
    """The routes of all modules here."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return [route for module in modules for route in module.routes]

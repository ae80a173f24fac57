"""Finds a plug-in by its name: the name is the module.

Third parties offer theirs under the entry-point group ``viewfinder.<seat>`` and cannot
shadow a built-in one.
"""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from viewfinder.domain.errors import ConfigError, PluginNotFound, PluginUnavailable
from viewfinder.ports import Plugin


def find(seat: str, name: str) -> Plugin[Any, Any]:
    """Return the plug-in ``name`` for ``seat`` ("annotators", "encoders", "stores", ...).

    Raises:
        PluginNotFound: No built-in module and no entry point of that name.
        PluginUnavailable: It is there, and something it needs is not.
    """
    module = f"viewfinder.adapters.{seat}.{name}"
    try:
        if name.isidentifier() and find_spec(module) is not None:
            found = import_module(module).plugin
        else:
            offered = {e.name: e for e in entry_points(group=f"viewfinder.{seat}")}
            if name not in offered:
                raise PluginNotFound(f"no {_one(seat)} named {name!r}; see docs/reference/seats.md")
            found = offered[name].load()
    except ImportError as error:
        raise PluginUnavailable(f"{_one(seat)} {name!r} needs {error.name or error}") from error
    if not isinstance(found, Plugin):
        raise PluginUnavailable(f"{module} does not end in a Plugin")
    return found


def _one(seat: str) -> str:
    return {"policies": "policy"}.get(seat, seat.removesuffix("s"))


def build(seat: str, name: str, /, **settings: Any) -> Any:
    """Build the plug-in with these settings; the rest keep their defaults."""
    plugin = find(seat, name)
    known = {field.name for field in fields(plugin.config)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise ConfigError(f"{name!r} knows no setting {unknown[0]!r}; it has {sorted(known)}")
    return plugin.build(plugin.config(**settings))

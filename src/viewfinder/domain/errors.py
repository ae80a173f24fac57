"""Everything that can break, as one tree. Denials are values, never exceptions.

ViewfinderError
├── UsageError            the request itself makes no sense (exit code 2)
├── InputError            a file, a folder or a query file is not what was expected (3)
├── IngestError           one video could not be read; the batch goes on
│   ├── ProbeError
│   └── DecodeError
├── PluginError
│   ├── PluginNotFound    no adapter of that name
│   └── PluginUnavailable its library or weights are missing; says how to get them
├── WeightsError          a weight could not be fetched, or its hash is wrong
├── StoreError            the library on disk: locked, full, read-only, from the future
├── ModelError            a language model failed
├── PolicyError           the policy itself is broken
└── ConfigError           viewfinder.toml

Messages say what happened, to which thing, and what to do.
"""

from __future__ import annotations


class ViewfinderError(Exception):
    """Base of all."""


class UsageError(ViewfinderError):
    pass


class InputError(ViewfinderError):
    pass


class IngestError(ViewfinderError):
    pass


class ProbeError(IngestError):
    pass


class DecodeError(IngestError):
    pass


class PluginError(ViewfinderError):
    pass


class PluginNotFound(PluginError):
    pass


class PluginUnavailable(PluginError):
    pass


class WeightsError(ViewfinderError):
    pass


class StoreError(ViewfinderError):
    pass


class ModelError(ViewfinderError):
    pass


class PolicyError(ViewfinderError):
    pass


class ConfigError(ViewfinderError):
    pass

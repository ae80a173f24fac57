"""Work in this very process, one item at a time. For tests, and for looking inside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from viewfinder.ports import Executor, Lost, Plugin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to set.

    Attributes:
        workers: Accepted so that it can stand in for the pool; always one.
    """

    workers: int = 1


class InlineExecutor:
    def __init__(self, config: Config) -> None:
        self._waiting: deque[tuple[Callable[[Any], Any], Any]] = deque()
        self._config = config

    @property
    def capacity(self) -> int:
        return 1

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def submit(self, stage: Callable[[T], Any], item: T) -> None:
        self._waiting.append((stage, item))

    def wait(self, timeout_s: float | None = None) -> tuple[Any, Any | Lost] | None:  # noqa: ARG002
        stage, item = self._waiting.popleft()
        return item, stage(item)

    def close(self) -> None:
        self._waiting.clear()


plugin: Plugin[Config, Executor] = Plugin(Config, InlineExecutor)

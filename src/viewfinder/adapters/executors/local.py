"""Work in processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, TypeVar

from viewfinder.ports import Executor, Lost, Plugin

T = TypeVar("T")

NICE = 10
"""How far back workers stand behind the rest of the machine: about a tenth of a busy core."""

Work = tuple[Callable[[Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Config:
    """Settings.

    Attributes:
        workers: Processes at once; 0 means one per core this process may use.
    """

    workers: int = 0


class LocalExecutor:
    """A pool of processes, made on first use and remade when one dies."""

    def __init__(self, config: Config) -> None:
        self._workers = config.workers or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None
        self._running: dict[Future[Any], Work] = {}
        self._suspects: list[Work] = []

    @property
    def capacity(self) -> int:
        return self._workers

    @property
    def in_flight(self) -> int:
        return len(self._running) + len(self._suspects)

    def submit(self, stage: Callable[[T], Any], item: T) -> None:
        if self._pool is None:
            self._pool = _pool(self._workers)
        try:
            self._running[self._pool.submit(stage, item)] = (stage, item)
        except BrokenProcessPool:
            self._suspects.append((stage, item))

    def wait(self, timeout_s: float | None = None) -> tuple[Any, Any | Lost] | None:
        """See ``ports.Executor``.

        One death fails everything in flight and does not say whose fault it was: each
        item is tried again alone, so only the guilty one is lost.
        """
        if not self._suspects:
            done, _ = wait(self._running, timeout_s, return_when=FIRST_COMPLETED)
            if not done:
                return None
            finished = next(iter(done))
            stage, item = self._running.pop(finished)
            try:
                return item, finished.result()
            except BrokenProcessPool:
                self._suspects = [(stage, item), *self._running.values()]
                self.close()
        stage, item = self._suspects.pop(0)
        return item, _alone(stage, item)

    def close(self) -> None:
        """Stop the workers at once; work in flight is lost and will be done again."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if self._running:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 - no public way
                process.kill()
            self._running.clear()
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(stage: Callable[[T], Any], item: T) -> Any | Lost:
    with _pool(1) as pool:
        try:
            return pool.submit(stage, item).result()
        except BrokenProcessPool:
            return Lost("its worker process died twice (killed, or out of memory)")


class _Process(SpawnProcess):
    """A spawned process that does not run the caller's script again."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the name multiprocessing gives it
        # Spawning imports the parent's main module, so that functions of it can be found;
        # ours never live there, and a user's script without a guard would start over.
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)  # noqa: SLF001
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Process


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=_Context(), initializer=_quiet_worker)


def _quiet_worker() -> None:
    # Ctrl-C belongs to the parent: it decides what is kept and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whoever waits for an answer goes first; a machine that has nothing else to do is as quick.
    with suppress(OSError):
        os.nice(NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot stop its workers: they stop themselves."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


plugin: Plugin[Config, Executor] = Plugin(Config, LocalExecutor)

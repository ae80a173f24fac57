"""Work in processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeVar

from viewfinder.ports import Executor, Lost, Plugin

T = TypeVar("T")
U = TypeVar("U")


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
        self.workers = config.workers or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None

    def map(self, stage: Callable[[T], U], items: Iterable[T]) -> Iterator[U | Lost]:
        """See ``ports.Executor``. At most ``workers`` items wait beside those at work."""
        waiting: deque[tuple[T, Future[U]]] = deque()
        source = iter(items)
        exhausted = False
        while True:
            while not exhausted and len(waiting) < 2 * self.workers:
                try:
                    item = next(source)
                except StopIteration:
                    exhausted = True
                    break
                waiting.append((item, self._submit(stage, item)))
            if not waiting:
                return
            item, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                # One death fails everything in flight and does not say whose fault it
                # was: each is tried again alone, so only the guilty one is lost.
                self.close()
                rest = [i for i, _ in waiting]
                waiting.clear()
                for suspect in (item, *rest):
                    yield self._alone(stage, suspect)

    def _submit(self, stage: Callable[[T], U], item: T) -> Future[U]:
        try:
            return self._opened().submit(stage, item)
        except BrokenProcessPool as broken:
            failed: Future[U] = Future()
            failed.set_exception(broken)
            return failed

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = _pool(self.workers)
        return self._pool

    def _alone(self, stage: Callable[[T], U], item: T) -> U | Lost:
        with _pool(1) as pool:
            try:
                return pool.submit(stage, item).result()
            except BrokenProcessPool:
                return Lost("its worker process died twice (killed, or out of memory)")

    def close(self) -> None:
        """Stop the workers at once; work in flight is lost and will be done again."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - no public way
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_quiet_worker
    )


def _quiet_worker() -> None:
    # Ctrl-C belongs to the parent: it decides what is kept and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


plugin: Plugin[Config, Executor] = Plugin(Config, LocalExecutor)

"""Executors give every item back, and name the one whose worker died."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from viewfinder.adapters.executors import inline, local
from viewfinder.ports import Executor, Lost


def double(n: int) -> int:
    return 2 * n


def fragile(n: int) -> int:
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def failing(n: int) -> int:
    raise ValueError(f"no {n}")


def drain(executor: Executor, stage: object, items: list[int]) -> dict[int, object]:
    results: dict[int, object] = {}
    waiting = list(items)
    while waiting or executor.in_flight:
        while waiting and executor.in_flight < executor.capacity:
            executor.submit(stage, waiting.pop(0))  # type: ignore[arg-type]
        item, result = executor.wait()
        results[item] = result
    executor.close()
    return results


@pytest.mark.parametrize(
    "executor",
    [inline.plugin.build(inline.Config()), local.plugin.build(local.Config(workers=2))],
    ids=["inline", "local"],
)
def test_every_item_comes_back_with_its_result(executor: Executor) -> None:
    assert drain(executor, double, [1, 2, 3, 4, 5]) == {n: 2 * n for n in range(1, 6)}


def test_only_the_item_that_kills_its_worker_is_lost() -> None:
    results = drain(local.plugin.build(local.Config(workers=2)), fragile, [1, 2, 3, 4, 5])
    assert isinstance(results.pop(3), Lost)
    assert results == {n: n for n in (1, 2, 4, 5)}


def test_what_a_stage_raises_is_raised_here() -> None:
    executor = local.plugin.build(local.Config(workers=1))
    executor.submit(failing, 1)
    with pytest.raises(ValueError, match="no 1"):
        executor.wait()
    executor.close()


SCRIPT = """
import os, signal, sys, time
from viewfinder.adapters.executors import local
print("script runs", flush=True)
executor = local.plugin.build(local.Config(workers=1))
executor.submit(str, 7)
print(executor.wait(), flush=True)
executor.submit(time.sleep, 60)
while not (pool := executor._pool) or not pool._processes:
    pass
print(next(iter(pool._processes)), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_script_without_a_guard_runs_once_and_its_workers_end_with_it(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    said, result, pid = done.stdout.splitlines()
    assert (said, result) == ("script runs", "(7, '7')")
    try:
        worker = os.pidfd_open(int(pid))
    except ProcessLookupError:
        return  # gone already
    ended, _, _ = select.select([worker], [], [], 20)
    os.close(worker)
    assert ended, "the worker outlived its parent"

"""The one place that knows how work is spread over workers.

Everything above hands over a function and its tasks and gets the results back in task
order; which thread, process or cluster did the work makes no difference to a result.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, TypeVar

from labelaudit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    import numpy as np

Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(Protocol):
    """Something that can work through tasks."""

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        on_done: Callable[[Result], None] | None = None,
    ) -> list[Result]:
        """Apply a function to each task.

        Parameters
        ----------
        function : callable
            Takes one task; must not depend on which worker runs it.
        tasks : iterable
        on_done : callable, optional
            Called in the caller's thread with each result, in task order.

        Returns
        -------
        list
            In the order of the tasks. The first exception of a task is raised.
        """


class LocalExecutor:
    """Threads of this process, each with its numerical libraries held to one thread.

    Threads, not processes: trees, boosting and matrix products release the interpreter
    lock, nothing is copied, and no worker has to import scikit-learn again.

    Parameters
    ----------
    jobs : int, optional
        Number of threads; None or -1 for one per core that this process may use.

    Raises
    ------
    SettingError
        When `jobs` is 0 or below -1.
    """

    def __init__(self, jobs: int | None = None) -> None:
        if jobs is not None and (jobs == 0 or jobs < -1):
            raise SettingError(
                f"{jobs} jobs cannot work",
                where="jobs",
                hint="give a number from 1, or -1 for one per core",
            )
        self.jobs = usable_cores() if jobs is None or jobs == -1 else jobs

    def __repr__(self) -> str:
        return f"LocalExecutor(jobs={self.jobs})"

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        on_done: Callable[[Result], None] | None = None,
    ) -> list[Result]:
        """Apply a function to each task; see `Executor.map`."""
        from threadpoolctl import threadpool_limits

        results: list[Result] = []
        # OpenBLAS keeps one limit for the process, so it is set once around all tasks.
        with threadpool_limits(limits=1), closing(self._run(function, list(tasks))) as done:
            for result in done:
                results.append(result)
                if on_done is not None:
                    on_done(result)
        return results

    def _run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[Result, None, None]:
        if self.jobs == 1 or len(tasks) < 2:  # noqa: PLR2004
            yield from (function(task) for task in tasks)
            return
        with ThreadPoolExecutor(min(self.jobs, len(tasks))) as pool:
            futures = [pool.submit(_run_with_one_openmp_thread, function, task) for task in tasks]
            try:
                for future in futures:
                    yield future.result()
            finally:
                # After a failure or an interrupt nothing that waits is begun any more.
                pool.shutdown(wait=False, cancel_futures=True)


def _run_with_one_openmp_thread(function: Callable[[Task], Result], task: Task) -> Result:
    from threadpoolctl import threadpool_limits

    # OpenMP keeps its limit per thread, so each worker thread has to set its own.
    with threadpool_limits(limits=1, user_api="openmp"):
        return function(task)


def usable_cores() -> int:
    """Count the cores this process may use.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def spawn_seeds(seed: int, count: int) -> list[np.random.SeedSequence]:
    """Derive one independent seed per task from one seed.

    Parameters
    ----------
    seed : int
        0 or above.
    count : int

    Returns
    -------
    list of numpy.random.SeedSequence
        The i-th depends on `seed` and i alone.
    """
    import numpy as np

    return np.random.SeedSequence(seed).spawn(count)


def as_random_state(seed: np.random.SeedSequence) -> int:
    """Turn a seed into the integer that scikit-learn takes.

    Parameters
    ----------
    seed : numpy.random.SeedSequence

    Returns
    -------
    int
        In [0, 2**31).
    """
    return int(seed.generate_state(1)[0] >> 1)

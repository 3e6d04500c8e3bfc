from __future__ import annotations

import threading
import time

import pytest

from labelaudit.errors import SettingError
from labelaudit.evidence.execute import LocalExecutor, as_random_state, spawn_seeds


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_task_order(jobs):
    def slow_first(task):
        time.sleep(0.02 if task == 0 else 0)
        return task * task

    assert LocalExecutor(jobs).map(slow_first, range(6)) == [0, 1, 4, 9, 16, 25]


@pytest.mark.parametrize("jobs", [1, 2])
def test_on_done_is_called_in_the_callers_thread_in_order(jobs):
    seen = []
    LocalExecutor(jobs).map(
        lambda task: task,
        range(5),
        on_done=lambda result: seen.append((result, threading.current_thread())),
    )
    assert seen == [(at, threading.current_thread()) for at in range(5)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_of_a_task_is_raised(jobs):
    def fail(task):
        if task == 1:
            raise ZeroDivisionError(task)
        return task

    with pytest.raises(ZeroDivisionError):
        LocalExecutor(jobs).map(fail, range(4))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_stops_the_work(jobs):
    started = []

    def interrupted(result):
        raise KeyboardInterrupt

    def work(task):
        started.append(task)
        time.sleep(0.005)

    with pytest.raises(KeyboardInterrupt):
        LocalExecutor(jobs).map(work, range(200), on_done=interrupted)
    assert len(started) < 100


def test_no_tasks_give_no_results():
    assert LocalExecutor(2).map(abs, []) == []


def test_numerical_libraries_run_on_one_thread_in_each_worker():
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_info

    def threads(_):
        return [library["num_threads"] for library in threadpool_info()]

    assert all(count == 1 for counts in LocalExecutor(2).map(threads, range(4)) for count in counts)


@pytest.mark.parametrize("jobs", [0, -2])
def test_an_impossible_number_of_jobs_is_refused(jobs):
    with pytest.raises(SettingError, match="jobs"):
        LocalExecutor(jobs)


def test_none_and_minus_one_mean_every_usable_core():
    assert LocalExecutor(None).jobs == LocalExecutor(-1).jobs >= 1


def test_a_seed_depends_on_its_place_not_on_how_many_there_are():
    few = [as_random_state(one) for one in spawn_seeds(7, 2)]
    many = [as_random_state(one) for one in spawn_seeds(7, 5)]
    assert many[:2] == few
    assert len(set(many)) == 5

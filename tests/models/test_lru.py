"""What a byte budget keeps, what it forgets, and that many threads may share it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.lru import ByteBudget


def test_the_least_recently_used_value_goes_first():
    budget = ByteBudget[str, int](100)
    budget.put("a", 1, 40)
    budget.put("b", 2, 40)
    assert budget.get("a") == 1
    budget.put("c", 3, 40)
    assert (budget.get("a"), budget.get("b"), budget.get("c")) == (1, None, 3)
    assert budget.nbytes == 80


def test_a_value_larger_than_the_budget_is_returned_but_evicts_nothing():
    budget = ByteBudget[str, int](100)
    budget.put("a", 1, 60)
    assert budget.load("big", lambda: (2, 101)) == 2
    assert (budget.get("big"), budget.get("a")) == (None, 1)


def test_putting_a_key_again_counts_its_bytes_once():
    budget = ByteBudget[str, int](100)
    for value in range(5):
        budget.put("a", value, 60)
    assert (budget.get("a"), budget.nbytes, len(budget)) == (4, 60, 1)


def test_several_threads_that_ask_at_once_make_a_value_once():
    budget, made = ByteBudget[str, object](10), []

    def make() -> tuple[object, int]:
        time.sleep(0.05)
        made.append(object())
        return made[-1], 1

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: budget.load("a", make), range(8)))
    assert len(made) == 1
    assert all(value is made[0] for value in values)


def test_making_one_value_does_not_hold_up_another():
    budget, go = ByteBudget[str, int](10), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(budget.load, "slow", lambda: (int(go.wait(5)), 1))
        assert budget.load("quick", lambda: (2, 1)) == 2
        assert not slow.done()
        go.set()
        assert slow.result() == 1


def test_a_failure_is_raised_and_the_next_try_may_succeed():
    budget = ByteBudget[str, int](10)
    with pytest.raises(ZeroDivisionError):
        budget.load("a", lambda: (1 // 0, 1))
    assert budget.load("a", lambda: (7, 1)) == 7


def test_the_budget_holds_while_threads_load_and_evict():
    budget = ByteBudget[int, int](50)

    def use(number: int) -> None:
        key = number % 13
        assert budget.load(key, lambda: (key * key, 10)) == key * key
        assert budget.nbytes <= 50

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(2000)))
    assert (len(budget), budget.nbytes) == (5, 50)

"""Work in pieces on all cores: nothing twice, nothing lost, nothing left behind."""

from __future__ import annotations

import threading
import time

import pytest

from localmatte.system.parallel import each


@pytest.fixture(params=[1, 2, 8])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    number = int(request.param)
    monkeypatch.setattr("localmatte.system.parallel.os.cpu_count", lambda: number)
    return number


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_results_come_in_the_order_of_the_pieces(count: int) -> None:
    done: list[int] = []

    def work(piece: int) -> int:
        time.sleep((piece % 3) / 10_000)
        done.append(piece)
        return piece * piece

    assert each(work, iter(range(count))) == [piece * piece for piece in range(count)]
    assert sorted(done) == list(range(count))


def test_as_many_cores_work_as_there_are(cores: int) -> None:
    together = threading.Barrier(cores)

    def work(_: int) -> int:
        together.wait(10)
        return threading.get_ident()

    threads = set(each(work, range(cores)))
    assert len(threads) == cores
    assert threading.get_ident() in threads


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("wrong", [0, 30, 99])
def test_an_error_ends_the_work_and_nothing_goes_on(wrong: int) -> None:
    done: list[int] = []

    def work(piece: int) -> None:
        if piece == wrong:
            raise ValueError(piece)
        time.sleep(0.001)
        done.append(piece)

    with pytest.raises(ValueError, match=str(wrong)):
        each(work, range(100))
    seen = len(done)
    time.sleep(0.02)
    assert len(done) == seen


def test_it_can_be_called_from_many_threads_and_from_within() -> None:
    found: list[int] = []

    def inner(piece: int) -> int:
        return sum(each(lambda n: n * piece, range(20)))

    def outer() -> None:
        found.append(sum(each(inner, range(20))))

    callers = [threading.Thread(target=outer) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)
    assert found == [190 * 190] * 8

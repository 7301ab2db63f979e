"""The experiment of wasm_probes: its programs against Python, its figures on cases worked out by hand, small runs."""

from __future__ import annotations

import bisect
import calendar
import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

pytest.importorskip("wasmtime", reason="needs the extra unriddle[wasm]")
pytest.importorskip("elftools", reason="needs the extra unriddle[wasm]")

from unriddle.execute import open_executor
from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace.wasm import PACKAGES, Ended, Machine, text_to_wasm
from unriddle.lab import _wasm_composition, _wasm_cost, _wasm_counts, _wasm_suites, wasm_probes
from unriddle.lab._wasm_counted import ADD, COUNTED
from unriddle.lab._wasm_targets import TARGETS, Target
from unriddle.lab.base import Context

PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]


def triangle(*sides: int) -> int:
    a, b, c = sorted(sides)
    return 0 if a <= 0 or a + b <= c else 4 - len({a, b, c})


def search(key: int, n: int) -> int:
    i = bisect.bisect_left(PRIMES[:n], key)
    return i if i < n and PRIMES[i] == key else -1 - i


def digits(word: int, n: int, bits: int) -> list[int]:
    return [word >> bits * i & (1 << bits) - 1 for i in range(n)]


def run(word: int, n: int) -> int:
    return max((len(list(group)) for _, group in itertools.groupby(digits(word, n, 4))), default=0)


def brackets(word: int, n: int) -> int:
    open_ = []
    for i, one in enumerate(digits(word, n, 2)):
        if one < 2:
            open_.append(one)
        elif not open_ or open_.pop() != one - 2:
            return i
    return n if open_ else -1


def tax(income: int, married: int) -> int:
    taxed = income - (22_000 if married else 11_000)
    if taxed <= 0:
        return 0
    return taxed // 5 if taxed <= 20_000 else 4000 + (min(taxed, 100_000) - 20_000) * 2 // 5 + max(
        0, taxed - 100_000
    ) // 2  # fmt: skip


REFERENCE: dict[str, Callable[..., int]] = {
    "gcd": math.gcd,
    "triangle": triangle,
    "leap": lambda year: int(calendar.isleap(year)) if year > 0 else -1,
    "search": search,
    "run": run,
    "brackets": brackets,
    "days": lambda month, year: calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0,
    "root": lambda n: math.isqrt(n) if n >= 0 else -1,
    "prime": lambda n: int(n > 1 and all(n % d for d in range(2, n))),
    "tax": tax,
}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_programs_compute_what_they_say(target: Target) -> None:
    machine, rng = Machine(text_to_wasm(f"(module {target.text})")), np.random.default_rng(7)
    for _ in range(40):
        args = target.draw(rng)
        assert machine.run("f", args).values == (REFERENCE[target.name](*args),), args


def test_counts_hold_and_a_wrong_count_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = _wasm_counts.counts()
    assert [one.held for one in claims] == [True, None, True, True]
    assert claims[0].note.startswith("20 of 20 runs")
    wrong = (*COUNTED[1:], type(COUNTED[0])(ADD, (3, 4), (7,), 5))
    monkeypatch.setattr(_wasm_counts, "COUNTED", wrong)
    monkeypatch.setattr(_wasm_counts, "REFUSED", {**_wasm_counts.REFUSED, "addition": ADD.replace("(param i32 i32)", "")
                                                  .replace("local.get", "i32.const")})  # fmt: skip
    claims = _wasm_counts.counts()
    assert [one.held for one in claims] == [False, None, True, False]
    assert claims[0].measured == 11 / 12


def test_results_differ_where_anything_that_the_program_did_differs() -> None:
    one = Ended("returned", values=(float("nan"),), memory="a")
    assert _wasm_composition.same_result(one, Ended("returned", values=(float("nan"),), memory="a", fuel=9))
    assert not _wasm_composition.same_result(one, Ended("returned", values=(float("nan"),), memory="b"))
    assert not _wasm_composition.same_result(Ended("returned", values=(0.0,)), Ended("returned", values=(-0.0,)))


def test_a_monitor_that_notices_others_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nosy:
        name = "loops"

        def attach(self, machine: Machine) -> None:
            self.machine = machine

        def start(self) -> None:
            pass

        def report(self) -> dict[str, object]:
            return {"others": len(self.machine._monitors) - 1}

    monkeypatch.setattr(_wasm_composition, "_NAMES", ("hotness", "loops"))
    real = _wasm_composition.monitors_of
    monkeypatch.setattr(
        _wasm_composition,
        "monitors_of",
        lambda names, **more: [Nosy() if one.name == "loops" else one for one in real(names, **more)],
    )
    share, results = _wasm_composition.composition(2, seed=0)
    assert (share.measured, share.held, results.held) == (0.0, False, True)


def test_the_interval_of_a_median_is_made_of_order_statistics() -> None:
    assert _wasm_cost.median_interval([float(i) for i in range(11)]) == (5.0, 1.0, 9.0)  # 98.8 %, 3 to 8 only 93.5 %
    assert _wasm_cost.median_interval([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)


def test_tests_are_counted_until_enough_are_killed() -> None:
    table = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1], [1, 0, 0, 0]], dtype=bool)
    assert _wasm_suites._until(table, 1.0, 4) == 4
    assert _wasm_suites._until(table, 0.75, 4) == 3
    assert _wasm_suites._until(table, 1.0, 3) == 4  # not within three
    assert _wasm_suites._share(table[:, :2]) == 0.5


@pytest.fixture(scope="module")
def executor() -> Iterator[PythonExecutor]:
    with open_executor(workers=1, packages=PACKAGES) as opened:
        yield opened  # type: ignore[misc]


def test_a_trial_holds_both_to_the_same_stream(executor: PythonExecutor) -> None:
    sizes = _wasm_suites.Sizes(n_inputs=20, n_mutants=4, n_streams=2, most=6)
    leap = next(one for one in TARGETS if one.name == "leap")
    found, n = _wasm_suites.trials(leap, 0, sizes, seed=1, executor=executor)
    assert (len(found), 0 < n <= 4) == (2, True)
    for one in found:
        guided, same_tests, same_runs = one.killed
        assert one.n_tests <= min(one.n_runs, 6)
        assert max(guided, same_tests) <= same_runs  # all of both are among the inputs that were run
        assert all(1 <= needed <= 7 for pair in one.to_kill for needed in pair)
    assert _wasm_suites.trials(leap, 0, sizes, seed=1, executor=executor)[0] == found


def test_the_experiment_claims_each_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wasm_suites, "TARGETS", TARGETS[:2])
    monkeypatch.setattr(_wasm_suites, "_SIZES", {"small": _wasm_suites.Sizes(10, 3, 1, 3)})
    monkeypatch.setattr(_wasm_cost, "_LARGE", 1000)
    monkeypatch.setattr(_wasm_cost, "_ROUNDS", {"small": 2})
    monkeypatch.setattr(_wasm_composition, "_NAMES", ("coverage", "branches"))
    monkeypatch.setattr(wasm_probes, "_PROGRAMS", {"small": 3})
    claims = wasm_probes.experiment("small", seed=0, context=Context(workers=1))
    assert len({one.name for one in claims}) == len(claims) == 16
    assert [one.name for one in claims if one.held is None] == [claims[1].name]

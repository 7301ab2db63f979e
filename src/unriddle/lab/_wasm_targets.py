"""Ten small programs with branches, each with a generator of inputs, on which tests and mutants are measured.

They were chosen, with their generators, before anything was measured on them. Every module exports one function ``f``
of whole numbers. Not covered: floating point, memory that changes, input and output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A program.

    Attributes:
        name: What it computes, in a word.
        text: Its module, in the text format.
        draw: Arguments of ``f``.
    """

    name: str
    text: str
    draw: Callable[[np.random.Generator], tuple[int, ...]]


def _within(*ranges: tuple[int, int]) -> Callable[[np.random.Generator], tuple[int, ...]]:
    """Whole numbers, each uniform in its range, both ends included."""

    def draw(rng: np.random.Generator) -> tuple[int, ...]:
        return tuple(int(rng.integers(low, high, endpoint=True)) for low, high in ranges)

    return draw


def _packed(bits: int, values: int) -> Callable[[np.random.Generator], tuple[int, ...]]:
    """A row of up to ``64 / bits`` numbers below ``values``, packed into one, and its length."""

    def draw(rng: np.random.Generator) -> tuple[int, ...]:
        n = int(rng.integers(64 // bits + 1))
        word = sum(int(rng.integers(values)) << bits * i for i in range(n))
        return word - (word >> 63 << 64), n

    return draw


_GCD = """(func (export "f") (param $a i32) (param $b i32) (result i32) (local $t i32)
  (if (i32.lt_s (local.get $a) (i32.const 0)) (then (local.set $a (i32.sub (i32.const 0) (local.get $a)))))
  (if (i32.lt_s (local.get $b) (i32.const 0)) (then (local.set $b (i32.sub (i32.const 0) (local.get $b)))))
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get $b)))
    (local.set $t (i32.rem_s (local.get $a) (local.get $b)))
    (local.set $a (local.get $b))
    (local.set $b (local.get $t))
    (br $next)))
  (local.get $a))"""

_TRIANGLE = """(func (export "f") (param $a i32) (param $b i32) (param $c i32) (result i32)
  (if (i32.le_s (local.get $a) (i32.const 0)) (then (return (i32.const 0))))
  (if (i32.le_s (local.get $b) (i32.const 0)) (then (return (i32.const 0))))
  (if (i32.le_s (local.get $c) (i32.const 0)) (then (return (i32.const 0))))
  (if (i32.le_s (i32.add (local.get $a) (local.get $b)) (local.get $c)) (then (return (i32.const 0))))
  (if (i32.le_s (i32.add (local.get $b) (local.get $c)) (local.get $a)) (then (return (i32.const 0))))
  (if (i32.le_s (i32.add (local.get $c) (local.get $a)) (local.get $b)) (then (return (i32.const 0))))
  (if (i32.eq (local.get $a) (local.get $b)) (then
    (if (i32.eq (local.get $b) (local.get $c)) (then (return (i32.const 3))))
    (return (i32.const 2))))
  (if (i32.eq (local.get $b) (local.get $c)) (then (return (i32.const 2))))
  (if (i32.eq (local.get $c) (local.get $a)) (then (return (i32.const 2))))
  (i32.const 1))"""

_LEAP = """(func (export "f") (param $year i32) (result i32)
  (if (i32.le_s (local.get $year) (i32.const 0)) (then (return (i32.const -1))))
  (if (i32.rem_s (local.get $year) (i32.const 4)) (then (return (i32.const 0))))
  (if (i32.rem_s (local.get $year) (i32.const 100)) (then (return (i32.const 1))))
  (i32.eqz (i32.rem_s (local.get $year) (i32.const 400))))"""

_SEARCH = r"""(memory 1)
(data (i32.const 0) "\02\03\05\07\0b\0d\11\13\17\1d\1f\25\29\2b\2f\35")
(func (export "f") (param $key i32) (param $n i32) (result i32) (local $low i32) (local $high i32) (local $mid i32)
  (local.set $high (i32.sub (local.get $n) (i32.const 1)))
  (block $none (loop $next
    (br_if $none (i32.gt_s (local.get $low) (local.get $high)))
    (local.set $mid (i32.shr_s (i32.add (local.get $low) (local.get $high)) (i32.const 1)))
    (if (i32.eq (i32.load8_u (local.get $mid)) (local.get $key)) (then (return (local.get $mid))))
    (if (i32.lt_s (i32.load8_u (local.get $mid)) (local.get $key))
      (then (local.set $low (i32.add (local.get $mid) (i32.const 1))))
      (else (local.set $high (i32.sub (local.get $mid) (i32.const 1)))))
    (br $next)))
  (i32.sub (i32.const -1) (local.get $low)))"""

_RUN = """(func (export "f") (param $word i64) (param $n i32) (result i32)
  (local $last i32) (local $now i32) (local $length i32) (local $best i32)
  (local.set $last (i32.const -1))
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get $n)))
    (local.set $now (i32.wrap_i64 (i64.and (local.get $word) (i64.const 15))))
    (if (i32.eq (local.get $now) (local.get $last))
      (then (local.set $length (i32.add (local.get $length) (i32.const 1))))
      (else (local.set $length (i32.const 1))))
    (if (i32.gt_s (local.get $length) (local.get $best)) (then (local.set $best (local.get $length))))
    (local.set $last (local.get $now))
    (local.set $word (i64.shr_u (local.get $word) (i64.const 4)))
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (br $next)))
  (local.get $best))"""

_BRACKETS = """(func (export "f") (param $word i64) (param $n i32) (result i32)
  (local $i i32) (local $now i32) (local $depth i32) (local $open i64)
  (block $done (loop $next
    (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
    (local.set $now (i32.wrap_i64 (i64.and (local.get $word) (i64.const 3))))
    (if (i32.lt_s (local.get $now) (i32.const 2))
      (then
        (local.set $open (i64.or (i64.shl (local.get $open) (i64.const 1)) (i64.extend_i32_u (local.get $now))))
        (local.set $depth (i32.add (local.get $depth) (i32.const 1))))
      (else
        (if (i32.eqz (local.get $depth)) (then (return (local.get $i))))
        (if (i32.ne (i32.wrap_i64 (i64.and (local.get $open) (i64.const 1))) (i32.sub (local.get $now) (i32.const 2)))
          (then (return (local.get $i))))
        (local.set $open (i64.shr_u (local.get $open) (i64.const 1)))
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))))
    (local.set $word (i64.shr_u (local.get $word) (i64.const 2)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $next)))
  (if (local.get $depth) (then (return (local.get $n))))
  (i32.const -1))"""

_DAYS = """(func (export "f") (param $month i32) (param $year i32) (result i32)
  (block $other (block $thirty (block $february (block $none
    (br_table $none $other $february $other $thirty $other $thirty $other $other $thirty $other $thirty $other $none
      (local.get $month)))
    (return (i32.const 0)))
    (if (i32.rem_s (local.get $year) (i32.const 4)) (then (return (i32.const 28))))
    (if (i32.rem_s (local.get $year) (i32.const 100)) (then (return (i32.const 29))))
    (if (i32.rem_s (local.get $year) (i32.const 400)) (then (return (i32.const 28))))
    (return (i32.const 29)))
    (return (i32.const 30)))
  (i32.const 31))"""

_ROOT = """(func (export "f") (param $n i32) (result i32) (local $low i32) (local $high i32) (local $mid i32)
  (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const -1))))
  (local.set $high (i32.const 46341))
  (loop $next
    (local.set $mid (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)))
    (if (i32.gt_s (i32.mul (local.get $mid) (local.get $mid)) (local.get $n))
      (then (local.set $high (local.get $mid)))
      (else (local.set $low (local.get $mid))))
    (br_if $next (i32.gt_s (i32.sub (local.get $high) (local.get $low)) (i32.const 1))))
  (local.get $low))"""

_PRIME = """(func (export "f") (param $n i32) (result i32) (local $d i32)
  (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (i32.const 0))))
  (if (i32.lt_s (local.get $n) (i32.const 4)) (then (return (i32.const 1))))
  (if (i32.eqz (i32.and (local.get $n) (i32.const 1))) (then (return (i32.const 0))))
  (local.set $d (i32.const 3))
  (block $done (loop $next
    (br_if $done (i32.gt_s (i32.mul (local.get $d) (local.get $d)) (local.get $n)))
    (if (i32.eqz (i32.rem_s (local.get $n) (local.get $d))) (then (return (i32.const 0))))
    (local.set $d (i32.add (local.get $d) (i32.const 2)))
    (br $next)))
  (i32.const 1))"""

_TAX = """(func (export "f") (param $income i32) (param $married i32) (result i32) (local $free i32)
  (if (i32.le_s (local.get $income) (i32.const 0)) (then (return (i32.const 0))))
  (local.set $free (i32.const 11000))
  (if (i32.eq (local.get $married) (i32.const 1))
    (then (local.set $free (i32.shl (local.get $free) (i32.const 1)))))
  (local.set $income (i32.sub (local.get $income) (local.get $free)))
  (if (i32.le_s (local.get $income) (i32.const 0)) (then (return (i32.const 0))))
  (if (i32.le_s (local.get $income) (i32.const 20000))
    (then (return (i32.div_s (local.get $income) (i32.const 5)))))
  (if (i32.le_s (local.get $income) (i32.const 100000))
    (then (return (i32.add (i32.const 4000)
      (i32.div_s (i32.mul (i32.sub (local.get $income) (i32.const 20000)) (i32.const 2)) (i32.const 5))))))
  (i32.add (i32.const 36000) (i32.div_s (i32.sub (local.get $income) (i32.const 100000)) (i32.const 2))))"""


TARGETS = (
    Target("gcd", _GCD, _within((-100, 100), (-100, 100))),
    Target("triangle", _TRIANGLE, _within((-1, 20), (-1, 20), (-1, 20))),
    Target("leap", _LEAP, _within((-50, 3000))),
    Target("search", _SEARCH, _within((0, 60), (0, 16))),
    Target("run", _RUN, _packed(4, 3)),
    Target("brackets", _BRACKETS, _packed(2, 4)),
    Target("days", _DAYS, _within((-1, 14), (1, 3000))),
    Target("root", _ROOT, _within((-1000, 10_000))),
    Target("prime", _PRIME, _within((-5, 500))),
    Target("tax", _TAX, _within((-1000, 200_000), (0, 1))),
)
"""The programs."""

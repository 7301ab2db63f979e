"""Random WebAssembly programs in the text format, for checks of what watches them.

Every program ends: loops count down, and calls go to functions with lower numbers. Not covered: floats as parameters,
tables that change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

__all__ = ["Writer"]

T = TypeVar("T")
Of = Callable[[str], str]
"""An expression of a kind."""

KINDS = ("i32", "i64", "f32", "f64")
CONVERSIONS = {
    "i32": [("i32.eqz", "i32"), ("i64.eqz", "i64"), ("i32.wrap_i64", "i64"), ("i32.trunc_sat_f64_s", "f64"),
            ("i32.extend8_s", "i32"), ("i32.clz", "i32"), ("i32.reinterpret_f32", "f32")],
    "i64": [("i64.extend_i32_s", "i32"), ("i64.extend_i32_u", "i32"), ("i64.trunc_sat_f32_u", "f32"),
            ("i64.popcnt", "i64"), ("i64.extend32_s", "i64")],
    "f32": [("f32.convert_i32_s", "i32"), ("f32.demote_f64", "f64"), ("f32.sqrt", "f32"), ("f32.neg", "f32")],
    "f64": [("f64.convert_i64_u", "i64"), ("f64.promote_f32", "f32"), ("f64.abs", "f64"), ("f64.ceil", "f64")],
}  # fmt: skip
"""Instructions that make a kind, and what of."""


class Writer:
    """A program's text, from random choices.

    Args:
        rng: Where the choices come from.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.function = 0
        self.labels = 0
        self.counters = 0

    def chance(self, p: float) -> bool:
        """True so often."""
        return bool(self.rng.random() < p)

    def pick(self, *items: T) -> T:
        """One of them."""
        return items[int(self.rng.integers(len(items)))]

    def local(self, kind: str) -> str:
        """The name of a local of this kind."""
        return f"${kind}_{int(self.rng.integers(3))}"

    def value(self, kind: str, depth: int) -> str:
        """An expression of this kind."""
        if depth <= 0 or self.chance(0.2):
            return self.leaf(kind)

        def one(of: str = kind) -> str:
            return self.value(of, depth - 1)

        def two(of: str = kind) -> str:
            return self.value(of, depth - 2)

        choice = self.rng.random()
        if choice < 0.35:
            return self.verb(kind, one, two)
        if choice < 0.5:
            return self.converted(kind, one, two)
        if choice < 0.6:
            return f"(select {one()} {two()} {two('i32')})"
        if choice < 0.7:
            return f"(if (result {kind}) {two('i32')} (then {one()}) (else {two()}))"
        if choice < 0.78:
            return f"(local.tee {self.local(kind)} {one()})"
        if choice < 0.86:
            offset = self.pick("", " offset=8")
            return f"({kind}.load{offset} (i32.and {two('i32')} (i32.const 1016)))"
        if choice < 0.92:
            label = self.label()
            return f"(block {label} (result {kind}) {one()} (br_if {label} {two('i32')}) drop {two()})"
        if self.function and kind == "i32" and self.counters < 2:
            called = int(self.rng.integers(self.function))
            if self.chance(0.3):
                return f"(call_indirect (type $t) {two()} {two('i64')} (i32.const {called}))"
            return f"(call $f{called} {two()} {two('i64')})"
        return f"(local.get {self.local(kind)})"

    def leaf(self, kind: str) -> str:
        """A local or a constant."""
        if self.chance(0.5):
            return f"(local.get {self.local(kind)})"
        if kind[0] == "f":
            return f"({kind}.const {self.pick('0', '1.5', '-2.25', '1e9', 'nan', 'inf', '-0')})"
        small = int(self.rng.integers(-9, 10))
        return f"({kind}.const {small if self.chance(0.8) else self.pick(-(2**31), 2**31 - 1)})"

    def verb(self, kind: str, one: Of, two: Of) -> str:
        """An operator on two expressions."""
        if kind[0] == "f":
            return f"({kind}.{self.pick('add', 'sub', 'mul', 'div', 'min', 'max', 'copysign')} {one(kind)} {two(kind)})"
        verbs = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl"]
        if self.chance(0.05):
            verbs = ["div_s", "rem_u"]  # these may trap
        return f"({kind}.{self.pick(*verbs)} {one(kind)} {two(kind)})"

    def converted(self, kind: str, one: Of, two: Of) -> str:
        """A comparison, or something made of another kind."""
        if kind == "i32" and self.chance(0.5):
            of = self.pick(*KINDS)
            verb = self.pick("eq", "ne", "lt", "gt") if of[0] == "f" else self.pick("eq", "ne", "lt_s", "ge_u")
            return f"({of}.{verb} {one(of)} {two(of)})"
        name, of = self.pick(*CONVERSIONS[kind])
        return f"({name} {one(of)})"

    def label(self) -> str:
        """A new label."""
        self.labels += 1
        return f"$l{self.labels}"

    def body(self, depth: int, out: tuple[str, ...]) -> str:
        """Statements; ``out`` are labels that may be branched to."""
        return " ".join(self.statement(depth, out) for _ in range(int(self.rng.integers(1, 4))))

    def statement(self, depth: int, out: tuple[str, ...]) -> str:
        """One statement, with others in it while ``depth`` is above 0."""
        kind = str(self.pick(*KINDS))
        choice = self.rng.random() if depth > 0 else self.rng.random() * 0.45
        if choice < 0.2:
            return f"(local.set {self.local(kind)} {self.value(kind, 3)})"
        if choice < 0.3:
            return f"({kind}.store (i32.and {self.value('i32', 2)} (i32.const 1016)) {self.value(kind, 2)})"
        if choice < 0.35:
            return f"(global.set $g (i32.add (global.get $g) {self.value('i32', 1)}))"
        if choice < 0.38:
            return f"(drop {self.value(kind, 2)})"
        if choice < 0.45:
            if not out:
                return "nop"
            if self.chance(0.15):
                return f"(br_table {' '.join(out)} {self.value('i32', 2)})" if self.chance(0.5) else f"(br {out[-1]})"
            return f"(br_if {self.pick(*out)} {self.value('i32', 2)})"
        if choice < 0.6:
            other = f"(else {self.body(depth - 1, out)})" if self.chance(0.6) else ""
            return f"(if {self.value('i32', 2)} (then {self.body(depth - 1, out)}) {other})"
        if choice < 0.7:
            label = self.label()
            return f"(block {label} {self.body(depth - 1, (*out, label))})"
        if choice < 0.72:
            return f"(if {self.value('i32', 2)} (then (return {self.value('i32', 2)})))"
        if choice < 0.74:
            return "(drop (memory.grow (i32.const 1)))"
        if choice < 0.8:  # values stay on the stack below a block, and a block takes and leaves several
            return (
                f"{self.value('i32', 2)} {self.value('f64', 2)} (block (param i32 f64) (result f64 i32) "
                f"local.set $f64_1 {self.body(depth - 1, ())} local.set $i32_1 (local.get $f64_0) (local.get $i32_1)) "
                "local.set $i32_2 local.set $f64_2"
            )
        if self.counters >= 3:
            return "nop"
        return self.loop(depth, out)

    def loop(self, depth: int, out: tuple[str, ...]) -> str:
        """One to three passes of a body."""
        counter, leave, again = f"$c{self.counters}", self.label(), self.label()
        self.counters += 1
        body = self.body(depth - 1, (*out, leave))
        self.counters -= 1
        n = int(self.rng.integers(1, 4))
        return (
            f"(local.set {counter} (i32.const {n})) (block {leave} (loop {again} {body} "
            f"(br_if {again} (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1))))))"
        )

    def program(self, n_functions: int) -> str:
        """A module that exports ``f0``, ``f1``, ...: each takes an i32 and an i64 and gives an i32."""
        texts = []
        for self.function in range(n_functions):
            names = [f"${kind}_{i}" for kind in KINDS for i in range(3)]
            given = ("$i32_0", "$i64_0")
            own = " ".join(f"(local {name} {name[1:4]})" for name in names if name not in given)
            counters = " ".join(f"(local $c{i} i32)" for i in range(3))
            texts.append(
                f'(func $f{self.function} (export "f{self.function}") '
                f"(param $i32_0 i32) (param $i64_0 i64) (result i32) {own} {counters} "
                f"{self.body(3, ())} {self.value('i32', 3)})"
            )
        table = " ".join(f"$f{i}" for i in range(n_functions))
        return (
            '(module (type $t (func (param i32 i64) (result i32))) (memory (export "memory") 1 4) '
            f"(global $g (mut i32) (i32.const 3)) (table {n_functions} funcref) (elem (i32.const 0) {table}) "
            f"{' '.join(texts)})"
        )

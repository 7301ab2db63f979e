"""Small WebAssembly modules whose instructions, branches and loops were counted by hand.

Each exports one function ``f``. Not covered: the published engine's own modules and expected output, which are not part
of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ADD", "CHOICE", "COUNTDOWN", "COUNTED", "DIVIDE", "FIB", "FILL", "GLOBAL", "INDIRECT", "LEAVE", "NESTED",
           "PARAMS", "PUBLISHED_BRANCHES", "PUBLISHED_LOOPS", "SWITCH", "Counted"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """One run.

    Attributes:
        text: What stands in the module.
        args: Of ``f``.
        values: What it returns.
        n: Instructions run.
        branches: For each branch, in the order of the code, how often it went which way: false and true, or by target.
        loops: For each loop, how often its head was passed.
    """

    text: str
    args: tuple[int, ...]
    values: tuple[int | float, ...]
    n: int
    branches: tuple[tuple[int, ...], ...] = ()
    loops: tuple[int, ...] = ()


ADD = '(func (export "f") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)'
CHOICE = """(func (export "f") (param i32) (result i32)
  local.get 0 if (result i32) i32.const 10 else i32.const 20 end)"""
COUNTDOWN = """(func (export "f") (param i32)
  loop local.get 0 i32.const 1 i32.sub local.set 0 local.get 0 br_if 0 end)"""
SWITCH = """(func (export "f") (param i32) (result i32)
  block block block local.get 0 br_table 0 1 2 end
  i32.const 10 return end i32.const 20 return end i32.const 30)"""
FIB = """(func $fib (export "f") (param i32) (result i32)
  local.get 0 i32.const 2 i32.lt_s if local.get 0 return end
  local.get 0 i32.const 1 i32.sub call $fib local.get 0 i32.const 2 i32.sub call $fib i32.add)"""
FILL = """(memory 1) (func (export "f") (param i32) (result i64)
  i32.const 1 memory.grow drop
  loop local.get 0 i32.const 1 i32.sub local.tee 0 i32.const 7 i32.store8 local.get 0 br_if 0 end
  i32.const 0 i64.load)"""
NESTED = """(func (export "f") (param i32) (result i32) (local $i i32) (local $n i32)
  loop
    i32.const 2 local.set $i
    loop
      local.get $n i32.const 1 i32.add local.set $n
      local.get $i i32.const 1 i32.sub local.tee $i br_if 0
    end
    local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
  end
  local.get $n)"""
INDIRECT = """(type $t (func (param i32 i32) (result i32))) (table funcref (elem $plus $minus))
  (func $plus (type $t) local.get 0 local.get 1 i32.add)
  (func $minus (type $t) local.get 0 local.get 1 i32.sub)
  (func (export "f") (param i32) (result i32) i32.const 9 i32.const 4 local.get 0 call_indirect (type $t))"""
DIVIDE = '(func (export "f") (param i32) (result i32) i32.const 6 local.get 0 i32.div_s)'
GLOBAL = """(global $g (mut i64) (i64.const 1)) (func $start i64.const 5 global.set $g) (start $start)
  (func (export "f") (result i64) global.get $g i64.const 2 i64.mul global.set $g global.get $g)"""
LEAVE = """(func (export "f") (param i32) (result i32 f64)
  block local.get 0 br_if 0 i32.const 1 f64.const 0.5 br 1 end
  i32.const 2 f64.const 1.5 return)"""
PARAMS = """(func (export "f") (param i32 i64) (result i32)
  i32.const 40 local.get 0 local.get 1
  block (param i32 i64) (result i32) i32.wrap_i64 i32.add end i32.mul)"""


COUNTED = (
    Counted(ADD, (3, 4), (7,), 4),
    Counted(CHOICE, (1,), (10,), 5, ((0, 1),)),  # get, if, const, else, end of the function
    Counted(CHOICE, (0,), (20,), 5, ((1, 0),)),  # get, if, const, both ends
    Counted(COUNTDOWN, (1,), (), 9, ((1, 0),), (1,)),
    Counted(COUNTDOWN, (3,), (), 23, ((1, 2),), (3,)),  # 3 * 7 and two ends
    Counted(SWITCH, (0,), (10,), 7, ((1, 0, 0),)),
    Counted(SWITCH, (1,), (20,), 7, ((0, 1, 0),)),
    Counted(SWITCH, (9,), (30,), 7, ((0, 0, 1),)),
    Counted(SWITCH, (-1,), (30,), 7, ((0, 0, 1),)),
    Counted(FIB, (1,), (1,), 6, ((0, 1),)),
    Counted(FIB, (4,), (3,), 86, ((4, 5),)),  # 5 leaves of 6, 4 others of 14
    Counted(FILL, (4,), (0x07070707,), 43, ((1, 3),), (4,)),  # 3 before, 4 * 9, 2 ends, 2 loading
    Counted(NESTED, (3,), (6,), 90, ((3, 3), (1, 2)), (3, 6)),  # 3 * (3 + 2 * 10 + 1 + 5), two ends, get
    Counted(INDIRECT, (0,), (13,), 9),
    Counted(INDIRECT, (1,), (5,), 9),
    Counted(DIVIDE, (2,), (3,), 4),
    Counted(GLOBAL, (), (10,), 9),  # 3 of the start function, 6
    Counted(LEAVE, (1,), (2, 1.5), 6, ((0, 1),)),
    Counted(LEAVE, (0,), (1, 0.5), 6, ((1, 0),)),
    Counted(PARAMS, (2, 1 << 32 | 3), (200,), 9),
)
"""All of them: 20 runs of 12 modules."""


def _down(local: int) -> str:
    """The end of a loop: count a local down and go on until it is 0."""
    return f"local.get {local} i32.const 1 i32.sub local.set {local} local.get {local} br_if 0"


PUBLISHED_LOOPS = f"""(module (func (export "main") call 1)
(func (local i32 i32)
  i32.const 133 local.set 0 loop i32.const 3 local.set 1 loop {_down(1)} end {_down(0)} end
  i32.const 123 local.set 0 loop {_down(0)} end)
(func loop end))"""
PUBLISHED_BRANCHES = f"""(module (func (export "main") (local i32)
  i32.const 5 local.set 0 loop {_down(0)} local.get 0 br_if 0 end))"""
"""Modules of the same shape as two whose numbers the published engine's monitors print; both export ``main``."""

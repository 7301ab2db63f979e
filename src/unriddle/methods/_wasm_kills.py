"""Mutants of a WebAssembly module, and which of them inputs can tell from it.

Everything runs in the sandbox. Not covered: mutants that no input can tell from the module are not recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.errors import ExecutorError
from unriddle.execute.trace.wasm.limits import WasmLimits
from unriddle.methods._wasm_session import SECONDS, Input, ask, wired, wired_limits

__all__ = ["Kills", "Mutant", "killed_by", "mutants_of"]

_CELLS = {"1": 1, "0": 0, "?": -1, "-": -1}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one instruction exchanged.

    Attributes:
        function: The function's name.
        index: Its number.
        pc: The instruction's first byte, in the function's body.
        line: Its line in the source; 0 where that is not known.
        change: What was done, in words.
        code: The bytes that replace the instruction.
    """

    function: str
    index: int
    pc: int
    line: int
    change: str
    code: bytes


@dataclass(frozen=True, slots=True)
class Kills:
    """Which inputs tell which mutants from the module.

    Attributes:
        mutants: The rows.
        inputs: The columns.
        table: ``int8 (n, m)``: 1 where mutant and module end or answer differently, 0 where they do not, −1 where that
            is not known (a run took too long, or it was not asked since an input before it tells them apart).
    """

    mutants: tuple[Mutant, ...]
    inputs: tuple[Input, ...]
    table: npt.NDArray[np.int8]

    @property
    def killed(self) -> npt.NDArray[np.bool_]:
        """``(n,)``: whether some input tells the mutant from the module."""
        return np.asarray((self.table == 1).any(axis=1))

    @property
    def survivors(self) -> list[Mutant]:
        """Mutants that no input tells from the module: what the tests do not check, or what makes no difference."""
        return [mutant for mutant, dead in zip(self.mutants, self.killed, strict=True) if not dead]


def mutants_of(
    wasm: bytes,
    *,
    executor: Executor,
    functions: Sequence[str] = (),
    call: str = "main",
    limits: WasmLimits | None = None,
) -> tuple[Mutant, ...]:
    """All mutants of a module: an operator exchanged, a constant one off, a condition negated; all are valid modules.

    Args:
        wasm: The module's bytes.
        executor: Where it is read and checked; it must show ``unriddle.execute.trace.wasm.PACKAGES``.
        functions: Names of those that are changed; all of the module's own (of the source file, where there is debug
            information) by default.
        call: A function of the source file, where there are several files.
        limits: See ``choose_inputs``.

    Raises:
        BadInput: The module cannot be used, or has no such function.
        ExecutorError: The engine could not be run in the sandbox, or failed there.
        MissingExtra: wasmtime is not installed.
    """
    given = [call, wired_limits(limits), list(functions)]
    found = ask("list_mutants", wasm, given, executor=executor, limits=limits)
    try:
        return tuple(
            Mutant(str(name), int(index), int(pc), int(line), str(change), bytes.fromhex(code))
            for index, name, pc, line, change, code in found["rows"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ExecutorError(f"mutants: the sandbox gave no list of mutants ({error!r}); run it again") from error


def killed_by(
    wasm: bytes,
    call: str,
    *,
    mutants: Sequence[Mutant],
    inputs: Sequence[Input],
    executor: Executor,
    every: bool = False,
    limits: WasmLimits | None = None,
) -> Kills:
    """Which inputs tell which mutants from the module, by how a run ends, what it returns and what it prints.

    Args:
        wasm: The module's bytes.
        call: The function's name.
        mutants: Of this module.
        inputs: The tests.
        executor: Where they run; it must show ``unriddle.execute.trace.wasm.PACKAGES``.
        every: Run every mutant on every input, those too that are told apart already.
        limits: See ``choose_inputs``.

    Raises:
        BadInput: The module, the function or an input cannot be used.
        ExecutorError: The engine could not be run in the sandbox, or failed there.
        MissingExtra: wasmtime is not installed.
    """
    wanted = len(mutants) * len(inputs)
    rows, columns = [[one.index, one.pc, one.code.hex()] for one in mutants], wired(inputs)
    cells = ""
    while len(cells) < wanted:
        options = {"limits": wired_limits(limits), "begin": len(cells), "first": not every, "seconds": SECONDS}
        given = [call, rows, columns, options]
        more = ask("judge", wasm, given, executor=executor, limits=limits).get("cells")
        if not isinstance(more, str) or not more or set(more) - set(_CELLS) or len(cells + more) > wanted:
            raise ExecutorError("mutants: the sandbox gave no part of the table; run it again")
        cells += more
    table = np.array([_CELLS[cell] for cell in cells], dtype=np.int8).reshape(len(mutants), len(inputs))
    return Kills(tuple(mutants), tuple(inputs), table)

"""Titzer 2024: Flexible non-intrusive dynamic instrumentation for WebAssembly (ASPLOS 2024).

Probes in a WebAssembly engine: functions and counters that may come and go at any place of a program, compose, cannot
be noticed by it, and cost nothing where there are none. The probes themselves are ``unriddle.execute.trace.wasm``; here
is what synthesis gets from them: of a stream of inputs those are kept that reach a new place of the program, under
probes that remove themselves once they have fired, so that the price falls as coverage grows. Mutants of the program
say what such inputs are worth as tests.

What differs from the paper: the engine is wasmtime and the module is rewritten, where the paper changes the engine and
overwrites bytecode; what is counted needs no call of the host, as with the paper's intrinsic counters, and a probe that
is gone leaves the code at the next run, not in the middle of one. Choosing inputs and killing mutants are not in the
paper. A place is a straight run of instructions, or one way of a branch or ``select``.

Expected in the lab: counts as counted by hand on all small modules, the same reports alone and together on 200 random
programs, no measurable price of one-shot coverage once it is warm. On ten small programs coverage needs about 0.6 times
the tests that random testing needs to kill a set of mutants, which is not the half that was hoped for; it kills more
with the same number of tests and less with the same number of runs, since random testing then has four times the tests.

Not covered: making inputs (bring a generator), and programs that call the host for more than standard WASI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, shorten
from unriddle.execute.trace.wasm import WasmLimits
from unriddle.methods._wasm_kills import Kills, Mutant, killed_by, mutants_of
from unriddle.methods._wasm_session import SECONDS, Input, ask, wired, wired_limits

__all__ = ["Choice", "Goal", "Input", "Kept", "Kills", "Mutant", "choose_inputs", "killed_by", "mutants_of"]

_FIRST_BATCH, _LARGEST_BATCH = 128, 4096


@dataclass(frozen=True, slots=True)
class Goal:
    """A place of the program that an input can reach.

    Attributes:
        function: The function's name.
        pc: The first byte of the instruction, in the function's body.
        instruction: Its name.
        way: −1 for the straight run of instructions that begins here; of a branch or ``select``, 0 for false and 1 for
            true, or the number of a table's target.
        lines: Lines of the source, where the module has them.
    """

    function: str
    pc: int
    instruction: str
    way: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """An input that reached something new.

    Attributes:
        input: The input.
        number: Its number in the stream, from 0.
        reached: What it was the first to reach, in its round.
        round: In which round it was kept, from 0.
        how: How the run ended (see ``Ended.how``).
        values: What the function returned: with the input, a test of other programs.
    """

    input: Input
    number: int
    reached: tuple[Goal, ...]
    round: int
    how: str
    values: tuple[int | float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was kept of a stream of inputs.

    Attributes:
        kept: In the order of the stream.
        goals: All places.
        missed: Those that no input reached.
        runs: How often the program was run.
        why: Why it ended: ``most`` are kept, ``runs`` are used up, ``all reached``, ``nothing new`` for so long, or
            ``no more`` inputs.
    """

    kept: tuple[Kept, ...]
    goals: tuple[Goal, ...]
    missed: tuple[Goal, ...]
    runs: int
    why: str

    @property
    def inputs(self) -> list[Input]:
        """The inputs that were kept."""
        return [one.input for one in self.kept]

    @property
    def missed_functions(self) -> list[str]:
        """Functions that were never entered."""
        entered = {goal.function for goal in set(self.goals) - set(self.missed)}
        return sorted({goal.function for goal in self.goals} - entered)

    @property
    def missed_lines(self) -> list[int]:
        """Lines that never ran, where the module has lines."""
        missed = set(self.missed)
        ran = {line for goal in self.goals if goal.way < 0 and goal not in missed for line in goal.lines}
        return sorted({line for goal in self.goals for line in goal.lines} - ran)


@dataclass(slots=True)
class _State:
    """Where a choice is: what the sandbox is told and tells again, and what is known so far."""

    reached: list[int] = field(default_factory=list)
    idle: int = 0
    kept: int = 0
    rounds: int = 0
    goals: tuple[Goal, ...] = ()
    ever: set[int] = field(default_factory=set)
    runs: int = 0
    why: str = ""
    found: list[Kept] = field(default_factory=list)

    def wired(self) -> dict[str, Any]:
        """What the sandbox needs of it."""
        own = {"reached": self.reached, "idle": self.idle, "kept": self.kept, "rounds": self.rounds}
        return {**own, "told": bool(self.goals), "seconds": SECONDS}

    def take(self, answer: dict[str, Any], inputs: Sequence[Input]) -> int:
        """Take over what the sandbox tells of these inputs; how many of them it ran."""
        try:
            if "goals" in answer:
                self.goals = tuple(Goal(f, pc, name, way, tuple(on)) for f, pc, name, way, on in answer["goals"])
            done = int(answer["done"])
            for i, fresh, rounds, how, values in answer["rows"]:
                reached = tuple(self.goals[number] for number in fresh)
                self.found.append(Kept(inputs[i], self.runs + i, reached, rounds, how, tuple(values)))
                self.ever.update(fresh)
            self.reached, self.why = list(answer["reached"]), str(answer["why"])
            self.idle, self.kept, self.rounds = answer["idle"], answer["kept"], answer["rounds"]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ExecutorError(
                f"choose_inputs: the sandbox gave no usable answer ({error!r}); run it again"
            ) from error
        if not 0 < done <= len(inputs):
            raise ExecutorError(f"choose_inputs: the sandbox says it ran {done} of {len(inputs)} inputs; run it again")
        self.runs += done
        return done


def choose_inputs(
    wasm: bytes,
    call: str,
    inputs: Iterable[Input],
    *,
    executor: Executor,
    most: int = 1000,
    runs: int = 10_000,
    patience: int = 1000,
    rounds: int = 1,
    limits: WasmLimits | None = None,
) -> Choice:
    """Those inputs of a stream that reach a new place of an exported function's module.

    Everything runs in the sandbox. A round ends when all places are reached, or after ``patience`` inputs in a row that
    reached nothing new; then all probes are put back, and inputs are kept anew. Of a module by ``compile_c`` only the
    program's own functions are looked into.

    Args:
        wasm: The module's bytes.
        call: The function's name.
        inputs: The stream, which may be endless; it may be read ahead of what is run.
        executor: Where it runs; it must show ``unriddle.execute.trace.wasm.PACKAGES``.
        most: Inputs to keep.
        runs: Inputs to run.
        patience: See above.
        rounds: At most so many rounds.
        limits: Of each run; ten million instructions, 5 s and 64 MiB when ``None``.

    Raises:
        BadInput: The module, the function or an input cannot be used, or a number is below 1.
        ExecutorError: The engine could not be run in the sandbox, or failed there.
        MissingExtra: wasmtime is not installed.
    """
    for name, value in (("most", most), ("runs", runs), ("patience", patience), ("rounds", rounds)):
        if type(value) is not int or value < 1:
            raise BadInput(f"choose_inputs: expected {name} to be a whole number from 1 on, got {shorten(value)}")
    state, options = _State(), {"patience": patience, "most_rounds": rounds, "limits": wired_limits(limits)}
    stream, waiting, size = iter(inputs), list[Input](), _FIRST_BATCH
    while not state.why:
        want = min(size, runs - state.runs)
        waiting += islice(stream, max(0, want - len(waiting)))
        if not waiting or want == 0:
            state.why = "runs" if want == 0 else "no more"
            break
        given = [call, wired(waiting[:want]), {**options, **state.wired(), "most": most - len(state.found)}]
        answer = ask("guide", wasm, given, executor=executor, limits=limits)
        waiting, size = waiting[state.take(answer, waiting[:want]) :], min(2 * size, _LARGEST_BATCH)
    missed = tuple(goal for number, goal in enumerate(state.goals) if number not in state.ever)
    return Choice(tuple(state.found), state.goals, missed, state.runs, state.why)

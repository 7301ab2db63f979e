"""Making an array program short: what no output depends on goes, then algebra, then what a fitness does not miss.

A state that nothing but itself depends on goes too: an output of that name comes back as it came in. Not covered:
renaming for people; variables that are no outputs are called t1, t2, ….
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from unriddle.errors import BadInput
from unriddle.grammar.array_algebra import Dag
from unriddle.grammar.array_program import Argument, ArrayProgram, Statement, abstract_execute

__all__ = ["Fitness", "live_program", "reduce_program", "simplify"]

Fitness = Callable[[ArrayProgram], float]
"""Higher is better."""


def live_program(program: ArrayProgram) -> ArrayProgram:
    """The program without the statements that no output depends on; its outputs are the same to the last bit.

    Raises:
        BadInput: The program is not valid.
    """
    found = abstract_execute(program)
    if found.fault:
        raise BadInput(f"array program: {found.fault}; only a valid program can be simplified")
    return program.replaced([program.statements[i] for i in found.live])


def reduce_program(program: ArrayProgram) -> ArrayProgram:
    """The program rewritten by algebra, without dead states; equal up to rounding over any number of calls.

    Raises:
        BadInput: The program is not valid.
    """
    dag = Dag()
    return _written(program, dag, _read(live_program(program), dag))


def simplify(program: ArrayProgram, fitness: Fitness | None = None, *, tol: float = 0.0) -> ArrayProgram:
    """A shorter program that is as good.

    Args:
        program: What to shorten.
        fitness: Judges what removals cost; without it only liveness and algebra are used.
        tol: How much fitness may be lost in all.

    Raises:
        BadInput: The program is not valid, or ``tol`` is negative.
    """
    if not tol >= 0:
        raise BadInput(f"simplify: tol must be 0 or more, got {tol!r}")
    if fitness is None:
        return reduce_program(program)
    least = fitness(program) - tol
    current = reduce_program(program)
    if not fitness(current) >= least:
        current = live_program(program)  # algebra may change what lives from rounding or overflow
    known: dict[str, float] = {}
    while True:
        best: tuple[float, ArrayProgram] | None = None
        for shorter in _removals(current):
            key = abstract_execute(shorter).key
            if key not in known:
                known[key] = fitness(shorter)
            if known[key] >= least and (best is None or known[key] > best[0]):
                best = known[key], shorter
        if best is None:
            return current
        current = best[1]


def _removals(program: ArrayProgram) -> Iterator[ArrayProgram]:
    """Every shorter program in which one call has given way to one of its arguments of the same shape."""
    dag = Dag()
    outputs = _read(live_program(program), dag)
    for number in dag.below(tuple(outputs.values())):
        node = dag.nodes[number]
        for arg in dict.fromkeys(node.args):
            if dag.nodes[arg].shape != node.shape:
                continue
            made = Dag()
            shorter = _written(program, made, _replaced(dag, made, outputs, number, arg))
            if len(shorter.statements) < len(program.statements) and not abstract_execute(shorter).fault:
                yield shorter


def _replaced(dag: Dag, made: Dag, outputs: Mapping[str, int], old: int, new: int) -> dict[str, int]:
    numbers: dict[int, int] = {}
    for number in dag.below((*outputs.values(), new)):
        node = dag.nodes[number]
        if number == old:
            numbers[number] = numbers[new]
        elif node.value is not None:
            numbers[number] = made.constant(node.value)
        elif node.is_input:
            numbers[number] = made.input(node.head, node.shape)
        else:
            numbers[number] = made.call(node.head, *(numbers[arg] for arg in node.args))
    return {name: numbers[number] for name, number in outputs.items()}


def _read(program: ArrayProgram, dag: Dag) -> dict[str, int]:
    """The outputs as nodes; those of dead states are the inputs themselves."""
    variables = {name: dag.input(name, shape) for name, shape in program.space.inputs}
    for statement in program.statements:
        args = [variables[a] if isinstance(a, str) else dag.constant(a) for a in statement.args]
        variables[statement.target] = dag.call(statement.function, *args)
    return {name: variables[name] for name, _ in program.space.outputs}


def _without_dead_states(space_inputs: Mapping[str, int], dag: Dag, outputs: Mapping[str, int]) -> dict[str, int]:
    needed = {name for name in outputs if name not in space_inputs}
    while True:
        used = set(dag.below(tuple(outputs[name] for name in outputs if name in needed)))
        more = {name for name in outputs if name in space_inputs and space_inputs[name] in used} - needed
        if not more:
            return {n: outputs[n] if n in needed or not needed else space_inputs[n] for n in outputs}
        needed |= more


def _written(program: ArrayProgram, dag: Dag, outputs: Mapping[str, int]) -> ArrayProgram:
    """Statements that compute the outputs; an output's name is used as soon as its old value is no longer read."""
    inputs = {name: dag.input(name, shape) for name, shape in program.space.inputs}
    outputs = _without_dead_states(inputs, dag, outputs)
    fresh_first = sorted(outputs, key=lambda name: name in inputs)
    order = [n for n in dag.below(tuple(outputs[name] for name in fresh_first)) if dag.nodes[n].args]
    names = _names(dag, order, outputs, inputs)

    def shown(number: int) -> Argument:
        node = dag.nodes[number]
        return node.value if node.value is not None else names.get(number, node.head)

    body = [Statement(names[n], dag.nodes[n].head, tuple(shown(arg) for arg in dag.nodes[n].args)) for n in order]
    wrong = {name: number for name, number in outputs.items() if shown(number) != name}
    overwritten = {number for number in wrong.values() if dag.nodes[number].head in wrong}
    for number in sorted(overwritten):
        spare = _spare(names, dag, outputs)
        body.append(Statement(spare, "copy", (shown(number),)))
        names[number] = spare
    body += [Statement(name, "copy", (shown(number),)) for name, number in wrong.items()]
    return program.replaced(body)


def _names(dag: Dag, order: list[int], outputs: Mapping[str, int], inputs: Mapping[str, int]) -> dict[int, str]:
    names: dict[int, str] = {}
    last = {arg: place for place, number in enumerate(order) for arg in dag.nodes[number].args}
    kept = {
        number
        for name, number in outputs.items()
        if dag.nodes[number].is_input and inputs[dag.nodes[number].head] == number
    }
    for place, number in enumerate(order):
        for name, wanted in outputs.items():
            old = inputs.get(name)
            free = old is None or (last.get(old, -1) <= place and old not in kept)
            if wanted == number and free and number not in names:
                names[number] = name
        if number not in names:
            names[number] = _spare(names, dag, outputs)
    return names


def _spare(names: Mapping[int, str], dag: Dag, outputs: Mapping[str, int]) -> str:
    taken = {*names.values(), *outputs, *(node.head for node in dag.nodes if node.is_input)}
    return next(name for i in range(len(taken) + 1) if (name := f"t{i + 1}") not in taken)

"""Program posteriors: against enumeration of a small grammar, through a sandbox, and at the edges."""

import math

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.grammar.cfg import Grammar, Production
from unriddle.grammar.enumerate import by_cost
from unriddle.grammar.pcfg import Pcfg
from unriddle.methods.validated_inference import check_parts, infer_programs
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose.inference.chance import Drawn
from unriddle.propose.mcmc import ChainState, Mcmc, mcmc_search
from unriddle.propose.smc import Smc, SmcState, smc_search
from unriddle.propose.tree_posterior import averaged, example_log_likelihood
from unriddle.propose.tree_search import run_search
from unriddle.propose.trees import TreeDraws
from unriddle.solver import solve
from unriddle.verdicts import Verdicts

X, ONE, TWO = Production("n", "x"), Production("n", "1"), Production("n", "2")
PLUS, TIMES = Production("n", "({0} + {1})", ("n", "n")), Production("n", "({0} * {1})", ("n", "n"))
PCFG = Pcfg(Grammar("n", (X, ONE, TWO, PLUS, TIMES)), {X: 2, ONE: 1, TWO: 1, PLUS: 0.7, TIMES: 0.7})
EXAMPLES = ((1, 3), (2, 5), (3, 6), (5, 11))  # 2 x + 1, one of them wrong


def problem(examples=EXAMPLES):
    tests = tuple(CallTest("f", (x,), expect=Returns(y)) for x, y in examples)
    return Problem("p", "", Signature("f", (Parameter("x"),)), tests=tests)


def value(tree, x):
    a = [value(part, x) for part in tree.parts]
    template = tree.production.template
    return x if template == "x" else a[0] + a[1] if "+" in template else a[0] * a[1] if a else int(template)


def likelihoods(tree):
    return [math.log(0.9 if value(tree, x) == y else 0.1 / 5) for x, y in EXAMPLES]


@pytest.fixture(scope="module")
def exact():
    trees = list(by_cost(PCFG.grammar, max_cost=5, distinct=False))
    weights = {tree: math.exp(PCFG.log_probability(tree) + sum(likelihoods(tree))) for tree in trees}
    total = sum(weights.values())
    return {tree: weight / total for tree, weight in weights.items()}


def said(weights):
    """The probability of every value at 10 (single trees are too many to be estimated well)."""
    table, total = {}, sum(weights.values())
    for tree, weight in weights.items():
        table[value(tree, 10)] = table.get(value(tree, 10), 0) + weight / total
    return table


def apart(weights, exact):
    a, b = said(weights), said(exact)
    return sum(abs(a.get(key, 0) - b.get(key, 0)) for key in a.keys() | b.keys()) / 2


def test_both_searches_agree_with_enumeration(exact):
    draws = TreeDraws(PCFG, max_size=5)
    state, chains = SmcState(), ChainState()
    run_search(
        smc_search(draws, state, chance=Drawn(np.random.default_rng(0)), n=2000, n_examples=4, n_moves=2), likelihoods
    )
    assert apart(state.weights(), exact) < 0.1
    chance = Drawn(np.random.default_rng(1))
    run_search(mcmc_search(draws, chains, chance=chance, n_chains=10, n_steps=2500, burn_in=100), likelihoods)
    assert apart(chains.visits, exact) < 0.1
    assert 0 < chains.n_accepted < chains.n_proposed


@pytest.mark.slow
def test_every_part_is_valid():
    assert all(check.found.valid for check in check_parts())


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


@pytest.mark.parametrize("algorithm", ["smc", "mcmc"])
def test_a_sandbox_runs_them_and_predictions_are_averaged(executor, algorithm):
    found = infer_programs(
        problem(), PCFG, executor=executor, rng=np.random.default_rng(3), algorithm=algorithm, n=100, n_steps=400,
        noise=0.1, n_other=5, max_size=5,
    )  # fmt: skip
    assert found.probability.sum() == pytest.approx(1)
    assert list(found.probability) == sorted(found.probability, reverse=True)
    assert len({c.id for c in found.candidates}) == len(found.candidates)
    assert all(c.prior is not None and c.prior < 0 and c.proposer == algorithm for c in found.candidates)
    table = found.predict([(10,), ("ab",)], entry="f", executor=executor)
    assert max(table[0], key=table[0].get) == 21
    assert sum(table[0].values()) == pytest.approx(1)
    assert sum(table[1].values()) < 1  # "ab" + 1 has no value


def test_weighing_what_was_found_is_the_posterior_when_everything_was(exact):
    proposer = Mcmc(problem(), PCFG, rng=np.random.default_rng(0), n_chains=10, n_steps=2500, noise=0.1, n_other=5,
                    max_size=3)  # fmt: skip
    trees = {proposer._asker.candidate(tree).id: tree for tree in exact if tree.size <= 3}
    while asked := proposer.ask(50):
        proposer.tell(
            asked, verdicts(asked, np.array([[value(trees[c.id], x) == y for x, y in EXAMPLES] for c in asked]))
        )
    found = {trees[c.id]: p for c, p in zip(*(lambda f: (f.candidates, f.probability))(proposer.found()), strict=True)}
    total = sum(weight for tree, weight in exact.items() if tree.size <= 3)
    assert len(found) == len(trees)
    assert all(found[tree] == pytest.approx(exact[tree] / total) for tree in found)


def test_solve_drives_it(executor):
    proposer = Smc(problem(EXAMPLES[:2]), PCFG, rng=np.random.default_rng(0), n=100, max_size=5)
    found = solve(problem(EXAMPLES[:2]), proposer, executor=executor, budget=Budget(candidates=2000), batch=64)
    assert found.solved


def test_what_is_asked_is_asked_once_and_in_batches():
    proposer = Mcmc(problem(), PCFG, rng=np.random.default_rng(0), n_chains=5, n_steps=20, burn_in=0)
    seen = []
    while asked := proposer.ask(3):
        assert len(asked) <= 3
        assert [c.id for c in proposer.ask(3)] == [c.id for c in asked]
        seen += [c.id for c in asked]
        proposer.tell(asked, verdicts(asked, passed=np.ones((len(asked), 4), bool)))
    assert len(seen) == len(set(seen)) > 1
    assert proposer.ask(3) == []
    assert proposer.posterior().probability.sum() == pytest.approx(1)


def verdicts(candidates, passed, status=None):
    n, m = passed.shape
    cells = np.where(passed, 0, 1).astype(np.int8) if status is None else status
    return Verdicts(
        cells, np.full((n, m), -1, np.int32), np.zeros((n, m), np.float32), np.zeros(n),
        tuple(c.id for c in candidates), tuple(f"t{j}" for j in range(m)),
    )  # fmt: skip


def test_likelihood_of_pass_fail_and_of_what_is_not_known():
    from unriddle.outcome import Status

    one = [Candidate("a")]
    status = np.array([[Status.PASS, Status.FAIL, Status.TIMEOUT, Status.INFRA]], np.int8)
    logs = example_log_likelihood(verdicts(one, np.zeros((1, 4), bool), status), noise=0.2, n_other=4)
    assert np.exp(logs[0]).tolist() == pytest.approx([0.8, 0.05, 0.05, 0.425])


def test_without_noise_and_without_a_fitting_program_it_says_so():
    proposer = Smc(problem(), PCFG, rng=np.random.default_rng(0), n=5, noise=0.0, max_size=5)
    with pytest.raises(BadInput, match="no posterior yet"):
        proposer.posterior()
    while asked := proposer.ask(10):
        proposer.tell(asked, verdicts(asked, np.zeros((len(asked), 4), bool)))
    with pytest.raises(BadInput, match="raise noise"):
        proposer.posterior()


def test_bad_arguments_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(BadProblem, match="no visible tests"):
        Smc(problem(()), PCFG, rng=rng)
    with pytest.raises(BadInput, match="noise"):
        Smc(problem(), PCFG, rng=rng, noise=1.0)
    with pytest.raises(BadInput, match="resampler"):
        Smc(problem(), PCFG, rng=rng, resampler="best")
    with pytest.raises(BadInput, match="burn_in"):
        Mcmc(problem(), PCFG, rng=rng, n_steps=10, burn_in=10)
    with pytest.raises(BadInput, match="max_size"):
        TreeDraws(PCFG, max_size=0)
    with pytest.raises(BadInput, match="algorithm"):
        infer_programs(problem(), PCFG, executor=None, rng=rng, algorithm="best")


def test_averages_leave_out_what_has_no_value():
    assert averaged(np.array([0.5, 0.3, 0.2]), [[(1,)], [()], [(1,)]]) == [{1: 0.7}]

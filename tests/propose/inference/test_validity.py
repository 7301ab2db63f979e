"""Validity is decided by running everything: right parts pass, wrong ones fail, and edges are what they should be."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.methods._inference_faults import WRONG_PROGRAMS, WRONG_STEPS
from unriddle.methods._inference_models import FINITE, soft_sprinkler
from unriddle.propose.inference import check_invariant, check_valid, enumerate_exact, importance, mh, rm_smc, smc
from unriddle.propose.inference.chance import Drawn
from unriddle.propose.inference.context import run_model
from unriddle.propose.inference.population import collapsed, effective_size, resample, weighted
from unriddle.propose.inference.resample import RESAMPLERS
from unriddle.propose.inference.runners import pmmh
from unriddle.propose.inference.sequential import smc_program
from unriddle.propose.inference.traces import mh_step
from unriddle.propose.inference.validity import meaning
from unriddle.propose.inference.weight import LogWeight

WAITING, EVIDENCE = FINITE["waiting"], FINITE["hard evidence"]


def test_the_sprinkler_has_its_known_answer():
    exact = enumerate_exact(soft_sprinkler)
    assert exact.mass == {True: Fraction(546, 10000), False: Fraction(448, 1000)}
    assert exact.evidence == Fraction(5026, 10000)
    assert round(exact.probabilities()[True], 6) == 0.108635
    assert not exact.missing


@pytest.mark.parametrize("rule", RESAMPLERS)
@pytest.mark.parametrize("model", [soft_sprinkler, WAITING, EVIDENCE])
def test_smc_means_exactly_what_the_model_means(model, rule):
    made = partial(smc_program, n=2, n_steps=3, resample=partial(resample, ancestors=RESAMPLERS[rule]))
    found = check_valid(made, model)
    assert found.valid
    assert found.difference == 0


def test_collapsing_and_moving_keep_the_meaning():
    assert check_valid(lambda m: weighted(collapsed(smc_program(m, n=2, n_steps=2))), EVIDENCE).valid
    assert check_valid(partial(smc_program, n=2, n_steps=2, n_moves=1), WAITING, edits_traces=True).valid


def test_a_check_that_edits_traces_cannot_be_run_on_uncut_draws():
    with pytest.raises(BadInput, match="flip"):
        check_valid(partial(smc_program, n=1, n_steps=2, n_moves=1), WAITING)


@pytest.mark.parametrize("name", WRONG_PROGRAMS)
def test_wrong_transformations_are_caught(name):
    assert not check_valid(WRONG_PROGRAMS[name], WAITING, edits_traces=name.startswith("moves")).valid


@pytest.mark.parametrize("name", WRONG_STEPS)
def test_wrong_steps_are_caught_and_the_right_one_is_not(name):
    assert check_invariant(partial(mh_step, model=WAITING), WAITING).difference == 0
    assert not check_invariant(WRONG_STEPS[name](WAITING), WAITING).valid


def test_every_sampler_comes_near_the_known_answer():
    runs = {
        "importance": importance(soft_sprinkler, n=4000, rng=np.random.default_rng(1)),
        "smc": smc(soft_sprinkler, n=2000, ess_threshold=0.5, rng=np.random.default_rng(2)),
        "rm_smc": rm_smc(soft_sprinkler, n=1000, resampler="stratified", rng=np.random.default_rng(3)),
        "mh": mh(soft_sprinkler, n_steps=8000, rng=np.random.default_rng(4)),
    }
    for name, found in runs.items():
        assert abs(found.probabilities()[True] - 0.108635) < 0.03, name
        assert math.isnan(found.log_evidence) or abs(math.exp(found.log_evidence) - 0.5026) < 0.05, name


def two_heads(p):
    def model(ctx):
        for _ in range(2):
            ctx.score(2 * p * ctx.choice({0.75: 1, 0.25: 1}))  # on average p

    return model


def test_particle_chains_find_the_posterior_of_a_parameter():
    # Bias 1/4 or 3/4, two heads seen: the odds are 9 to 1.
    found = pmmh(
        lambda ctx: ctx.choice({0.25: 1, 0.75: 1}),
        two_heads, n=2, n_steps=3000, rng=np.random.default_rng(0),
    )  # fmt: skip
    share = sum(p == 0.75 for p, _ in found.values) / len(found.values)
    assert abs(share - 0.9) < 0.03


def test_equal_seeds_give_equal_runs():
    a, b = (smc(WAITING, n=50, rng=np.random.default_rng(7)) for _ in range(2))
    assert a.values == b.values
    assert np.array_equal(a.log_weights, b.log_weights)


def impossible(ctx):
    ctx.flip(0.5)
    ctx.score(0)
    raise AssertionError("nothing runs beyond a score of 0")


def test_evidence_zero_is_said_and_not_divided_by():
    found = smc(impossible, n=10, rng=np.random.default_rng(0))
    assert found.log_evidence == -math.inf
    with pytest.raises(BadInput, match="weight 0"):
        found.probabilities()
    with pytest.raises(BadInput, match="weight 0"):
        enumerate_exact(impossible).probabilities()
    with pytest.raises(BadInput, match="nowhere to start"):
        mh(impossible, n_steps=1, rng=np.random.default_rng(0))
    assert check_valid(partial(smc_program, n=2, n_steps=2), impossible).valid


def test_models_without_draws_or_without_scores():
    def constant(ctx):
        ctx.score(Fraction(1, 2))
        return "a"

    assert mh(constant, n_steps=3, rng=np.random.default_rng(0)).values == ("a", "a", "a")
    assert check_invariant(partial(mh_step, model=constant), constant).valid
    assert check_valid(partial(smc_program, n=3, n_steps=1), lambda ctx: ctx.flip(Fraction(1, 3))).valid
    assert smc(lambda ctx: 1, n=2, rng=np.random.default_rng(0)).log_evidence == pytest.approx(0)


def test_unbounded_recursion_is_cut_and_what_is_missing_is_reported():
    def forever(ctx):
        n = 0
        while ctx.flip(Fraction(1, 2)):
            n += 1
        return n

    exact = enumerate_exact(forever, max_draws=10)
    assert exact.missing == Fraction(1, 2**10)
    assert exact.evidence + exact.missing == 1
    assert exact.mass[3] == Fraction(1, 16)


def test_draws_used_as_numbers_cannot_be_enumerated():
    with pytest.raises(BadInput, match="used as a number"):
        enumerate_exact(lambda ctx: ctx.uniform() < 0.5)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda ctx: ctx.flip(1.5), "between 0 and 1"),
        (lambda ctx: ctx.pick([1, -1]), "not negative"),
        (lambda ctx: ctx.pick([0, 0]), "not all 0"),
        (lambda ctx: ctx.score(-1), "not negative"),
        (lambda ctx: ctx.score(math.nan), "finite"),
        (lambda ctx: ctx.score("much"), "much"),
    ],
)
def test_bad_draws_and_scores_are_named(model, words):
    with pytest.raises(BadInput, match=words):
        run_model(model, Drawn(np.random.default_rng(0)))
    with pytest.raises(BadInput, match=words):
        enumerate_exact(model)


def test_weights_too_small_for_a_float_are_kept():
    def tiny(ctx):
        heads = ctx.flip(0.5)
        for _ in range(400):
            ctx.score(0.1 if heads else 0.01)
        return heads

    found = importance(tiny, n=50, rng=np.random.default_rng(0))
    assert found.log_evidence == pytest.approx(400 * math.log(0.1) + math.log(0.5), abs=1)
    assert found.probabilities()[True] == pytest.approx(1)


def test_resampling_never_keeps_a_particle_of_weight_zero_and_keeps_the_sum():
    population = tuple((LogWeight(math.log(w) if w else -math.inf), i) for i, w in enumerate([0, 2, 0, 6, 0]))
    for rule in RESAMPLERS.values():
        after = resample(Drawn(np.random.default_rng(0)), population, ancestors=rule)
        assert {i for _, i in after} <= {1, 3}
        assert sum(float(w) for w, _ in after) == pytest.approx(8)
    assert effective_size([LogWeight(0.0), LogWeight(0.0), LogWeight(-math.inf)]) == pytest.approx(2)


def test_the_mean_of_z_over_all_randomness_is_the_evidence():
    assert meaning(smc_program(soft_sprinkler, n=2, n_steps=2)).evidence == Fraction(5026, 10000)

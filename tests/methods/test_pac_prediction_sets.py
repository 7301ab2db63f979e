import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.lab._pac_grammar import draw_pair
from unriddle.lm.base import Completion
from unriddle.methods.pac_prediction_sets import (
    HOLE,
    Generated,
    PacPartialProgram,
    build_tree,
    certified_place,
    certify,
    contains,
    from_completion,
    group_hits,
    max_errors,
    upper_bound,
)

# calibration


@pytest.mark.parametrize("n", [1, 2, 7, 50, 333, 2000])
@pytest.mark.parametrize("eps", [0.01, 0.1, 0.25, 0.5])
@pytest.mark.parametrize("delta", [0.01, 0.1, 0.5])
def test_max_errors_is_that_of_scipy(n, eps, delta):
    stats = pytest.importorskip("scipy.stats")
    tail = stats.binom.cdf(np.arange(n + 1), n, eps)
    assert max_errors(n, eps, delta) == int((tail <= delta).sum()) - 1


def test_max_errors_at_large_n_and_none_at_small_n():
    stats = pytest.importorskip("scipy.stats")
    k = max_errors(200_000, 0.1, 1e-6)
    assert stats.binom.logcdf(k, 200_000, 0.1) <= np.log(1e-6) < stats.binom.logcdf(k + 1, 200_000, 0.1)
    assert max_errors(0, 0.1, 0.1) == -1
    assert max_errors(21, 0.1, 0.1) == -1  # 0.9 ** 21 = 0.109
    assert max_errors(22, 0.1, 0.1) == 0  # 0.9 ** 22 = 0.098


@pytest.mark.parametrize(("errors", "n", "delta"), [(0, 10, 0.05), (3, 30, 0.1), (29, 30, 0.1), (400, 2000, 0.01)])
def test_upper_bound_is_that_of_the_beta_distribution(errors, n, delta):
    stats = pytest.importorskip("scipy.stats")
    assert upper_bound(errors, n, delta) == pytest.approx(stats.beta.ppf(1 - delta, errors + 1, n - errors), abs=1e-9)


def test_upper_bound_ends():
    assert upper_bound(5, 5, 0.1) == 1.0
    with pytest.raises(BadInput, match=r"0\.\.5"):
        upper_bound(6, 5, 0.1)


@given(st.integers(1, 400), st.floats(0.01, 0.6), st.floats(0.01, 0.5))
def test_allowed_errors_are_those_whose_bound_is_below_eps(n, eps, delta):
    k = max_errors(n, eps, delta)
    if k >= 0:
        assert upper_bound(k, n, delta) <= eps + 1e-9
    if k < n:
        assert upper_bound(k + 1, n, delta) >= eps - 1e-9


@given(st.lists(st.integers(0, 10), max_size=30), st.integers(-1, 31))
def test_the_place_is_the_smallest_with_few_enough_errors(hits, allowed):
    errors = [sum(h > j for h in hits) for j in range(11)]
    want = 10 if allowed < 0 else next(j for j in range(11) if errors[j] <= allowed)
    assert certified_place(np.array(hits, int), allowed, 10) == want


def test_certificates():
    grid = np.linspace(0.1, 0.9, 9)
    made = certify([0] * 30, grid, eps=0.1, delta=0.1)
    assert (made.place, made.errors, made.threshold, made.informative) == (0, 0, 0.1, True)
    assert made.bound <= 0.1
    hopeless = certify([9] * 30, grid, eps=0.1, delta=0.1)
    assert not hopeless.informative
    assert hopeless.as_dict()["threshold"] is None
    small = certify([0] * 5, grid, eps=0.1, delta=0.1)
    assert (small.allowed, small.place) == (-1, 9)
    assert certify([], grid, eps=0.1, delta=0.1).place == 9
    with pytest.raises(BadInput, match=r"0\.\.9"):
        certify([10], grid, eps=0.1, delta=0.1)
    for bad in (0.0, 1.0, float("nan")):
        with pytest.raises(BadInput, match="eps"):
            certify([0], grid, eps=bad, delta=0.1)


def test_groups():
    rng = np.random.default_rng(0)
    hits, groups = [1, 5, 2, 0], ["a", "a", "b", "c"]
    assert group_hits(hits, groups).tolist() == [5, 2, 0]
    drawn = {tuple(group_hits(hits, groups, rule="one", rng=rng).tolist()) for _ in range(50)}
    assert drawn == {(1, 2, 0), (5, 2, 0)}
    with pytest.raises(BadInput, match="rng"):
        group_hits(hits, groups, rule="one")
    with pytest.raises(BadShape):
        group_hits(hits, ["a"])


# the whole


def pool(p, seed=0, **options):
    rng = np.random.default_rng(seed)
    pairs = [draw_pair(rng, max_depth=2, **options) for _ in range(p)]
    return [from_completion(pair.completion) for pair in pairs], [pair.target for pair in pairs]


def test_the_grammar_model_says_how_often_it_is_right():
    rng = np.random.default_rng(1)
    pairs = [draw_pair(rng, max_depth=2) for _ in range(3000)]
    right = np.mean([pair.completion.text == pair.target for pair in pairs])
    said = np.mean([np.exp(pair.completion.logprob) for pair in pairs])
    assert right == pytest.approx(said, abs=0.03)
    for pair in pairs[:100]:
        assert "".join(pair.completion.tokens) == pair.completion.text
        compile(pair.completion.text, "f", "exec")
        compile(pair.target, "f", "exec")


@pytest.mark.parametrize("solver", ["exact", "greedy", "threshold"])
def test_calibrated_sets_hold_the_target_as_often_as_promised(solver):
    generated, targets = pool(500)
    pac = PacPartialProgram(0.15, 0.05, max_holes=3, solver=solver).calibrate(generated[:150], targets[:150])
    sets = [pac.predict(one) for one in generated[150:]]
    missed = np.mean([not contains(s, build_tree(t)) for s, t in zip(sets, targets[150:], strict=True)])
    assert missed <= 0.15 + 0.05
    assert pac.certificate.informative
    if solver != "threshold":
        assert max(s.n_holes for s in sets) <= 3
    for s in sets[:50]:
        assert s.text.count(HOLE) == s.n_holes or s.n_holes == 0


def test_a_smaller_eps_removes_more():
    generated, targets = pool(200)
    removed = []
    for eps in (0.05, 0.2, 0.5):
        pac = PacPartialProgram(eps).calibrate(generated, targets)
        removed.append(np.mean([pac.predict(one).removed for one in generated]))
    assert removed[0] > removed[1] > removed[2]


def test_too_few_examples_give_the_full_hole():
    generated, targets = pool(10)
    pac = PacPartialProgram(0.1).calibrate(generated, targets)
    assert not pac.certificate.informative
    got = pac.predict(generated[0])
    assert (got.text, got.removed, got.n_holes) == (HOLE, 1.0, 1)


def test_a_notion_of_right_of_ones_own():
    generated, _ = pool(60)
    pac = PacPartialProgram(0.1)
    always = pac.calibrate(generated, [None] * 60, right=lambda partial, target: True)
    never = pac.calibrate(generated, [None] * 60, right=lambda partial, target: not partial.kept[0])
    assert always.certificate.place == 0
    assert never.certificate.place == 100


def test_groups_are_calibrated_as_one():
    generated, targets = pool(60)
    whole = PacPartialProgram(0.3).calibrate(generated, targets)
    grouped = PacPartialProgram(0.3).calibrate(generated, targets, groups=[i // 2 for i in range(60)])
    assert grouped.certificate.n == 30
    assert grouped.certificate.threshold >= whole.certificate.threshold


def test_completions_carry_the_tokens():
    done = Completion("return x", tokens=("return", " x"), token_logprobs=(-0.1, -0.2))
    assert from_completion(done, code="def f(x):\n    return x") == Generated(
        "def f(x):\n    return x", ("return", " x"), (-0.1, -0.2)
    )
    with pytest.raises(BadInput, match="logprobs=True"):
        from_completion(Completion("return x"))


def test_bad_input_has_one_message():
    generated, targets = pool(2)
    with pytest.raises(BadInput, match="calibrate first"):
        PacPartialProgram(0.1).predict(generated[0])
    with pytest.raises(BadShape, match="2 programs"):
        PacPartialProgram(0.1).calibrate(generated, targets[:1])
    with pytest.raises(BadInput, match="solver"):
        PacPartialProgram(0.1, solver="best")
    with pytest.raises(BadInput, match="max_holes"):
        PacPartialProgram(0.1, max_holes=-1)
    with pytest.raises(BadInput, match="eps"):
        PacPartialProgram(1.5)
    with pytest.raises(BadInput, match="as text"):
        PacPartialProgram(0.1).calibrate(generated, [1, 2])
    with pytest.raises(BadInput, match="does not parse"):
        PacPartialProgram(0.1).calibrate(generated, ["def", "x"])

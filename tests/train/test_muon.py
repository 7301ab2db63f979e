import numpy as np
import pytest

from unriddle.errors import BadInput

torch = pytest.importorskip("torch")

from unriddle.train.muon import Muon, hidden_matrices, orthogonalised  # noqa: E402
from unriddle.train.optim import new_optimizer  # noqa: E402


@pytest.mark.parametrize("shape", [(16, 16), (8, 24), (24, 8)])
def test_singular_vectors_stay_and_singular_values_become_about_one(shape):
    rng = np.random.default_rng(0)
    matrices = rng.standard_normal((3, *shape))
    made = orthogonalised(torch.tensor(matrices)).numpy()
    for before, after in zip(matrices, made, strict=True):
        u, _, vt = np.linalg.svd(before, full_matrices=False)
        core = u.T @ after @ vt.T
        assert np.allclose(core, np.diag(np.diag(core)), atol=1e-6)
        assert (np.diag(core) > 0.3).all()
        assert (np.diag(core) < 1.3).all()
        assert np.allclose(u @ core @ vt, after, atol=1e-6)


def test_a_zero_gradient_moves_nothing():
    assert not orthogonalised(torch.zeros(1, 4, 4)).any()


def test_the_first_step_by_hand():
    weight = torch.nn.Parameter(torch.eye(4))
    gradient = torch.tensor(np.random.default_rng(1).standard_normal((4, 4)), dtype=torch.float32)
    weight.grad = gradient.clone()
    Muon([weight], [], lr=0.1, weight_decay=0.5, momentum=0.95).step()
    past = 0.05 * gradient
    direction = orthogonalised((0.05 * gradient + 0.95 * past)[None])[0]
    want = torch.eye(4) * (1 - 0.1 * 0.5) - 0.1 * 0.2 * 2 * direction
    assert torch.allclose(weight.data, want, atol=1e-6)


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Embedding(5, 6), torch.nn.Linear(6, 8), torch.nn.LayerNorm(8))


def test_embeddings_and_vectors_are_adamws():
    one = model()
    assert [tuple(w.shape) for w in hidden_matrices(one)] == [(8, 6)]
    optimizer = new_optimizer(one, name="muon", lr=1e-2)
    held = [id(w) for group in optimizer.param_groups for w in group["params"]]
    assert sorted(held) == sorted(id(w) for w in one.parameters())
    assert [len(group["params"]) for group in optimizer.param_groups] == [1, 1, 3]


def loss_of(one, tokens):
    return ((one(tokens) - 1) ** 2).mean()


def train(one, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(one, torch.arange(5)).backward()
        optimizer.step()


def test_state_goes_on_exactly():
    whole, halves = model(), model()
    optimizer = new_optimizer(whole, name="muon", lr=1e-2)
    train(whole, optimizer, 6)
    first = new_optimizer(halves, name="muon", lr=1e-2)
    train(halves, first, 3)
    second = new_optimizer(halves, name="muon", lr=1e-2)
    second.load_state_dict(first.state_dict())
    train(halves, second, 3)
    for a, b in zip(whole.parameters(), halves.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_lowers_the_loss():
    one = model()
    before = float(loss_of(one, torch.arange(5)))
    train(one, new_optimizer(one, name="muon", lr=2e-2), 100)
    assert float(loss_of(one, torch.arange(5))) < 0.5 * before


def test_bad_input_is_named():
    with pytest.raises(BadInput, match="matrices"):
        Muon([torch.nn.Parameter(torch.zeros(3))], [])
    with pytest.raises(BadInput, match="momentum"):
        Muon([torch.nn.Parameter(torch.zeros(3, 3))], [], momentum=1.0)
    with pytest.raises(BadInput, match="matrices"):
        new_optimizer(torch.nn.LayerNorm(3), name="muon")

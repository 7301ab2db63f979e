"""A small transformer that guides the search: it reads the puzzle's tokens and predicts rules from their places.

The puzzle is encoded once; a context is the sum of embeddings of the parent's rule (or the kind at the root) and the
place below it; rules are scored by their embeddings. Tokens are hashed into a fixed table, so there is no vocabulary to
keep. It is trained from nothing on the few solved puzzles there are, in about a minute on two cores.
Not covered: pretrained encoders, and saving a trained guide.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, MissingExtra
from unriddle.methods._puzzle_guides import Pair, mixed, puzzle_grammar
from unriddle.methods._puzzle_view import PuzzleView
from unriddle.train.threads import one_thread

__all__ = ["Transformer", "fit_transformer"]

_TABLE = 1024
_MAX_TOKENS = 128


@dataclass(frozen=True, slots=True)
class Transformer:
    """A guide learned by ``fit_transformer``; ``model`` is a torch module.

    Attributes:
        model: ``(tokens (1, t), contexts (k,)) -> (k, r)`` logits.
        share: Of the uniform chances in the mixture.
        losses: Mean cross-entropy of each pass over the examples.
    """

    model: Any
    share: float
    losses: tuple[float, ...]

    def __call__(self, puzzle: PuzzleView) -> npt.NDArray[np.float64]:
        """``(c, r)``, see ``Guide``."""
        import torch

        with one_thread(), torch.no_grad():
            contexts = torch.arange(len(puzzle_grammar()[0].contexts))
            logits = self.model(torch.from_numpy(_ids(puzzle)), contexts).double()
            raw = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
        return mixed(raw.numpy(), puzzle, share=self.share)


def fit_transformer(
    pairs: Sequence[Pair],
    *,
    rng: np.random.Generator,
    width: int = 64,
    n_layers: int = 2,
    n_passes: int = 40,
    learning_rate: float = 2e-3,
    share: float = 0.2,
) -> Transformer:
    """A transformer fitted to solved puzzles.

    Args:
        pairs: Solved puzzles; every node of every tree is one example.
        rng: Seeds weights and order.
        width: Of all embeddings.
        n_layers: Of the puzzle's encoder.
        n_passes: Over the examples.
        learning_rate: Of Adam.
        share: Of the uniform chances in the mixture.

    Raises:
        BadInput: There are no pairs.
        MissingExtra: torch is not installed.
    """
    if not pairs:
        raise BadInput(
            "fit_transformer: expected solved puzzles to learn from, got none; search longer without a guide"
        )
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("the transformer that guides the search for answers", "unriddle[train]") from error
    grammar, _ = puzzle_grammar()
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        model = _model(width, n_layers)
        optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
        losses = []
        for _ in range(n_passes):
            total = 0.0
            for i in rng.permutation(len(pairs)):
                pair = pairs[int(i)]
                chain = torch.tensor(grammar.chain(pair.tree, pair.kind))
                logits = model(torch.from_numpy(_ids(pair.puzzle)), chain[:, 0])
                loss: Any = torch.nn.functional.cross_entropy(logits, chain[:, 1])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item()
            losses.append(total / len(pairs))
    model.eval()
    return Transformer(model, share, tuple(losses))


def _model(width: int, n_layers: int) -> Any:
    """The network; made in a function so that importing this module needs no torch."""
    import torch
    from torch import nn

    grammar, _ = puzzle_grammar()
    parents, places = _context_table()

    class Network(nn.Module):
        """Puzzle encoder, context embeddings and rule embeddings."""

        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(_TABLE, width)
            self.positions = nn.Embedding(_MAX_TOKENS, width)
            layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True)
            self.encoder = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
            self.parents = nn.Embedding(int(parents.max()) + 1, width)
            self.places = nn.Embedding(10, width)
            self.join = nn.Sequential(nn.Linear(2 * width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            self.rules = nn.Linear(width, len(grammar.rules))

        def forward(self, tokens: Any, contexts: Any) -> Any:
            """``(k, r)`` logits for one puzzle's tokens ``(t,)`` and contexts ``(k,)``."""
            seen = self.tokens(tokens) + self.positions(torch.arange(len(tokens)))
            puzzle = self.encoder(seen[None]).mean(dim=1)
            parent = self.parents(torch.from_numpy(parents)[contexts]) + self.places(torch.from_numpy(places)[contexts])
            return self.rules(self.join(torch.cat([parent, puzzle.expand(len(contexts), -1)], dim=1)))

    return Network()


def _context_table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """``(c,)`` number of the parent (rules first, then kinds at the root) and place below it."""
    grammar, _ = puzzle_grammar()
    parents = [rule if rule >= 0 else len(grammar.rules) + slot for rule, slot in grammar.contexts]
    places = [min(slot, 9) if rule >= 0 else 0 for rule, slot in grammar.contexts]
    return np.array(parents), np.array(places)


def _ids(puzzle: PuzzleView) -> npt.NDArray[np.int64]:
    """``(t,)`` numbers of the answer's kind and of the first tokens."""
    texts = (f"kind {puzzle.kind}", *puzzle.tokens)[:_MAX_TOKENS]
    return np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) % _TABLE for text in texts])

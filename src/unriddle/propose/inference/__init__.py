"""Inference in parts: models with draws and scores, representations, transformations, runners, and validity as a check.

A model is ``model(ctx)``; see ``context``. Runners are in ``runners``, the check in ``validity``.
Not covered: gradients, variational inference.
"""

from unriddle.propose.inference.context import Context, Model
from unriddle.propose.inference.runners import Exact, Posterior, enumerate_exact, importance, mh, pmmh, rm_smc, smc
from unriddle.propose.inference.validity import Validity, check_invariant, check_valid

__all__ = [
    "Context",
    "Exact",
    "Model",
    "Posterior",
    "Validity",
    "check_invariant",
    "check_valid",
    "enumerate_exact",
    "importance",
    "mh",
    "pmmh",
    "rm_smc",
    "smc",
]

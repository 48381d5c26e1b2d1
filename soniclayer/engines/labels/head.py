"""Learns labels from their phrases and examples: multinomial logistic regression on the texts' features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

PENALTY = 0.3
"""On the squared weights. Twice or half as much changes nothing that can be told from chance (docs/labels.md)."""

STEPS = 200
"""Of accelerated descent; with PENALTY they reach the one minimum to about six digits."""

HEAVIEST = 10.0
"""A label with one phrase alone counts as much as one with twenty examples, up to this weight per text."""


def fit_head(features: Numbers, owners: Sequence[int], labels: int) -> Numbers:
    """Weights, shape (labels, features + 1); the last column is added to every score.

    Nesterov's accelerated gradient descent for a strongly convex function (Nesterov: Lectures on Convex
    Optimization, 2018, section 2.2.1), from zero, a fixed number of steps: the same input gives the same weights.

    Args:
        features: one row per text.
        owners: the label (0, 1, ...) of each row; every label has one row at least.
        labels: how many there are.
    """
    rows = np.hstack([features, np.ones((len(features), 1))])
    wanted = np.eye(labels)[list(owners)]
    shares = _balance(wanted)
    steepest = 0.5 * float(np.linalg.eigvalsh((rows * shares).T @ rows)[-1]) + PENALTY
    momentum = (1 - (PENALTY / steepest) ** 0.5) / (1 + (PENALTY / steepest) ** 0.5)
    weights = ahead = np.zeros((labels, rows.shape[1]))
    for _ in range(STEPS):
        slope = ((softmax(rows @ ahead.T) - wanted) * shares).T @ rows + PENALTY * ahead
        following = ahead - slope / steepest
        ahead = following + momentum * (following - weights)
        weights = following
    return weights


def softmax(scores: Numbers) -> Numbers:
    """Probabilities: every row adds up to 1."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Numbers = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _balance(wanted: Numbers) -> Numbers:
    """Weight of each row, shape (rows, 1), so that every label counts the same."""
    rows, labels = wanted.shape
    weights = np.minimum(HEAVIEST, rows / labels / wanted.sum(axis=0))
    balanced: Numbers = (wanted @ weights)[:, None]
    return balanced

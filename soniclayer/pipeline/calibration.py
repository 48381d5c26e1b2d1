"""Whether a confidence means what it says: of all answers given with 0.8, about 80 % should be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 10
"""Of equal width, 0-0.1 to 0.9-1."""


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """How far confidence and truth are apart: 0 is perfect, 1 the worst.

    The sum over all bins of (answers in the bin / all answers) x |share that is right - mean confidence|, with the
    bins (0, 0.1], (0.1, 0.2] ... as in Guo, Pleiss, Sun and Weinberger: On Calibration of Modern Neural Networks
    (ICML 2017), equation 3. A small number of answers makes it larger: chance alone moves the share in a bin.

    Args:
        confidences: of the answers, 0-1.
        right: whether each was right, in the same order.

    Returns:
        The error; 0.0 when there are no answers.

    Raises:
        ValueError: the two differ in length, or a confidence lies outside 0-1.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, is_right in zip(confidences, right, strict=True):
        bins[_bin_of(confidence)].append((confidence, is_right))
    gaps = (abs(sum(is_right - confidence for confidence, is_right in pairs)) for pairs in bins)
    return sum(gaps) / max(1, len(confidences))


def _bin_of(confidence: float) -> int:
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence is {confidence}: need 0-1")
    return next(number for number in range(BINS) if confidence <= (number + 1) / BINS)

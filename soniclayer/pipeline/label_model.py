"""What `classify` asks of a label model. `engines.labels` has the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LabelModel(Protocol):
    """A zero-shot classifier, loaded."""

    name: str

    def rank(self, texts: Sequence[str], labels: Mapping[str, Sequence[str]], family: str) -> list[dict[str, float]]:
        """Score every label for every text.

        Args:
            texts: what was said, one string per segment.
            labels: label name -> its descriptions (English phrases); a label is as good as its descriptions.
            family: `topic` or `tone`, for models that need to put a question.

        Returns:
            Per text a dict label name -> probability; each adds up to 1.
        """

"""What `classify` asks of a label model. `engines.labels` has the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.labels import LabelFamily


class LabelModel(Protocol):
    """Knows how likely each label of a family is for a text, loaded."""

    name: str

    def rank(self, texts: Sequence[str], family: LabelFamily) -> list[dict[str, float]]:
        """Score every label for every text.

        Args:
            texts: what was said, one string per segment.
            family: the labels; each is as good as its phrases and examples.

        Returns:
            Per text a dict label name -> probability; each adds up to 1.
        """

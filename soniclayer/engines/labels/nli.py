"""Zero-shot labels by natural language inference: transformers' zero-shot pipeline, batched.

One pass per label and text, about 35 times the work of `embedding`: for a GPU, or for those who can wait. The
models meant are bart-large-mnli and deberta-v3 zero-shot. Needs the extra `nli`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soniclayer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from soniclayer.domain.labels import LabelFamily

QUESTIONS = {"topic": "This text is about {}.", "tone": "The tone of this text is {}."}


class NliLabels:
    """Asks a model whether a text entails "This text is about X", for every label X.

    The question names the label; its phrases and examples are for `embedding`.
    """

    def __init__(self, folder: Path, name: str, *, threads: int = 1, device: str = "cpu", batch: int = 16) -> None:
        """Load a sequence classification model with an entailment label, and its tokenizer; no network.

        Args:
            folder: as `save_pretrained` writes it.
            name: of the model, for the records.
            threads: of torch, for the whole process.
            device: `cpu`, `cuda`, `cuda:1`, ...
            batch: pairs of text and label that are computed at once.

        Raises:
            ModelError: the extra `nli` is not installed, or the folder holds no such model.
        """
        self.name = name
        self._batch = batch
        try:
            import torch  # noqa: PLC0415 - 5 s and 300 MB, for those alone who chose this backend
            import transformers  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(f"label backend nli needs the extra: pip install 'soniclayer[nli]' ({error})") from None
        torch.set_num_threads(threads)
        try:
            model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"label model in {folder} cannot be loaded: {error}") from error
        self._pipeline: Any = transformers.pipeline(
            "zero-shot-classification", model=model, tokenizer=tokenizer, device=device
        )
        if self._pipeline.entailment_id < 0:
            raise ModelError(f"label model in {folder} has no label `entailment`: it is no NLI model")

    def rank(self, texts: Sequence[str], family: LabelFamily) -> list[dict[str, float]]:
        """Score every label for every text: see `pipeline.label_model.LabelModel`."""
        if not texts:
            return []
        answers = self._pipeline(
            list(texts),
            candidate_labels=list(family.phrases),
            hypothesis_template=QUESTIONS[family.name],
            batch_size=self._batch,
        )
        scores = [dict(zip(answer["labels"], answer["scores"], strict=True)) for answer in answers]
        return [{name: score[name] for name in family.phrases} for score in scores]

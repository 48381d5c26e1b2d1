"""Zero-shot labels by sentence embeddings: all-MiniLM-L6-v2 as int8 ONNX, and described labels.

onnxruntime and tokenizers instead of torch and transformers: importing the latter costs 5.4 s and 300 MB
against 0.6 s here, and the vectors are the same for our purpose (cosine to the torch model's 0.9994).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from soniclayer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

TEMPERATURE = 0.04
"""Cosines are divided by this before the softmax: so the mean confidence on the `dev` half of
tests/data/labelled_texts.yaml stays a little below the share that is right (docs/labels.md)."""

LONGEST_TOKENS = 256
"""The model's own limit; a segment of 20 s has about 80 tokens."""

REMEMBERED_TEXTS = 512
"""Vectors kept, so that topic and tone of a window need one pass per text together."""


class EmbeddingLabels:
    """Compares a text's vector with each label's, which is the mean of its descriptions' vectors.

    Every text is encoded by itself: its result does not depend on what else is in the batch, and is the same
    each time. Texts are read as English; other languages give poor results.
    """

    def __init__(self, folder: Path, name: str, *, threads: int = 1) -> None:
        """Load `model.onnx` and `tokenizer.json` from the folder; takes 0.3 s.

        Args:
            folder: of the two files.
            name: of the model, for the records.
            threads: that compute one text.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self.name = name
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), _options(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers raises plain Exception, onnxruntime its own kinds
            raise ModelError(f"label model in {folder} cannot be loaded: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST_TOKENS)
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._vector = lru_cache(maxsize=REMEMBERED_TEXTS)(self._encode)
        self._label_vectors = lru_cache(maxsize=8)(self._average_descriptions)

    def rank(
        self,
        texts: Sequence[str],
        labels: Mapping[str, Sequence[str]],
        family: str,  # noqa: ARG002 - the contract's; an embedding puts no question
    ) -> list[dict[str, float]]:
        """Score every label for every text: see `pipeline.label_model.LabelModel`."""
        vectors = self._label_vectors(tuple(tuple(phrases) for phrases in labels.values()))
        return [dict(zip(labels, _softmax(vectors @ self._vector(text) / TEMPERATURE), strict=True)) for text in texts]

    def _average_descriptions(self, descriptions: tuple[tuple[str, ...], ...]) -> Vector:
        """Shape (labels, dimensions), every row of length 1."""
        means = [np.mean([self._encode(phrase) for phrase in phrases], axis=0) for phrases in descriptions]
        return np.stack([_unit(mean) for mean in means])

    def _encode(self, text: str) -> Vector:
        """One text's vector of length 1: the mean over its tokens."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (tokens, *_) = self._session.run(None, {name: feed[name] for name in self._inputs})
        return _unit(tokens[0].mean(axis=0))


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options


def _unit(vector: Vector) -> Vector:
    unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


def _softmax(values: Vector) -> list[float]:
    powers = np.exp((values - values.max()).astype(np.float64))
    shares: list[float] = (powers / powers.sum()).tolist()
    return shares

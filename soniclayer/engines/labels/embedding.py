"""Labels by sentence embeddings: all-MiniLM-L6-v2 as int8 ONNX, and a head that learns the labels' own texts.

onnxruntime and tokenizers instead of torch and transformers: importing the latter costs 5.4 s and 300 MB
against 0.6 s here, and the vectors are the same for our purpose (cosine to the torch model's 0.9994).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from soniclayer.engines.labels.head import PENALTY, STEPS, fit_head, softmax
from soniclayer.engines.labels.kept import kept
from soniclayer.engines.labels.wording import WEIGHT, WordingScale, wording
from soniclayer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from soniclayer.domain.labels import LabelFamily

    Numbers = npt.NDArray[np.float64]

TEMPERATURE = 0.38
"""Scores are divided by this before the softmax: so the mean confidence on the `dev` programmes is a little below the
share that is right (docs/labels.md)."""

LONGEST_TOKENS = 256
"""The model's own limit; a segment of 20 s has about 80 tokens."""

REMEMBERED_TEXTS = 1024
"""Vectors kept, so that topic and tone need one pass per text together, and so do examples of both."""

HEAD_VERSION = 1
"""Goes up when the code below makes something else of the same texts, so that no old file is taken for it."""


@dataclass(frozen=True)
class Head:
    """What was learned of one family: scores are features x weights."""

    weights: Numbers
    scale: WordingScale


class EmbeddingLabels:
    """Learns from each label's phrases and examples which texts it fits, and ranks the labels for others.

    Every text is encoded by itself: its result does not depend on what else is in the batch, and is the same
    each time. Texts are read as English; other languages give poor results.
    """

    def __init__(self, folder: Path, name: str, *, threads: int = 1, cache: Path | None = None) -> None:
        """Load `model.onnx` and `tokenizer.json` from the folder; takes 0.3 s.

        Args:
            folder: of the two files.
            name: of the model, for the records.
            threads: that compute one text.
            cache: folder for what was learned of labels that were edited; None learns them anew each time, which takes
                10-20 ms per phrase and example.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self.name = name
        self._cache = cache
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
        self._identity = _identity(folder)
        self._vector = lru_cache(maxsize=REMEMBERED_TEXTS)(self._encode)
        self._heads: dict[int, tuple[LabelFamily, Head]] = {}

    def rank(self, texts: Sequence[str], family: LabelFamily) -> list[dict[str, float]]:
        """Score every label for every text: see `pipeline.label_model.LabelModel`."""
        if not texts:
            return []
        head = self._head(family)
        features = self._features(texts, family.style, head.scale)
        scores = np.hstack([features, np.ones((len(texts), 1))]) @ head.weights.T
        return [dict(zip(family.phrases, row.tolist(), strict=True)) for row in softmax(scores / TEMPERATURE)]

    def _head(self, family: LabelFamily) -> Head:
        if id(family) not in self._heads:  # an id, as naming all its texts would take longer than ranking with them
            self._heads[id(family)] = family, self._load_head(family)
        return self._heads[id(family)][1]

    def _load_head(self, family: LabelFamily) -> Head:
        key = json.dumps([HEAD_VERSION, PENALTY, STEPS, WEIGHT, *self._identity, astuple(family)])
        found = kept(self._cache, key, lambda: self._learn(family))
        weights, mean, deviation = (found[name].astype(np.float64) for name in ("weights", "mean", "deviation"))
        return Head(weights, WordingScale(mean, deviation))

    def _learn(self, family: LabelFamily) -> dict[str, npt.NDArray[np.float32]]:
        """In an order of its own, so that the order of the examples in the file does not matter."""
        names = list(family.phrases)
        examples = sorted({(label, text) for label, text in family.examples if label in family.phrases})
        phrases = [(label, phrase) for label in names for phrase in sorted(set(family.phrases[label]))]
        scale = WordingScale.of(wording([text for _, text in examples], family.style))
        pairs = [*phrases, *examples]
        features = self._features([text for _, text in pairs], family.style, scale)
        weights = fit_head(features, [names.index(label) for label, _ in pairs], len(names))
        learned = {"weights": weights, "mean": scale.mean, "deviation": scale.deviation}
        return {name: numbers.astype(np.float32) for name, numbers in learned.items()}

    def _features(self, texts: Sequence[str], style: Sequence[str], scale: WordingScale) -> Numbers:
        """Shape (texts, dimensions + style + 2)."""
        vectors = np.stack([self._vector(text) for text in texts])
        return np.hstack([vectors, scale.apply(wording(texts, style))])

    def _encode(self, text: str) -> Numbers:
        """One text's vector of length 1: the mean over its tokens."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (tokens, *_) = self._session.run(None, {name: feed[name] for name in self._inputs})
        mean = tokens[0].mean(axis=0).astype(np.float64)
        vector: Numbers = mean / np.linalg.norm(mean)
        return vector


def _identity(folder: Path) -> list[str]:
    """SHA-256 of the model's files: other files are another model."""
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")]


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options

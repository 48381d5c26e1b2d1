"""`make labels`: learns the labels that come with SonicLayer and puts what was learned beside the code.

To be run whenever topics, tones, style or examples in `config/labels.yaml` change, or the code that learns them; a test
says so. Takes about 10 s.
"""

from __future__ import annotations

import sys

from soniclayer.definitions.labels import load_labels
from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.engines.labels.kept import SHIPPED
from soniclayer.errors import SonicLayerError
from soniclayer.models import model_dir
from soniclayer.settings import default_config_dir, load_settings


def main() -> int:
    """Remove what was learned, learn again."""
    try:
        settings = load_settings()
        labels = load_labels(default_config_dir() / "labels.yaml")
        model = model_dir(settings.models_dir, settings.label_model)
    except SonicLayerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for old in SHIPPED.glob("*.npz"):
        old.unlink()
    learner = EmbeddingLabels(model, settings.label_model, cache=SHIPPED)
    for family in (labels.topic_family, labels.tone_family):
        learner.rank(["learn"], family)
    for new in sorted(SHIPPED.glob("*.npz")):
        new.chmod(0o644)  # whoever installs SonicLayer may be another user than who runs it
        sys.stdout.write(f"{new.name}: {new.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

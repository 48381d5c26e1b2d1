"""Model files on disk: which there are, where they come from, whether they are whole. They run in `engines`.

Engines and wiring import `model_dir` from here; only `cli/models.py` imports the rest. Nothing heavy here.
"""

from soniclayer.models.folder import model_dir

__all__ = ["model_dir"]

"""An engine child whose speech model loads and dies of its first sound, as Whisper does in a sandbox that forbids it to
write code at run time."""

from __future__ import annotations

import os
import sys
from unittest.mock import MagicMock

from soniclayer.engines import server


class Speechless:
    name = "speechless"

    def detect_language(self, audio):
        return "en", 1.0

    def transcribe(self, sounds, language, *, careful=False):
        os.abort()


class SpeechlessEngines(server.Engines):
    speech = Speechless()
    labels = MagicMock()


if __name__ == "__main__":
    assert "numpy" not in sys.modules
    server.Engines = SpeechlessEngines
    server.main()

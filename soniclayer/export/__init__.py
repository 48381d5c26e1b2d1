"""What leaves SonicLayer as text: json, html, srt, vtt, csv and txt, described in `docs/formats.md`.

`formats` is the way in; one file per format beside it, and `write` puts them into files. Light: imports
domain and errors only, so that the command line and HTTP may both use it.
"""

from soniclayer.export.formats import FORMATS, Format, export
from soniclayer.export.write import Target, plan_exports, write_exports

__all__ = ["FORMATS", "Format", "Target", "export", "plan_exports", "write_exports"]

"""html: recordings as one page that opens from a file, with no server, no script and nothing to fetch.

`page` is the way in and puts the parts together, from top to bottom: `facts`, `timeline`, `audiences`, `shares`,
`transcript`. `markup` makes elements: whatever it is given is text, but for what it has made itself.
"""

from soniclayer.export.html_report.page import html_page
from soniclayer.export.html_report.style import page_policy

__all__ = ["html_page", "page_policy"]

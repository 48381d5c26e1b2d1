"""What `soniclayer analyze` shows of a recording: a page for people, on a terminal or as plain text.

`page` is the way in; the other files are its parts from top to bottom. Everything is built from rich Text,
so that no name or spoken word is ever taken for markup.
"""

from soniclayer.cli.report.look import report_console
from soniclayer.cli.report.page import print_report

__all__ = ["print_report", "report_console"]

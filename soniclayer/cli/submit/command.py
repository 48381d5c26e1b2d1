"""`soniclayer submit FILE...`: uploads, two at a time, and with --wait follows them and prints what came of them."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.cli.report import print_report, report_console
from soniclayer.cli.suite.place import running_suite
from soniclayer.errors import ConfigError
from soniclayer.export import FORMATS, plan_exports, write_exports
from soniclayer.settings import load_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from soniclayer.cli.submit.submission import Submission
    from soniclayer.domain.summary import Result
    from soniclayer.export.write import Target
    from soniclayer.settings import Settings

EPILOG = """\
Without --url and --key it takes SONICLAYER_URL and SONICLAYER_API_KEY, else the `soniclayer suite` that runs on this
machine. A file that is there already is not computed again. Interrupted, what was uploaded goes on at the server.
Exit codes: 0 all done, 1 some were refused, failed or have errors, 2 wrong usage, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "submit",
        help="upload recordings to the suite, and follow them",
        description="Upload recordings to a running suite; with --wait follow them and print a report of each.",
        epilog=EPILOG,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio, or video with sound")
    parser.add_argument("--wait", action="store_true", help="follow them to their end, and print a report of each")
    for form in FORMATS:
        parser.add_argument(f"--{form}", metavar="PATH", help=f"write {form} to PATH, - for standard output; waits")
    parser.add_argument("--language", metavar="CODE", help="language spoken, e.g. en (default: the server's)")
    parser.add_argument("--personas", metavar="NAME,...", help="only these personas (default: all)")
    parser.add_argument("--url", metavar="URL", help="where the API is (SONICLAYER_URL)")
    parser.add_argument("--key", metavar="KEY", help="API key; better SONICLAYER_API_KEY: others see arguments")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Upload; wait; report.

    Raises:
        ConfigError: a file is not there, or an option is wrong.
    """
    from soniclayer.cli.submit.submission import Submission  # noqa: PLC0415 - requests, 60 ms for nobody else

    targets = plan_exports({form: getattr(args, form) for form in FORMATS}, args.files)
    missing = [path for path in args.files if not path.is_file()]
    if missing:
        raise ConfigError(*(f"{path}: {_why_no_file(path)}" for path in missing))
    url, key = _address(args)
    fields = {name: getattr(args, name) for name in ("language", "personas") if getattr(args, name)}
    submission = Submission(url, key, fields)
    waits = args.wait or bool(targets)
    try:
        results = submission.run(args.files, wait=waits)
    except KeyboardInterrupt:
        _tell("interrupted; what was uploaded goes on at the server")
        raise
    return _end(submission, results, targets, waits=waits)


def _why_no_file(path: Path) -> str:
    if path.is_dir():
        return "a folder: name the files in it"
    return "no file" if path.exists() else "not there"


def _end(submission: Submission, results: Sequence[Result], targets: Sequence[Target], *, waits: bool) -> int:
    to_stdout = any(target.path is None for target in targets)
    if waits and not to_stdout:
        console = report_console(sys.stdout)
        for result in results:
            print_report(result, console)
    elif not waits:
        for path, audio_id in submission.accepted.items():
            print(f"{audio_id}  {path}")  # noqa: T201 - this is the command line
    if results:
        write_exports(results, targets, sys.stdout.buffer if to_stdout else io.BytesIO())
    for path, error in submission.refused.items():
        _tell(f"{path}: {error}")
    good = not submission.refused and all(result.state == "completed" for result in results)
    return 0 if good else 1


def _address(args: argparse.Namespace) -> tuple[str, str | None]:
    """Where the API is, and the key for it: what was said, else the suite that runs here."""
    settings = load_settings()
    url = args.url.rstrip("/") if args.url else settings.url if _is_set(settings, "url") else None
    key = args.key or (settings.api_key.get_secret_value() if settings.api_key else None)
    if url and not url.startswith(("http://", "https://")):
        raise ConfigError(f"--url is {url!r}: need http://HOST:PORT or https://HOST")
    suite = running_suite()
    if suite and (url is None or url == suite.url):
        return suite.url, key or suite.key
    return url or settings.url, key


def _is_set(settings: Settings, field: str) -> bool:
    return field in settings.model_fields_set


def _tell(message: str) -> None:
    print(f"soniclayer: {message}", file=sys.stderr)  # noqa: T201 - this is the command line

"""`soniclayer analyze FILE...`: the whole pipeline on this machine, with no server of any kind."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from soniclayer import log
from soniclayer.cli.here import command_settings
from soniclayer.cli.progress import AnalysisProgress
from soniclayer.cli.report import print_report, report_console
from soniclayer.cli.report.sources import sources_of
from soniclayer.cli.service_user import refuse_unwritable, step_down, steps_down
from soniclayer.cli.source import open_early, open_source
from soniclayer.cli.timings import check_target, timings_now, write_timings
from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.domain.language import language_fault
from soniclayer.domain.recording import Wanted
from soniclayer.domain.state import ENDED
from soniclayer.errors import ConfigError, StoreError, StoreFull
from soniclayer.export import FORMATS, plan_exports, write_exports
from soniclayer.export.plain import one_line
from soniclayer.jobs.accept import accept
from soniclayer.jobs.board import Board
from soniclayer.jobs.crew import ASKING, Crew
from soniclayer.jobs.results import result_of
from soniclayer.models.catalogue import load_catalogue
from soniclayer.settings import expanded
from soniclayer.storage.recordings import Recordings
from soniclayer.storage.run import Run
from soniclayer.wiring import engine_children, make_judge, open_recordings, wanted_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from soniclayer.domain.persona import Persona
    from soniclayer.domain.summary import Result
    from soniclayer.engines.child import EngineChild
    from soniclayer.engines.langflow.judge import LangflowJudge
    from soniclayer.settings import Settings

REFRESH_S = 0.2

FEEDER_PATIENCE_S = 2.0
"""A thread that waits for a pipe to be opened cannot be woken: it is left to end with the process."""

EPILOG = """\
Results are kept in the store: the same file again shows them at once, and an interrupted analysis goes on where it
stopped. Where LANGFLOW_BASE_URL is set, personas speak through Langflow; what it does not answer the rules do, and the
same command asks it again. Exit codes: 0 all done, by the rules too, 1 some recordings failed or have errors, 2 wrong
usage, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "analyze",
        help="analyse recordings here and now, and print a report",
        description="Transcribe recordings, find topic and tone of every ~15 s, and let audiences judge them.",
        epilog=EPILOG,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio, or video with sound")
    for form in FORMATS:
        parser.add_argument(f"--{form}", metavar="PATH", help=f"write {form} to PATH, - for standard output")
    parser.add_argument("--language", metavar="CODE", help="language spoken, e.g. en (default: detected)")
    parser.add_argument("--model", metavar="NAME", help="speech model, a name of `soniclayer models list`")
    parser.add_argument("--personas", metavar="NAME,...", help="only these personas (default: all)")
    parser.add_argument("--timings", metavar="PATH", help="write as JSON to PATH what it took, - for standard output")
    parser.add_argument("--store", type=Path, metavar="DIR", help="where results are kept")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Analyse, report, write exports; the exit code."""
    targets = plan_exports({form: getattr(args, form) for form in FORMATS}, args.files)
    if args.timings:
        check_target(args.timings, stdout_taken=any(target.path is None for target in targets))
    settings = _settings(args)
    log.to_nobody()
    open_file: Callable[[Path], BinaryIO] = open_source
    if steps_down():
        open_file = open_early(args.files)
        step_down()
        refuse_unwritable([target.path for target in targets if target.path])
    labels = load_labels(settings.config_dir / "labels.yaml")
    personas = _chosen(load_personas(settings.config_dir / "personas", labels), args.personas)
    session = Session(open_recordings(settings), wanted_of(settings, labels, personas), open_file)
    engines, judge = engine_children(settings, labels), make_judge(settings, None, ASKING)
    try:
        with _terminated_as_interrupt():
            board, crew = session.analyze(args.files, engines, judge)
    except KeyboardInterrupt:
        _tell("interrupted; what is done is kept: run the same command again to go on")
        raise
    results = session.results()
    to_stdout = args.timings == "-" or any(target.path is None for target in targets)
    if not to_stdout:
        console = report_console(sys.stdout)
        for result in results:
            print_report(result, console)
    if results:
        write_exports(results, targets, sys.stdout.buffer if to_stdout else io.BytesIO())
    if args.timings:
        write_timings(args.timings, timings_now(board, crew, [engine.cost for engine in engines]))
    for fault in [*session.faults(results), *(stand_ins(results) if judge else ())]:
        _tell(fault)
    return 0 if not session.refused and all(result.state == "completed" for result in results) else 1


@dataclass
class Session:
    """One call of the command: the recordings it is about, and those it could not take."""

    recordings: Recordings
    wanted: Wanted
    open_file: Callable[[Path], BinaryIO] = open_source
    runs: dict[str, tuple[Run, str]] = field(default_factory=dict)
    refused: list[tuple[Path, str]] = field(default_factory=list)

    def analyze(
        self, files: Sequence[Path], engines: Sequence[EngineChild], judge: LangflowJudge | None
    ) -> tuple[Board, Crew]:
        """Work until every recording has ended; who has done it. Engines and judge are stopped then.

        Raises:
            SonicLayerError: the machine cannot go on (disk full, model missing); what is done is kept.
            KeyboardInterrupt: the user has had enough; what is done is kept.
        """
        board = Board()
        feeder = threading.Thread(target=self._feed, args=(board, files), daemon=True)
        crew = Crew(board, engines, judge)
        feeder.start()
        try:
            with AnalysisProgress(sys.stderr, len(files)) as progress:
                while not board.wait(REFRESH_S):
                    self._show(board, progress)
                self._show(board, progress)
        finally:
            board.stop()
            for engine in engines:
                engine.stop()
            if judge:
                judge.stop()
            feeder.join(FEEDER_PATIENCE_S)
            crew.join()
        for run, _ in self.runs.values():
            if self.recordings.get(run.recording.audio_id) == run.recording:
                self.recordings.close(run)
        return board, crew

    def results(self) -> list[Result]:
        """What is known of every recording, in the order they were given."""
        results = (self._result(run, name) for run, name in self.runs.values())
        return [result for result in results if result is not None]

    def faults(self, results: Sequence[Result]) -> list[str]:
        """One line on every file that could not be taken in or was not analysed in full."""
        refused = [f"{one_line(str(path))}: {one_line(error)}" for path, error in self.refused]
        return refused + [fault for fault in map(fault_of, results) if fault]

    def _result(self, run: Run, name: str) -> Result | None:
        try:
            return result_of(run, name)
        except StoreError as error:
            self.refused.append((Path(name), str(error)))
            return None

    def _feed(self, board: Board, files: Sequence[Path]) -> None:
        try:
            for path in files:
                self._take_in(board, path)
            board.close()
        except Exception as error:  # noqa: BLE001 - it is raised again by Board.wait
            board.stop(error)

    def _take_in(self, board: Board, path: Path) -> None:
        name = os.fsencode(path.name).decode(errors="replace")
        try:
            with self.open_file(path) as source:
                run = accept(self.recordings, source, name, self.wanted, taken=self.runs, stopped=lambda: board.over)
        except (OSError, StoreError) as error:
            if isinstance(error, StoreFull):
                raise
            self.refused.append((path, getattr(error, "strerror", None) or str(error)))
            return
        if run.recording.audio_id not in self.runs:
            self.runs[run.recording.audio_id] = (run, name)
            board.add(run)

    def _show(self, board: Board, progress: AnalysisProgress) -> None:
        for one in board.progress():
            if one.state in ENDED:
                progress.finished(one.audio_id, one.state, one.name)
            else:
                note = ", ".join(one.running)
                progress.update(one.audio_id, one.name, one.done_s, one.total_s, one.estimated, note)


def fault_of(result: Result) -> str | None:
    """What was wrong with a recording, in one line; None when all of it was analysed."""
    failures = result.summary.failures
    causes = [f"damaged: {result.summary.damage}"] if result.summary.damage else []
    causes += [failures[0].message] if failures else []
    causes += [f"steps given up: {len(failures)}"] if len(failures) > 1 else []
    return one_line(f"{result.name}: {'; '.join(causes)}") if causes else None


def stand_ins(results: Sequence[Result]) -> list[str]:
    """Lines on opinions that are the rules' although there is a Langflow."""
    found = sources_of(results)
    told = []
    if found.provisional:
        told.append(
            f"{found.provisional} of {found.all} opinions are by the rules, for want of an answer from Langflow: "
            "run the same command again"
        )
    if found.rules > found.provisional:
        told.append(
            f"{found.rules - found.provisional} of {found.all} opinions stay by the rules: they were made without "
            "Langflow, or it has answered three times and made no sense"
        )
    return told


def _tell(message: str) -> None:
    print(f"soniclayer: {message}", file=sys.stderr)  # noqa: T201 - this is the command line


def _settings(args: argparse.Namespace) -> Settings:
    settings = command_settings()
    changes = {
        "whisper_language": args.language,
        "whisper_model": args.model,
        "uploads_dir": expanded(args.store) if args.store else None,
    }
    changed = settings.model_copy(update={name: value for name, value in changes.items() if value is not None})
    _check(changed)
    return changed


def _check(settings: Settings) -> None:
    """Refuse what cannot work before older results make way for it."""
    catalogue = load_catalogue(settings.config_dir / "models.yaml")
    speech, _ = catalogue.pick([settings.whisper_model, settings.label_model])
    if not speech.purpose.startswith("speech"):
        raise ConfigError(f"--model: {speech.name} is for {speech.purpose}, not for speech")
    fault = language_fault(settings.whisper_language, settings.whisper_model)
    if fault:
        raise ConfigError(f"--language: {fault}")


def _chosen(personas: Sequence[Persona], names: str | None) -> list[Persona]:
    if names is None:
        return list(personas)
    wanted = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    known = {persona.name: persona for persona in personas}
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise ConfigError(f"--personas: no such persona: {', '.join(unknown) or names!r}; there are {', '.join(known)}")
    return [known[name] for name in wanted]


@contextmanager
def _terminated_as_interrupt() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl-C does: children stopped, the store left resumable."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

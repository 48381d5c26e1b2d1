"""One call of `soniclayer submit`: which files were taken, which were refused, what came of them."""

from __future__ import annotations

import queue
import sys
import threading
from typing import TYPE_CHECKING

from soniclayer.cli.submit.api import Api
from soniclayer.cli.submit.document import result_of_document
from soniclayer.cli.submit.follow import Follower, Standing
from soniclayer.cli.submit.progress import SubmitProgress
from soniclayer.errors import SonicLayerError
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from soniclayer.domain.summary import Result

AT_ONCE = 2
TICK_S = 0.2


class Submission:
    """`accepted` and `refused` grow while it runs; both in the order in which it happened.

    Args:
        url: of the API, without a slash at its end.
        key: for it, None = none.
        fields: of the form, beside the file.
    """

    def __init__(self, url: str, key: str | None, fields: Mapping[str, str]) -> None:
        self.accepted: dict[Path, str] = {}
        self.refused: dict[Path, str] = {}
        self._over = threading.Event()
        self._api = Api(url, key, self._over)
        self._fields = fields
        self._names: dict[str, list[str]] = {}
        self._progress = SubmitProgress(sys.stderr)
        self._follower = Follower(self._api, self._show)

    def run(self, files: Sequence[Path], *, wait: bool) -> list[Result]:
        """Upload them all; the results, in the order of the files, when it waits for them.

        Raises:
            KeyboardInterrupt: the user has had enough.
            ApiError: the server refuses to tell of what it has taken.
        """
        waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for path in dict.fromkeys(files):
            waiting.put(path)
        threads = [threading.Thread(target=self._upload_all, args=(waiting, wait), daemon=True) for _ in range(AT_ONCE)]
        if wait:
            threading.Thread(target=self._follower.listen, daemon=True).start()
        try:
            with self._progress:
                for thread in threads:
                    thread.start()
                while any(thread.is_alive() for thread in threads) or not self._follower.all_ended():
                    self._over.wait(TICK_S)
                    self._follower.look_at_all()
        finally:
            self._over.set()
        return self._results(files) if wait else []

    def _upload_all(self, waiting: queue.SimpleQueue[Path], wait: bool) -> None:  # noqa: FBT001 - a thread's
        while not self._over.is_set():
            try:
                path = waiting.get_nowait()
            except queue.Empty:
                return
            self._upload(path, wait=wait)

    def _upload(self, path: Path, *, wait: bool) -> None:
        name = str(path)
        try:
            size_bytes = path.stat().st_size
            accepted = self._api.upload(
                path,
                self._fields,
                lambda sent: self._progress.uploading(name, sent, size_bytes),
                lambda wait_s: self._progress.waiting(name, wait_s),
            )
        except (SonicLayerError, OSError) as error:
            self.refused[path] = getattr(error, "strerror", None) or str(error)
            self._progress.ended(name, "not taken")
            return
        self.accepted[path] = accepted.audio_id
        if not wait:
            self._progress.ended(name, "was there already" if accepted.known else "accepted")
            return
        self._names.setdefault(accepted.audio_id, []).append(name)
        self._follower.add(accepted.audio_id)

    def _show(self, standing: Standing) -> None:
        for name in self._names[standing.audio_id]:
            if standing.ended:
                self._progress.ended(name, standing.state.replace("_", " "))
            else:
                self._progress.working(name, standing)

    def _results(self, files: Sequence[Path]) -> list[Result]:
        """Each recording once, also where two files hold the same bytes."""
        paths: dict[str, Path] = {}
        for path in files:
            if path in self.accepted:
                paths.setdefault(self.accepted[path], path)
        found = (self._result(path, audio_id) for audio_id, path in paths.items())
        return [result for result in found if result is not None]

    def _result(self, path: Path, audio_id: str) -> Result | None:
        try:
            return result_of_document(self._api.get(f"/transcripts/{audio_id}.json"))
        except (SonicLayerError, OSError) as error:
            self.refused[path] = one_line(str(error))
            return None

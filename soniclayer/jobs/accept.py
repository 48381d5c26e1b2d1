"""Takes a recording in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.errors import EngineStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import BinaryIO

    from soniclayer.domain.recording import Wanted
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

CHUNK_BYTES = 2**20


def accept(  # noqa: PLR0913 - what an upload is made of
    recordings: Recordings,
    source: BinaryIO,
    name: str,
    wanted: Wanted,
    *,
    taken: Container[str] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Run:
    """Copy `source` into the store and see to it that what is wanted of it will be computed.

    The same bytes again are the same recording: what there is of it is kept, what failed is tried again, new personas
    are added. Only other options (language, models, labels) make a new run of it, since every result depends on them.

    Args:
        recordings: where it goes.
        source: its bytes.
        name: what the user calls it.
        wanted: what is to be computed.
        taken: ids of recordings that are being worked on already: they are left as they are.
        stopped: asked after every MiB whether the user has had enough.

    Raises:
        EngineStopped: it was stopped.
        StoreError: the store failed; StoreFull when it is full.
        OSError: `source` cannot be read.
    """
    with recordings.receive() as incoming:
        while chunk := source.read(CHUNK_BYTES):
            if stopped():
                raise EngineStopped("stopped while the file was read")
            incoming.write(chunk)
        known = recordings.get(incoming.sha256)
        if known is not None and incoming.sha256 in taken:
            return recordings.run(known)
        if known is not None and recordings.run(known).wanted().options != wanted.options:
            recordings.delete(known)
            recordings.forget(known)
        accepted = recordings.accept(incoming, name, wanted)
    run = recordings.run(accepted.recording)
    if not accepted.new:
        recordings.mark_open(accepted.recording)
        before = run.wanted()
        after = _in_the_same_edition(wanted, before)
        if after != before:
            run.want(after)
        recordings.reopen(run)
    return run


def _in_the_same_edition(wanted: Wanted, before: Wanted) -> Wanted:
    """What is wanted, of personas that were asked anew since in their later edition: they need not be asked again."""
    editions = {persona.name: persona.edition for persona in before.personas}
    personas = (replace(one, edition=editions.get(one.name, one.edition)) for one in wanted.personas)
    return replace(wanted, personas=tuple(personas))

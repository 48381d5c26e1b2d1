"""An engine that hears nothing: its results depend on the window's number alone. It passes the engine contract."""

from __future__ import annotations

from soniclayer.domain.segment import Analysis, Label, Segment, SegmentLabels, Tag, Transcript, Word
from soniclayer.domain.window import Expected, Plan, PreparedWindow, Region, Span, Window
from soniclayer.errors import EngineDied, StoreError

WINDOW_S = 20.0


def fake_window(number: int) -> Window:
    start_s, end_s = number * WINDOW_S, (number + 1) * WINDOW_S
    return Window(
        start_s=start_s,
        end_s=end_s,
        number=number,
        speech=(Span(start_s, end_s),),
        regions=(Region(start_s, end_s, "speech"),),
        language="en",
        momentary_lufs=(-23.0,) * 200,
        peaks=(50,) * 200,
    )


class FakeEngine:
    """`deaths` names the calls (`transcribe.1`) at which it dies, and how often."""

    def __init__(self, windows: int = 3, deaths: dict[str, int] | None = None, unsuited: str | None = None) -> None:
        self.windows = windows
        self.unsuited = unsuited
        self.deaths = dict(deaths or {})
        self.calls: list[str] = []

    def warm_up(self, *, hearing: bool, speech: bool, labels: bool) -> None:
        pass

    def prepare(self, source, language, resume):
        self._live("prepare")
        assert source.is_file()
        assert resume.start_s == resume.number * WINDOW_S
        yield Expected(self.windows * WINDOW_S)
        for current in range(resume.number, self.windows):
            yield PreparedWindow(fake_window(current), b"fLaC%d" % current)
            self._live(f"prepare.{current}")
        yield Plan(
            windows=self.windows,
            duration_s=self.windows * WINDOW_S,
            container="flac",
            codec="flac",
            sample_rate_hz=16_000,
            channels=1,
            language=language or "en",
            language_probability=None if language else 0.9,
            loudness_lufs=-23.0,
            dead_air=(),
            damage=None,
            unsuited=self.unsuited,
        )

    def listen(self, source, target):
        assert source.is_file()
        assert target.is_file()
        for current in range(self.windows):
            self._live(f"listen.{current}")
            with target.open("ab" if current else "wb") as copy:
                copy.write(b"m4a%d" % current)
            yield

    def cut(self, source, window):
        self._live(f"cut.{window.number}")
        return b"fLaC%d" % window.number

    def transcribe(self, audio, window):
        self._live(f"transcribe.{window.number}")
        if audio.read_bytes() != b"fLaC%d" % window.number:
            raise StoreError("damaged sound", code="object_damaged")
        words = tuple(
            Word(window.start_s + second, window.start_s + second + 0.5, f" word{second}.", 0.9) for second in range(18)
        )
        text = "".join(word.text for word in words).strip()
        segment = Segment(words[0].start_s, words[-1].end_s, f"{window.number:04d}.00", "speech", text, words)
        return Transcript(window.number, window.language, "fake", (segment,))

    def classify(self, transcript):
        self._live(f"classify.{transcript.window}")
        topic = Label(("Food", "Sports", "Health")[transcript.window % 3], 0.8, "Travel", unsure=False)
        tone = Label("Positive", 0.7, "Casual", unsure=False)
        tags = (Tag("profanity", "damn"),) if transcript.window % 2 else ()
        labels = tuple(SegmentLabels(s.segment_id, topic, tone, tags) for s in transcript.segments)
        return Analysis(transcript.window, "fake", labels)

    def _live(self, call: str) -> None:
        self.calls.append(call)
        if self.deaths.get(call, 0) > 0:
            self.deaths[call] -= 1
            raise EngineDied(f"died at {call}", code="engine_crashed")

"""The report, on terminals of several widths and as plain text."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from broadcast_result import broadcast_result, judged_result
from rich.cells import cell_len
from rich.console import Console

from soniclayer.cli.report import print_report, report_console
from soniclayer.cli.report.timeline import cells, tick_s
from soniclayer.domain.summary import Failure, Result, Summary

HOSTILE_NAME = "[red]kbd[/] \x1b[31m🎙️ \u202eשלום\nx\t.mp3"  # noqa: RUF001 - right to left
EMPTY = Summary("", 0.0, 0.0, None, None, None, (), None, (), (), (), ())
FAILED = Failure("prepare", "undecodable", "no audio in the file " + "x" * 150, 1)


def plain(result):
    out = io.StringIO()
    print_report(result, report_console(out))
    return out.getvalue()


def on_terminal(result, width, **options):
    out = io.StringIO()
    options = {"color_system": "truecolor", **options}
    print_report(result, Console(file=out, force_terminal=True, width=width, markup=False, **options))
    return out.getvalue()


def without_colours(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def gen_z_strip(result):
    """Its strip of scores, as plain text shows it."""
    return re.search(r"^Gen Z listener  ([♪?][^ ]+) ", plain(result), re.MULTILINE).group(1)


def test_plain_text_has_no_control_characters_and_at_most_100_columns():
    text = plain(broadcast_result(HOSTILE_NAME))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert max(cell_len(line) for line in text.splitlines()) <= 100


def test_plain_text_shows_scores_over_time_as_digits():
    strip = gen_z_strip(broadcast_result())
    assert re.fullmatch(r"♪+[1-5]+·+[1-5]+♪+", strip)
    assert re.search("1{4,}.*5{4,}", strip)


def test_colours_come_with_heights_for_those_who_do_not_tell_red_from_green():
    text = on_terminal(broadcast_result(), 100)
    line = next(line for line in without_colours(text).splitlines() if line.startswith("Gen Z listener  ♪"))
    assert {"▁", "▄", "█"} <= set(line)
    assert "\x1b[38;2;215;48;31m" in text
    assert "\x1b[38;2;30;158;74m" in text


def test_a_terminal_without_colours_shows_digits():
    text = without_colours(on_terminal(broadcast_result(), 100, no_color=True))
    assert re.search(r"Gen Z listener  ♪+[1-5]+", text)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    text = without_colours(on_terminal(broadcast_result(HOSTILE_NAME), width))
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_every_label_and_score_is_whole_from_80_columns_on(width):
    text = without_colours(on_terminal(broadcast_result(), width))
    row = next(line for line in text.splitlines() if line.startswith("2:11"))
    assert " ".join(row.split()) == "2:11 Advertising & Marketing? Positive 3.2 5.0 3.2 3.2 2.2 3.2"


def test_names_and_text_are_shown_and_never_taken_for_markup():
    result = broadcast_result(HOSTILE_NAME)
    report = result.segments[1]
    said = replace(report, segment=replace(report.segment, text="So [bold]loud[/bold] :smile: \x1b]0;x\x07"))
    text = plain(replace(result, segments=(said, *result.segments[2:])))
    assert text.splitlines()[0] == "[red]kbd[/] [31m🎙️ שלום x .mp3"
    assert "So [bold]loud[/bold] :smile: ]0;x" in text


def test_the_header_tells_the_facts():
    assert plain(broadcast_result()).splitlines()[2].split("   ") == [
        "4:06 long",
        "3:28 speech",
        "language en",
        "-19.8 LUFS",
        "completed",
    ]


def test_dead_air_has_a_line_of_its_own():
    result = broadcast_result()
    assert "dead air 10 s at 2:43" in plain(result).splitlines()
    assert "dead air" not in plain(replace(result, summary=replace(result.summary, dead_air=())))


def test_unsure_labels_and_doubtful_text_are_marked_and_explained():
    text = plain(broadcast_result())
    assert "Community & Local?" in text
    assert "[doubtful] The new processor" in text
    assert "?  the runner-up was close" in text
    assert "[doubtful]  may be invented" in text


def test_tags_stand_before_the_text():
    assert "[profanity] Right, let me say" in plain(broadcast_result())


def test_every_persona_has_its_mean_its_counts_and_its_moments():
    lines = plain(broadcast_result()).splitlines()
    start = lines.index("Audiences")
    assert " ".join(lines[start + 2].split()) == "Gen Z listener 3.1 2 ▂ - 13 █ 2 ▂ 2 ▂"
    moments = lines[lines.index("Gen Z listener: best and worst") + 1 :][:6]
    assert [line.split()[:3] for line in moments[:1]] == [["best", "5.0", "1:33"]]
    assert "This is for me: Technology and Excited." in moments[0]
    assert '"Okay, I have been waiting all' in moments[0]
    assert [line.split()[0] for line in moments] == ["best"] * 3 + ["worst"] * 3


def test_shares_are_bars_with_percentages():
    text = plain(broadcast_result())
    assert re.search(r"Opinion & Editorial +13%  █+", text)
    assert re.search(r"Informative +21%  █+", text)


def test_failures_are_listed_with_their_whole_message():
    result = broadcast_result()
    failed = replace(result, state="failed", summary=replace(result.summary, failures=(FAILED,)))
    text = plain(failed)
    assert "Failures (1)\n✗ prepare  undecodable, 1 attempt\n" in text
    assert "x" * 150 in text.replace("\n", "")


def test_damage_is_told_in_full():
    result = broadcast_result()
    damage = "the file ends in the middle of a frame; " * 4
    damaged = replace(result, summary=replace(result.summary, damage=damage))
    assert " ".join(f"damaged: {damage}".split()) in " ".join(plain(damaged).split())


def test_a_recording_that_failed_at_once_has_a_header_and_its_failure_only():
    text = plain(Result("ab" * 32, "x.mp3", "failed", replace(EMPTY, failures=(FAILED,)), ()))
    assert "failed" in text.splitlines()[2]
    assert "Failures (1)" in text
    assert "Over time" not in text
    assert "Segments" not in text


def test_a_recording_without_speech_has_a_picture_and_no_scores():
    music = broadcast_result().segments[:1]
    summary = replace(EMPTY, duration_s=8.7, personas=broadcast_result().summary.personas[:1])
    silent = replace(summary.personas[0], mean_score=None, distribution=(0, 0, 0, 0, 0), best=(), worst=())
    text = plain(Result("ab" * 32, "x.mp3", "completed", replace(summary, personas=(silent,)), music))
    assert re.search(r"Gen Z listener  ♪+ +-\n", text)
    assert "best and worst" not in text


def test_speech_without_a_score_is_drawn_as_unknown():
    result = broadcast_result()
    unscored = tuple(replace(report, evaluations=report.evaluations[1:]) for report in result.segments)
    assert re.fullmatch(r"♪+\?+·+\?+♪+", gen_z_strip(replace(result, segments=unscored)))


def test_personas_that_do_not_fit_beside_a_segment_are_counted():
    result = broadcast_result()
    many = replace(result.summary, personas=result.summary.personas * 4)
    text = without_colours(on_terminal(replace(result, summary=many), 80))
    assert re.search(r"^\d+ more personas: in the summary below", text, re.MULTILINE)


def test_an_ascii_terminal_gets_ascii_signs_and_no_crash():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_report(broadcast_result("café 🎙️.mp3"), report_console(out))
    out.flush()
    text = out.buffer.getvalue().decode("ascii")
    assert text.startswith("caf? ")
    assert re.search(r"Gen Z listener  %+[1-5]+\.+[1-5]+%+", text)
    assert re.search(r"Opinion & Editorial +13%  #+", text)


def test_cells_tile_the_recording_and_weigh_scores_by_time():
    first, second = broadcast_result().segments[7], broadcast_result().segments[8]
    (cell,) = cells([first, second], second.segment.end_s, 1)
    lengths = [first.segment.duration_s, second.segment.duration_s]
    scores = [report.evaluations[0].score for report in (first, second)]
    mean = sum(a * b for a, b in zip(lengths, scores, strict=True)) / sum(lengths)
    assert cell.score("gen_z") == pytest.approx(mean)


@pytest.mark.parametrize(("duration_s", "step_s"), [(8, 2), (246, 60), (3600, 900), (43200, 14400)])
def test_the_time_axis_counts_in_steps_people_use(duration_s, step_s):
    assert tick_s(duration_s, 5) == step_s


def test_nothing_is_said_of_who_has_judged_where_nobody_but_the_rules_was_asked():
    text = plain(broadcast_result())
    assert "Langflow" not in text
    assert "by the rules" not in text


def test_scores_of_the_rules_are_marked_where_others_are_langflow_s():
    text = plain(judged_result())
    marked = re.findall(r"^\d+:\d\d .*\*.*$", text, re.MULTILINE)
    assert [line.count("*") for line in marked] == [1, 1]
    assert "*  by the rules, the others by Langflow" in text
    count = sum(len(report.evaluations) for report in judged_result().segments)
    told = f"Opinions: {count - 2} by Langflow (a-model-7b), 2 by the rules, 1 of these until Langflow answers"
    assert told in text


def test_recording_that_the_rules_judged_for_a_silent_langflow_says_so_once():
    result = broadcast_result()
    silent = [
        replace(report, evaluations=tuple(replace(one, provisional=True) for one in report.evaluations))
        for report in result.segments
    ]
    text = plain(replace(result, segments=tuple(silent)))
    count = sum(len(report.evaluations) for report in silent)
    assert f"Opinions: {count} by the rules, {count} of these until Langflow answers" in text
    assert "*" not in text


def test_marks_leave_every_score_whole_and_in_its_column():
    marked, unmarked = (
        next(line for line in plain(result).splitlines() if line.startswith("0:09"))
        for result in (judged_result(), broadcast_result())
    )
    assert marked.replace("*", " ").split() == unmarked.split()
    assert cell_len(marked) <= 100


def test_name_of_a_model_steers_no_terminal():
    assert "(a [31mmodel)" in plain(judged_result("a \x1b[31mmodel\x07"))

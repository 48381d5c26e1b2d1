"""html: what the report tells, as a reader of its elements finds it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from broadcast_result import broadcast_result, judged_result
from samples import ROOT
from strict_html import read_page

from soniclayer import __version__
from soniclayer.domain.summary import Failure
from soniclayer.domain.window import Span
from soniclayer.export import export
from soniclayer.export.formats import export_all
from soniclayer.export.html_report import label_colour
from soniclayer.export.html_report.words import STATES, level, score_chip

DASHBOARD = ROOT / "soniclayer" / "dashboard"


@pytest.fixture(scope="module")
def page():
    return read_page(export(broadcast_result(), "html"))


def told(result):
    """The facts at the top: term -> what is told."""
    page = read_page(export(result, "html"))
    return dict(zip((n.text for n in page.all("dt")), (n.text for n in page.all("dd")), strict=True))


def summed(**changes):
    result = broadcast_result()
    return replace(result, summary=replace(result.summary, **changes))


def long_result(hours: int = 4):
    """A recording of four hours: about 1,000 segments, six personas each."""
    result = broadcast_result()
    reports = []
    for number in range(round(hours * 3600 / result.summary.duration_s)):
        for report in result.segments:
            shift_s, segment = number * result.summary.duration_s, report.segment
            times = {"start_s": segment.start_s + shift_s, "end_s": segment.end_s + shift_s}
            renamed = replace(segment, segment_id=f"{number:04d}.{segment.segment_id}", **times)
            reports.append(replace(report, segment=renamed))
    return replace(result, segments=tuple(reports), summary=replace(result.summary, duration_s=hours * 3600.0))


def test_the_page_is_valid(page):
    assert page.faults == []


def test_several_recordings_make_one_valid_page():
    page = read_page(export_all([broadcast_result("a.mp3"), judged_result(), broadcast_result("a.mp3")], "html"))
    assert page.faults == []
    assert page.one("h1").text == "3 recordings"
    assert [node.text for node in page.all("h2", class_="level-1")] == ["a.mp3", "broadcast.flac", "a.mp3"]


def test_every_link_leads_to_a_place_on_the_page(page):
    several = read_page(export_all([broadcast_result("a.mp3"), judged_result()], "html"))
    for one in (page, several):
        places = {f"#{node.attributes['id']}" for node in one.nodes if "id" in node.attributes}
        links = [node.attributes["href"] for node in one.all("a")]
        assert len(links) > 50
        assert set(links) <= places


def test_headings_go_down_one_level_at_a_time(page):
    several = read_page(export_all([broadcast_result("a.mp3"), judged_result()], "html"))
    for one in (page, several):
        levels = [int(node.tag[1]) for node in one.nodes if re.fullmatch(r"h[1-6]", node.tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_head_tells_what_is_known_of_the_recording():
    result = replace(broadcast_result(), uploaded_at="2026-11-23T14:05:06.789Z")
    assert told(result) == {
        "State": "Done",
        "Length": "4:06",
        "Speech": "3:28 (84\N{NO-BREAK SPACE}%)",
        "Language": "English",
        "Loudness": "\N{MINUS SIGN}19.8 LUFS 3.2 LU above EBU R128 (\N{MINUS SIGN}23.0 LUFS)",
        "Dead air": "10 s at 2:43",
        "Uploaded": "23 Nov 2026, 14:05 UTC",
    }


@pytest.mark.parametrize(
    ("changes", "term", "words"),
    [
        ({"loudness_lufs": -23.6}, "Loudness", "as EBU R128 asks"),
        ({"loudness_lufs": -27.5}, "Loudness", "4.5 LU below EBU R128"),
        ({"language": None}, "Language", "not known"),
        ({"language": "de", "language_probability": 0.4}, "Language", "German, not sure"),
        ({"language": "xx", "language_probability": None}, "Language", "xx"),
        ({"dead_air": tuple(Span(100.0 * n, 100.0 * n + 6) for n in range(14))}, "Dead air", "6 s at 18:20, 2 more"),
    ],
)
def test_facts_are_told_in_words(changes, term, words):
    assert words in told(summed(**changes))[term]


def test_what_is_not_known_is_not_told():
    assert {"Loudness", "Dead air", "Uploaded"}.isdisjoint(told(summed(loudness_lufs=None, dead_air=())))
    assert "Loudness" not in told(summed(loudness_lufs=float("nan")))


def test_damage_and_failures_are_told_with_what_to_make_of_them():
    failure = Failure("evaluate.0003.gen_z", "persona_away", "Langflow does not answer", 3)
    page = read_page(export(summed(damage="ends in the middle of a frame", failures=(failure,)), "html"))
    faults = page.one("div", class_="faults").text
    assert "2 things went wrong" in faults
    assert "The file is damaged. What could be read of it is here: ends in the middle of a frame" in faults
    assert "Asking an audience: Langflow does not answer (evaluate.0003.gen_z, persona_away, 3 tries)" in faults


def test_every_persona_has_a_card_with_its_mean_and_how_often_it_gave_each_score(page):
    for persona in broadcast_result().summary.personas:
        (card,) = [node for node in page.all("article", class_="card") if node.text.startswith(persona.title)]
        assert f"mean {persona.mean_score:.1f}" in card.text
        counts = re.findall(r"([1-5])(\d+) ", card.text.partition("Segments")[2].partition("Best")[0])
        assert [int(count) for _, count in reversed(counts)] == list(persona.distribution)


def test_best_and_worst_lead_to_their_segments(page):
    persona = broadcast_result().summary.personas[0]
    hrefs = [node.attributes["href"] for node in page.all("a") if node.parents[-2:] == ("ul", "li")]
    assert hrefs[:6] == [f"#segment-{one}" for one in (*persona.best, *persona.worst)]


@pytest.mark.parametrize(
    ("by_langflow", "provisional", "words"),
    [
        (19, 0, "19 segments, by Langflow"),
        (0, 0, "19 segments, by the rules"),
        (17, 1, "19 segments: 17 by Langflow, 2 by the rules, 1 of these until Langflow answers"),
    ],
)
def test_a_card_tells_who_has_judged(by_langflow, provisional, words):
    first, *others = broadcast_result().summary.personas
    personas = (replace(first, by_langflow=by_langflow, provisional=provisional), *others)
    assert words in export(summed(personas=personas), "html")


def test_a_persona_that_had_nothing_to_judge_says_so():
    first = replace(broadcast_result().summary.personas[0], mean_score=None, distribution=(0, 0, 0, 0, 0))
    assert "There was nothing to judge." in export(summed(personas=(first,)), "html")


def test_topics_and_tones_have_their_shares(page):
    topics, tones = page.all("table", class_="shares")
    for table, shares in ((topics, "topic_shares"), (tones, "tone_shares")):
        for name, share in getattr(broadcast_result().summary, shares):
            assert f"{name}{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%") in table.text


def test_every_segment_stands_under_its_anchor_with_all_that_is_known_of_it():
    page = read_page(export(judged_result(), "html"))
    result = judged_result()
    entries = {node.attributes["id"]: node.text for node in page.all("li") if "id" in node.attributes}
    assert list(entries) == [f"segment-{report.segment.segment_id}" for report in result.segments]
    for report in result.segments:
        entry = entries[f"segment-{report.segment.segment_id}"]
        known = [report.segment.text, *(tag.evidence for tag in report.tags)]
        known += [label.name for label in (report.topic, report.tone) if label]
        known += [label.runner_up for label in (report.topic, report.tone) if label]
        known += [part for one in report.evaluations for part in (one.opinion, one.rationale, one.note)]
        known += [f"{one.score:.1f}" for one in report.evaluations]
        assert [one for one in known if one not in entry] == []


def test_what_is_not_speech_is_named():
    entries = [node.text for node in read_page(export(broadcast_result(), "html")).all("li", class_="silent")]
    assert entries[0] == "0:00Music, 9 s, \N{MINUS SIGN}16.2 LUFS"
    assert any(entry.endswith("Silence, 10 s") for entry in entries)


def test_doubts_are_told():
    text = export(broadcast_result(), "html")
    assert text.count("unsure: perhaps Lifestyle") > 2
    assert "text may be invented</span>" in text


def test_every_opinion_tells_whose_it_is():
    page = read_page(export(judged_result(), "html"))
    sources = [node.text for node in page.all("small") if "details" in node.parents]
    assert sources[0].startswith("by the rules until Langflow answers, ")
    assert sum(one.startswith("by the rules, ") for one in sources) == 1
    assert sum(one.startswith("by Langflow (a-model-7b), ") for one in sources) == len(sources) - 2


def test_the_timeline_has_a_lane_for_everything(page):
    lanes = [node.text for node in page.all("li") if node.parents[-1] == "ul" and "figure" in node.parents]
    titles = [f"{one.title}{one.mean_score:.1f}" for one in broadcast_result().summary.personas]
    assert lanes == ["Sound", "Topic", "Tone", *titles, "Loudness line: \N{MINUS SIGN}23.0 LUFS", "Remarks"]


def test_the_timeline_tells_of_every_segment_and_leads_to_it(page):
    result = broadcast_result()
    touched = [node for node in page.all("a") if "svg" in node.parents]
    assert [node.attributes["href"] for node in touched] == [
        f"#segment-{report.segment.segment_id}" for report in result.segments
    ]
    assert touched[1].text == (
        "0:09 to 0:22, Community & Local?, Casual?; Gen Z listener 3.0; Advertiser 3.0; Parent 3.0; "
        "Business owner 3.0; Tradie 3.0; Commuter 3.8"
    )


def test_the_timeline_stands_in_words_too(page):
    (words,) = [node.text for node in page.all("p", class_="unseen")]
    assert words.startswith("A picture of 4:06: Speech 3:28, Music 0:20, Silence 0:10.")
    assert "Topics: 0:09 Community & Local, 0:23 Politics" in words


def test_scores_are_colour_and_number(page):
    digits = [(node.text, node.attributes["class"]) for node in page.all("text", class_="digit")]
    assert {text for text, _ in digits} == {"1", "2", "3", "4", "5"}
    chips = [node for node in page.all("b") if (node.attributes.get("class") or "").startswith("score-")]
    assert {node.attributes["class"] for node in chips} == {f"score-{score}" for score in range(1, 6)}
    for chip in chips:
        assert abs(float(chip.text) - int(chip.attributes["class"][-1])) <= 0.55


def test_the_height_of_a_step_tells_the_score_too(page):
    for score in range(1, 6):
        shapes = page.all("path", class_=f"step-{score}")
        heights = {float(one) for shape in shapes for one in re.findall(r"v([\d.]+)h", shape.attributes["d"])}
        assert heights == {22 * score / 5}


def test_a_recording_that_is_not_done_shows_what_there_is():
    result = broadcast_result()
    nothing = replace(
        result.summary, personas=(), topic_shares=(), tone_shares=(), speech_s=0.0, duration_s=0.0, inputs=""
    )
    half = replace(result, state="processing", summary=nothing, segments=result.segments[:5])
    page = read_page(export(half, "html"))
    assert page.faults == []
    assert "This page holds what there was when it was made." in page.one("dl").text
    assert [node.text for node in page.all("h2")] == ["Over time", "Transcript"]
    assert "gen_z" in [node.text for node in page.all("bdi")]


def test_a_recording_of_which_nothing_is_known_is_a_page_too():
    result = broadcast_result()
    empty = replace(
        result.summary, personas=(), topic_shares=(), tone_shares=(), speech_s=0.0, duration_s=0.0, inputs=""
    )
    page = read_page(export(replace(result, state="failed", summary=empty, segments=()), "html"))
    assert page.faults == []
    assert "nothing could be heard" in page.one("main").text


def test_the_foot_tells_what_made_it():
    foot = read_page(export(replace(judged_result(), models=("base", "minilm")), "html")).one("footer").text
    assert f"SonicLayer {__version__}" in foot
    assert "models a-model-7b, base, minilm" in foot
    assert broadcast_result().audio_id in foot


def test_equal_results_make_equal_pages():
    assert export(broadcast_result(), "html") == export(broadcast_result(), "html")


def test_the_style_takes_all_its_colours_from_the_dashboard(page):
    tokens = (DASHBOARD / "css" / "tokens.css").read_text()
    rules = (ROOT / "soniclayer" / "export" / "html_report" / "page.css").read_text()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules) == ["#ffffff"]  # the ground of paper
    used = set(re.findall(r"var\((--[\w-]+)", rules))
    assert {name for name in used if f"{name}:" not in tokens} == {"--fill"}
    for line in re.findall(r"--score-\d: #\w+", tokens):
        assert line in page.one("style").text


def test_topics_have_the_colours_of_the_dashboard():
    script = (DASHBOARD / "js" / "timeline" / "label_colour.js").read_text()
    shades = {name: [list(shade) for shade in shades] for name, shades in label_colour.SHADES.items()}
    told = f"{{ light: {shades['light']}, dark: {shades['dark']} }}"
    assert told in script
    assert f"HUES = {label_colour.HUES};" in script
    assert f"SEED = {label_colour._SEED};" in script


def test_states_are_called_as_in_the_dashboard():
    texts = (DASHBOARD / "js" / "texts.js").read_text()
    for state, words in STATES.items():
        assert f'{state}: "{words}"' in texts


def test_four_hours_make_a_page_that_can_be_sent():
    result = long_result()
    before_s = time.process_time()
    text = export(result, "html")
    cost_s = time.process_time() - before_s
    assert len(result.segments) > 1000
    assert len(text.encode()) < 4_000_000
    assert cost_s < 10  # it was 0.5 s


@pytest.mark.parametrize(
    ("score", "shown", "colour"), [(2.25, "2.3", 2), (3.46, "3.5", 4), (3.44, "3.4", 3), (5, "5.0", 5)]
)
def test_the_colour_of_a_score_is_that_of_the_number_that_is_shown(score, shown, colour):
    assert level(score) == colour
    assert f">{shown}<" in str(score_chip(score))

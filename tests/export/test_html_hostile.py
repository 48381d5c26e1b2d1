"""html: whatever a recording says or is called stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broadcast_result import judged_result, words
from strict_html import read_page

from soniclayer.domain.segment import Label, Tag
from soniclayer.domain.summary import Failure
from soniclayer.export import export
from soniclayer.export.html_report.markup import element

SCRIPT = "<script>alert(1)</script>"
CLOSING = "</title></style></p></details></svg><img src=x onerror=alert(2)>"
QUOTED = "\"'><a href='javascript:alert(3)' onclick=alert(4) style=color:red>x</a>"
CONTROLS = "\x00\x1b[31m\x07\x7f\x9b" + "tail"
TURNED = "\u202egnp.exe\u2066 \u200f"
BROKEN = b"caf\xe9".decode("utf-8", "surrogateescape") + "\ud83d"
LONG = "w" * 1000
ENTITY = "&lt;b&gt; &#60;script&#62; <!-- --> <![CDATA[ ]]> <?php ?>"
TEXTS = {
    "script": SCRIPT,
    "closing": CLOSING,
    "quoted": QUOTED,
    "controls": CONTROLS,
    "turned": TURNED,
    "broken": BROKEN,
    "long": LONG,
    "entity": ENTITY,
    "arabic": "مرحبا بكم",
    "empty": "",
}


def hostile_result(text: str):
    """A recording in which that text stands wherever one can."""
    result = judged_result(text)
    label = Label(text, 0.5, text, unsure=True)

    def report(one):
        if not one.evaluations:
            return one
        scores = [replace(score, opinion=text, rationale=text, note=text) for score in one.evaluations]
        scores[0] = replace(scores[0], persona=text)
        spoken = words(text, one.segment.start_s, one.segment.end_s) if text.split() else ()
        segment = replace(one.segment, text=text, words=spoken)
        return replace(
            one, segment=segment, topic=label, tone=label, tags=(Tag(text, text),), evaluations=tuple(scores)
        )

    summary = replace(
        result.summary,
        language=text,
        damage=text,
        personas=tuple(replace(one, title=text) for one in result.summary.personas),
        topic_shares=((text, 1.0),),
        tone_shares=((text, 1.0),),
        failures=(Failure(text, text, text, 1),),
    )
    segments = tuple(report(one) for one in result.segments)
    return replace(result, name=text, uploaded_at=text, models=(text,), state=text, summary=summary, segments=segments)


@pytest.fixture(scope="module", params=TEXTS)
def page(request):
    return read_page(export(hostile_result(TEXTS[request.param]), "html"))


def test_the_page_stays_valid(page):
    assert page.faults == []


def test_nothing_on_the_page_runs_or_loads(page):
    assert page.all("script") == page.all("img") == page.all("iframe") == []
    for node in page.nodes:
        names = set(node.attributes)
        assert not {name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "srcdoc"}}
        target = node.attributes.get("href") or "#"
        assert target.startswith("#") or (node.tag == "link" and target.startswith("data:image/svg+xml,")), target


def test_no_text_makes_an_element(page):
    harmless = read_page(export(hostile_result("harmless"), "html"))
    assert {node.tag for node in page.nodes} <= {node.tag for node in harmless.nodes}


@pytest.mark.parametrize("text", [SCRIPT, CLOSING, QUOTED, ENTITY, LONG, "مرحبا بكم"])
def test_a_text_reads_as_it_was_said(text):
    page = read_page(export(hostile_result(text), "html"))
    assert page.one("h1").text == text
    assert page.all("p", class_="said")[0].text == text
    assert page.all("title")[0].text == f"{text} · SonicLayer report"


def test_nothing_steers_a_terminal_or_the_order_of_reading():
    for text in (CONTROLS, TURNED, BROKEN):
        written = export(hostile_result(text), "html")
        assert not set("\x00\x1b\x07\x7f\x9b\u202e\u2066\u200f") & set(written)
        assert written.encode()


def test_hostile_anchors_stay_in_their_attribute():
    result = judged_result()
    first = replace(result.segments[1], segment=replace(result.segments[1].segment, segment_id='"><script>'))
    page = read_page(export(replace(result, segments=(first,)), "html"))
    assert page.faults == []
    assert page.all("script") == []


def test_attributes_are_escaped():
    assert element("a", "<b>", title="\"'<>&\n") == '<a title="&quot;&#x27;&lt;&gt;&amp; ">&lt;b&gt;</a>'

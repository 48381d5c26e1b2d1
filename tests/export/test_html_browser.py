"""html, in a real browser: nothing runs, nothing is fetched, nobody is kept out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from broadcast_result import broadcast_result, judged_result
from dashboard.chromium import running_chromium
from dashboard.visitor import DESK, PHONE
from samples import ROOT

from soniclayer.export import export
from soniclayer.export.formats import export_all
from soniclayer.export.html_report.label_colour import HUES, label_class

HOSTILE = "<script>document.title='ran'</script><img src=//203.0.113.1/x onerror=document.title='ran'>"


@pytest.fixture(scope="module")
def chromium():
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a report from its file; `page.asked` are its requests, `page.said` the lines of its console."""
    contexts = []

    def make(text, **options):
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        contexts.append(chromium.new_context(**{"viewport": DESK, **options}))
        page = contexts[-1].new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request))  # noqa: PLW0108 - playwright takes no builtin
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield make
    for context in contexts:
        context.close()


def fetched(page):
    """What it got, or would have got: all that no policy forbade."""
    outside = [request for request in page.asked if not request.url.startswith("data:")]
    return [request.url for request in outside if request.failure != "csp"]


def shown(page, selector):
    return page.locator(selector).first.is_visible()


def test_the_report_opens_from_a_file_and_asks_for_nothing(opened):
    page = opened(export(judged_result(), "html"))
    assert page.locator("h1").inner_text() == "broadcast.flac"
    assert fetched(page) == [page.url]
    assert page.said == []


def test_hostile_texts_are_shown_and_do_nothing(opened):
    result = replace(judged_result(HOSTILE), name=HOSTILE)
    segments = [replace(one, segment=replace(one.segment, text=HOSTILE)) for one in result.segments]
    page = opened(export(replace(result, segments=tuple(segments)), "html"))
    assert page.title() == f"{HOSTILE} · SonicLayer report"
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator(".said").first.inner_text() == HOSTILE
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert fetched(page) == [page.url]
    assert page.said == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>document.title='ran'</script>",
        "<img src=http://203.0.113.1/x onerror=\"document.title='ran'\">",
        "<p onclick=0 style='background:url(http://203.0.113.1/y)'>x</p>",
        "<iframe src=http://203.0.113.1/f></iframe>",
        "<script src=http://203.0.113.1/s.js></script>",
        "<link rel=stylesheet href=http://203.0.113.1/z>",
    ],
)
def test_what_got_into_the_page_all_the_same_would_do_nothing(opened, markup):
    whole = export(judged_result(), "html")
    page = opened(whole.replace("<main>", f"<main>{markup}"))
    assert page.locator("h1").inner_text() == "broadcast.flac"
    assert page.title() == "broadcast.flac · SonicLayer report"
    assert any("Content Security Policy" in line for line in page.said)
    assert fetched(page) == [page.url]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_report_keeps_nobody_out(opened, scheme, size):
    page = opened(export(judged_result(), "html"), color_scheme=scheme, viewport=size)
    page.locator("summary").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_report_of_several_recordings_keeps_nobody_out(opened):
    page = opened(export_all([broadcast_result("a.mp3"), judged_result()], "html"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_texts_that_nothing_breaks_stay_on_the_page(opened):
    result = replace(judged_result(), name="w" * 300)
    segments = [replace(one, segment=replace(one.segment, text="w" * 1000)) for one in result.segments]
    personas = tuple(replace(one, title="W" * 300) for one in result.summary.personas)
    summary = replace(result.summary, personas=personas, topic_shares=(("t" * 300, 1.0),))
    page = opened(export(replace(result, segments=tuple(segments), summary=summary), "html"), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_colours_follow_the_system_and_paper_is_light(opened):
    grounds = {}
    for scheme in ("light", "dark"):
        page = opened(export(judged_result(), "html"), color_scheme=scheme)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(media="print")
    assert grounds == {"light": "rgb(247, 248, 248)", "dark": "rgb(18, 23, 26)"}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 33, 38)"


def test_every_part_of_the_timeline_has_its_colour(opened):
    page = opened(export(judged_result(), "html"))
    unfilled = """() => [...document.querySelectorAll(".drawing path, .drawing rect, .bar rect, .swatch")]
        .filter((shape) => !shape.matches(".touch, .loud-line"))
        .filter((shape) => {
          const { fill, backgroundColor } = getComputedStyle(shape);
          return ["none", "rgba(0, 0, 0, 0)"].includes(shape.matches(".swatch") ? backgroundColor : fill);
        })
        .map((shape) => shape.outerHTML.slice(0, 80))"""
    assert page.evaluate(unfilled) == []


def test_a_segment_of_the_timeline_leads_to_its_text(opened):
    page = opened(export(judged_result(), "html"))
    first = judged_result().segments[9].segment.segment_id
    page.locator(f".drawing a[href='#segment-{first}']").click()
    assert page.url.endswith(f"#segment-{first}")
    assert page.locator(f"[id='segment-{first}']").evaluate("(e) => e.matches(':target')")
    box = page.locator(f"[id='segment-{first}']").bounding_box()
    assert 0 <= box["y"] < DESK["height"]


def test_opinions_open_with_the_keyboard(opened):
    page = opened(export(judged_result(), "html"))
    assert not shown(page, ".opinions")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert shown(page, ".opinions")


def test_the_report_prints_on_pages(opened):
    page = opened(export(judged_result(), "html"))
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF-")
    assert 3 <= printed.count(b"/Type /Page\n") <= 12


def test_labels_have_the_same_colour_as_in_the_dashboard(chromium):
    names = ["Food", "Health", "Opinion & Editorial", "", "مرحبا", "日本語", "\U0001f399 emoji", "x" * 500]
    script = (ROOT / "soniclayer" / "dashboard" / "js" / "timeline" / "label_colour.js").read_text()
    page = chromium.new_page()
    colours = page.evaluate(
        f"(names) => {{ {script.replace('export ', '')}; return names.map((n) => labelColour(n, 'light')); }}", names
    )
    page.close()
    shades = ["oklch(0.87 0.085", "oklch(0.8 0.085", "oklch(0.73 0.085"]
    for name, colour in zip(names, colours, strict=True):
        slot = int(label_class(name).removeprefix("label-"))
        assert colour == f"{shades[slot // HUES]} {slot % HUES * 30})", name

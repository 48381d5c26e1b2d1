"""docs/personas.md says what is: its example is a persona, its contracts are those that are spoken."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import fields

import pytest
import yaml
from pydantic import BaseModel
from samples import CONFIG, ROOT, labels_of_config

from soniclayer.definitions import personas as definitions
from soniclayer.definitions.personas import load_persona
from soniclayer.domain.segment import Evaluation, Origin
from soniclayer.domain.summary import PersonaScore
from soniclayer.engines.langflow.answers import find_evaluations
from soniclayer.engines.langflow.contracts import MOST_TEXT_CHARS, classic_input, list_input
from soniclayer.jobs.judge import Question
from soniclayer.main import build_parser
from soniclayer.pipeline.instructions import MOST_NOTE_CHARS, MOST_OPINION_CHARS, MOST_RATIONALE_CHARS, instructions_for

PAGE = (ROOT / "docs/personas.md").read_text()
SPOKEN, *_ = YAML = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ASKED, ANSWERED, ASKED_ALONE, ANSWERED_ALONE = (
    json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
CELLS = re.findall(r"^\| (`[a-z]+[^|]*`) \|", PAGE, re.MULTILINE)


@pytest.fixture
def night_shift(tmp_path):
    """The persona of the page."""
    (tmp_path / "night_shift.yaml").write_text(SPOKEN)
    return load_persona(tmp_path / "night_shift.yaml", labels_of_config())


def questions():
    return [Question(one["id"], one["text"], one["topic"], one["tone"]) for one in ASKED["segments"]]


def keys_of(model, prefix=""):
    """What a persona's file may hold, as the table writes it: to the depth of two names."""
    for name, field in model.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel) and not prefix:
            yield from keys_of(part, f"{name}.")
        else:
            yield prefix + name


def test_example_is_a_whole_persona(night_shift):
    assert (night_shift.title, night_shift.flow_name, night_shift.batch) == ("Night-shift nurse", "night-shift", 8)
    assert set(yaml.safe_load(SPOKEN)) == set(definitions._PersonaFile.model_fields)


def test_every_key_of_a_file_has_its_row_and_no_other():
    assert set(keys_of(definitions._PersonaFile)) == {key for cell in CELLS for key in re.findall("`(.+?)`", cell)}


def test_part_of_a_flow_of_one_s_own_can_be_put_into_any_file(tmp_path):
    shutil.copy(CONFIG / "personas" / "gen_z.yaml", tmp_path)
    part = re.sub(r"^   ", "", re.findall(r"   ```yaml\n(.*?)   ```", PAGE, re.DOTALL)[0], flags=re.MULTILINE)
    with (tmp_path / "gen_z.yaml").open("a") as file:
        file.write(part)
    persona = load_persona(tmp_path / "gen_z.yaml", labels_of_config())
    assert (persona.flow_name, persona.batch) == ("night-shift", 1)


def test_limits_are_those_that_hold():
    told = f"{MOST_OPINION_CHARS} characters\n(opinion, note) and {MOST_RATIONALE_CHARS} (rationale)"
    assert told.split() == re.search(r"cut at (.*?), and put", PAGE, re.DOTALL)[1].split()
    assert MOST_NOTE_CHARS == MOST_OPINION_CHARS
    assert f"that is sent is cut at {MOST_TEXT_CHARS:,}" in PAGE
    assert f"1-{definitions.MOST_BATCH}, left out: {definitions.Persona.batch};" in PAGE


def test_several_segments_are_asked_about_as_the_page_shows(night_shift):
    sent = json.loads(list_input(night_shift, questions()))
    instructions = sent["persona"].pop("instructions")
    shown = ASKED["persona"].pop("instructions")
    assert instructions.startswith(shown.removesuffix("..."))
    assert instructions == instructions_for(night_shift)
    assert sent == ASKED


def test_one_segment_is_asked_about_as_the_page_shows():
    assert json.loads(classic_input(questions()[0])) == ASKED_ALONE


def test_answers_of_the_page_are_understood():
    asked = [question.segment_id for question in questions()]
    together = find_evaluations([json.dumps(ANSWERED)], asked)
    assert [one.segment_id for one in together] == asked
    assert [one.score for one in together] == [4, 1]
    assert find_evaluations([json.dumps(ANSWERED_ALONE)], asked[:1]) == together[:1]


def test_answers_of_the_page_have_every_field_that_an_evaluation_has():
    said = {field.name for field in fields(Evaluation)} - {"segment_id", "source"}
    assert set(ANSWERED_ALONE) == said
    assert {name for one in ANSWERED["evaluations"] for name in one} == {"id", *said}


def test_what_readers_get_of_who_has_judged_is_named():
    assert {"source", "provisional", "origin"} <= {field.name for field in fields(PersonaScore)}
    assert len(fields(Origin)) == 5
    for name in ("source", "provisional", "origin"):
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize("line", re.findall(r"(?:^\$ |`)(soniclayer personas .+?)(?:`|$)", PAGE, re.MULTILINE))
def test_commands_are_understood(line):
    words = shlex.split(line.partition(" < ")[0])
    build_parser().parse_args([word for word in words[1:] if word != "..."])

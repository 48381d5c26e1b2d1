from __future__ import annotations

import re
import shutil

import pytest
from samples import CONFIG, all_personas, labels_of_config

from soniclayer.definitions.personas import load_personas
from soniclayer.domain.persona import Persona
from soniclayer.errors import ConfigError
from soniclayer.storage.codec import decode, encode


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(CONFIG / "personas", tmp_path / "personas")
    return tmp_path / "personas"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def faults(folder):
    with pytest.raises(ConfigError) as caught:
        load_personas(folder, labels_of_config())
    return [fault.removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_the_six_personas_are_there_sorted_by_name():
    names = [persona.name for persona in all_personas()]
    assert names == ["advertiser", "business_owner", "commuter", "gen_z", "parent", "tradie"]


def test_unknown_topics_tones_and_tags_of_all_files_are_told_at_once_with_their_lines(folder):
    edit(folder / "gen_z.yaml", "topics: [Entertainment,", "topics: [Memes,")
    edit(folder / "gen_z.yaml", "tags: [advertisement,", "tags: [boredom,")
    edit(folder / "parent.yaml", "tones: [Controversial,", "tones: [Loud,")
    found = faults(folder)
    assert [fault.split(": ")[:2] for fault in found] == [
        ["gen_z.yaml:6", "prefers.topics.0"],
        ["gen_z.yaml:11", "dislikes.tags.0"],
        ["parent.yaml:10", "dislikes.tones.0"],
    ]
    assert "unknown: the topics are Health, " in found[0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("title: Parent", "titel: Parent", r"parent.yaml:1: titel: no such key"),
        (
            "tones: [Controversial,",
            "tones: [Positive,",
            r"parent.yaml:8: dislikes: Positive is preferred too",
        ),
        (
            "topics: [Education,",
            "topics: [Health, Education,",
            r"parent.yaml:6: prefers.topics: Health stands .*twice",
        ),
        ("so nicely {tone}.", "so nice.", r"parent.yaml:\d+: voice.opinions.liked.3: a line must name"),
        (
            "so nicely {tone}.",
            "so {nicely} {tone}.",
            r"parent.yaml:\d+: voice.opinions.liked.3: a line must name",
        ),
        (
            "so nicely {tone}.",
            "so nicely {tone.",
            r"parent.yaml:\d+: voice.opinions.liked.3: has a lonely brace",
        ),
        (
            "so nicely {tone}.",
            "so nicely {topic}.",
            r"parent.yaml:\d+: voice.opinions.liked: needs a line with \{tone\}",
        ),
        (
            "prefers:",
            "langflow: {flow: my flow}\nprefers:",
            r"parent.yaml:5: langflow.flow: need the flow's endpoint name .*, not 'my flow'",
        ),
        ("prefers:", "langflow: {batch: 33}\nprefers:", r"parent.yaml:5: langflow.batch: .* equal to 32, not 33"),
        ("prefers:", "langflow: {batch: 0}\nprefers:", r"parent.yaml:5: langflow.batch: .* equal to 1, not 0"),
        ("prefers:", "langflow: {batch: yes}\nprefers:", r"parent.yaml:5: langflow.batch: .* integer, not True"),
        ("prefers:", "langflow:\n  url: x\nprefers:", r"parent.yaml:6: langflow.url: no such key"),
        ("prefers:", "langflow:\nprefers:", r"parent.yaml:5: langflow: .*, not None"),
        ("    profanity:", "    repetition:", r"parent.yaml:\d+: voice: tags: needs lines for .*: profanity"),
    ],
)
def test_a_wrong_persona_is_told_with_its_place(folder, old, new, fault):
    edit(folder / "parent.yaml", old, new)
    assert re.match(fault, faults(folder)[0])


def test_a_file_name_that_cannot_be_a_persona_name_is_a_fault(folder):
    (folder / "gen_z.yaml").rename(folder / "Gen Z.yaml")
    assert faults(folder) == ["Gen Z.yaml:1: file: must be named with a-z, 0-9 and _, at most 40, not 'Gen Z'"]


def test_no_persona_at_all_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="no persona here"):
        load_personas(tmp_path / "nowhere", labels_of_config())


def test_an_edited_persona_has_another_fingerprint(folder):
    before = {persona.name: persona.fingerprint for persona in load_personas(folder, labels_of_config())}
    edit(folder / "parent.yaml", "so nicely {tone}.", "so very {tone}.")
    after = {persona.name: persona.fingerprint for persona in load_personas(folder, labels_of_config())}
    assert {name for name in before if before[name] != after[name]} == {"parent"}


def test_a_persona_names_its_flow_and_how_much_a_call_carries(folder):
    edit(folder / "parent.yaml", "prefers:", "langflow:\n  flow: My-flow_2\n  batch: 1\nprefers:")
    named = {persona.name: persona for persona in load_personas(folder, labels_of_config())}
    assert (named["parent"].flow_name, named["parent"].batch) == ("My-flow_2", 1)
    assert (named["gen_z"].flow_name, named["gen_z"].batch) == ("soniclayer_gen_z", 8)


@pytest.mark.parametrize("part", ["{flow: mine}", "{batch: 1}"])
def test_another_flow_or_contract_is_another_persona_and_the_usual_ones_are_not(folder, part):
    before = {persona.name: persona.fingerprint for persona in load_personas(folder, labels_of_config())}
    edit(folder / "parent.yaml", "prefers:", f"langflow: {part}\nprefers:")
    edit(folder / "gen_z.yaml", "prefers:", "langflow: {batch: 8}\nprefers:")
    after = {persona.name: persona.fingerprint for persona in load_personas(folder, labels_of_config())}
    assert {name for name in before if before[name] != after[name]} == {"parent"}


def test_what_an_editor_leaves_in_the_folder_is_no_persona(folder):
    (folder / ".#gen_z.yaml").symlink_to("somebody@somewhere.1234")
    (folder / ".parent.yaml").write_text("half of")
    assert len(load_personas(folder, labels_of_config())) == 6


def test_a_persona_goes_into_json_and_back_unchanged():
    for persona in all_personas():
        assert decode(Persona, encode(persona)) == persona


def test_no_line_puts_an_article_before_a_name_that_may_begin_with_a_vowel():
    for path in (CONFIG / "personas").glob("*.yaml"):
        assert not re.search(r"\b[Aa] \{(topic|tone)\}", path.read_text()), path

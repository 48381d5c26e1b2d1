"""The personas of the backend are what their files say now; a file with faults changes nothing."""

from __future__ import annotations

import shutil
import threading

import pytest
import requests
from fake_judge import FakeJudge
from fake_worker import FakeWorker
from samples import CONFIG, all_personas, labels_of_config

from soniclayer.web.persona_files import PersonaFiles

NAMES = ["advertiser", "business_owner", "commuter", "gen_z", "parent", "tradie"]
UNKNOWN_ID = "0" * 64


@pytest.fixture
def config(tmp_path):
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def files(config):
    return PersonaFiles(config / "personas", labels_of_config(), all_personas())


@pytest.fixture
def edit(config):
    """Changes words in the file of a persona."""

    def change(name, old, new):
        path = config / "personas" / f"{name}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def fingerprints(files):
    return {persona.name: persona.fingerprint for persona in files.now().personas}


def titles(client):
    return {persona["name"]: persona["title"] for persona in client.get("/personas").json()["personas"]}


def changed(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_edited_file_counts_at_once(files, edit):
    before = fingerprints(files)
    edit("gen_z", "title: Gen Z listener", "title: Gen Z")
    assert changed(before, fingerprints(files)) == {"gen_z"}


def test_files_that_have_not_changed_are_not_read_again(files):
    assert files.now() is files.now()


def test_new_and_removed_files_count_at_once(files, config):
    folder = config / "personas"
    shutil.copy(folder / "gen_z.yaml", folder / "gen_x.yaml")
    (folder / "tradie.yaml").unlink()
    assert [persona.name for persona in files.now().personas] == sorted([*NAMES[:-1], "gen_x"])


def test_file_with_faults_keeps_its_persona_as_it_was_last_and_holds_up_no_other(files, edit):
    edit("gen_z", "title: Gen Z listener", "title: Gen Z")
    last = fingerprints(files)
    edit("gen_z", "title:", "titel:")
    edit("parent", "title: Parent", "title: Parents")
    assert changed(last, fingerprints(files)) == {"parent"}
    assert files.now().faults["gen_z"][0] == "personas/gen_z.yaml:1: titel: no such key"
    edit("gen_z", "titel:", "title:")
    assert (fingerprints(files)["gen_z"], dict(files.now().faults)) == (last["gen_z"], {})


def test_new_file_with_faults_is_no_persona_yet(files, config):
    (config / "personas" / "broken.yaml").write_text("no: persona")
    assert [persona.name for persona in files.now().personas] == NAMES
    assert list(files.now().faults) == ["broken"]


def test_folder_that_is_gone_for_a_moment_changes_nothing(files, config):
    before = fingerprints(files)
    (config / "personas").rename(config / "elsewhere")
    assert fingerprints(files) == before
    assert list(files.now().faults.values()) == [("personas: no persona here",)]
    (config / "elsewhere").rename(config / "personas")
    assert dict(files.now().faults) == {}


def test_locks_and_copies_of_editors_are_no_personas(files, config):
    folder = config / "personas"
    (folder / ".#gen_z.yaml").symlink_to("somebody@somewhere.1234")
    (folder / ".gen_z.yaml").write_text("half of")
    (folder / "gen_z.yaml~").write_text("as it was")
    assert [persona.name for persona in files.now().personas] == NAMES
    assert dict(files.now().faults) == {}


def test_file_that_is_replaced_while_everybody_looks_is_seen_whole_by_all(files, config):
    path = config / "personas" / "gen_z.yaml"
    text, over, seen = path.read_text(), threading.Event(), set()

    def look():
        while not over.is_set():
            seen.update(persona.title for persona in files.now().personas if persona.name == "gen_z")

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        fresh = path.with_name("gen_z.new")
        fresh.write_text(text.replace("Gen Z listener", f"Gen Z {number}"))
        fresh.replace(path)
    over.set()
    for thread in threads:
        thread.join()
    assert {persona.title for persona in files.now().personas} >= {"Gen Z 9"}
    assert seen <= {"Gen Z listener", *(f"Gen Z {number}" for number in range(10))}
    assert dict(files.now().faults) == {}


def test_api_lists_an_edited_persona_without_a_restart(open_client, config, edit, key_of):
    client = open_client(config_dir=config)
    client.headers["X-API-Key"] = key_of["read"]
    assert titles(client)["gen_z"] == "Gen Z listener"
    edit("gen_z", "title: Gen Z listener", "title: Gen Z\nlangflow: {flow: my-flow, batch: 1}")
    listed = next(one for one in client.get("/personas").json()["personas"] if one["name"] == "gen_z")
    assert (listed["title"], listed["flow"], listed["batch"]) == ("Gen Z", "my-flow", 1)


def test_api_says_what_is_wrong_with_a_file(open_client, config, edit, key_of):
    client = open_client(config_dir=config)
    client.headers["X-API-Key"] = key_of["read"]
    edit("gen_z", "title:", "titel:")
    answer = client.get("/personas").json()
    assert answer["faults"][0] == "personas/gen_z.yaml:1: titel: no such key"
    assert [persona["name"] for persona in answer["personas"]] == NAMES


@pytest.mark.parametrize("query", ["", "?persona=gen_z"])
def test_nobody_is_asked_anew_while_the_file_has_faults(open_client, config, edit, key_of, query):
    client = open_client(config_dir=config)
    client.headers["X-API-Key"] = key_of["write"]
    edit("gen_z", "title:", "titel:")
    answer = client.post(f"/re-evaluate/{UNKNOWN_ID}{query}")
    assert (answer.status_code, answer.json()["code"]) == (409, "persona_faulty")
    assert answer.json()["detail"].startswith("personas/gen_z.yaml:1: titel: no such key")
    assert len(answer.json()["faults"]) > 1


def test_others_can_be_asked_anew_while_one_file_has_faults(open_client, config, edit, key_of):
    client = open_client(config_dir=config)
    client.headers["X-API-Key"] = key_of["write"]
    edit("gen_z", "title:", "titel:")
    answer = client.post(f"/re-evaluate/{UNKNOWN_ID}?persona=parent")
    assert answer.json()["code"] == "recording_missing"


def test_every_process_of_a_backend_lists_an_edited_persona_at_once(own_backend, config, edit):
    service = own_backend(SONICLAYER_CONFIG_DIR=str(config))
    service.wait_ready()
    for old, new in (("Gen Z listener", "Gen Z"), ("Gen Z", "Gen Zed")):
        edit("gen_z", f"title: {old}", f"title: {new}")
        assert {titles(OneConnectionEach(service))["gen_z"] for _ in range(20)} == {new}


def test_edited_file_and_a_call_are_enough_to_be_judged_anew(own_backend, config, edit, tmp_path):
    service = own_backend(SONICLAYER_CONFIG_DIR=str(config))
    service.wait_ready()
    (tmp_path / "a.flac").write_bytes(b"fLaC\x00\x00\x00\x22" + bytes(1000))
    with service.courier() as courier:
        worker = FakeWorker(service.recordings, courier, judge=FakeJudge())
        audio_id = service.upload(tmp_path / "a.flac", personas="gen_z,parent")
        worker.finish(audio_id)
        before = opinions(service, audio_id)
        edit("gen_z", "title: Gen Z listener", "title: Gen Z")
        again = service.http.post(f"{service.url}/re-evaluate/{audio_id}", data={"persona": "gen_z"}, timeout=60)
        assert again.status_code == 202
        worker.finish(audio_id)
    after = opinions(service, audio_id)
    assert {name for name in after if after[name] != before[name]} == {"gen_z"}
    summary = service.get(f"/summary/{audio_id}").json()
    assert [persona["title"] for persona in summary["personas"]] == ["Gen Z", "Parent"]


def opinions(service, audio_id):
    """What each persona says of all segments."""
    said = {}
    for segment in service.get(f"/segments/{audio_id}").json()["segments"]:
        for one in segment["evaluations"]:
            said.setdefault(one["persona"], []).append(one["rationale"])
    return said


class OneConnectionEach:
    """Asks a backend; every question may meet another process."""

    def __init__(self, service):
        self._service = service

    def get(self, path):
        return requests.get(f"{self._service.url}{path}", headers={"X-API-Key": self._service.key}, timeout=60)

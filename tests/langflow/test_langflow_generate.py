"""deploy/langflow/generate.py, run by Langflow's own Python: the same flows every time, and only ours are touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from langflow_server import generate_flows, run_generator
from samples import CONFIG, ROOT, all_personas


@pytest.fixture(scope="module")
def flows(python_of_langflow, tmp_path_factory):
    """Those of our own personas."""
    return generate_flows(python_of_langflow, tmp_path_factory.mktemp("generated"))


@pytest.fixture
def described(flows, tmp_path):
    """What they are made from."""
    return Path(shutil.copy(flows / "personas.txt", tmp_path))


@pytest.fixture
def made(flows, tmp_path):
    """A folder with them, to be changed."""
    return shutil.copytree(flows, tmp_path / "made", ignore=shutil.ignore_patterns("personas.txt"))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def written(folder):
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_each_persona_has_one_flow_by_its_name(made):
    assert set(contents(made)) == {f"soniclayer_{persona.name}.json" for persona in all_personas()}
    for path in made.iterdir():
        flow = json.loads(path.read_text())
        assert (flow["name"], flow["endpoint_name"]) == (path.stem, path.stem)


def test_the_same_personas_give_the_same_bytes(python_of_langflow, described, made, tmp_path):
    env = {"PYTHONHASHSEED": "7", "LANGFLOW_ALLOW_CUSTOM_COMPONENTS": "false", "HOME": str(tmp_path)}
    again = run_generator(python_of_langflow, described, tmp_path / "again", **env)
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path / "again") == contents(made)


def test_flows_of_personas_that_are_gone_go_and_nothing_else(python_of_langflow, described, made):
    personas = json.loads(described.read_text())
    personas["flows"] = [flow for flow in personas["flows"] if flow["name"] != "soniclayer_parent"]
    described.write_text(json.dumps(personas))
    strangers = {"soniclayer_mine.json": b'{"id": "of my own"}', "broken.json": b"{", "notes.txt": b"keep"}
    for name, content in strangers.items():
        (made / name).write_bytes(content)
    before = written(made)
    assert run_generator(python_of_langflow, described, made).stdout == "5 flows: 0 written, 1 removed\n"
    assert written(made) == {name: when for name, when in before.items() if name != "soniclayer_parent.json"}


DAMAGED = {
    "empty": lambda text: "",
    "cut off": lambda text: text[:500],
    "elsewhere": lambda text: text.replace("soniclayer_", "../x"),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_description_that_is_none_changes_no_file(python_of_langflow, described, made, how):
    before = contents(made)
    described.write_text(DAMAGED[how](described.read_text()))
    assert run_generator(python_of_langflow, described, made).returncode != 0
    assert contents(made) == before


def test_a_flow_that_cannot_be_written_leaves_the_old_one_whole(python_of_langflow, described, made):
    described.write_text(described.read_text().replace("Nineteen", "Twenty"))
    old = (made / "soniclayer_gen_z.json").read_bytes()
    (made / ".soniclayer_gen_z.json.new").mkdir()
    assert run_generator(python_of_langflow, described, made).returncode != 0
    assert (made / "soniclayer_gen_z.json").read_bytes() == old


def test_personas_flows_prints_json_alone(tmp_path):
    command = [sys.executable, "-m", "soniclayer", "personas", "flows", "--config-dir", CONFIG]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    assert [flow["name"] for flow in json.loads(printed)["flows"]] == [
        f"soniclayer_{one.name}" for one in all_personas()
    ]

"""The project's own promises: layers, light imports, skips in CI, and scripts that leave a machine alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPO = Path(__file__).parent.parent
HEAVY = ("av", "ctranslate2", "faster_whisper", "numpy", "onnxruntime", "tokenizers", "torch", "transformers")
LOCKS = sorted(set((REPO / "requirements").glob("*.txt")) - {REPO / "requirements/torch.txt"})


def run(*command, cwd=REPO, **environment):
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("made", ["soniclayer.main.build_parser", "soniclayer.settings.Settings"])
def test_light_code_starts_without_anything_heavy(made):
    module = made.rpartition(".")[0]
    loaded = run(sys.executable, "-W", "error", "-c", f"import sys, {module}; {made}(); print(*sys.modules)")
    assert loaded.returncode == 0, loaded.stderr
    assert module in loaded.stdout.split()
    assert not set(HEAVY) & set(loaded.stdout.split())


SKIPPING = {
    "test": "import pytest\n\ndef test_a():\n    pytest.skip('no model')\n",
    "module": "import pytest\npytest.skip('no model', allow_module_level=True)\n",
    "mark": "import pytest\n\n@pytest.mark.skipif(True, reason='no model')\ndef test_a(): ...\n",
}
ON_HARDWARE = "import pytest\n\n@pytest.mark.hardware\ndef test_a():\n    pytest.skip('no GPU')\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail(reason='known')\ndef test_a():\n    assert False\n"


def run_tests(folder, text, ci):
    (folder / "conftest.py").write_bytes((REPO / "tests/no_skips.py").read_bytes())
    (folder / "test_sample.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    hardware: a device\n")
    return run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_sample.py", cwd=folder, CI=ci)


@pytest.mark.parametrize("how", SKIPPING)
def test_a_skip_fails_in_ci(tmp_path, how):
    result = run_tests(tmp_path, SKIPPING[how], "true")
    assert result.returncode not in {0, 5}
    assert "no model" in result.stdout


@pytest.mark.parametrize("how", ["test", "mark"])
def test_a_skip_is_a_skip_on_a_laptop(tmp_path, how):
    assert run_tests(tmp_path, SKIPPING[how], "").returncode == 0


@pytest.mark.parametrize("text", [ON_HARDWARE, EXPECTED_FAILURE], ids=["hardware", "xfail"])
def test_missing_hardware_and_expected_failures_pass_in_ci(tmp_path, text):
    assert run_tests(tmp_path, text, "true").returncode == 0


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_locked_requirement_has_a_hash_and_no_host(lock):
    text = lock.read_text()
    entries = re.findall(r"^[a-z0-9].*(?:\n    .*)*", text, re.MULTILINE)
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_locked_versions_are_the_same_in_all_files_of_one_environment():
    everything = pins(REPO / "requirements/dev.txt") | pins(REPO / "requirements/cuda.txt")
    together = [lock for lock in LOCKS if lock.stem != "langflow"]
    assert [(lock.name, pins(lock) - everything) for lock in together if pins(lock) - everything] == []


EXTRAS = {"core": None, "engines": "engines", "service": "service", "nli": "nli", "dev": "dev"}


@pytest.mark.parametrize(("lock", "extra"), EXTRAS.items(), ids=EXTRAS)
def test_locks_hold_what_pyproject_asks_for(lock, extra):
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    locked = pins(REPO / f"requirements/{lock}.txt") | pins(REPO / "requirements/torch.txt")
    for requirement in map(Requirement, wanted):
        versions = [version for name, version in locked if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement} is not in {lock}.txt: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: make lock"


def pins(lock):
    return set(re.findall(r"^([a-z0-9-]+)==([^ \n]+)", lock.read_text(), re.MULTILINE))


def test_the_demo_needs_no_torch():
    names = {name for name, _ in pins(REPO / "requirements/engines.txt")}
    assert names >= {"faster-whisper", "onnxruntime"}
    assert not names & {"torch", "transformers"}


def test_the_tests_of_this_project_run_under_that_rule(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("no_skips")


def test_make_alone_lists_every_target():
    text = (REPO / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE)) - {"tools"}
    help_text = run("make", "--no-print-directory").stdout
    assert targets == set(re.findall(r"^  make ([a-z-]+)  ", help_text, re.MULTILINE))

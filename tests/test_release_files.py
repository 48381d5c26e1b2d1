"""What a release says of itself: bills of materials, and the audit of what is locked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from soniclayer.models.catalogue import load_catalogue

REPO = Path(__file__).parent.parent
SHA256 = re.compile(r"[0-9a-f]{64}")
NO_NETWORK = '{"dependencies": [{"name": "x", "skip_reason": "Dependency not found"}]}'
CLEAN = '{"dependencies": [{"name": "x", "version": "1", "vulns": []}]}'
VULNERABLE = (
    '{"dependencies": [{"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},'
    ' {"name": "y", "skip_reason": "Dependency not found"}]}'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bills")
    _bills(folder)
    return folder


def _bills(folder):
    """As `make sbom` writes them; warnings are errors."""
    script = REPO / "requirements/sbom.py"
    env = os.environ | {"PYTHONPATH": str(REPO), "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(
        [sys.executable, "-W", "error", script, folder], env=env, check=True, capture_output=True, timeout=120
    )


def _components(folder, name):
    return json.loads(next(folder.glob(f"{name}-*")).read_text())["components"]


def test_bills_of_materials_are_what_the_schema_asks_for(folder):
    bills = sorted(folder.iterdir())
    assert len(bills) == 2
    for bill in bills:
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.read_text()) is None


def test_the_same_sources_give_the_same_bill(folder, tmp_path):
    _bills(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


@pytest.mark.parametrize(
    ("bill", "sets"), [("soniclayer", ("core", "engines", "service", "build")), ("langflow", ("langflow",))]
)
def test_every_locked_package_for_linux_is_in_the_bill(folder, bill, sets):
    listed = {f"{part['name']}=={part['version']}" for part in _components(folder, bill) if "version" in part}
    locks = "".join((REPO / "requirements" / f"{name}.txt").read_text() for name in sets)
    locked = set(re.findall(r"^([\w.-]+==[\w.!+-]+) \\$", locks, re.MULTILINE))  # those without a condition
    assert len(locked) > 25
    assert locked - listed == set()
    assert not any(name.startswith(("colorama==", "pyreadline3==")) for name in listed) or bill == "langflow"


def test_packages_in_the_bill_have_the_hashes_that_pip_demands(folder):
    locks = "".join((REPO / "requirements" / f"{name}.txt").read_text() for name in ("core", "engines", "service"))
    demanded = set(SHA256.findall(locks))
    listed = {digest["content"] for part in _components(folder, "soniclayer") for digest in part.get("hashes", ())}
    assert len(demanded & listed) > 0.9 * len(demanded)  # the rest is for Windows


def test_models_and_vendored_code_are_in_the_bill_with_hashes_and_licences(folder):
    parts = {part["name"]: part for part in _components(folder, "soniclayer")}
    for model in load_catalogue(REPO / "config/models.yaml").models:
        listed = parts[model.name]
        assert listed["licenses"] == [{"license": {"id": model.licence}}]
        assert {file["hashes"][0]["content"] for file in listed.get("components", ())} == {
            file.sha256 for file in model.files if file.sha256
        }
    vendored = (REPO / "soniclayer/dashboard/vendor/wavesurfer/SHA256SUMS").read_text()
    files = parts["wavesurfer.js"]["components"]
    assert {file["hashes"][0]["content"] for file in files} == set(SHA256.findall(vendored))


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (CLEAN, 0, "no known vulnerability"),
        (VULNERABLE, 1, "x 1: PYSEC-1, mended in 2"),
        (NO_NETWORK, 3, "NOT AUDITED"),
        ("", 3, "NOT AUDITED"),
    ],
    ids=["clean", "vulnerable", "no data", "no answer"],
)
def test_an_audit_that_could_not_be_made_is_told_from_one_that_found_nothing(tmp_path, answer, status, told):
    fake = tmp_path / "pip_audit"
    fake.mkdir()
    (fake / "__init__.py").touch()
    (fake / "__main__.py").write_text(f"print({answer!r})\n")
    script = REPO / "requirements/audit.py"
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, told in done.stdout, done.stderr) == (status, True, "")

#!/usr/bin/env python3
"""Writes what a server runs as CycloneDX 1.6: a file for the suite, one for Langflow with its own environment.

usage: requirements/sbom.py FOLDER      (`make sbom`; SOURCE_DATE_EPOCH sets the time that is noted)

Packages are those of the lock files, for Linux and every Python that we support, with the hashes that pip demands.
Licences are what the packages of this environment say of themselves. Beside them: vendored JavaScript, and the models.
"""

from __future__ import annotations

import os
import re
import sys
import time
import uuid
from collections import defaultdict
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

from soniclayer import __version__
from soniclayer.models.catalogue import load_catalogue

REPO = Path(__file__).resolve().parent.parent
BILLS = {
    "soniclayer": ("core", "engines", "service", "build", "nli", "torch", "cuda"),
    "langflow": ("langflow",),
}
OPTIONAL = frozenset({"nli", "torch", "cuda"})
"""Only where somebody has chosen the NLI labels or a GPU."""

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
LAST_MICRO = {"3.10": 20, "3.11": 15, "3.12": 13, "3.13": 14}
MACHINES = ("x86_64", "aarch64")
LOCKED = re.compile(r"^(\w[^\\#\n]*==[^\\#\n]*?)\s*\\?$((?:\n +--hash=sha256:[0-9a-f]{64}(?: \\)?)*)", re.MULTILINE)
WAVESURFER = REPO / "soniclayer/dashboard/vendor/wavesurfer"


def main() -> None:
    """Write the bills of materials, and nothing that its schema refuses."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, sets in BILLS.items():
        extra = [_wavesurfer(), *_models()] if name == "soniclayer" else []
        text = JsonV1Dot6(_bill(name, [*_packages(sets), *extra])).output_as_string(indent=2)
        fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        if fault:
            raise SystemExit(f"{name}: not a valid bill of materials: {fault}")
        path = folder / f"{name}-{__version__}.cdx.json"
        path.write_text(f"{text}\n")
        sys.stdout.write(f"{path}\n")


def _bill(name: str, components: list[Component]) -> Bom:
    """The same contents give the same serial number; the time is that of the release."""
    contents = "\n".join(sorted(f"{part.name} {part.version} {part.purl}" for part in components))
    about = Component(
        name=name, version=__version__, bom_ref=name, type=ComponentType.APPLICATION, licenses=_licences("MIT")
    )
    moment = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()), timezone.utc)
    bill = Bom(
        components=components,
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"soniclayer {__version__} {contents}"),
        metadata=BomMetaData(component=about, timestamp=moment),
    )
    bill.register_dependency(about, components)
    return bill


def _packages(sets: tuple[str, ...]) -> list[Component]:
    """One for each version of a package that some server may have."""
    hashes: dict[tuple[str, str], set[str]] = defaultdict(set)
    chosen: dict[tuple[str, str], set[str]] = defaultdict(set)
    pythons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name in sets:
        for line, digests in LOCKED.findall((REPO / "requirements" / f"{name}.txt").read_text()):
            wanted = Requirement(line)
            fitting = _fitting(wanted)
            if fitting:
                key = (wanted.name, str(wanted.specifier).removeprefix("=="))
                hashes[key] |= set(re.findall(r"[0-9a-f]{64}", digests))
                chosen[key].add(name)
                pythons[key] |= fitting
    return [
        Component(
            name=name,
            version=version,
            bom_ref=f"pypi:{name}@{version}",
            purl=PackageURL("pypi", None, name, version),
            scope=ComponentScope.OPTIONAL if chosen[name, version] <= OPTIONAL else ComponentScope.REQUIRED,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes[name, version]],
            licenses=_licences(_licence_of(name)),
            properties=[
                Property(name="soniclayer:sets", value=" ".join(sorted(chosen[name, version]))),
                Property(name="soniclayer:pythons", value=" ".join(sorted(pythons[name, version]))),
            ],
        )
        for name, version in sorted(chosen)
    ]


def _fitting(wanted: Requirement) -> set[str]:
    """The Pythons on Linux that get this."""
    if wanted.marker is None:
        return set(PYTHONS)
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "implementation_name": "cpython"}
    return {
        python
        for python in PYTHONS
        for machine in MACHINES
        for micro in (0, LAST_MICRO[python])
        if wanted.marker.evaluate(
            {
                **linux,
                "platform_python_implementation": "CPython",
                "platform_machine": machine,
                "python_version": python,
                "python_full_version": f"{python}.{micro}",
            }
        )
    }


def _licence_of(package: str) -> str | None:
    """What it says of itself, where it is installed here."""
    try:
        about = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    classified = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if "License ::" in line]
    said = about.get("License-Expression") or " / ".join(classified) or about.get("License") or ""
    return said.strip().splitlines()[0] if said.strip() else None


def _licences(said: str | None) -> list:
    """As SPDX knows it, or by name."""
    return [LicenseFactory().make_from_string(said)] if said else []


def _wavesurfer() -> Component:
    version = re.search(r"wavesurfer\.js (\S+)", (WAVESURFER / "README.md").read_text())[1]
    lines = (WAVESURFER / "SHA256SUMS").read_text().splitlines()
    return Component(
        name="wavesurfer.js",
        version=version,
        bom_ref=f"npm:wavesurfer.js@{version}",
        purl=PackageURL("npm", None, "wavesurfer.js", version),
        scope=ComponentScope.REQUIRED,
        licenses=_licences("BSD-3-Clause"),
        components=[_file(f"wavesurfer.js@{version}", name, digest) for digest, name in map(str.split, lines)],
    )


def _models() -> list[Component]:
    """Those that `soniclayer models fetch` knows the hashes of; an installation has the default ones."""
    catalogue = load_catalogue(REPO / "config/models.yaml")
    return [
        Component(
            name=model.name,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=f"model:{model.name}",
            description=model.purpose,
            scope=ComponentScope.REQUIRED if model.default else ComponentScope.OPTIONAL,
            licenses=_licences(model.licence),
            components=[_file(model.name, file.name, file.sha256) for file in model.files if file.sha256],
        )
        for model in catalogue.models
    ]


def _file(owner: str, name: str, digest: str) -> Component:
    return Component(
        name=name,
        type=ComponentType.FILE,
        bom_ref=f"file:{owner}/{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


if __name__ == "__main__":
    main()

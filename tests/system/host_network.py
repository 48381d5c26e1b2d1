"""What a machine takes from its host to reach what the host reaches: name servers, certificates, proxies, indexes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
ROUTER_DNS = "nameserver 10.0.2.3\n"
"""slirp4netns answers there with what the host's resolver says."""

PROXIES = ("http_proxy", "https_proxy", "no_proxy")
BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "timeout", "retries")


def carry_network_in(root: Path) -> None:
    """Write it below `root`, which is to be the root of a machine."""
    for name, text in {
        "etc/resolv.conf": _resolver(Path("/etc/resolv.conf").read_text()),
        "etc/pip.conf": _pip_configuration(),
        BUNDLE: (Path("/") / BUNDLE).read_text(),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def network_variables() -> dict[str, str]:
    """Proxies as the host has them; programs that bring certificates of their own are pointed at the system's."""
    proxies = {form: os.environ[form] for name in PROXIES for form in (name, name.upper()) if os.environ.get(form)}
    return proxies | dict.fromkeys(BUNDLE_VARIABLES, f"/{BUNDLE}")


def _resolver(text: str) -> str:
    servers = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver ")]
    return ROUTER_DNS if not servers or servers[0].startswith("127.") else text


def _pip_configuration() -> str:
    """pip's own settings, without what only the host has: folders."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings = {"cert": f"/{BUNDLE}"}
    for line in told.stdout.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        reachable = " ".join(word for word in value.strip("'").split() if not word.startswith(("/", "file:")))
        if option in PIP_OPTIONS and reachable:
            settings[option] = reachable
    return "[global]\n" + "".join(f"{option} = {value}\n" for option, value in settings.items())

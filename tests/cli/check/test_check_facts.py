"""What several checks look at: nginx's site, who listens, what processes are ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from soniclayer.cli.check.facts.listeners import find_public
from soniclayer.cli.check.facts.processes import find_processes
from soniclayer.cli.check.facts.site import find_site
from soniclayer.cli.check.machine import Machine
from soniclayer.cli.check.outcome import CannotKnow, NotHere
from soniclayer.metrics import last_scrape

SITE = """\
# client_max_body_size 9g;
client_max_body_size 5m;
server {
    listen 80;
    listen [::]:80;
    location / { return 301 'https://x/{}'; }
}
server {
    listen 8443 ssl http2;
    server_name _ "radio.test" other.test;
    include snippets/limits.conf;
    location /api/ {
        proxy_pass http://backend/;
        location /api/evaluate { proxy_pass http://backend/evaluate; client_max_body_size 1k; }
    }
}
"""


@pytest.fixture
def nginx(tmp_path):
    """A machine with that site."""
    for path, text in {
        "sites-enabled/soniclayer.conf": SITE,
        "snippets/limits.conf": "limit_req zone=a burst=2;\n",
    }.items():
        file = tmp_path / "etc/nginx" / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return Machine(tmp_path)


def test_the_site_tells_ports_and_domain(nginx):
    site = find_site(nginx)
    assert (site.tls_port, site.plain_port, site.domain) == (8443, 80, "radio.test")


def test_what_is_included_counts_and_what_is_a_comment_does_not(nginx):
    site = find_site(nginx)
    assert site.values("limit_req") == [("zone=a", "burst=2")]
    assert site.values("client_max_body_size") == [("5m",), ("1k",)]


def test_a_location_takes_the_nearest_limit(nginx):
    found = {where.partition(" [")[0]: size for where, size in find_site(nginx).most_body_bytes().items()}
    assert found == {"location /api/": 5 * 2**20, "location /api/evaluate": 2**10}


def test_a_machine_without_our_site_has_none(tmp_path):
    with pytest.raises(NotHere):
        find_site(Machine(tmp_path))


def test_a_real_socket_on_a_public_address_is_found_with_its_process():
    with socket.create_server(("0.0.0.0", 0)) as public, socket.create_server(("127.0.0.1", 0)) as private:  # noqa: S104
        machine = Machine()
        found = {one.port: one for one in find_public(machine, find_processes(machine))}
        assert found[public.getsockname()[1]].process.pid == os.getpid()
        assert private.getsockname()[1] not in found


def test_a_real_socket_on_ipv6_is_found_unless_it_is_loopback():
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6) as public,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as private,
    ):
        machine = Machine()
        found = {one.port: str(one) for one in find_public(machine, find_processes(machine))}
        port = public.getsockname()[1]
        assert found[port] == f"[::]:{port}"
        assert private.getsockname()[1] not in found


def test_a_process_names_the_release_whose_libraries_it_has_loaded(tmp_path):
    library = tmp_path / "releases/1.2.3/venv/lib/held"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"x" * 4096)
    hold = (
        "import mmap, sys; file = open(sys.argv[1], 'r+b'); held = mmap.mmap(file.fileno(), 0)\n"
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, library], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        (process,) = (one for one in find_processes(Machine()) if one.pid == holder.pid)
        assert process.releases(tmp_path) == {"1.2.3"}


def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotKnow):
        Machine(tmp_path).read("/folder")
    assert Machine(tmp_path).read("/nothing") is None


def test_the_time_of_a_scrape_is_kept_for_others_to_see(tmp_path):
    program = (
        "import sys, pathlib; from soniclayer import metrics\n"
        "metrics.start(pathlib.Path(sys.argv[1]), 'backend-1'); metrics.note_scrape()"
    )
    assert last_scrape(tmp_path) is None
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True)
    assert last_scrape(tmp_path) == pytest.approx((tmp_path / "scraped").stat().st_mtime)

"""Faults of proxy, certificate, limits and keys."""

from __future__ import annotations

import hashlib

from checked_server import DOMAIN, ready_backend
from made_faults import ADVICE, ERROR, WARNING, fault
from samples import ROOT

from soniclayer.definitions.keys import add_key, revoke_key


@fault("web.backend", ERROR, "answers 503: redis does not answer")
def backend_that_is_not_ready(server, serving):
    serving(ready_backend(server.folder / "run/soniclayer/backend.sock", 503))


@fault("web.backend", ERROR, "does not answer")
def backend_away(server):
    server.backend.shutdown()
    server.backend.server_close()


@fault("web.proxy", ERROR, "does not reach the backend")
def proxy_without_backend(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90), status=502)


@fault("web.proxy", ERROR, "Connection refused")
def proxy_away(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90)).close()


@fault("web.redirect", ERROR, "without TLS")
def plain_http(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90), redirects=False)


@fault("web.expiry", ERROR, "2.0 days left")
def last_days_of_a_certificate(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=2))


@fault("web.expiry", WARNING, "days left")
def three_weeks_of_a_certificate(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=20))


@fault("web.expiry", ERROR, "the certificate expired")
def expired_certificate(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=0))


@fault("web.trust", WARNING, "self-signed")
def self_signed_certificate(server, door_of, authority):
    door_of(*authority.self_signed(DOMAIN))


@fault("web.trust", WARNING, "does not trust the certificate")
def certificate_of_a_stranger(server, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")


@fault("web.name", WARNING, f"not one for {DOMAIN}")
def certificate_for_another_name(server, door_of, authority):
    door_of(*authority.sign("other.test", days=90))


@fault("web.limits", WARNING, "limits nobody")
def limits_beyond_reach(server):
    server.say("backend.env", "SONICLAYER_REQUESTS_PER_SECOND=1000000")


@fault("web.proxy_limits", WARNING, "no limit_req")
def no_limits_in_nginx(server):
    server.replace(server.site, "limit_req zone=", "# limit_req zone=")


@fault("web.upload_size", ERROR, "nginx takes 1.07 GB, the backend 2.15 GB")
def backend_that_takes_more_than_nginx(server):
    server.say("backend.env", f"SONICLAYER_MAX_UPLOAD_BYTES={2**31}")


@fault("web.upload_size", ERROR, "any size")
def nginx_without_limit(server):
    server.replace(server.site, f"client_max_body_size {2**30}", "client_max_body_size 0")


@fault("web.upload_size", ERROR, "nginx takes 1.05 MB")
def nginx_that_was_told_nothing(server):
    server.replace(server.site, "client_max_body_size", "# client_max_body_size")


@fault("dashboard.files", ERROR, "leads to no dashboard")
def release_without_a_dashboard(server):
    (server.release / "dashboard").unlink()


@fault("dashboard.files", ERROR, "leads to no dashboard")
def dashboard_that_leads_nowhere(server):
    (server.release / "dashboard").unlink()
    (server.release / "dashboard").symlink_to("venv/lib/python3.10/site-packages/soniclayer/dashboard")


@fault("dashboard.files", ERROR, "leads out of its release")
def dashboard_of_somewhere_else(server):
    (server.release / "dashboard").unlink()
    (server.release / "dashboard").symlink_to(ROOT / "soniclayer/dashboard")


@fault("dashboard.page", ERROR, "answers 404 without a page")
def site_without_a_dashboard(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90), status=404)


@fault("dashboard.page", ERROR, "answers 200 without a page")
def site_with_something_else(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90), page=None)


@fault("dashboard.page", ERROR, "Connection refused")
def site_that_is_away(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90)).close()


@fault("dashboard.page", WARNING, "which scripts are ours")
def dashboard_without_a_policy(server, door_of, authority):
    door_of(*authority.sign(DOMAIN, days=90), page={"Content-Type": "text/html"})


@fault("keys.exist", ERROR, "nobody can call the API")
def no_key(server):
    revoke_key(server.config / "keys.yaml", "desk")


@fault("keys.exist", ERROR, "keys.yaml:")
def broken_keys_file(server):
    (server.config / "keys.yaml").write_text("keys: [")


def key_of(text):
    def make(server):
        path = server.config / "keys.yaml"
        entry = path.read_text()
        known = entry.partition("sha256: ")[2].split()[0]
        server.replace(path, known, hashlib.sha256(text.encode()).hexdigest())

    make.__name__ = f"key_{text}"
    return make


for word in ("changeme", "DESK", "slk_test", "a1z"):
    fault("keys.defaults", ERROR, "desk: that is a key of a guide")(key_of(word))


@fault("keys.scopes", ADVICE, "every key may do everything (root)")
def admins_alone(server):
    revoke_key(server.config / "keys.yaml", "desk")
    add_key(server.config / "keys.yaml", "root", ["admin"])

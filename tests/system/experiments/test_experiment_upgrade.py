"""An upgrade to a release that does not run, while clients read and upload."""

from __future__ import annotations

import time

import pytest
from criterion import recovery_s
from installed_suite import CHECKOUT, make
from suite_load import under_load

FROM_FOLDERS = ("--wheelhouse", "/root/wheelhouse")
BROKEN = "broken on purpose"
NEVER_READY = f"raise RuntimeError('{BROKEN}')"
DIES_WHEN_READY = (
    f'Systemd.ready = lambda self: (self._notifier.notify("READY=1"), os.write(2, b"{BROKEN}"), os._exit(1))'
)


@pytest.mark.parametrize(("part", "fault"), [("web/app.py", NEVER_READY), ("worker/notify.py", DIES_WHEN_READY)])
@pytest.mark.experiment(19, ci=True, spoils=True)
def test_a_release_that_is_not_well_is_taken_back_under_load_and_fails_no_request(
    part, fault, suite, accepted, figures, jfk
):
    """`make install` of a release whose backend never serves, then of one whose workers die when they are ready."""
    before = release(suite)
    with suite.machine.path(f"{CHECKOUT}/soniclayer/{part}").open("a") as file:
        file.write(f"{fault}\n")
    with under_load(suite, jfk, accepted.note) as load:
        began_s = time.monotonic()
        failed = make(suite.machine, "install", *FROM_FOLDERS, check=False)
        took_s = time.monotonic() - began_s
        recovered_s = recovery_s(suite)
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert BROKEN in said, said
    assert f"{before} runs as before" in failed.stderr
    assert load.failed == [], suite.told()
    assert release(suite) == before
    found = accepted.check(300)
    requests = {"requests": load.succeeded.total(), "failed_requests": 0}
    figures(**found, recovered_s=recovered_s, taken_back=1, **requests, upgrade_and_back_s=round(took_s, 1))


def release(suite):
    """The one that runs."""
    return suite.machine.path("/opt/soniclayer/current").readlink().name

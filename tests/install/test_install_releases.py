"""Which releases stay, which options count, which workers are ours to stop."""

from __future__ import annotations


def test_options_count_until_others_are_given(stage):
    stage.settled("1.0", "--workers", "2", "--without-nginx")
    stage.release("1.1")
    stage.settled("1.1")
    assert stage.recall("choices") == ["without_nginx yes", "workers 2"]
    assert stage.enabled_workers() == ["soniclayer-worker@1.service", "soniclayer-worker@2.service"]
    stage.settled("1.1", "--defaults", "--workers", "1")
    assert stage.recall("choices") == ["workers 1"]


def test_options_of_a_run_that_failed_do_not_count(stage):
    stage.settled("1.0", "--workers", "1")
    assert stage.settle("1.0", "--workers", "3", MODELS_VERIFY="1").returncode == 1
    assert stage.recall("choices") == ["workers 1"]


def test_fewer_workers_stop_those_that_the_installer_enabled_alone(stage):
    stage.settled("1.0", "--workers", "3")
    wants = stage.folder / "etc/systemd/system/soniclayer.target.wants"
    (wants / "soniclayer-worker@7.service").symlink_to("/etc/systemd/system/soniclayer-worker@.service")
    stage.settled("1.0", "--workers", "1")
    assert stage.enabled_workers() == ["soniclayer-worker@1.service", "soniclayer-worker@7.service"]


def test_a_worker_that_the_sysadmin_disabled_stays_so_until_a_number_is_asked_for(stage):
    stage.settled("1.0", "--workers", "2")
    (stage.folder / "etc/systemd/system/soniclayer.target.wants/soniclayer-worker@2.service").unlink()
    stage.settled("1.0")
    assert stage.enabled_workers() == ["soniclayer-worker@1.service"]
    stage.settled("1.0", "--workers", "2")
    assert stage.enabled_workers() == ["soniclayer-worker@1.service", "soniclayer-worker@2.service"]


def test_the_last_three_releases_stay(stage):
    stage.settled("1.0")
    for version in ("1.1", "1.2", "1.3"):
        stage.release(version)
        stage.settled(version)
    assert sorted(path.name for path in (stage.root / "releases").iterdir()) == ["1.1", "1.2", "1.3"]
    assert stage.recall("releases") == ["1.1", "1.2", "1.3"]
    assert str((stage.root / "current").readlink()) == "releases/1.3"


def test_what_was_rolled_back_from_is_not_before_the_next_release(stage):
    stage.settled("1.0")
    stage.release("1.1")
    stage.settled("1.1")
    installer = stage.root / "releases/1.0/install.sh"
    back = stage.settled("1.0")
    assert "1.0" in back
    assert installer.exists()
    stage.release("1.2")
    stage.settled("1.2")
    assert stage.recall("releases")[-2:] == ["1.0", "1.2"]

"""What a sysadmin edited is never overwritten; what nobody edited follows the release."""

from __future__ import annotations


def append(path, text):
    with path.open("a") as file:
        file.write(text)


def upgraded(stage, *changed):
    """Release 1.1, with a line more in these files of its own."""
    release = stage.release("1.1")
    for name in changed:
        append(release / name, "# new in 1.1\n")
    return stage.settled("1.1")


def test_an_edited_file_stays_and_the_new_default_lies_beside_it(stage):
    stage.settled("1.0")
    edited = stage.config / "labels.yaml"
    append(edited, "# mine\n")
    told = upgraded(stage, "config/labels.yaml")
    assert edited.read_text().endswith("# mine\n")
    assert (stage.config / "labels.yaml.new").read_text().endswith("# new in 1.1\n")
    assert "labels.yaml was edited and stays" in told
    again = stage.settled("1.1")
    assert "nothing changed" in again
    assert "was edited" not in again


def test_an_edited_file_gets_no_offer_while_the_default_is_the_same(stage):
    stage.settled("1.0")
    append(stage.config / "worker.env", "SONICLAYER_WHISPER_LANGUAGE=en\n")
    assert "was edited" not in upgraded(stage)
    assert not (stage.config / "worker.env.new").exists()


def test_an_old_file_that_nobody_edited_is_replaced(stage):
    stage.settled("1.0")
    assert "was edited" not in upgraded(stage, "config/labels.yaml", "deploy/systemd/soniclayer.target")
    assert (stage.config / "labels.yaml").read_text().endswith("# new in 1.1\n")
    unit = stage.folder / "etc/systemd/system/soniclayer.target"
    assert unit.read_text().endswith("# new in 1.1\n")


def test_an_offer_that_was_taken_goes(stage):
    stage.settled("1.0")
    append(stage.config / "labels.yaml", "# mine\n")
    upgraded(stage, "config/labels.yaml")
    (stage.config / "labels.yaml.new").replace(stage.config / "labels.yaml")
    stage.release("1.2")
    stage.settled("1.2")
    assert not (stage.config / "labels.yaml").read_text().endswith("# new in 1.1\n")
    assert not (stage.config / "labels.yaml.new").exists()


def test_an_edited_site_of_nginx_stays_too(stage):
    stage.settled("1.0")
    site = stage.folder / "etc/nginx/sites-available/soniclayer.conf"
    append(site, "# mine\n")
    stage.settled("1.0", "--domain", "other.example")
    assert site.read_text().endswith("# mine\n")
    assert "server_name other.example;" in site.with_name("soniclayer.conf.new").read_text()


def test_a_persona_that_was_taken_away_stays_away_but_labels_come_back(stage):
    stage.settled("1.0")
    (stage.config / "personas/tradie.yaml").unlink()
    (stage.config / "labels.yaml").unlink()
    upgraded(stage, "config/personas/tradie.yaml")
    assert not (stage.config / "personas/tradie.yaml").exists()
    assert (stage.config / "labels.yaml").exists()


def test_what_a_release_has_no_more_is_removed_unless_it_was_edited(stage):
    units = stage.folder / "etc/systemd/system"
    for name in ("soniclayer-old.service", "soniclayer-older.service"):
        (stage.root / "releases/1.0/deploy/systemd" / name).write_text("[Service]\nExecStart=/bin/true\n")
    stage.settled("1.0")
    append(units / "soniclayer-older.service", "# mine\n")
    told = upgraded(stage)
    assert not (units / "soniclayer-old.service").exists()
    assert not (units / "soniclayer-older.service").exists()
    assert (units / "soniclayer-older.service.edited").exists()
    assert "soniclayer-older.service was edited" in told


def test_another_redis_is_refused_while_an_edited_file_names_the_old_one(stage):
    from staged_install import REPO, call  # noqa: PLC0415 - this test alone looks at the machine

    stage.settled("1.0")
    append(stage.config / "worker.env", "# mine\n")
    url = "redis://192.0.2.7:6379/0"
    refused = call(REPO / "install.sh", "--root", stage.folder, "--without-redis", "--redis-url", url)
    assert refused.returncode == 1
    assert f"worker.env was edited, so install.sh leaves it alone: set REDIS_URL={url} there" in refused.stderr

"""Where the suite is as_installed, what its settings are there, and what its environment files say."""

from __future__ import annotations

import pytest

from soniclayer import main
from soniclayer.cli.here import command_settings
from soniclayer.errors import ConfigError
from soniclayer.installation import Installation, installation, read_env_file
from soniclayer.settings import load_settings

SESSION_KEY = "a" * 32


def test_an_installation_is_known_by_its_python(tmp_path):
    release = tmp_path / "releases/1.0.0+11111111"
    (release / "venv").mkdir(parents=True)
    (tmp_path / "config").mkdir()
    (tmp_path / "current").symlink_to(release)
    assert installation(str(release / "venv")) == Installation(tmp_path, release)
    assert installation(str(tmp_path / "current/venv")) == Installation(tmp_path, release)


def test_a_checkout_is_no_installation(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / ".venv").mkdir()
    assert installation(str(tmp_path / ".venv")) is None
    assert installation() is None


def test_what_is_not_set_lies_in_the_installation(as_installed):
    settings = load_settings()
    assert settings.config_dir == as_installed.root / "config"
    assert settings.keys_file == as_installed.root / "config/keys.yaml"
    assert settings.models_dir == as_installed.root / "models"
    assert settings.uploads_dir == as_installed.root / "uploads"
    assert str(settings.run_dir) == "/run/soniclayer"
    assert str(settings.cache_dir) == "/var/cache/soniclayer"


def test_workers_ask_the_langflow_of_the_installation_where_there_is_one_and_nothing_else_is_said(
    as_installed, monkeypatch
):
    assert load_settings().langflow_base_url == ""
    (as_installed.root / "langflow").mkdir()
    (as_installed.root / "langflow/current").mkdir()
    assert load_settings().langflow_base_url == "http://127.0.0.1:7860"
    monkeypatch.setenv("LANGFLOW_BASE_URL", "https://langflow.example.org/")
    assert load_settings().langflow_base_url == "https://langflow.example.org"


def test_the_environment_says_otherwise(as_installed, monkeypatch, tmp_path):
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(tmp_path))
    assert load_settings().keys_file == tmp_path / "keys.yaml"


def test_a_service_has_the_environment_that_systemd_gave_it_and_reads_no_file_again(as_installed):
    (as_installed.config / "backend.env").write_text("LOG_LEVEL=loud\n")
    assert load_settings().log_level == "INFO"


def test_root_has_what_the_services_have(as_installed):
    (as_installed.config / "backend.env").write_text("SONICLAYER_MAX_UPLOAD_BYTES=2048\nLOG_LEVEL=ERROR\n")
    (as_installed.config / "worker.env").write_text("SONICLAYER_WHISPER_MODEL=whisper-tiny.en\nLOG_LEVEL=DEBUG\n")
    (as_installed.config / "credentials/redis_password").write_text("hunter2\n")
    settings = command_settings()
    assert (settings.max_upload_bytes, settings.whisper_model) == (2048, "whisper-tiny.en")
    assert settings.log_level == "ERROR"
    assert settings.redis_password.get_secret_value() == "hunter2"


def test_the_environment_goes_before_the_files(as_installed, monkeypatch, tmp_path):
    (as_installed.config / "backend.env").write_text("LOG_LEVEL=ERROR\nREDIS_URL=redis://elsewhere\n")
    (as_installed.config / "credentials/session_key").write_text(SESSION_KEY)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = command_settings()
    assert (settings.log_level, settings.redis_url) == ("DEBUG", "redis://elsewhere")
    assert settings.session_key is None


def test_all_faults_of_the_files_are_told(as_installed):
    (as_installed.config / "backend.env").write_text("LOG_LEVEL=loud\nREDIS_URL=redis://:hunter2@\n")
    (as_installed.config / "worker.env").write_text("SONICLAYER_ENGINE_THREADS=many\n")
    with pytest.raises(ConfigError) as raised:
        command_settings()
    assert sorted(fault.split()[0] for fault in raised.value.faults) == [
        "LOG_LEVEL",
        "REDIS_URL",
        "SONICLAYER_ENGINE_THREADS",
    ]
    assert "hunter2" not in str(raised.value)


def test_the_user_of_the_services_has_the_environment_alone(as_installed, monkeypatch):
    (as_installed.config / "backend.env").write_text("LOG_LEVEL=ERROR\n")
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    monkeypatch.setattr("soniclayer.cli.here.is_service_user", lambda: True)
    assert command_settings().log_level == "INFO"


@pytest.mark.parametrize("words", [["status"], ["reconcile"], ["models", "list"], ["keys", "list"], ["analyze", "x"]])
def test_anybody_else_is_told_to_use_sudo(as_installed, monkeypatch, capsys, words):
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert main.main(words) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("sudo soniclayer ...")


@pytest.mark.parametrize("words", [["backend"], ["worker"], ["suite"]])
def test_root_does_not_run_the_services_by_hand(as_installed, capsys, words):
    assert main.main(words) == 2
    assert "systemctl start soniclayer.target" in capsys.readouterr().err


def test_nobody_runs_a_second_suite_from_an_installation(as_installed, monkeypatch, capsys):
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert main.main(["suite"]) == 2
    assert "systemctl start soniclayer.target" in capsys.readouterr().err


def test_a_mistyped_setting_in_a_file_is_told_with_the_file(as_installed, capsys):
    (as_installed.config / "worker@2.env").write_text("SONICLAYER_MODLES_DIR=/x\n")
    main.main(["rollback", "--list"])
    assert capsys.readouterr().err == (
        f"soniclayer: warning: {as_installed.config}/worker@2.env: "
        "SONICLAYER_MODLES_DIR: no such setting; did you mean SONICLAYER_MODELS_DIR?\n"
    )


def test_a_configuration_file_that_is_gone_is_named(as_installed, monkeypatch, capsys):
    monkeypatch.setattr("soniclayer.cli.personas.here.step_down", lambda: None)
    (as_installed.config / "labels.yaml").unlink()
    assert main.main(["personas", "check"]) == 2
    assert f"{as_installed.config}/labels.yaml:1: file: cannot be read: No such file" in capsys.readouterr().err


def test_environment_files_are_read_as_systemd_reads_them(tmp_path):
    path = tmp_path / "x.env"
    path.write_text(
        '# A=1\n; B=1\n\nC = no\nD=one \\\ntwo  \nE=\'quoted # \'\nF="a \\" b" c\nG=\nH=a=b\n  I=x\\y\nno line\n'
    )
    assert read_env_file(path) == {
        "C": "no",
        "D": "one two",
        "E": "quoted # ",
        "F": 'a " bc',
        "G": "",
        "H": "a=b",
        "I": "xy",
    }
    assert read_env_file(tmp_path / "none.env") == {}


def test_an_environment_file_that_is_not_text_is_told(tmp_path):
    (tmp_path / "x.env").write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_env_file(tmp_path / "x.env")

"""Settings: all faults at once, secrets from files, and no secret in any message."""

from __future__ import annotations

import pytest

from soniclayer.errors import ConfigError
from soniclayer.settings import Settings, load_settings, unknown_variables, variable_name, without_password

SESSION_KEY = "a" * 32


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ["CREDENTIALS_DIRECTORY", *map(variable_name, Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def credentials(tmp_path, monkeypatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def faults():
    with pytest.raises(ConfigError) as raised:
        load_settings()
    return list(raised.value.faults)


def test_all_faults_are_told_at_once(monkeypatch):
    for name, value in {
        "REDIS_URL": "localhost",
        "SONICLAYER_MAX_UPLOAD_BYTES": "1 GiB",
        "LOG_LEVEL": "loud",
        "SONICLAYER_CORS_ORIGINS": "*",
        "SONICLAYER_UPLOADS_DIR": "~nobody-of-that-name/uploads",
    }.items():
        monkeypatch.setenv(name, value)
    told = faults()
    assert sorted(line.split()[0] for line in told) == [
        "LOG_LEVEL",
        "REDIS_URL",
        "SONICLAYER_CORS_ORIGINS",
        "SONICLAYER_MAX_UPLOAD_BYTES",
        "SONICLAYER_UPLOADS_DIR",
    ]
    assert "REDIS_URL is 'localhost': need redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix://PATH" in told


@pytest.mark.parametrize(
    ("name", "value", "need"),
    [
        ("LOG_LEVEL", "loud", "need 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("SONICLAYER_BACKEND_WORKERS", "0", "need at least 1"),
        ("SONICLAYER_BACKEND_WORKERS", "two", "need a whole number"),
        ("SONICLAYER_MAX_REDIS_FILL", "85", "need at most 1"),
        ("SONICLAYER_MAX_REDIS_FILL", "0", "need more than 0"),
        ("SONICLAYER_MAX_REDIS_FILL", "85 %", "need a number"),
        ("SONICLAYER_ENGINE_MAX_MEMORY_BYTES", "1", "need at least 268435456"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_needed(monkeypatch, name, value, need):
    monkeypatch.setenv(name, value)
    assert faults() == [f"{name} is {value!r}: {need}"]


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1:6379/0", "redis://h", "rediss://u:p@redis.example:6380/1", "unix:///run/redis/redis.sock"],
)
def test_redis_urls_that_are_fine(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    assert load_settings().redis_url == url


@pytest.mark.parametrize(
    "url", ["http://h", "redis://", "redis://h:port", "redis://h/db", "unix://", "unix://relative", "unix:///", "//h"]
)
def test_redis_urls_that_are_not(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    assert faults() == [f"REDIS_URL is {url!r}: need redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix://PATH"]


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@h:x", "redis://me:hunter2@h/db", "redis://:hunter2/@h", "//:hunter2@"]
)
def test_a_password_in_redis_url_is_in_no_fault(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    [fault] = faults()
    assert "hunter2" not in fault
    assert "hunter2" not in without_password(url)


def test_a_password_in_redis_url_works(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@h:6379/0")
    assert load_settings().redis_url == "redis://:hunter2@h:6379/0"


def test_secrets_come_from_files_before_the_environment(monkeypatch, credentials):
    (credentials / "redis_password").write_text("from a file\n")
    (credentials / "session_key").write_text("")
    monkeypatch.setenv("SONICLAYER_REDIS_PASSWORD", "from the environment")
    monkeypatch.setenv("SONICLAYER_SESSION_KEY", SESSION_KEY)
    settings = load_settings()
    assert settings.redis_password.get_secret_value() == "from a file"
    assert settings.session_key.get_secret_value() == SESSION_KEY


def test_a_credential_that_cannot_be_read_is_told_with_the_other_faults(monkeypatch, credentials):
    (credentials / "redis_password").write_bytes(b"\xff\xfe")
    (credentials / "langflow_api_key").mkdir()
    monkeypatch.setenv("LOG_LEVEL", "loud")
    told = faults()
    assert f"{credentials}/redis_password: cannot be read: not UTF-8" in told
    assert f"{credentials}/langflow_api_key: cannot be read: Is a directory" in told
    assert len(told) == 3


def test_a_secret_is_never_shown(monkeypatch):
    monkeypatch.setenv("SONICLAYER_SESSION_KEY", "hunter2")
    assert faults() == ["SONICLAYER_SESSION_KEY: need at least 32 characters, e.g. of `openssl rand -hex 32`"]
    monkeypatch.setenv("SONICLAYER_SESSION_KEY", SESSION_KEY)
    assert SESSION_KEY not in repr(load_settings())


def test_any_origin_is_for_development_alone(monkeypatch):
    monkeypatch.setenv("SONICLAYER_CORS_ORIGINS", "*")
    assert "name the origins" in faults()[0]
    monkeypatch.setenv("ENVIRONMENT", "development")
    assert load_settings().cors_origins == ("*",)


@pytest.mark.parametrize("origin", ["dashboard", "https://a.example/", "https://a.example/x", "ftp://a", "https://"])
def test_an_origin_that_no_browser_would_send_is_refused(monkeypatch, origin):
    monkeypatch.setenv("SONICLAYER_CORS_ORIGINS", f"https://fine.example:8443, {origin}")
    assert faults()[0].endswith(f"need origins like https://dashboard.example:8443, not {origin}")


@pytest.mark.parametrize("bind", ["8000", "localhost", "h:0", "h:99999", "unix:relative", ":8000"])
def test_an_address_nobody_can_listen_on_is_refused(monkeypatch, bind):
    monkeypatch.setenv("SONICLAYER_BACKEND_BIND", bind)
    assert faults() == [f"SONICLAYER_BACKEND_BIND is {bind!r}: need HOST:PORT or unix:PATH"]


def test_an_address_may_be_a_socket(monkeypatch):
    monkeypatch.setenv("SONICLAYER_BACKEND_BIND", "unix:/run/soniclayer/backend.sock")
    assert load_settings().backend_bind == "unix:/run/soniclayer/backend.sock"


@pytest.mark.parametrize("url", ["127.0.0.1:7860", "ftp://h", "http://"])
def test_a_langflow_that_is_no_web_address_is_refused(monkeypatch, url):
    monkeypatch.setenv("LANGFLOW_BASE_URL", url)
    assert faults() == [f"LANGFLOW_BASE_URL is {url!r}: need http://HOST:PORT or https://HOST"]


@pytest.mark.parametrize("key", ["sk-hunter2…", "sk-hunter2\nx", "sk-hünter2"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(monkeypatch, key):
    monkeypatch.setenv("LANGFLOW_API_KEY", key)
    assert faults() == ["LANGFLOW_API_KEY: need ASCII characters on one line, just as Langflow shows the key"]


def test_the_keys_lie_in_the_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(tmp_path))
    assert load_settings().keys_file == tmp_path / "keys.yaml"


def test_a_mistyped_setting_is_told():
    environment = {"SONICLAYER_MODLES_DIR": "/x", "SONICLAYER_MODELS_DIR": "/y", "PATH": "/bin", "SONICLAYER_Q": "1"}
    assert unknown_variables(environment) == [
        "SONICLAYER_MODLES_DIR: no such setting; did you mean SONICLAYER_MODELS_DIR?",
        "SONICLAYER_Q: no such setting",
    ]

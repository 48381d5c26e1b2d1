"""Faults of Langflow, of its flows, and of the model behind it."""

from __future__ import annotations

from made_faults import ERROR, WARNING, fault


@fault("langflow.unit", ERROR, "langflow.service is failed")
def unit_that_has_failed(server):
    server.states["langflow.service"]["state"] = "failed"


@fault("langflow.reach", WARNING, "Connection refused")
def langflow_away(server):
    server.langflow.close()


@fault("langflow.reach", WARNING, "it answers 500")
def langflow_that_is_not_well(server):
    server.langflow.status = 500


@fault("langflow.key", ERROR, "refuses the key of the workers (403)")
def another_key(server):
    (server.config / "credentials/langflow_api_key").write_text("of-another-langflow")


@fault("langflow.key", ERROR, "refuses the key of the workers (403)")
def no_key(server):
    (server.config / "credentials/langflow_api_key").unlink()


@fault("langflow.flows", WARNING, "it has no flow soniclayer_parent (parent)")
def flow_that_is_missing(server):
    server.langflow.flows.remove("soniclayer_parent")


@fault("langflow.llm", WARNING, "answers 503")
def broken_model(server):
    server.langflow.status = 503


@fault("langflow.llm", WARNING, "refuses the key (401)")
def model_with_another_key(server):
    (server.config / "credentials/llm_api_key").unlink()


@fault("langflow.llm", WARNING, "127.0.0.1:1 does not answer: Connection refused")
def model_away(server):
    server.say("langflow.env", "SONICLAYER_LLM_BASE_URL=http://127.0.0.1:1/v1")


@fault("langflow.llm", WARNING, "langflow.service is not let out to 127.0.0.1")
def model_that_langflow_is_not_let_out_to(server):
    server.states["langflow.service"]["allowed"] = "192.0.2.0/24"


@fault("langflow.llm", WARNING, "the name no-such-host.invalid does not resolve")
def model_without_an_address(server):
    server.say("langflow.env", "SONICLAYER_LLM_BASE_URL=http://no-such-host.invalid/v1")


@fault("config.names", WARNING, "langflow.env: SONICLAYER_LLM_MODLE: no such setting")
def misspelt_setting_of_the_model(server):
    server.say("langflow.env", "SONICLAYER_LLM_MODLE=qwen")


@fault("config.applied", WARNING, "langflow.service (langflow.env")
def langflow_that_has_not_read_its_settings(server):
    server.states["langflow.service"]["started"] -= 100


@fault("secrets.env_files", ERROR, "SONICLAYER_LLM_API_KEY in langflow.env")
def key_of_the_model_in_an_env_file(server):
    server.say("langflow.env", "SONICLAYER_LLM_API_KEY=sk-0123456789")


@fault("secrets.env_files", ERROR, "LANGFLOW_SECRET_KEY in langflow.env")
def secret_key_in_an_env_file(server):
    server.say("langflow.env", "LANGFLOW_SECRET_KEY=0123456789")

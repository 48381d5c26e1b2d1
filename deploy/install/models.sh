# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Models: those that are needed and not there, checked by SHA-256 wherever they come from.

fetch_models() {
  local names model
  names=("$(wanted_model SONICLAYER_WHISPER_MODEL whisper-base)" "$(wanted_model SONICLAYER_LABEL_MODEL minilm)")
  soniclayer models verify "${names[@]}" --models-dir "$stage$root/models" &>/dev/null && return
  run_soniclayer models fetch "${names[@]}" --models-dir "$stage$root/models" \
    ${given[models]:+--from "${given[models]}"} || stop "the models are not all there" \
    "without a network: soniclayer models fetch --models-dir DIR elsewhere, bring DIR, then --models DIR"
}

wanted_model() {
  local name
  name=$(variable worker "$1")
  echo "${name:-$2}"
}

# soniclayer ARGUMENT...: that of this release. -I, here and elsewhere: no module is taken from where the caller stands, or
# `cd /tmp && soniclayer rollback` would run as root what anybody has put there.
soniclayer() {
  SONICLAYER_CONFIG_DIR=$stage$config "$stage$root/releases/$version/venv/bin/python" -I -m soniclayer "$@"
}

run_soniclayer() {
  run env "SONICLAYER_CONFIG_DIR=$stage$config" "$stage$root/releases/$version/venv/bin/python" -I -m soniclayer "$@"
}

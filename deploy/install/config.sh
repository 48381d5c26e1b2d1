# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# config/: what a sysadmin sets.

put_config_files() {
  local affects=suite name
  for name in logging.yaml labels.yaml models.yaml; do
    put_config "$here/config/$name" "$config/$name" 0640 root:soniclayer
  done
  for name in "$here"/config/personas/*.yaml; do
    put_default "$name" "$config/personas/${name##*/}" 0640 root:soniclayer
  done
  for name in backend worker backup; do
    render_environment "$name" >"$scratch/$name.env"
    put_config "$scratch/$name.env" "$config/$name.env" 0640 root:soniclayer
  done
  affects=langflow
  ! wants_langflow || put_config "$here/deploy/config/langflow.env" "$config/langflow.env" 0640 root:soniclayer
}

# render_environment NAME: the default file; with the address of a Redis elsewhere where one was chosen.
render_environment() {
  local url=${choice[redis_url]:-}
  sed "${url:+s|^#REDIS_URL=.*|REDIS_URL=${url//&/\\&}|}" "$here/deploy/config/$1.env"
}

# variable backend|worker|backup|langflow NAME: as its environment file has it now.
variable() {
  sed -nE "s/^\s*$2=[\"']?([^\"']*)[\"']?\s*$/\1/p" "$stage$config/$1.env" 2>/dev/null | tail -n 1 || true
}

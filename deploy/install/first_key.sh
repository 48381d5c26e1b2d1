# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The first API key: made when all is well, so that it is shown for certain.

first_key=

make_first_key() {
  [[ ! -s $stage$config/keys.yaml ]] || return 0
  show "$root/current/venv/bin/soniclayer" keys add admin --scope admin
  changes=$((changes + 1))
  [[ -n $dry_run ]] || first_key=$(soniclayer keys add admin --scope admin --file "$stage$config/keys.yaml" 2>"$scratch/error") ||
    stop "no API key could be made" "$(cat "$scratch/error")"
}

show_first_key() {
  local trust=
  [[ -z $(recall certificate) || -n ${choice[without_nginx]:-} ]] || trust="--cacert $config/tls/fullchain.pem "
  cat <<END

The API key "admin", shown this once (sudo soniclayer keys add NAME makes more):

  $first_key

Sign in with it at $(site_address)/, or try it on that machine:

  sudo curl $trust-H "X-API-Key: $first_key" -F file=@recording.mp3 $(address)/evaluate/

END
}

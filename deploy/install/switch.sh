# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# From one release to another: one rename.

switch_to_the_release() {
  local affects=suite
  [[ $(current_version) == "$version" ]] || well_version | remember before
  put_link "releases/$version" "$root/current"
  switch_langflow
  affects=
  need_folder /usr/local/bin
  put_link "$root/current/venv/bin/soniclayer" /usr/local/bin/soniclayer
}

remember_this_run() {
  choices_as_lines | remember choices
  [[ -z ${given[latest]:-} ]] || put_in_order "$version" "$(well_version)"
  forget before
  [[ -z ${given[latest]:-} ]] || forget_old_releases
  [[ -z ${given[latest]:-} ]] || forget_old_langflows
}

sum_up() {
  local line
  echo
  for line in "${told[@]}"; do
    echo "note: $line"
  done
  if [[ -n $dry_run ]]; then
    echo "dry run: nothing was changed; $changes commands would run"
  elif ((changes == 0)); then
    echo "SonicLayer $version: nothing changed"
  elif [[ -n $stage ]]; then
    echo "SonicLayer $version is laid out below $stage"
  else
    echo "SonicLayer $version runs"
    echo "  dashboard  $(site_address)/ (sign in with an API key)"
    echo "  API        $(address)"
  fi
  [[ -z ${first_key:-} ]] || show_first_key
}

# site_address: where people find the dashboard.
site_address() {
  [[ -z ${choice[without_nginx]:-} ]] && echo "https://$(domain)" || echo "http://127.0.0.1:8000"
}

# address: where programs find the API.
address() {
  echo "$(site_address)/api"
}

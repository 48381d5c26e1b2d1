# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Takes the suite off the machine. Data stay: configuration, keys, recordings, models, backups, Redis' data, the user.

uninstall_suite() {
  is_installed || { echo "nothing is installed" && return; }
  walk stop_the_suite remove_from_nginx remove_files remove_the_code
  echo
  [[ -z $dry_run ]] || { echo "dry run: nothing was changed; $changes commands would run" && return; }
  echo "SonicLayer is uninstalled. Its data are still there; install.sh takes them up again, install.sh purge removes them:"
  sizes
}

is_installed() {
  local path
  [[ ! -e $root/releases && ! -L $root/current ]] || return 0
  for path in "${!written[@]}"; do
    [[ $path == "$root"/* ]] || return 0
  done
  return 1
}

stop_the_suite() {
  local units
  units=$(systemctl list-units --all --plain --no-legend 'soniclayer*' redis-server@soniclayer.service \
    ${written[$langflow_unit]:+langflow.service} 2>/dev/null | awk '$3 != "inactive" { print $1 }')
  # shellcheck disable=SC2086 # a word each
  [[ -z $units ]] || run systemctl stop $units
  for units in soniclayer.target $(enabled_workers | sort -u); do
    ! systemctl --quiet is-enabled "$units" 2>/dev/null || run systemctl disable --quiet "$units"
  done
  forget enabled
}

remove_from_nginx() {
  [[ -L $link ]] || return 0
  remove "$link"
  ! systemctl --quiet is-active nginx.service || run systemctl reload nginx.service
}

remove_files() {
  local path
  for path in "${!written[@]}"; do
    [[ $path == "$root"/* ]] || remove_config "$path"
  done
  ((changes == 0)) || run systemctl daemon-reload
  systemctl reset-failed 'soniclayer*' 2>/dev/null || true
  [[ -z ${due[journald]:-} ]] || run systemctl restart systemd-journald.service
}

remove_the_code() {
  [[ $(readlink /usr/local/bin/soniclayer) != "$root"/* ]] || remove /usr/local/bin/soniclayer
  remove "$root/current" "$root/releases" "$langflow_root" /run/soniclayer
  forget releases
  forget before
  forget flows
  forget due
}

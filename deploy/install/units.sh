# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Units and what systemd reads beside them; which of them start at boot.

langflow_unit=/etc/systemd/system/langflow.service

put_units() {
  local file affects
  need_folder /etc/systemd/system
  for file in "$here"/deploy/systemd/soniclayer*.{service,timer,target,slice,socket}; do
    affects="units suite"
    [[ $file != *.socket ]] || affects+=" socket"
    put_config "$file" "/etc/systemd/system/${file##*/}" 0644 root:root
  done
  affects="units langflow"
  ! wants_langflow || put_config "$here/deploy/systemd/langflow.service" "$langflow_unit" 0644 root:root
  affects="units redis"
  put_drop_in "$here/deploy/systemd/redis-server@soniclayer.conf" redis-server@soniclayer.service soniclayer.conf
  affects=journald
  need_folder /etc/systemd/journald.conf.d
  put_config "$here/deploy/systemd/journald.conf" /etc/systemd/journald.conf.d/soniclayer.conf 0644 root:root
}

# put_drop_in SOURCE UNIT NAME
put_drop_in() {
  need_folder "/etc/systemd/system/$2.d"
  put_config "$1" "/etc/systemd/system/$2.d/$3" 0644 root:root
}

enable_units() {
  local number
  enable_unit soniclayer.target
  for ((number = 1; number <= $(workers); number++)); do
    enable_unit "soniclayer-worker@$number.service" "${given[workers]:-}"
  done
  ! wants_langflow || enable_unit langflow.service "${given[langflow]:-}"
  disable_surplus
}

# enable_unit UNIT [AGAIN]: one that we enabled before and the sysadmin has disabled stays so, unless AGAIN.
enable_unit() {
  ! of_systemd --quiet is-enabled "$1" 2>/dev/null || return 0
  [[ -n ${2:-} ]] || ! is_known enabled "$1" || return 0
  run systemctl ${stage:+--root="$stage"} enable --quiet "$1"
  note enabled "$1" # afterwards: noted and not enabled, it would count as disabled by the sysadmin
}

# disable_surplus: workers above the number; those that the sysadmin enabled are not ours to stop.
disable_surplus() {
  local unit number
  for unit in $(recall enabled); do
    number=${unit#soniclayer-worker@}
    [[ $number != "$unit" ]] || continue
    ((${number%.service} > $(workers))) || continue
    run systemctl ${stage:+--root="$stage"} disable --quiet "$unit"
    [[ -n $stage ]] || run systemctl stop "$unit"
    drop enabled "$unit"
  done
}

of_systemd() {
  systemctl ${stage:+--root="$stage"} "$@"
}

# workers: how many; one per core, 1 GB each beside 1.5 GB for the rest, and what Langflow takes.
workers() {
  local by_memory=$((($(memory_mb) - 1500) / 1000)) cores
  ! wants_langflow || by_memory=$((($(memory_mb) - 1500 - langflow_memory_mb) / 1000))
  [[ -z ${choice[workers]:-} ]] || { echo "${choice[workers]}" && return; }
  cores=$(nproc)
  ((by_memory < cores)) || by_memory=$cores
  echo $((by_memory > 1 ? by_memory : 1))
}

# enabled_workers: those that start with the suite, whoever enabled them.
enabled_workers() {
  local link number
  for link in "$stage"/etc/systemd/system/soniclayer.target.wants/soniclayer-worker@*.service; do
    [[ ! -L $link ]] || echo "${link##*/}"
  done
  [[ -z $dry_run ]] || for ((number = 1; number <= $(workers); number++)); do
    echo "soniclayer-worker@$number.service"
  done
}

# all_workers: also those that somebody started and did not enable: they too must not go on with an old release.
all_workers() {
  enabled_workers
  running_workers
}

running_workers() {
  systemctl list-units --plain --no-legend --state=active 'soniclayer-worker@*.service' 2>/dev/null | awk '{ print $1 }' || true
}

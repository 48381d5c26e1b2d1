# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Starts what does not run, restarts what changed, one by one; and is content only when all of it is well.

settled_after_s=5
declare -A lives=() # by service that this run has started: which run of it that was

start_the_suite() {
  local unit
  if [[ -n $stage ]]; then
    enable_units
    return
  fi
  reload_systemd
  enable_units
  bring_up_redis
  bring_up_langflow
  close_changed_socket
  bring_up soniclayer-backend.service suite
  for unit in $(all_workers | sort -u); do
    bring_up "$unit" suite
  done
  bring_up soniclayer.target none
  see_them_stay
  wait_until_ready
  done_with units suite socket redis langflow
}

reload_systemd() {
  [[ -z ${due[units]:-} ]] || run systemctl daemon-reload
  [[ -z ${due[journald]:-} ]] || run systemctl restart systemd-journald.service
  done_with journald
}

bring_up_redis() {
  [[ -n ${choice[without_redis]:-} ]] || { bring_up redis-server@soniclayer.service redis && return; }
  ! systemctl --quiet is-active redis-server@soniclayer.service || run systemctl stop redis-server@soniclayer.service
}

# bring_up_langflow: before those who ask it, for if it does not start they go on as they were. One that the sysadmin has
# disabled and stopped stays down.
bring_up_langflow() {
  wants_langflow || return 0
  if [[ -n $dry_run ]] || systemctl --quiet is-enabled langflow.service || systemctl --quiet is-active langflow.service; then
    bring_up langflow.service langflow
  fi
}

# close_changed_socket: systemd opens it anew only while the backend is down, whose start brings it; callers are refused
# for that moment.
close_changed_socket() {
  [[ -z ${due[socket]:-} ]] || ! systemctl --quiet is-active soniclayer-backend.socket ||
    run systemctl stop soniclayer-backend.service soniclayer-backend.socket
}

# bring_up UNIT DUE: restart it when DUE is due, start it when it is down. systemctl returns when the unit says that it
# is ready, which for a worker is after a first inference.
bring_up() {
  local verb=start
  if [[ -n ${due[$2]:-} ]]; then
    verb=restart
  elif systemctl --quiet is-active "$1"; then
    return 0
  fi
  ! systemctl --quiet is-failed "$1" || run systemctl reset-failed "$1"
  run systemctl "$verb" "$1" || not_well "$1" "did not start"
  [[ -n $dry_run || $1 != *.service ]] || lives[$1]=$(invocation "$1")
}

# see_them_stay: what dies soon after it was ready has ended a few seconds later, or is another process by then.
see_them_stay() {
  local unit
  ((${#lives[@]} == 0)) || sleep "$settled_after_s"
  for unit in "${!lives[@]}"; do
    systemctl --quiet is-active "$unit" && [[ $(invocation "$unit") == "${lives[$unit]}" ]] ||
      not_well "$unit" "did not stay up"
  done
}

invocation() {
  systemctl show --property InvocationID --value "$1"
}

# not_well UNIT WHAT
not_well() {
  {
    echo "-- the last of its journal:"
    journalctl --sync || true # why it ended may be on the way still
    # with --since, --lines would be the first ones
    journalctl --unit "$1" --since "@$began_at" --no-pager --output short-iso | tail -n 25 || true
    echo "--"
  } >&2
  stop "$1 $2" "all of it: journalctl -u $1 -e"
}

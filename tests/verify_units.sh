#!/usr/bin/env bash
# Has systemd itself read every unit of deploy/systemd: `verify`, and the exposure of each service. Needs no systemd that
# runs, and nothing installed: it looks at a tree of its own, with a stand-in for every program that a unit starts.
# usage: tests/verify_units.sh
set -euo pipefail
units=$(cd "$(dirname "$0")/../deploy/systemd" && pwd)

# Most that `systemd-analyze security` may find, in tenths.
declare -A highest=(["soniclayer-backend.service"]=10 ["soniclayer-worker@.service"]=10)
highest+=(["soniclayer-backup.service"]=20 ["soniclayer-restore-drill.service"]=20) # root, for they read everything
highest_of_others=15

main() {
  command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing: apt-get install systemd"
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  plant
  verify
  local path
  for path in "$units"/*.service; do
    expose "${path##*/}" "${highest[${path##*/}]:-$highest_of_others}"
  done
  expose redis-server@soniclayer.service "$highest_of_others"
  echo "units: all well"
}

# plant: this machine's own units, ours over them, and a stand-in for each program.
plant() {
  local own=$tree/etc/systemd/system program
  mkdir -p "$tree/usr/lib/systemd" "$own/redis-server@soniclayer.service.d"
  cp -r /lib/systemd/system "$tree/usr/lib/systemd/system"
  ln -s usr/lib "$tree/lib"
  cp "$units"/*.{service,socket,target,slice,timer} "$own"
  cp "$units/redis-server@soniclayer.conf" "$own/redis-server@soniclayer.service.d/soniclayer.conf"
  [[ -e $tree/lib/systemd/system/redis-server@.service ]] || fail "redis-server is missing: apt-get install redis-server"
  for program in $(sed -nE 's/^Exec[A-Za-z]+=[-+!:@]*([^ ]+).*/\1/p' "$own"/*.service) /usr/bin/redis-server; do
    mkdir -p "$tree${program%/*}"
    printf '#!/bin/sh\n' >"$tree$program"
    chmod 755 "$tree$program"
  done
}

# verify: not a word from systemd about any of our units, each template with an instance.
verify() {
  local names said
  names=("$units"/*.{service,socket,target,slice,timer})
  names=("${names[@]##*/}")
  names=("${names[@]/@./@1.}")
  said=$(systemd-analyze verify --root="$tree" --man=no --recursive-errors=no "${names[@]}" \
    redis-server@soniclayer.service 2>&1) || fail "$said"
  [[ -z $said ]] || fail "$said"
}

# expose UNIT TENTHS: its exposure, and whether it is too high.
expose() {
  local said
  said=$(systemd-analyze security --offline=yes --root="$tree" --threshold="$2" --no-pager "$1" 2>&1) ||
    fail "$said"$'\n'"$1: more than $2 tenths"
  echo "$1: ${said##*: }"
}

fail() {
  echo "$1" >&2
  exit 1
}

main "$@"

#!/usr/bin/env bash
# Fills a folder with everything that an installation without network needs, for the Python of VENV: locked wheels,
# hashes checked, and sdnotify's source. What is there already is not fetched again.
# usage: requirements/wheelhouse.sh [--dry-run] VENV DIR [SET...]      (SET: nli, torch, cuda, langflow)
#
#   VENV               made by install.sh: its pip fetches, its setuptools looks into sdnotify's source
#   TORCH_INDEX_URL    where torch comes from, when not from pip's own index
set -euo pipefail
cd "$(dirname "$0")"
began_in=$OLDPWD

main() {
  [[ ${1:-} == --dry-run ]] && dry_run=yes && shift
  (($# >= 2)) || usage
  python=$(absolute "$1")/bin/python
  [[ -n $2 ]] || usage # make wheelhouse without DIR
  dir=$(absolute "$2")
  shift 2
  run mkdir -p "$dir"
  local set
  for set in build engines service "$@"; do
    fetch_set "$set"
  done
  echo "$dir: complete for Python $("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
}

dry_run=

usage() {
  sed -n '4,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

absolute() {
  [[ $1 == /* ]] && echo "$1" || echo "$began_in/$1"
}

fetch_set() {
  local options=(--require-hashes --only-binary ":all:")
  if [[ $1 == torch ]]; then
    options=(${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"})
  elif grep --quiet '^sdnotify==' "$1.txt"; then
    options+=(--no-binary sdnotify --no-build-isolation) # source alone; the installation builds it
  elif [[ $1 == langflow ]]; then
    options+=(--no-deps) # langflow.without lists what is left out
  fi
  run "$python" -m pip download --quiet --disable-pip-version-check --dest "$dir" "${options[@]}" -r "$1.txt"
}

run() {
  echo "+ $*"
  [[ -n $dry_run ]] || "$@"
}

main "$@"

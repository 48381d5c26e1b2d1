#!/usr/bin/env bash
# Installs with apt-get what a fresh Debian or Ubuntu lacks to run `make`, `make run` and the tests; does nothing when
# nothing is missing.
# usage: requirements/system-packages.sh [--dry-run]
set -euo pipefail
cd "$(dirname "$0")"

main() {
  [[ ${1:-} == --dry-run ]] && dry_run=yes
  local missing=()
  command -v make >/dev/null || missing+=(make)
  ./python.sh >/dev/null 2>&1 || missing+=(python3 python3-venv)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v systemd-analyze >/dev/null || missing+=(systemd) # reads the units for `make check`; need not run
  PATH=$PATH:/usr/sbin type -P nginx >/dev/null || missing+=(nginx-light)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v restic >/dev/null || missing+=(restic)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap) # tests boot machines of their own, as root
  command -v slirp4netns >/dev/null || missing+=(slirp4netns)
  [[ -n $(type -P chromium chromium-browser google-chrome) ]] || missing+=(chromium) # tests see the dashboard in it
  if ((${#missing[@]} == 0)); then
    echo "system packages: unchanged"
    return
  fi
  as_root apt-get update --quiet --quiet
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
  [[ -n $dry_run ]] || ./python.sh >/dev/null
}

dry_run=

as_root() {
  if ((EUID == 0)); then
    run "$@"
  elif command -v sudo >/dev/null; then
    run sudo "$@"
  else
    echo "missing: ${missing[*]}; need root or sudo for: $*" >&2
    exit 1
  fi
}

run() {
  echo "+ $*"
  [[ -n $dry_run ]] || "$@"
}

main "$@"

#!/usr/bin/env bash
# Prints the Python to make virtual environments with: 3.10-3.13 and able to. Says what to install when there is none.
# usage: requirements/python.sh      (PYTHON: the one and only to consider)
set -euo pipefail

main() {
  local candidate path unable=
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
    path=$(command -v "$candidate") || continue
    fits "$path" || continue
    if "$path" -I -c 'import ensurepip, venv' 2>/dev/null; then
      echo "$path"
      return
    fi
    unable=${unable:-$path}
  done
  if [[ -n $unable ]]; then
    complain "$unable cannot make virtual environments: on Debian or Ubuntu, apt-get install python3-venv"
  else
    complain "need Python 3.10-3.13, found $(found)"
  fi
  return 1
}

fits() {
  "$1" -I -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

found() {
  "${PYTHON:-python3}" --version 2>/dev/null || echo "no ${PYTHON:-python3}"
}

complain() {
  echo "$1" >&2
  echo "  (make system-packages does that on Debian 12 and later; another Python: make PYTHON=/path/to/python3.12 ...)" >&2
}

main "$@"

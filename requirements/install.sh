#!/usr/bin/env bash
# Makes a virtual environment with locked requirements and this checkout in it; does nothing when nothing changed.
# usage: requirements/install.sh [--dry-run] VENV SET...
#
#   SET                a file beside this script, without .txt: core, engines, nli, torch, dev
#   PYTHON             the Python to use; default: see python.sh
#   TORCH_INDEX_URL    where torch comes from, when not from pip's own index (say, one with the small CPU build)
#
# $VENV/.installed/ holds a copy of each set that is in, so that a changed file is noticed whatever its date.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)

main() {
  [[ ${1:-} == --dry-run ]] && dry_run=yes && shift
  (($# >= 2)) || usage
  venv=$(absolute "$1")
  installed=$venv/.installed
  shift
  make_venv
  local set
  for set in build "$@"; do
    install_set "$set"
  done
  install_project
}

dry_run=

usage() {
  sed -n '3,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

absolute() {
  [[ $1 == /* ]] && echo "$1" || echo "$PWD/$1"
}

make_venv() {
  [[ -f $installed/venv && $(<"$installed/venv") == "$venv" ]] && "$venv/bin/python" -c 'import pip' 2>/dev/null && return
  if [[ -n $(ls -A "$venv" 2>/dev/null) && ! -d $installed ]]; then
    echo "$venv exists and was not made by $0: say VENV=another/folder, or remove it" >&2
    exit 1
  fi
  local python
  python=$("$repo/requirements/python.sh")
  run mkdir -p "$installed" # first: an interrupted one is ours to replace
  run "$python" -m venv --clear "$venv"
  record venv "$venv"
}

# install_set NAME: bring NAME.txt in, unless that very file is in already.
install_set() {
  local file=$repo/requirements/$1.txt
  [[ -f $file ]] || { echo "no requirements/$1.txt" >&2 && usage; }
  cmp --silent "$file" "$installed/$1.txt" && return
  echo "installing requirements/$1.txt ..."
  if [[ $1 == torch ]]; then
    pip_install ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r "$file"
  else
    pip_install --require-hashes --only-binary :all: -r "$file"
  fi
  record "$1.txt" "$(<"$file")"
}

# install_project: editable, so that the checkout is what runs.
install_project() {
  local wanted
  wanted="$repo $(<"$repo/pyproject.toml")"
  [[ -f $installed/project && $(<"$installed/project") == "$wanted" ]] && return
  pip_install --no-build-isolation --no-deps --editable "$repo"
  record project "$wanted"
}

pip_install() {
  run "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# record NAME TEXT: note in .installed/NAME what is in now.
record() {
  [[ -n $dry_run ]] || { mkdir -p "$installed" && printf '%s\n' "$2" >"$installed/$1"; }
}

run() {
  echo "+ $*"
  [[ -n $dry_run ]] || "$@"
}

main "$@"

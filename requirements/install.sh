#!/usr/bin/env bash
# Makes a virtual environment with locked requirements and this checkout in it; does nothing when nothing changed.
# usage: requirements/install.sh [--dry-run] [--copied | --bare] [--wheelhouse DIR] VENV SET...
#
#   SET                a file beside this script, without .txt: core, engines, service, nli, torch, dev, langflow
#   --copied           the package as a copy, that no change of this checkout reaches; else editable
#   --bare             the sets alone, without the package and what builds it: --bare VENV langflow
#   --wheelhouse DIR   take everything from that folder, and nothing from a network; wheelhouse.sh fills it
#   PYTHON             the Python to use; default: see python.sh
#   TORCH_INDEX_URL    where torch comes from, when not from pip's own index (say, one with the small CPU build)
#
# $VENV/.installed/ holds a copy of each set that is in, so that a changed file is noticed whatever its date.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)

main() {
  take_options "$@"
  shift "$taken"
  (($# >= 2)) || usage
  venv=$(absolute "$1")
  installed=$venv/.installed
  shift
  make_venv
  local set
  [[ -n $bare ]] || set -- build "$@"
  for set in "$@"; do
    install_set "$set"
  done
  [[ -n $bare ]] || install_project
}

dry_run=
copied=
bare=
taken=0
wheelhouse=()

take_options() {
  while [[ ${1:-} == --* ]]; do
    case $1 in
    --dry-run) dry_run=yes ;;
    --copied) copied=yes ;;
    --bare) bare=yes ;;
    --wheelhouse)
      (($# >= 2)) || usage
      wheelhouse=(--no-index --find-links "$(absolute "$2")")
      taken=$((taken + 1))
      shift
      ;;
    *) usage ;;
    esac
    taken=$((taken + 1))
    shift
  done
}

usage() {
  sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

absolute() {
  [[ $1 == /* ]] && echo "$1" || echo "$PWD/$1"
}

make_venv() {
  [[ -f $installed/venv && $(<"$installed/venv") == "$venv" ]] && "$venv/bin/python" -I -c 'import pip' 2>/dev/null && return
  if [[ -n $(ls -A "$venv" 2>/dev/null) && ! -d $installed ]]; then
    echo "$venv exists and was not made by $0: say VENV=another/folder, or remove it" >&2
    exit 1
  fi
  local python
  python=$("$repo/requirements/python.sh")
  run mkdir -p "$installed" # first: an interrupted one is ours to replace
  run "$python" -I -m venv --clear "$venv"
  record venv "$venv"
}

# install_set NAME: bring NAME.txt in, unless that very file is in already.
install_set() {
  local file=$repo/requirements/$1.txt
  [[ -f $file ]] || { echo "no requirements/$1.txt" >&2 && usage; }
  cmp --silent "$file" "$installed/$1.txt" && return
  echo "installing requirements/$1.txt ..."
  if [[ $1 == torch ]]; then
    local from=(${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"})
    ((${#wheelhouse[@]} == 0)) || from=()
    pip_install "${from[@]}" -r "$file"
  else
    local options=(--require-hashes --only-binary :all:)
    # sdnotify comes as source alone: it is built by what build.txt has brought
    grep --quiet '^sdnotify==' "$file" && options+=(--no-binary sdnotify --no-build-isolation --use-pep517)
    # langflow.without lists what is left out. It takes minutes: --verbose takes back --quiet, so that it is seen to go on
    [[ $1 == langflow ]] && options+=(--no-deps --verbose)
    pip_install "${options[@]}" -r "$file"
  fi
  record "$1.txt" "$(<"$file")"
}

# install_project: editable, so that the checkout is what runs; or a copy.
install_project() {
  local wanted editable=(--editable)
  wanted="${copied:+copy of }$repo $(<"$repo/pyproject.toml")"
  [[ -z $copied && -f $installed/project && $(<"$installed/project") == "$wanted" ]] && return
  [[ -z $copied ]] || editable=()
  pip_install --no-build-isolation --no-deps "${editable[@]}" "$repo"
  record project "$wanted"
}

pip_install() {
  run "$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "${wheelhouse[@]}" "$@"
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

#!/usr/bin/env bash
# Writes the hash-locked requirements of Python 3.10-3.13 from pyproject.toml; keeps versions that still fit.
# usage: requirements/lock.sh [--upgrade | --upgrade-package NAME]...     (UV: the uv to use, default `uv`)
#
#   core     the package and its light commands      engines  core + decoding, speech and labels
#   service  core + backend and workers              nli      core + transformers, without torch
#   cuda     what the speech model needs on a GPU, and nothing else
#   build    what builds the package, and the one dependency that comes as source
#   langflow a flow server without what langflow.without lists: complete, but only for pip's --no-deps
#   dev      all of these but cuda, and the tools, resolved first: the others take their versions from it
#   torch    by hand and without hashes: the CPU and the CUDA builds of one version differ
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
  local torch_stack
  torch_stack=$(torch_stack)
  # shellcheck disable=SC2086 # options, split on purpose
  lock dev --all-extras --group build $torch_stack "$@"
  lock core
  lock engines --extra engines
  lock service --extra service
  # shellcheck disable=SC2086
  lock nli --extra nli $torch_stack
  lock build --group build
  lock cuda --group cuda
  lock langflow --group langflow --excludes requirements/langflow.without
}

# lock NAME OPTION...: write requirements/NAME.txt.
lock() {
  local name=$1 sources=(pyproject.toml) constraints=(-c requirements/torch.txt)
  shift
  [[ $name == dev ]] || constraints+=(-c requirements/dev.txt)
  [[ $name == build || $name == cuda ]] && sources=()
  [[ $name == langflow ]] && sources=() constraints=() # shares no environment with the others
  compile "${sources[@]}" "${constraints[@]}" --generate-hashes "$@" --output-file "requirements/$name.txt"
}

# torch_stack: the --no-emit-package options for torch and the GPU libraries that its CUDA build asks for.
torch_stack() {
  compile pyproject.toml -c requirements/torch.txt --all-extras --no-header |
    sed -nE 's/^(torch|triton|(nvidia|cuda)-[a-z0-9-]+)(\[[a-z,]*\])?==.*/--no-emit-package \1/p' | sort -u
}

compile() {
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.10 --no-python-downloads --no-annotate \
    --custom-compile-command "make lock" "$@"
}

main "$@"

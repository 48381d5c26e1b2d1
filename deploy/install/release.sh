# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# A release: code, its own virtual environment, and what installs it, in releases/<version>. It is built where it will
# run, for a virtual environment cannot be moved; `complete` in it is written last.

# release_version: the number, and 8 hex digits of a SHA-256 over all that makes the release what it is.
release_version() {
  local number
  number=$(sed -nE 's/^__version__ = "(.*)"/\1/p' "$here/soniclayer/__init__.py")
  echo "$number+$({ contents && python_of_release && echo "${choice[torch]:-}"; } | sha256sum | cut -c -8)"
}

contents() {
  (cd "$here" && find install.sh pyproject.toml LICENSE README.md soniclayer config deploy docs requirements -type f \
    ! -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum)
}

# python_of_release: another minor version is another environment.
python_of_release() {
  local python
  python=$("$here/requirements/python.sh" 2>/dev/null) || return 0
  "$python" -I -c 'import sys; print(sys.base_prefix, sys.version_info[:2])'
}

build_the_release() {
  local release=$stage$root/releases/$version
  [[ ! -f $release/complete ]] || return 0
  put_folder "$root" 0755 root:root
  put_folder "$root/releases" 0755 root:root
  remove "$root/releases/$version" # what an interrupted run left
  run mkdir -p "$release/tmp"      # pip's: /tmp may be too small for it
  run cp -R "$here/install.sh" "$here/deploy" "$here/config" "$here/docs" "$here/requirements" "$release"
  run chmod -R u=rwX,go=rX "$release"
  build_environment "$release/venv"
  point_at_final_place "$release/venv"
  run ln -sT "$(packaged_dashboard)" "$release/dashboard"
  run rmdir "$release/tmp"
  run sync --file-system "$release" # or a power cut could leave `complete` beside files without content
  run touch "$release/complete"
}

build_environment() {
  local sets=(engines service) options=(--copied) settings=("TMPDIR=${1%/*}/tmp")
  [[ -z ${choice[torch]:-} ]] || sets+=(nli torch)
  [[ ${choice[torch]:-} != cuda ]] || sets+=(cuda)
  [[ -z ${given[wheelhouse]:-} ]] || options+=(--wheelhouse "${given[wheelhouse]}")
  run env "${settings[@]}" "$here/requirements/install.sh" "${options[@]}" "$1" "${sets[@]}"
  [[ -z $dry_run ]] || env "${settings[@]}" "$here/requirements/install.sh" --dry-run "${options[@]}" "$1" "${sets[@]}"
}

# point_at_final_place VENV: below --root its scripts name the place they will run at.
point_at_final_place() {
  [[ -n $stage ]] || return 0
  run find "$1/bin" "$1/pyvenv.cfg" "$1/.installed" -type f -exec sed -i "s|$stage$root/|$root/|g" "{}" +
}

# packaged_dashboard: where in a release its environment has the dashboard, for nginx, which knows no Python.
packaged_dashboard() {
  local python minor=3
  python=$("$here/requirements/python.sh" 2>/dev/null) && minor=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "venv/lib/python$minor/site-packages/soniclayer/dashboard"
}

current_version() {
  local pointed_at
  pointed_at=$(readlink "$stage$root/current") || return 0
  echo "${pointed_at##*/}"
}

# well_version: the release to go back to: the one that runs, or, when its run was interrupted before it was well, the one
# before it; none when there was none.
well_version() {
  if [[ -e $stage$state/before ]]; then recall before; else current_version; fi
}

# put_in_order VERSION BEFORE: `releases` is in the order in which one was replaced by the next, so that a rollback finds
# the one before; what was rolled back from goes to the front.
put_in_order() {
  [[ $1 != "$2" ]] || return 0
  recall releases | awk -v latest="$1" -v before="$2" '
    $0 == latest { next }
    { if (after) print; else kept[++count] = $0 }
    $0 == before { after = 1 }
    END { for (i = 1; i <= count; i++) print kept[i]; print latest }' | remember releases
}

# forget_old_releases: the last three stay, and what runs.
forget_old_releases() {
  local old keep
  keep=" $(recall releases | tail -n 3 | paste -sd' ') $version "
  for old in "$stage$root/releases"/*; do
    [[ $keep == *" ${old##*/} "* ]] || remove "$root/releases/${old##*/}"
  done
  recall releases | tail -n 3 | remember releases
}

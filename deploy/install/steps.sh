# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The way through a run: step by step, and a clear word at the end, whatever happens.

prepare() {
  ((BASH_VERSINFO[0] >= 5)) || stop "need bash 5, this is $BASH_VERSION"
  settle_surroundings
  scratch=$(mktemp -d "$(scratch_folder)/soniclayer-install.XXXXXX")
  trap finish EXIT
  [[ -n $dry_run || -n $stage ]] || ((EUID == 0)) || stop "need root: sudo $0 ${arguments[*]} (--dry-run works without)"
  hold_lock
  complete_choices
  load_written
  load_due
}

# settle_surroundings: the same for everybody, whoever calls.
settle_surroundings() {
  umask 022
  export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
}

# scratch_folder: of root, in memory: there are secrets in it for a moment.
scratch_folder() {
  ((EUID == 0)) && [[ -d /run && -w /run ]] && echo /run || echo /tmp
}

# walk STEP...: each is a function; its name is its title.
walk() {
  local before
  steps_left=("$@")
  while ((${#steps_left[@]})); do
    before=$changes
    title "${steps_left[0]}"
    "${steps_left[0]}"
    ((changes > before)) || echo "  unchanged"
    steps_done+=("${steps_left[0]}")
    steps_left=("${steps_left[@]:1}")
  done
}

title() {
  echo "== ${1//_/ }"
}

# stop LINE...: what is wrong, and what helps. What `walk` had done and had not is told by `finish`.
stop() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

# tell LINE, later LINE: said at the end, where it is seen.
tell() {
  told+=("$*")
}

later() {
  [[ " ${told[*]} " == *"$*"* ]] || tell "$*"
}

finish() {
  local status=$?
  rm -rf "$scratch"
  ((status == 0 || ${#steps_left[@]} == 0)) || how_far >&2
}

how_far() {
  echo
  echo "install.sh stopped in: ${steps_left[0]//_/ }"
  echo "  done:     $(titles "${steps_done[@]}")"
  echo "  not done: $(titles "${steps_left[@]}")"
  echo "  go on:    the same command again, when the cause is gone; what is done is not done twice"
}

titles() {
  (($#)) || { echo "nothing" && return; }
  printf '%s\n' "${@//_/ }" | paste -sd, | sed 's/,/, /g'
}

# hold_lock: one installation at a time. A release's own install.sh, called by ours, works under our lock.
hold_lock() {
  [[ -z $dry_run && -z ${INSTALL_LOCK:-} ]] || return 0
  local place=/run/soniclayer-install.lock
  if [[ -n $stage ]]; then
    mkdir -p "$stage"
    place=$stage
    exec 9<"$place"
  else
    exec 9>>"$place"
  fi
  flock --nonblock 9 || stop "another install.sh is at work here: wait for it (it holds $place)"
  export INSTALL_LOCK=held
  [[ -n $stage ]] || find /run -maxdepth 1 -name 'soniclayer-install.??????' ! -path "$scratch" -exec rm -rf {} + # of killed runs
}

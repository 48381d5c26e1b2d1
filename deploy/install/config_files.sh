# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Files that a sysadmin may edit. What was edited is never overwritten: the new default lies beside it as NAME.new.
# `written` has the hash of the default as we last wrote or offered it: that tells edited from merely old.

# put_config SOURCE PATH MODE OWNER
put_config() {
  local source=$1 path=$2 new there
  shift 2
  placed[$path]=yes
  take_back "$path"
  { read -r new _ && read -r there _; } < <(sha256sum "$source" "$stage$path" 2>/dev/null) || there=
  if [[ -z $there || $there == "$new" || $there == "${written[$path]:-}" ]]; then
    put "$source" "$path" "$@"
    write_down "$path" "$new"
    drop_offer "$path"
    return
  fi
  put_rights "$path" "$@"
  [[ ${written[$path]:-} != "$new" ]] || return 0 # edited, and this default was told of before
  offer "$source" "$path" "$@"
  write_down "$path" "$new"
}

# put_default SOURCE PATH MODE OWNER: as put_config; but what the sysadmin took away stays away.
put_default() {
  placed[$2]=yes
  [[ -n ${written[$2]:-} && ! -e $stage$2 ]] || put_config "$@"
}

is_edited() {
  [[ -e $stage$1 && $(hash_of "$stage$1") != "${written[$1]:-}" ]]
}

load_written() {
  local hash path
  while read -r hash path; do
    written[$path]=$hash
  done < <(recall written)
}

# remove_what_is_left: what an earlier release or other choices had outside of /opt, and this one has not.
remove_what_is_left() {
  local path
  for path in "${!written[@]}"; do
    [[ $path == "$root"/* || -n ${placed[$path]:-} ]] || remove_config "$path"
  done
}

# remove_config PATH: an edited one is kept as NAME.edited, and comes back when it is installed again.
remove_config() {
  local affects
  affects=$(affected_by "$1")
  stop_unit_of "$1"
  if [[ -z ${purging:-} ]] && is_edited "$1"; then
    tell "$1 was edited: it is kept as $1.edited"
    run mv -T "$stage$1" "$stage$1.edited"
  else
    remove "$1"
  fi
  remove "$1.new" ${purging:+"$1.edited"}
  remove_empty "${1%/*}"
  unset "written[$1]"
  save_written
}

affected_by() {
  case $1 in
  */journald.conf.d/*) echo journald ;;
  */redis-server@soniclayer.service.d/*) echo units redis ;;
  */langflow.service*) echo units langflow ;;
  /etc/systemd/system/*) echo units suite ;;
  /etc/nginx/*) echo nginx ;;
  esac
}

stop_unit_of() {
  local unit=${1#/etc/systemd/system/}
  [[ $unit != */* && $unit != *@* ]] || return 0
  [[ -n $stage ]] || ! systemctl --quiet is-active "$unit" || run systemctl stop "$unit"
  [[ $(of_systemd is-enabled "$unit" 2>/dev/null) != enabled ]] ||
    run systemctl ${stage:+--root="$stage"} disable --quiet "$unit"
  drop enabled "$unit"
}

# remove_empty FOLDER: one for drop-ins.
remove_empty() {
  [[ $1 == /etc/systemd/*.d && -d $stage$1 && -z $(ls -A "$stage$1") ]] || return 0
  run rmdir "$stage$1"
}

take_back() {
  [[ -e $stage$1 || ! -e $stage$1.edited ]] || run mv -T "$stage$1.edited" "$stage$1"
}

offer() {
  local affects=
  tell "$2 was edited and stays; the new default lies beside it: $2.new"
  put "$1" "$2.new" "$3" "$4"
}

# drop_offer PATH: the default was taken, so nothing is offered any more.
drop_offer() {
  local affects=
  remove "$1.new"
}

write_down() {
  [[ ${written[$1]:-} != "$2" ]] || return 0
  written[$1]=$2
  save_written
}

save_written() {
  local path
  for path in "${!written[@]}"; do
    echo "${written[$path]}  $path"
  done | sort -k 2 | remember written
}

hash_of() {
  local sum
  [[ -f $1 ]] && sum=$(sha256sum "$1" 2>/dev/null) && echo "${sum%% *}" || true
}

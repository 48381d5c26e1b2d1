# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Every change of the machine goes through `run`: printed as it could be typed, done unless it is a dry run, counted,
# and noted in `due` as what must be restarted for it (`local affects=...` of the caller says what).
# Paths are those of the installed machine; $stage, of --root, stands before them.

run() {
  mark_due
  show "$@"
  changes=$((changes + 1))
  [[ -n $dry_run ]] || command "$@"
}

show() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
}

# put SOURCE PATH MODE OWNER: the file of that content, mode and OWNER (user:group).
put() {
  local source=$1 target=$stage$2 mode=$3 owner=$4
  if cmp --silent "$source" "$target"; then
    put_rights "$2" "$mode" "$owner"
    return
  fi
  owner_options "$owner"
  run install -T -m "$mode" "${owner_options[@]}" "$source" "$(beside "$target")"
  show_rendered "$source"
  run mv -T "$(beside "$target")" "$target"
}

put_folder() {
  local path=$1 mode=$2 owner=$3
  if [[ -d $stage$path ]]; then
    put_rights "$path" "$mode" "$owner"
    return
  fi
  owner_options "$owner"
  run install -d -m "$mode" "${owner_options[@]}" "$stage$path"
}

# need_folder PATH: one that is not ours alone stays as it is.
need_folder() {
  [[ -d $stage$1 ]] || run mkdir -p "$stage$1"
}

# put_rights PATH MODE OWNER: never of what a link to a file points to. /etc/redis is the user redis' own: it could have us
# give it any file.
put_rights() {
  local target=$stage$1 mode=$2 owner=$3 facts
  [[ ! -L $target || -d $target ]] || return 0
  facts=$(stat -L -c '%a %u:%g' "$target" 2>/dev/null) || facts="? ?"
  [[ ${facts% *} == "${mode#0}" ]] || run chmod "$mode" "$target"
  owner_options "$owner"
  ((${#owner_options[@]})) || return 0
  find_number passwd "${owner%:*}"
  local numbers=$number
  find_number group "${owner#*:}"
  [[ ${facts#* } == "$numbers:$number" ]] || run chown "${owner_options[1]}:${owner_options[3]}" "$target"
}

put_link() {
  local pointed_at=$1 target=$stage$2
  [[ $(readlink "$target") == "$pointed_at" ]] && return
  run ln -sfT "$pointed_at" "$(beside "$target")"
  run mv -T "$(beside "$target")" "$target" # a rename: never a moment without
}

# beside PATH: where its next content is made ready. Hidden: nobody who reads the folder takes it for one of his.
beside() {
  echo "${1%/*}/.${1##*/}.part"
}

# remove PATH...: those that are there.
remove() {
  local path
  for path; do
    [[ ! -e $stage$path && ! -L $stage$path ]] || run rm -rf "$stage$path"
  done
}

# owner_options USER:GROUP: sets the array of that name for install(1). Below --root the numbers of its own passwd count,
# and without root nobody can give files away.
owner_options() {
  owner_options=(-o "${1%:*}" -g "${1#*:}")
  [[ -n $stage ]] || return 0
  find_number passwd "${1%:*}"
  owner_options[1]=$number
  find_number group "${1#*:}"
  owner_options[3]=$number
  ((EUID == 0)) && [[ " ${owner_options[*]} " != *" ? "* ]] && return
  owner_options=()
  later "owners are not set below $stage: it needs an etc/passwd, and root here; or run install.sh on the machine"
}

# find_number passwd|group NAME: sets `number`; `?` when there is no such name, which create_users has us look for again.
find_number() {
  number=${numbers_known["$1 $2"]:-}
  [[ -z $number ]] || return 0
  local line=
  if [[ $2 == root ]]; then
    line=root:x:0
  elif [[ -n $stage ]]; then
    line=$(grep "^$2:" "$stage/etc/$1" 2>/dev/null) || true
  else
    line=$(getent "$1" "$2") || true
  fi
  number=$(cut -d: -f3 <<<"${line:-::?}")
  numbers_known["$1 $2"]=$number
}

# show_rendered FILE: what a dry run would write, where no file has it.
show_rendered() {
  [[ -z $dry_run || $1 != "$scratch"/* || $1 == */secret* ]] || sed 's/^/  | /' "$1"
}

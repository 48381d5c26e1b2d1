# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# What the installer knows of its earlier runs, a file each in $state:
#   choices    options that count until others are given       releases  versions, in the order they ran
#   written    SHA-256 and path of each file as we wrote it     enabled   units that we enabled
#   before     the release that was well, while another is being put in its place
#   due        what must be restarted for changes made so far   brought   packages that apt-get brought for us

# recall NAME: the lines; none when there are none, or they are not for this user.
recall() {
  cat "$stage$state/$1" 2>/dev/null || true
}

# remember NAME: standard input is what it is from now on. Before the folder is made there is nothing worth it.
remember() {
  local file=$stage$state/$1
  [[ -z $dry_run && -d $stage$state ]] || { cat >/dev/null && return; }
  cat >"$scratch/remembered"
  ! cmp --silent "$scratch/remembered" "$file" || return 0
  cp "$scratch/remembered" "$file.part"
  mv -T "$file.part" "$file"
}

forget() {
  [[ -n $dry_run ]] || rm -f "$stage$state/$1"
}

is_known() {
  recall "$1" | grep --quiet --line-regexp --fixed-strings -e "$2"
}

# note NAME LINE: one more line, once.
note() {
  is_known "$1" "$2" || { recall "$1" && echo "$2"; } | remember "$1"
}

# drop NAME LINE
drop() {
  ! is_known "$1" "$2" || { recall "$1" | grep --line-regexp --fixed-strings -v -e "$2" || true; } | remember "$1"
}

# mark_due: before a change, so that an interrupted run is gone on with.
mark_due() {
  local what
  for what in ${affects:-}; do
    [[ -z ${due[$what]:-} ]] || continue
    due[$what]=yes
    note due "$what"
  done
}

load_due() {
  local what
  for what in $(recall due); do
    due[$what]=yes
  done
}

done_with() {
  local what
  for what; do
    unset "due[$what]"
    drop due "$what"
  done
}

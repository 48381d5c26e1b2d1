# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Removes all of it, data too, after a word from whoever is there.

all_data=("$root" /var/lib/redis-soniclayer /var/lib/soniclayer /var/lib/soniclayer-langflow /var/cache/soniclayer)

purge_suite() {
  echo "What goes, for good:"
  sizes
  echo "and the users soniclayer and soniclayer-langflow, their groups, the units, our site in nginx, our Redis. Debian's packages stay."
  check_disks
  [[ -n $dry_run || -n $yes ]] || ask
  purging=yes
  ! is_installed || walk stop_the_suite remove_from_nginx remove_files remove_the_code
  walk remove_the_data remove_the_users
  echo
  [[ -z $dry_run ]] && echo "SonicLayer is gone." || echo "dry run: nothing was changed; $changes commands would run"
}

purging=

ask() {
  local word=
  [[ -t 0 ]] || stop "nobody is there to ask: install.sh purge --yes does it without asking"
  read -r -p 'Type "purge" to remove all of it: ' word || true
  [[ $word == purge ]] || stop "nothing was removed"
}

# check_disks: a disk of its own cannot be removed, and with a link only the link would go.
check_disks() {
  local path
  for path in "${all_data[@]}" "$root"/*; do
    [[ $path != "$root/current" ]] || continue
    ! mountpoint --quiet "$path" || stop "$path is a disk of its own: unmount it first; what is on it stays. Nothing was removed"
    [[ ! -L $path ]] || stop "$path is a link to $(readlink "$path"): remove what it points to, then it. Nothing was removed"
  done
}

sizes() {
  local path
  for path in "${all_data[@]}"; do
    [[ ! -d $path ]] || du -sh "$path"
  done
}

remove_the_data() {
  local path
  remove "${all_data[@]}"
  for path in /var/log/nginx/soniclayer* /etc/systemd/system/soniclayer*.d /var/lib/systemd/timers/stamp-soniclayer*; do
    remove "$path"
  done
  systemctl cat langflow.service &>/dev/null || remove /etc/systemd/system/langflow.service.d # another's is another's
}

remove_the_users() {
  local user group
  for user in soniclayer soniclayer-langflow; do
    ! getent passwd "$user" >/dev/null || run userdel "$user"
  done
  for group in soniclayer soniclayer-langflow soniclayer-web soniclayer-redis; do
    ! getent group "$group" >/dev/null || run groupdel "$group"
  done
}

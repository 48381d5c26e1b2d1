# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Users, and the folders that stay when releases come and go.

create_users() {
  local name missing='' before=$changes
  need_folder /etc/sysusers.d
  put_config "$here/deploy/systemd/sysusers.conf" /etc/sysusers.d/soniclayer.conf 0644 root:root
  for name in soniclayer soniclayer-langflow soniclayer-web soniclayer-redis; do
    find_number group "$name"
    [[ $number != '?' ]] || missing=yes
  done
  [[ -n $missing || $changes -gt $before ]] || return 0
  [[ -z $stage || -f $stage/etc/passwd ]] || return 0 # laid over an image, a new one would replace that of the image
  run systemd-sysusers ${stage:+--root="$stage"} soniclayer.conf
  numbers_known=()
}

make_folders() {
  put_folder "$root" 0755 root:root
  put_folder "$config" 0750 root:soniclayer
  put_folder "$config/installer" 0700 root:root
  put_folder "$config/credentials" 0700 root:root
  put_folder "$config/tls" 0700 root:root
  put_folder "$config/personas" 0750 root:soniclayer
  put_folder "$root/uploads" 0710 soniclayer:soniclayer-web
  put_folder "$root/models" 0755 root:soniclayer
  put_folder "$root/backups" 0755 root:root
  put_folder "$root/backups/repository" 0700 root:root
  need_folder /etc/tmpfiles.d
  make_temporary_folders
  save_written
}

make_temporary_folders() {
  local before=$changes
  put_config "$here/deploy/systemd/tmpfiles.conf" /etc/tmpfiles.d/soniclayer.conf 0644 root:root
  [[ -z $stage ]] || return 0
  ((changes == before)) && [[ -d /run/soniclayer/metrics ]] && return
  run systemd-tmpfiles --create soniclayer.conf
}

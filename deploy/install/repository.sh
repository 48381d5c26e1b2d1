# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Backup and drill write below /opt/soniclayer/backups alone, and speak to this machine alone: to a repository elsewhere
# they are let by drop-ins.

open_repository() {
  local affects=units location unit
  location=$(variable backup SONICLAYER_BACKUP_REPOSITORY)
  location=${location#local:}
  location=${location%"${location##*[![:space:]]}"}
  [[ $location != *\\* ]] ||
    stop "SONICLAYER_BACKUP_REPOSITORY is $location: need it without \\; blanks and % may stand as they are"
  [[ -n $location && $location != "$root"/backups/* ]] || return 0
  {
    echo "# Made by install.sh: what the repository of backups asks for, as backup.env names it."
    if [[ $location == /* ]]; then let_write "$location"; else let_out; fi
  } >"$scratch/repository.conf"
  for unit in soniclayer-backup.service soniclayer-restore-drill.service; do
    put_drop_in "$scratch/repository.conf" "$unit" 50-soniclayer-repository.conf
  done
}

# let_write FOLDER: also below a home.
let_write() {
  local quoted
  quoted=$(as_one_word "$1")
  printf '%s\n' "[Unit]" "RequiresMountsFor=$quoted" "" "[Service]" "ReadWritePaths=$quoted" "ProtectHome=read-only"
  need_folder "$1" >&2
}

# as_one_word PATH: as systemd reads it, with blanks and % in it.
as_one_word() {
  printf '"%s"' "${1//%/%%}"
}

# let_out: a cloud has addresses that nobody can list; the keys of sftp: lie in /root/.ssh.
let_out() {
  printf '%s\n' "[Service]" "IPAddressAllow=any" "ProtectHome=read-only"
}

# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# config/credentials/: a file each, for root alone; units get them by LoadCredential=.

make_secrets() {
  local affects=suite
  put_redis_password
  make_secret session_key
  put_empty_secret llm_api_key
  make_secrets_of_backups
  if wants_langflow; then
    make_secrets_of_langflow
  else
    put_empty_secret langflow_api_key # for one elsewhere
  fi
}

# make_secrets_of_langflow: its secret_key has to be one for Fernet; nobody signs in by the password.
make_secrets_of_langflow() {
  local affects="suite langflow"
  make_secret langflow_api_key # which workers show
  affects=langflow
  make_secret langflow_password
  make_secret langflow_secret_key -base64
}

# make_secrets_of_backups: without the password nobody can read a backup, and it is not in a place that survives the
# machine unless somebody takes it there.
make_secrets_of_backups() {
  local affects=
  [[ -s $stage$config/credentials/backup_password ]] ||
    tell "backups can be read with the password in $config/credentials/backup_password alone: keep a copy of it on" \
      "another machine, or no backup is worth anything when this one is gone"
  make_secret backup_password
  put_empty_secret backup_environment
}

# put_redis_password: of a Redis elsewhere that of the file, if it takes one; our own gets a new one.
put_redis_password() {
  if [[ -n ${given[redis_password_file]:-} ]]; then
    put_secret "${given[redis_password_file]}" redis_password
  elif [[ -n ${choice[without_redis]:-} ]]; then
    put_empty_secret redis_password
  else
    make_secret redis_password
  fi
}

# make_secret NAME [-base64]: 32 bytes at random, for URLs too.
make_secret() {
  if [[ ! -s $stage$config/credentials/$1 ]]; then
    run openssl rand "${2:--hex}" -out "$scratch/secret" 32
    [[ -n $dry_run ]] || sed -i 'y|+/|-_|' "$scratch/secret"
    put_secret "$scratch/secret" "$1"
  fi
  put_rights "$config/credentials/$1" 0600 root:root
}

put_empty_secret() {
  [[ -e $stage$config/credentials/$1 ]] || put_secret /dev/null "$1"
}

put_secret() {
  put "$1" "$config/credentials/$2" 0600 root:root
}

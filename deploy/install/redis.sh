# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Redis: an instance of our own beside Debian's, or one elsewhere.

# ask_redis: one elsewhere must answer before anything is changed for it.
ask_redis() {
  [[ -n ${choice[without_redis]:-} && -z $stage && -z $dry_run ]] || return 0
  local password=${given[redis_password_file]:-$config/credentials/redis_password} url=${choice[redis_url]}
  "$root/releases/$version/venv/bin/python" -I - "$url" "$password" <<'END' || stop "Redis does not answer: $url" \
    "its password is read from $password"
import pathlib, sys, redis
url, file = sys.argv[1], pathlib.Path(sys.argv[2])
password = file.read_text().strip() if file.exists() else ""
try:
    redis.Redis.from_url(url, password=password or None, socket_timeout=10, socket_connect_timeout=10).ping()
except (redis.RedisError, OSError, ValueError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
END
}

set_up_redis() {
  local affects="redis suite" password text
  [[ -z ${choice[without_redis]:-} ]] || return 0
  need_folder /etc/redis
  password=$(cat "$stage$config/credentials/redis_password" 2>/dev/null) || password='***'
  text=$(<"$here/deploy/systemd/redis-soniclayer.conf")
  text=${text//@REDIS_PASSWORD@/"$password"} # not by sed: everybody may read its arguments
  printf '%s\n' "${text//@MAXMEMORY@/"$(redis_memory_mb)mb"}" >"$scratch/secret-redis.conf"
  put_config "$scratch/secret-redis.conf" /etc/redis/redis-soniclayer.conf 0640 root:soniclayer-redis
  calm_redis
}

# redis_memory_mb: 2 GB, and no more than a quarter of the machine's memory.
redis_memory_mb() {
  local quarter_mb=$(($(memory_mb) / 4))
  echo $((quarter_mb < 2048 ? quarter_mb : 2048))
}

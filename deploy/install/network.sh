# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The units let nothing out of this machine. What is elsewhere, Redis, Langflow or its model, is allowed by address, in drop-ins.

allow_addresses() {
  local affects="units suite"
  allow soniclayer-backend.service "$(variable_or_chosen backend REDIS_URL)"
  allow soniclayer-worker@.service "$(variable_or_chosen worker REDIS_URL)" "$(variable worker LANGFLOW_BASE_URL)"
  affects="units langflow"
  ! wants_langflow || allow langflow.service "$(variable langflow SONICLAYER_LLM_BASE_URL)"
}

# variable_or_chosen backend|worker REDIS_URL: a dry run has not written the file.
variable_or_chosen() {
  local value
  value=$(variable "$1" "$2")
  echo "${value:-${choice[redis_url]:-}}"
}

# allow UNIT URL...
allow() {
  local unit=$1 url host addresses=
  shift
  for url; do
    host=$(host_of "$url")
    [[ -z $host ]] || addresses+=$(resolve "$host")$'\n' || keep_or_stop "$unit" "$host" || return 0
  done
  addresses=$(not_loopback <<<"$addresses")
  [[ -n $addresses ]] || return 0
  {
    echo "# Made by install.sh: what $unit may reach beyond this machine, and who tells it the addresses."
    echo "[Service]"
    { echo "$addresses" && nameservers | not_loopback; } | sort -u | sed 's/^/IPAddressAllow=/'
  } >"$scratch/$unit.conf"
  put_drop_in "$scratch/$unit.conf" "$unit" 50-soniclayer-network.conf
}

# keep_or_stop UNIT HOST: a name that does not resolve today keeps the addresses it had.
keep_or_stop() {
  local path=/etc/systemd/system/$1.d/50-soniclayer-network.conf
  [[ -f $stage$path ]] || stop "the name $2 does not resolve, and $1 must be let out to it"
  placed[$path]=yes
  tell "the name $2 does not resolve today: $1 may reach the addresses it had before"
  return 1
}

# host_of URL: nothing for unix://.
host_of() {
  sed -nE 's|^[a-z]+://([^/@]*@)?(\[([^]]+)\]\|([^/:?]+)).*|\3\4|p' <<<"$1"
}

resolve() {
  getent ahosts "$1" | awk '{ print $1 }' | sort -u
}

nameservers() {
  sed -nE 's/^nameserver +([0-9a-fA-F.:]+).*/\1/p' /etc/resolv.conf 2>/dev/null || true
}

not_loopback() {
  grep -vE '^(127\.|::1$|$)' || true
}

# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# What must be so before anything is changed; all that is not so is told at once.

check_the_machine() {
  title check_the_machine
  check_checkout
  [[ -n $stage ]] || check_system
  [[ -n $stage ]] || check_account
  check_packages
  check_python
  check_space
  check_files
  [[ -n $stage ]] || check_memory
  [[ -n $stage ]] || check_ports
  [[ -n $stage || -n ${choice[without_nginx]:-} ]] || check_nginx
  check_langflow
  check_redis_choice
  check_edited_addresses
  ((${#faults[@]} == 0)) || tell_faults
}

# tell_faults: a dry run goes on, and ends with 1.
tell_faults() {
  [[ -n $dry_run ]] || stop "not yet; nothing was changed:" "${faults[@]}"
  printf '%s\n' "not yet; install.sh would stop here:" "${faults[@]}" >&2
}

fault() {
  faults+=("- $*")
}

check_checkout() {
  [[ -f $here/pyproject.toml && -d $here/soniclayer ]] ||
    fault "$here is no checkout: run install.sh from the checkout of the release you want"
}

check_system() {
  [[ -d /run/systemd/system ]] || fault "systemd does not run here (--root DIR lays out an image without it)"
  local release
  release=$(systemctl --version 2>/dev/null | sed -nE '1s/^systemd ([0-9]+).*/\1/p')
  ((${release:-0} >= 249)) || fault "systemd is ${release:-missing}: need 249 or later (Debian 12, Ubuntu 22.04)"
  [[ -x $(command -v apt-get) ]] || fault "no apt-get: need Debian, Ubuntu or a relative of theirs"
}

check_python() {
  local python
  [[ " ${missing_packages[*]} " != *" python3"* ]] || return 0 # apt-get brings it
  if ! python=$("$here/requirements/python.sh" 2>&1); then
    fault "${python%%$'\n'*}"
    return
  fi
  python=$("$python" -I -c 'import sys; print(sys.base_prefix)')
  [[ $python != /home/* && $python != /root/* ]] ||
    fault "Python lies in $python, where services may not look: PYTHON=/usr/bin/python3"
}

# check_langflow: a unit of that name that we did not write is of a Langflow that somebody has installed.
check_langflow() {
  wants_langflow && [[ -e $stage$langflow_unit && -z ${written[$langflow_unit]:-} ]] || return 0
  fault "there is a langflow.service that is not ours: use it (LANGFLOW_BASE_URL in worker.env, its key in" \
    "credentials/langflow_api_key, without --with-langflow), or rename it"
}

# check_account: a person's account of that name is not ours to take, or to remove one day.
check_account() {
  local account
  account=$(getent passwd soniclayer) || return 0
  [[ $account == */nologin || $account == */false ]] && [[ $(id -gn soniclayer) == soniclayer ]] ||
    fault "there is a user soniclayer that can log in, or whose group is another: it is not the service's; rename it"
}

# check_space: a release takes 0.6 GB while it is built, the default models 0.4 GB while they are fetched, Langflow 1 GB; uploads are
# refused below 2 GiB (SONICLAYER_MIN_FREE_BYTES).
check_space() {
  local need_mb=3500 free_mb
  ! wants_langflow || [[ -f $stage$langflow_root/$(langflow_of "$here")/complete ]] || need_mb=$((need_mb + 1500))
  [[ ${choice[torch]:-} != cpu ]] || need_mb=$((need_mb + 2000))
  [[ ${choice[torch]:-} != cuda ]] || need_mb=$((need_mb + 8000))
  free_mb=$(df --output=avail -BM "$(standing "$stage$root")" | tail -n 1 | tr -dc 0-9)
  ((free_mb >= need_mb)) || fault "$stage$root has $free_mb MB of room: need $need_mb MB"
}

# standing PATH: it, or the nearest folder above it that is there.
standing() {
  local path=$1
  while [[ ! -d $path ]]; do path=$(dirname "$path"); done
  echo "$path"
}

check_memory() {
  local memory_mb need_mb=2500
  memory_mb=$(memory_mb)
  ! wants_langflow || need_mb=$((need_mb + langflow_memory_mb))
  ((memory_mb >= need_mb - 200)) ||
    fault "$memory_mb MB of memory: need $need_mb for one worker and the rest, $((need_mb + 1500)) to be at ease"
}

check_files() {
  local name
  for name in certificate key redis_password_file; do
    [[ -z ${given[$name]:-} || -s ${given[$name]} && -r ${given[$name]} ]] ||
      fault "--${name//_/-} ${given[$name]}: no such file, or it is empty, or not for you to read"
  done
  for name in wheelhouse models; do
    [[ -z ${given[$name]:-} || -d ${given[$name]} ]] || fault "--$name ${given[$name]}: no such folder"
  done
  [[ -z ${given[wheelhouse]:-} ]] || compgen -G "${given[wheelhouse]}/*.whl" >/dev/null ||
    fault "--wheelhouse ${given[wheelhouse]}: there are no wheels in it; make wheelhouse fills it"
  [[ -z ${given[certificate]:-} || ! -r ${given[key]} ]] || check_certificate
}

check_certificate() {
  local of_certificate of_key
  [[ -x $(command -v openssl) ]] || return 0
  of_certificate=$(openssl x509 -in "${given[certificate]}" -noout -pubkey 2>/dev/null) || true
  of_key=$(openssl pkey -in "${given[key]}" -pubout 2>/dev/null </dev/null) || true
  if [[ -z $of_certificate || -z $of_key ]]; then
    fault "--certificate and --key: need PEM files, the key without a passphrase"
  elif [[ $of_certificate != "$of_key" ]]; then
    fault "--key ${given[key]} is not the key of --certificate ${given[certificate]}"
  elif ! openssl x509 -in "${given[certificate]}" -noout -checkend 0 >/dev/null; then
    fault "--certificate ${given[certificate]} has expired"
  fi
}

check_redis_choice() {
  local url=${choice[redis_url]:-}
  if [[ -z ${choice[without_redis]:-} ]]; then
    [[ -z $url ]] || fault "--redis-url needs --without-redis: else this machine gets a Redis of its own"
    [[ -z ${given[redis_password_file]:-} ]] || fault "--redis-password-file needs --without-redis"
    return 0
  fi
  [[ -n $url ]] || fault "--without-redis needs --redis-url"
}

# check_edited_addresses: an environment file that was edited is the sysadmin's; another Redis must be told there too.
check_edited_addresses() {
  local url=${choice[redis_url]:-} name
  [[ $url != "$(recall choices | sed -n 's/^redis_url //p')" ]] || return 0
  for name in backend worker; do
    ! is_edited "$config/$name.env" || [[ $(variable "$name" REDIS_URL) == "$url" ]] ||
      fault "$config/$name.env was edited, so install.sh leaves it alone:" \
        "$([[ -n $url ]] && echo "set REDIS_URL=$url there" || echo "take REDIS_URL out there")"
  done
}

memory_mb() {
  sed -nE 's/^MemTotal: +([0-9]+) kB/\1/p' /proc/meminfo | awk '{ print int($1 / 1024) }'
}

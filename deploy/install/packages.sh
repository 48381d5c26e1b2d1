# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Debian packages: only what is missing, and apt-get is asked only then.

bring_packages() {
  ((${#missing_packages[@]})) || return 0
  if [[ -n $stage ]]; then
    tell "the image needs these packages too: ${missing_packages[*]}"
    return
  fi
  local package
  [[ -d $state ]] || run mkdir -p -m 0700 "$state"
  for package in "${missing_packages[@]}"; do
    note brought "$package"
  done
  run apt-get update --quiet --quiet
  run apt-get install --yes --quiet --quiet -o Dpkg::Use-Pty=0 --no-install-recommends "${missing_packages[@]}" \
    9>&- # a daemon that a package starts must not hold our lock
}

check_packages() {
  find_missing_packages
  [[ -n $stage || -n $dry_run ]] || ((${#missing_packages[@]} == 0)) || check_apt
}

find_missing_packages() {
  missing_packages=()
  if [[ -n $stage ]]; then
    find_missing_in_image
    return
  fi
  [[ -x $(command -v python3) ]] || missing_packages+=(python3)
  "$here/requirements/python.sh" >/dev/null 2>&1 || [[ -n ${PYTHON:-} ]] || missing_packages+=(python3-venv)
  [[ -x $(command -v openssl) ]] || missing_packages+=(openssl)
  [[ -n ${given[wheelhouse]:-} || -s /etc/ssl/certs/ca-certificates.crt ]] || missing_packages+=(ca-certificates)
  [[ -n ${choice[without_redis]:-} || -n $(template_of_redis) ]] || missing_packages+=(redis-server)
  [[ -n ${choice[without_nginx]:-} || -x $(command -v nginx) ]] || missing_packages+=(nginx)
  [[ -x $(command -v restic) ]] || missing_packages+=(restic)
  [[ -n ${choice[without_nginx]:-} || -x $(command -v logrotate) ]] || missing_packages+=(logrotate) # what nginx logs
}

find_missing_in_image() {
  [[ -n ${choice[without_redis]:-} || -n $(template_of_redis) ]] || missing_packages+=(redis-server)
  [[ -n ${choice[without_nginx]:-} || -x $stage/usr/sbin/nginx ]] || missing_packages+=(nginx)
  [[ -x $stage/usr/bin/restic ]] || missing_packages+=(restic)
}

template_of_redis() {
  local folder
  for folder in /etc /usr/lib /lib; do
    compgen -G "$stage$folder/systemd/system/redis-server@.service" || true
  done
}

# check_apt: whether apt-get would get them, without changing anything.
check_apt() {
  local source
  [[ -x $(command -v apt-get) ]] || return 0 # told already
  source=$(first_download)
  [[ -z $source ]] || timeout 60 /usr/lib/apt/apt-helper download-file "$source" "$scratch/probe" &>/dev/null ||
    fault "these packages are missing and cannot be had without a network: ${missing_packages[*]}. Bring them with all" \
      "that they need (on a like machine with one: apt-get install --download-only ${missing_packages[*]}, then copy" \
      "/var/cache/apt/archives/*.deb here and: apt-get install ./*.deb)"
}

# first_download: an address that apt-get would ask; none when it has all it needs.
first_download() {
  local list
  list=$(apt-get install --print-uris --quiet --quiet --yes --no-install-recommends "${missing_packages[@]}" 2>/dev/null) ||
    list=$(apt-get update --print-uris)
  sed -nE "s/^'((http|https|ftp):[^']*)'.*/\1/p" <<<"$list" | head -n 1
}

# calm_redis: Debian starts a Redis of its own, on a port, when the package comes. Nobody asked for that one; one that
# was there before is somebody's.
calm_redis() {
  is_known brought redis-server || return 0
  run systemctl disable --now --quiet redis-server.service
  drop brought redis-server
}

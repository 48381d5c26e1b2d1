#!/usr/bin/env bash
# Prints the nginx site, filled in for this machine's nginx.
# usage: deploy/nginx/render.sh DOMAIN MAX_UPLOAD_BYTES [ROOT]     ROOT: default /opt/soniclayer
set -euo pipefail

main() {
  (($# == 2 || $# == 3)) || fail "usage: render.sh DOMAIN MAX_UPLOAD_BYTES [ROOT]"
  local domain=$1 max_upload_bytes=$2 root=${3:-/opt/soniclayer} site
  [[ $domain =~ ^[A-Za-z0-9._-]+$ ]] || fail "domain is '$domain': need a name like audio.example.org"
  [[ $max_upload_bytes =~ ^[0-9]+$ ]] || fail "upload limit is '$max_upload_bytes': need a number of bytes"
  [[ $root =~ ^/[A-Za-z0-9._/-]+$ ]] || fail "root is '$root': need an absolute path of letters, digits and ._-"

  site=$(<"$(dirname "$0")/soniclayer.conf")
  site=$(without_header <<<"$site")
  site=${site//@DOMAIN@/"$(server_name "$domain")"}
  site=${site//@MAX_UPLOAD_BYTES@/"$max_upload_bytes"}
  site=${site//@ROOT@/"$root"}
  site=${site//@TLS_GROUPS@/"$(tls_groups)"}
  site=$(http2 <<<"$site")
  listening <<<"$site"
}

# without_header: the template, its comment for those who fill it in replaced by one for those who find it.
without_header() {
  printf '# The site of SonicLayer, made by the installer. What you change stays: a newer one is laid beside it.\n\n'
  sed '1,/^$/d'
}

# server_name DOMAIN: one longer than 46 characters does not fit into nginx's table of names (64 bytes a row, as it is
# anywhere unless somebody set it); as a pattern it need not.
server_name() {
  if ((${#1} <= 46)); then echo "$1"; else sed 's/\./\\./g; s/.*/~^&$/' <<<"$1"; fi
}

# tls_groups: those of Mozilla's guidelines; the first, safe from quantum computers, came with OpenSSL 3.5.
tls_groups() {
  local groups=X25519:prime256v1:secp384r1
  ! at_least 3.5 "$(openssl_version)" || groups=X25519MLKEM768:$groups
  echo "$groups"
}

# http2: HTTP/2 in the one form that this nginx takes without a warning.
http2() {
  if at_least 1.25.1 "$(nginx_version)"; then
    sed -e 's/@LISTEN_HTTP2@//' -e 's/@HTTP2@/http2 on;/'
  else
    sed -e 's/@LISTEN_HTTP2@/ http2/' -e '/@HTTP2@/d'
  fi
}

# listening: without the lines for IPv6 where the kernel has none.
listening() {
  if [[ -e /proc/net/if_inet6 ]]; then cat; else sed '/listen \[::\]/d'; fi
}

# at_least LEAST VERSION: also false when VERSION is empty.
at_least() {
  [[ -n $2 && $(printf '%s\n' "$1" "$2" | sort --version-sort | head --lines 1) == "$1" ]]
}

nginx_version() {
  nginx_told | sed -nE 's|^nginx version: nginx/([0-9.]+).*|\1|p'
}

# openssl_version: that nginx runs with, which may be newer than the one it was built with.
openssl_version() {
  nginx_told | sed -nE -e 's/.*running with OpenSSL ([0-9.]+).*/\1/p;t' -e 's/^built with OpenSSL ([0-9.]+).*/\1/p'
}

# nginx_told: nothing where there is no nginx; the site then suits all versions.
nginx_told() {
  ! command -v nginx >/dev/null || nginx -V 2>&1
}

fail() {
  echo "render.sh: $1" >&2
  exit 2
}

main "$@"

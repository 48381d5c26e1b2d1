#!/usr/bin/env bash
# certbot runs this after it got a certificate, the first one or a renewed one (--deploy-hook): nginx takes it.
# usage: RENEWED_LINEAGE=/etc/letsencrypt/live/DOMAIN renewed.sh [ROOT]     ROOT: default /opt/soniclayer
set -euo pipefail

main() {
  local lineage=${RENEWED_LINEAGE:?certbot sets it} config=${1:-/opt/soniclayer}/config
  local tls=$config/tls
  belong_together "$lineage"
  # Copies: nginx goes on whatever becomes of certbot. Both are written before one is put into its place.
  install --mode 600 "$lineage/fullchain.pem" "$tls/fullchain.pem.new"
  install --mode 600 "$lineage/privkey.pem" "$tls/privkey.pem.new"
  mv "$tls/privkey.pem.new" "$tls/privkey.pem"
  mv "$tls/fullchain.pem.new" "$tls/fullchain.pem"
  rm -f "$config/installer/certificate" # what the installer knows of one that it signed itself, and may sign again
  nginx -t -q
  systemctl reload nginx
  echo "soniclayer: nginx has the certificate of $lineage"
}

# belong_together FOLDER: fails when the key is not the certificate's, before anything is changed.
belong_together() {
  local of_certificate of_key
  of_certificate=$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey)
  of_key=$(openssl pkey -in "$1/privkey.pem" -pubout)
  [[ $of_certificate == "$of_key" ]] || {
    echo "soniclayer: the key in $1 is not its certificate's; nothing was changed" >&2
    exit 1
  }
}

main "$@"

# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# config/tls/: the certificate that was given, or one of our own.

put_certificate() {
  local affects=nginx
  [[ -z ${choice[without_nginx]:-} ]] || return 0
  if [[ -n ${given[certificate]:-} ]]; then
    put_tls "${given[certificate]}" fullchain.pem
    put_tls "${given[key]}" privkey.pem
    forget certificate
  elif needs_own_certificate; then
    sign_own_certificate
  fi
}

# needs_own_certificate: none is there; or it is ours, and is for other names or has a month left.
needs_own_certificate() {
  local file=$stage$config/tls/fullchain.pem
  [[ -e $file ]] || return 0
  [[ -n $(recall certificate) ]] || return 1
  [[ $(recall certificate) != "$(certificate_names)" ]] || ! openssl x509 -in "$file" -noout -checkend 2592000 >/dev/null
}

sign_own_certificate() {
  run openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
    -subj "/CN=$(domain | cut -c -64)" -addext "subjectAltName=$(certificate_names)" \
    -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
    -keyout "$scratch/secret-key.pem" -out "$scratch/secret-certificate.pem" 2>"$scratch/openssl" ||
    stop "openssl could not make a certificate" "$(cat "$scratch/openssl")"
  certificate_names | remember certificate
  put_tls "$scratch/secret-key.pem" privkey.pem
  put_tls "$scratch/secret-certificate.pem" fullchain.pem
}

put_tls() {
  put "$1" "$config/tls/$2" 0600 root:root
}

certificate_names() {
  printf '%s\n' "DNS:$(domain)" "DNS:$(own_name)" DNS:localhost IP:127.0.0.1 IP:::1 | awk '!seen[$0]++' | paste -sd,
}

domain() {
  echo "${choice[domain]:-$(own_name)}"
}

own_name() {
  if [[ -n $stage ]]; then
    head -n 1 "$stage/etc/hostname" 2>/dev/null | grep . || echo localhost
  else
    {
      hostname --fqdn || true
      hostname
    } 2>/dev/null |
      awk '!/^localhost/ && name == "" { name = $0 } END { print name == "" ? "localhost" : name }'
  fi
}

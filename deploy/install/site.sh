# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Our site in nginx; others are not touched.

site=/etc/nginx/sites-available/soniclayer.conf
link=/etc/nginx/sites-enabled/soniclayer.conf

put_site() {
  local affects=nginx
  if [[ -n ${choice[without_nginx]:-} ]]; then
    remove "$link"
    return
  fi
  keep_site
  need_folder "${site%/*}"
  need_folder "${link%/*}"
  render_site >"$scratch/soniclayer.conf"
  put_config "$scratch/soniclayer.conf" "$site" 0644 root:root
  put_link "$site" "$link"
  put_folder /var/lib/soniclayer 0755 root:root
  put_folder /var/lib/soniclayer/acme 0755 root:root
  [[ -z ${due[nginx]:-} || -n $stage ]] || try_site
}

# check_nginx: one that does not take what it has now would not take ours either. Only root can ask it.
check_nginx() {
  [[ -x $(command -v nginx) ]] || return 0
  ((EUID == 0)) || return 0
  nginx -t &>/dev/null || fault "nginx does not take the configuration that it has: nginx -t says why"
  grep --quiet --recursive sites-enabled /etc/nginx/nginx.conf /etc/nginx/conf.d 2>/dev/null ||
    fault "nginx reads no /etc/nginx/sites-enabled/*: include it in nginx.conf, or say --without-nginx"
}

render_site() {
  local max_upload_bytes
  max_upload_bytes=$(variable backend SONICLAYER_MAX_UPLOAD_BYTES)
  "$here/deploy/nginx/render.sh" "$(domain)" "${max_upload_bytes:-1073741824}" "$root"
}

# try_site: nginx never gets a site that it would not take.
try_site() {
  affects='' run nginx -t -q && return
  restore_site
  stop "nginx does not take its configuration with our site: nothing of ours stays" \
    "nginx -t says above what is wrong, which may be another site"
}

keep_site() {
  site_written=${written[$site]:-}
  [[ ! -L $stage$link ]] || cp "$stage$site" "$scratch/site-before" 2>/dev/null || true
}

# restore_site: with what we know of it, or the old one would count as edited from now on.
restore_site() {
  write_down "$site" "$site_written"
  if [[ -e $scratch/site-before ]]; then
    run cp "$scratch/site-before" "$stage$site"
  else
    remove "$link" "$site"
  fi
}

reload_nginx() {
  [[ -z $stage ]] || return 0
  if systemctl --quiet is-active nginx.service; then
    [[ -z ${due[nginx]:-} ]] || run systemctl reload nginx.service
  elif [[ -z ${choice[without_nginx]:-} ]]; then
    run systemctl enable --now --quiet nginx.service
  fi
  done_with nginx
}

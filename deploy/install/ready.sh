# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The last word on a release: GET /health/ready of the backend.

ready_within_s=60

# wait_until_ready: a full disk or a long queue is told, but no release is to blame for them.
wait_until_ready() {
  [[ -z $dry_run ]] || { echo "+ curl --retry 60 --retry-all-errors http://127.0.0.1:8000/health/ready" && return; }
  local deadline=$((SECONDS + ready_within_s)) unwell
  while true; do
    unwell=$(unwell_parts)
    grep -qvxE 'disk|oldest_message|' <<<"$unwell" || break
    ((SECONDS < deadline)) || stop "not ready after $ready_within_s s: $(paste -sd, <<<"$unwell")" \
      "curl http://127.0.0.1:8000/health/ready says it again; journalctl -u 'soniclayer-*' -e may say why"
    sleep 0.5
  done
  [[ -z $unwell ]] || tell "it runs, but all is not well: $(paste -sd, <<<"$unwell") (soniclayer check)"
}

# unwell_parts: a line each; none when it is ready.
unwell_parts() {
  local answer
  answer=$(get /health/ready) || answer=
  case $answer in
  "HTTP/1."?" 200 "*) ;;
  *'"Not well: '*) sed -nE 's/.*"Not well: ([^"]*)".*/\1/p' <<<"$answer" | sed 's/, /\n/g' ;;
  *) echo "the backend does not answer" ;;
  esac
}

# get PATH: the answer of the backend, whole.
get() (
  exec 3<>/dev/tcp/127.0.0.1/8000 || exit 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
  timeout 10 cat <&3
) 2>/dev/null

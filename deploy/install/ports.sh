# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Ports that somebody else listens on.

check_ports() {
  systemctl --quiet is-active soniclayer-backend.socket 2>/dev/null || check_port 8000
  ! wants_langflow || systemctl --quiet is-active langflow.service 2>/dev/null || check_port "$(langflow_port)"
  [[ -z ${choice[without_nginx]:-} ]] || return 0
  check_port 80
  check_port 443
}

check_port() {
  local who
  who=$(listener "$1")
  [[ -z $who || $who == nginx ]] ||
    fault "port $1 is taken by $who: stop it$(way_around_port "$1")"
}

way_around_port() {
  case $1 in
  80 | 443) echo ", or say --without-nginx" ;;
  "$(langflow_port)") echo ", or set LANGFLOW_PORT in langflow.env and LANGFLOW_BASE_URL in worker.env" ;;
  esac
}

# listener PORT: the name of the program that listens where we would; nothing when none does. Only root can see whose
# a socket is.
listener() {
  local inode process
  inode=$(listening_inode "$1")
  [[ -n $inode ]] || return 0
  for process in /proc/[0-9]*; do
    if find "$process/fd" -lname "socket:\[$inode\]" 2>/dev/null | grep --quiet .; then
      cat "$process/comm"
      return
    fi
  done
  echo "somebody"
}

# listening_inode PORT: state 0A is LISTEN; of the addresses, any and loopback are in our way.
listening_inode() {
  local zeros=00000000
  local any=$zeros any6=$zeros$zeros$zeros$zeros here=0100007F here6=$zeros$zeros${zeros}01000000
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf '%04X' "$1")" \
    -v addresses=" $any $any6 $here $here6 ${zeros}${zeros}FFFF0000$here " '
      { split($2, address, ":") }
      $4 == "0A" && address[2] == port && index(addresses, " " address[1] " ") { print $10; exit }'
}

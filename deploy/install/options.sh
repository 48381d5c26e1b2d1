# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The command line. `choice` counts in later runs too, `given` in this one alone.

take_options() {
  local verb=$1 word
  shift
  while (($#)); do
    if [[ $1 == --*=* ]]; then
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
    fi
    case $1 in
    --workers | --domain | --redis-url | --torch)
      word=$(value "$@")
      choice[$(key "$1")]=$word
      [[ $1 != --workers ]] || given[workers]=yes
      shift
      ;;
    --certificate | --key | --wheelhouse | --models | --redis-password-file)
      word=$(value "$@")
      given[$(key "$1")]=$(realpath -m -- "$word")
      shift
      ;;
    --root)
      word=$(value "$@")
      stage=$(realpath -m -- "$word")
      shift
      ;;
    --without-nginx | --without-redis) choice[$(key "$1")]=yes ;;
    --defaults) given[defaults]=yes ;;
    --with-langflow) choice[langflow]=yes && given[langflow]=yes ;;
    --without-langflow) choice[langflow]=no ;;
    --dry-run) dry_run=yes ;;
    --yes) yes=yes ;;
    --latest) given[latest]=yes ;; # of install.sh to itself: an upgrade, no rollback
    --help | -h)
      usage
      exit 0
      ;;
    -*) usage_error "no such option: $1" ;;
    *) take_version "$verb" "$1" ;;
    esac
    shift
  done
  [[ -z $stage || $verb == install || $verb == settle ]] || usage_error "--root goes with install alone"
  [[ $stage != / ]] || usage_error "--root is /: that is what install.sh does without it"
  check_choices
}

# key OPTION: --redis-url is redis_url.
key() {
  tr - _ <<<"${1#--}"
}

value() {
  [[ -n ${2:-} && ${2:-} != --* ]] || usage_error "$1 needs a value"
  echo "$2"
}

take_version() {
  [[ $1 == rollback || $1 == settle ]] && [[ -z $version ]] || usage_error "what is $2?"
  [[ $2 =~ ^[A-Za-z0-9._+-]+$ ]] || usage_error "$2 is no version"
  version=$2
}

# check_choices: what can be wrong with the words themselves; what the machine says to them comes later.
check_choices() {
  local workers=${choice[workers]:-1} torch=${choice[torch]:-cpu} url=${choice[redis_url]:-}
  [[ $workers =~ ^[1-9][0-9]{0,2}$ ]] || usage_error "--workers is $workers: need a number, 1 or more"
  [[ $torch == cpu || $torch == cuda ]] || usage_error "--torch is $torch: need cpu or cuda"
  [[ ${choice[domain]:-x} =~ ^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$ ]] ||
    usage_error "--domain is ${choice[domain]}: need a name like audio.example.org"
  [[ -n ${given[certificate]:-} || -z ${given[key]:-} ]] || usage_error "--key needs --certificate"
  [[ -z ${given[certificate]:-} || -n ${given[key]:-} ]] || usage_error "--certificate needs --key"
  check_redis_url "$url"
}

check_redis_url() {
  [[ -n $1 ]] || return 0
  if [[ $1 =~ ^[a-z]+://[^/@]*:[^/@]*@ || $1 =~ [?\&]password= ]]; then
    usage_error "--redis-url has a password in it, which others could read: leave it out, and put it into a file for" \
      "--redis-password-file"
  fi
  [[ $1 =~ ^(rediss?://[^/]+(/[0-9]+)?(\?.*)?|unix://?/.+)$ ]] ||
    usage_error "--redis-url is ${1/\/\/*@/\/\/...@}: need redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix://PATH"
}

# complete_choices: those of earlier runs count where this one says nothing.
complete_choices() {
  [[ -z ${given[defaults]:-} ]] || return 0
  local name chosen
  while read -r name chosen; do
    : "${choice[$name]:=$chosen}"
  done < <(recall choices)
}

choices_as_lines() {
  local name
  for name in "${!choice[@]}"; do
    echo "$name ${choice[$name]}"
  done | sort
}

usage() {
  sed -n '/^# usage:/,/^#   --help/s/^# \{0,1\}//p' "$here/install.sh"
}

usage_error() {
  echo "install.sh: $*" >&2
  echo "  (install.sh --help lists the options)" >&2
  exit 2
}

#!/usr/bin/env bash
# Installs SonicLayer on this machine: packages, users, /opt/soniclayer, models, Redis, units, nginx; then starts it and
# looks whether it is well. Run again it changes nothing; from a newer checkout it upgrades, and goes back by itself when
# the new release is not well.
#
# usage: install.sh [install] [OPTION]...      install, or upgrade
#        install.sh rollback [VERSION]         the release before, or that one
#        install.sh uninstall                  code and units go, data stay
#        install.sh purge [--yes]              shows what there is, asks, and removes all of it
#
#   --workers N               processes that compute (default: one per core, as far as the memory goes)
#   --domain NAME             the name clients call this machine by (default: its own)
#   --certificate FILE --key FILE
#                             for TLS, copied (default: one that this machine signs itself)
#   --without-nginx           no TLS, no site: the API is on 127.0.0.1:8000 alone
#   --without-redis --redis-url URL [--redis-password-file FILE]
#                             a Redis elsewhere: redis://HOST:PORT/DB, rediss://HOST:PORT/DB, unix://PATH
#   --with-langflow           Langflow too, which asks a language model of yours what personas think
#   --without-langflow        takes it off again
#   --torch cpu|cuda          the NLI label model too; TORCH_INDEX_URL says where torch comes from: pip's own index may have
#                             the CUDA build alone, several GB, for cpu as well
#   --wheelhouse DIR          Python packages from a folder that `make wheelhouse` filled, none from the network
#   --models DIR              models from a folder, none from the network
#   --defaults                forget what earlier runs were told of all these; without it that still counts
#   --dry-run                 print the commands and change nothing; needs no root
#   --root DIR                lay everything out below DIR, for an image, and start nothing
#   --help
# shellcheck disable=SC2034 # the parts use them
set -euo pipefail
here=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")" && pwd)

main() {
  local verb=install
  [[ ${1:-} == -* || -z ${1:-} ]] || { verb=$1 && shift; }
  case $verb in
  install | uninstall | purge | rollback | settle) ;;
  *) usage_error "no such command: $verb" ;;
  esac
  arguments=("$@")
  take_options "$verb" "$@"
  prepare
  "${verb}_suite"
}

# What the command line says (options.sh).
declare -A choice=() given=()
arguments=()
version=
dry_run=
stage=
yes=

# Where everything lies on the installed machine.
root=/opt/soniclayer
config=$root/config
state=$config/installer

# What is known and done in this run (change.sh, state.sh, config_files.sh, steps.sh).
changes=${INSTALL_CHANGES:-0}
scratch=
began_at=$EPOCHSECONDS
declare -A written=() placed=() due=() numbers_known=()
faults=()
told=()
steps_done=()
steps_left=()

for part in "$here"/deploy/install/*.sh; do
  # shellcheck source=/dev/null # functions and constants: nothing is done yet
  source "$part"
done

main "$@"

# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# The verbs that put a release in charge.

# install_suite: build beside what runs, then let the new release's own install.sh settle it; when that fails, the old one's.
install_suite() {
  check_the_machine
  walk bring_packages
  version=$(release_version)
  walk build_the_release build_langflow
  arguments+=(--latest)
  replace_by "$version"
}

# rollback_suite: the release before the one that runs, or the one that was named.
rollback_suite() {
  local there
  there=$(recall releases | paste -sd' ')
  [[ -n $(current_version) ]] || stop "nothing is installed below $root"
  : "${version:=$(release_before)}"
  [[ -n $version ]] || stop "there is no release before $(current_version); there are: $there"
  [[ -f $stage$root/releases/$version/complete ]] || stop "there is no release $version; there are: $there"
  replace_by "$version"
}

# release_before: the one before the one that was well last; a switch that was interrupted is undone, and a rollback that
# was is gone on with.
release_before() {
  recall releases | awk -v current="$(current_version)" -v well="$(well_version)" '
    $0 == current && current != well { print; exit }
    $0 == well { print current == well ? before : well; exit }
    { before = $0 }'
}

# replace_by VERSION: or back to what was before.
replace_by() {
  local before
  before=$(well_version)
  export INSTALL_CHANGES=$changes
  settle_with "$1" && ((${#faults[@]} == 0)) && return
  ((${#faults[@]} == 0)) || exit 1
  trap - EXIT && rm -rf "$scratch"
  [[ -n $before && -f $stage$root/releases/$before/complete && -z $dry_run && -z $stage ]] ||
    stop "$1 does not run yet, and there is no release before it to go back to"
  [[ $before != "$1" || $(recall choices) != "$(choices_as_lines)" ]] ||
    stop "$1 is not well; it ran before, with the same options: its journal says why"
  title "back to $before"
  arguments=()
  settle_with "$before" || stop "$1 is not well, and neither is $before: systemctl --failed; journalctl -u 'soniclayer-*'"
  stop "$1 is not well and was taken back: $before runs as before"
}

# settle_with VERSION: what belongs to a release is put in place by its own install.sh.
settle_with() {
  local installer=$stage$root/releases/$1/install.sh
  [[ -f $installer ]] || installer=$here/install.sh # a dry run has not built it
  "$installer" settle "$1" "${arguments[@]}"
}

# settle_suite: this release is the one that runs from now on. Called by install.sh alone.
settle_suite() {
  walk create_users make_folders ask_redis put_config_files make_secrets fetch_models set_up_redis set_up_langflow \
    put_units allow_addresses open_repository put_certificate put_site remove_what_is_left switch_to_the_release start_the_suite \
    reload_nginx remember_this_run make_first_key
  sum_up
}

# shellcheck shell=bash disable=SC2004,SC2034,SC2154 # globals of install.sh
# Langflow, with --with-langflow alone: a Python environment of its own beside the releases, named by what is in it, so
# that most upgrades build none; and flows, made from the personas.

langflow_root=$root/langflow
langflow_memory_mb=1000

wants_langflow() {
  [[ ${choice[langflow]:-} == yes ]]
}

# langflow_of FOLDER: how the environment is named that a checkout or a release needs; nothing for one that knows of none.
langflow_of() {
  [[ -f $1/requirements/langflow.txt ]] || return 0
  { cat "$1/requirements/langflow.txt" && python_of_release; } | sha256sum | cut -c -8
}

build_langflow() {
  local name
  wants_langflow || return 0
  name=$(langflow_of "$here")
  [[ ! -f $stage$langflow_root/$name/complete ]] || return 0
  put_folder "$root" 0755 root:root
  put_folder "$langflow_root" 0755 root:root
  remove "$langflow_root/$name" # what an interrupted run left
  run mkdir -p "$stage$langflow_root/tmp"
  echo "  some 200 packages: it takes minutes"
  build_langflow_environment "$stage$langflow_root/$name"
  point_at_final_place "$stage$langflow_root/$name"
  run rm -rf "$stage$langflow_root/tmp"
  run sync --file-system "$stage$langflow_root/$name"
  run touch "$stage$langflow_root/$name/complete"
}

build_langflow_environment() {
  local options=(--bare) settings=("TMPDIR=$stage$langflow_root/tmp")
  [[ -z ${given[wheelhouse]:-} ]] || options+=(--wheelhouse "${given[wheelhouse]}")
  run env "${settings[@]}" "$here/requirements/install.sh" "${options[@]}" "$1" langflow
  [[ -z $dry_run ]] || env "${settings[@]}" "$here/requirements/install.sh" --dry-run "${options[@]}" "$1" langflow
}

# set_up_langflow: what it runs with. Its environment is there, unless this is a rollback to a release that had another.
set_up_langflow() {
  local affects=langflow file
  wants_langflow || return 0
  [[ -n $dry_run && -n ${given[latest]:-} ]] || build_langflow # a dry run has shown it already
  put_folder "$langflow_root/components" 0755 root:root
  put_folder "$langflow_root/components/soniclayer" 0755 root:root
  for file in "$here"/deploy/langflow/components/soniclayer/*.py; do
    put "$file" "$langflow_root/components/soniclayer/${file##*/}" 0644 root:root
  done
  for file in start.py ready.py headless.env; do
    put "$here/deploy/langflow/$file" "$langflow_root/$file" 0644 root:root
  done
  put_folder "$langflow_root/flows" 0755 root:root
  put_flows
  tell_whom_workers_ask
}

# put_flows: they are made when what they are made from has changed, or they have. With personas that are wrong, or those
# of a release that a dry run has not built, there is nothing to make them from.
put_flows() {
  if ! soniclayer personas flows --config-dir "$stage$config" >"$scratch/personas.json" 2>"$scratch/error"; then
    [[ -n $dry_run ]] || tell "the flows stay as they are: $(head -n 1 "$scratch/error")"
    [[ -z $dry_run ]] || show_flows
    return 0
  fi
  [[ $(recall flows) != "$(mark_of_flows)" ]] || return 0
  if [[ -n $dry_run && ! -x $(langflow_python) ]]; then
    show_flows
    return
  fi
  "$(langflow_python)" -I -B "$here/deploy/langflow/generate.py" "$scratch/personas.json" "$scratch/flows" \
    >/dev/null 2>"$scratch/error" || stop "no flows could be made" "$(tail -n 5 "$scratch/error")"
  replace_flows
  mark_of_flows | remember flows
}

show_flows() {
  show "$(langflow_python)" -I -B "$here/deploy/langflow/generate.py" personas.json "$stage$langflow_root/flows"
  changes=$((changes + 1))
}

replace_flows() {
  local file
  for file in "$scratch"/flows/*.json; do
    put "$file" "$langflow_root/flows/${file##*/}" 0644 root:root
  done
  for file in "$stage$langflow_root"/flows/soniclayer_*.json; do
    [[ -e $scratch/flows/${file##*/} ]] || remove "$langflow_root/flows/${file##*/}"
  done
}

# mark_of_flows: a hash of what they are made from, and of those that there are.
mark_of_flows() {
  {
    langflow_of "$here"
    cat "$scratch/personas.json" "$here"/deploy/langflow/{generate.py,components/*/*.py}
    cat "$stage$langflow_root"/flows/soniclayer_*.json 2>/dev/null || true
  } | sha256sum | cut -d' ' -f1
}

langflow_python() {
  echo "$stage$langflow_root/$(langflow_of "$here")/bin/python"
}

# tell_whom_workers_ask: the one on this machine, on its usual port, unless worker.env names another.
tell_whom_workers_ask() {
  local url address
  address=127.0.0.1:$(langflow_port)
  url=$(variable worker LANGFLOW_BASE_URL)
  if [[ -z $url && $address != *:7860 ]]; then
    tell "langflow.env says LANGFLOW_PORT=$(langflow_port): worker.env has to say LANGFLOW_BASE_URL=http://$address"
  elif [[ -n $url && ${url%/} != "http://$address" && ${url%/} != "http://localhost:$(langflow_port)" ]]; then
    tell "worker.env says LANGFLOW_BASE_URL=$url: that is whom workers ask, not the Langflow of this machine;" \
      "both get the key in credentials/langflow_api_key"
  fi
}

langflow_port() {
  local port
  port=$(variable langflow LANGFLOW_PORT)
  echo "${port:-7860}"
}

# switch_langflow: workers take the one on this machine for theirs as soon as the link is there.
switch_langflow() {
  local affects=langflow
  if wants_langflow; then
    [[ -L $stage$langflow_root/current ]] || affects+=" suite"
    put_link "$(langflow_of "$here")" "$langflow_root/current"
  else
    affects=suite
    remove "$langflow_root/current"
  fi
}

# forget_old_langflows: those of the releases that are kept stay, for a rollback.
forget_old_langflows() {
  local folder release keep=''
  wants_langflow || { remove "$langflow_root" && forget flows && return; }
  for release in "$stage$root"/releases/*; do
    keep+=" $(langflow_of "$release") "
  done
  for folder in "$stage$langflow_root"/????????; do
    [[ $keep == *" ${folder##*/} "* || ! -d $folder/bin ]] || remove "$langflow_root/${folder##*/}"
  done
}

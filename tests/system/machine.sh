#!/usr/bin/env bash
# A throw-away machine: Linux namespaces around an overlay of Debian, with systemd as PID 1. Needs root and util-linux.
# debian_machine.py lays FOLDER out and calls this; it ends a machine by ending the process that `boot` became.
# usage: machine.sh boot FOLDER                 become the parent of the machine's PID 1
#        machine.sh enter FOLDER PID1 COMMAND...   run a command in it
#
#   FOLDER/layers       lower layers of its root, as overlayfs takes them; FOLDER/{upper,work,root} are its own
#   FOLDER/cgroups      its folder in each cgroup hierarchy of the host: `guest` in there is what it sees, `host` is for
#                       helpers outside its pid namespace, which inside would be listed as pid 0
#   FOLDER/hierarchies  what it mounts below /sys/fs/cgroup: TYPE OPTIONS NAME; the name of cgroup2 alone is `.`
set -euo pipefail
self=$(readlink -f "$0")

# With these it could change the host, or its clock.
without='-sys_module,-sys_rawio,-sys_time,-sys_pacct,-syslog,-mac_admin,-mac_override,-wake_alarm,-block_suspend,-audit_control,-audit_read'
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

main() {
  local stage=$1
  folder=$2
  shift 2
  "$stage" "$@"
}

boot() {
  join host
  exec unshare --mount --uts --ipc --net --pid --propagation private --fork --kill-child=SIGKILL -- "$self" init "$folder"
}

# init: pid 1 already; what it is in now is the root of its cgroups.
init() {
  join guest
  exec unshare --cgroup -- "$self" become_systemd "$folder"
}

become_systemd() {
  root=$folder/root
  mount_root
  mount_proc
  mount_cgroups
  mount_dev
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
  hostname studio
  mkdir "$root/run/host-root"
  cd "$root"
  pivot_root . run/host-root
  # From here on its own programs alone. Mounts are shared, or LoadCredential= does not reach the services: in a container
  # systemd leaves that to whoever starts it.
  # shellcheck disable=SC2016 # for the inner shell
  exec chroot . /bin/sh -c '
    umount -l /run/host-root && rmdir /run/host-root && cd / && mount --make-rshared / &&
    exec setpriv --bounding-set="$1" env -i container=test PATH="$2" LANG=C.UTF-8 \
      /lib/systemd/systemd --system --show-status=false --log-target=journal-or-kmsg
  ' sh "$without" "$path"
}

# mount_root: volatile, because nobody needs its files after a crash of the host; each fsync would cost.
mount_root() {
  rm -rf "$folder/work/work/incompat"
  mount -t overlay -o "lowerdir=$(<"$folder/layers"),upperdir=$folder/upper,workdir=$folder/work,volatile" overlay "$root"
}

# mount_proc: kernel settings of the host are out of reach, those of its own network are its own.
mount_proc() {
  local part
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
  for part in sys sysrq-trigger irq bus; do
    [[ -e $root/proc/$part ]] || continue
    [[ $part == sys ]] || mount --bind "$root/proc/$part" "$root/proc/$part"
    mount -o remount,bind,ro "$root/proc/$part"
  done
}

mount_cgroups() {
  local type options name controller at=$root/sys/fs/cgroup
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$at"
  while read -r type options name; do
    mkdir -p "$at/$name"
    mount -t "$type" -o "nosuid,nodev,noexec,$options" cgroup "$at/$name"
    for controller in ${name//,/ }; do
      [[ -e $at/$controller ]] || ln -s "$name" "$at/$controller" # cpu -> cpu,cpuacct
    done
  done <"$folder/hierarchies"
  [[ -e $at/cgroup.procs ]] || mount -o remount,ro "$at" # unless cgroup2 lies on it
}

mount_dev() {
  local node dev=$root/dev
  mount -t tmpfs -o mode=755,nosuid,strictatime,size=16m tmpfs "$dev"
  for node in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$dev/${node%:*}" c 1 "${node#*:}"
  done
  mknod -m 666 "$dev/tty" c 5 0
  mkdir "$dev/pts" "$dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts "$dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$dev/shm"
  ln -s pts/ptmx "$dev/ptmx"
  ln -s /proc/self/fd "$dev/fd"
  ln -s /proc/self/fd/0 "$dev/stdin"
  ln -s /proc/self/fd/1 "$dev/stdout"
  ln -s /proc/self/fd/2 "$dev/stderr"
}

# enter PID1 COMMAND...: the pid namespace first. A shell waits outside of it, because nsenter's own waiting parent stops
# together with its child when the machine shuts down, and so holds the shutdown up.
enter() {
  join host
  # shellcheck disable=SC2016 # for the inner shell
  exec nsenter --no-fork -t "$1" --pid -- bash -c '"$@"; exit $?' outside \
    setpriv --pdeathsig KILL "$self" entered "$folder" "$@"
}

entered() {
  local pid=$1
  shift
  join guest/entered
  exec nsenter -t "$pid" --mount --uts --ipc --net --cgroup -- \
    setpriv --bounding-set="$without" \
    env -i --chdir=/root PATH="$path" HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8 TERM=dumb \
    SYSTEMD_PAGER=cat DEBIAN_FRONTEND=noninteractive "$@"
}

# join CHILD: move this process into a child of the machine's cgroups; its systemd may remove that while it is empty.
join() {
  local cgroup tries=0
  while read -r cgroup; do
    until mkdir -p "$cgroup/$1" && echo 0 >"$cgroup/$1/cgroup.procs"; do
      ((++tries < 10))
    done
  done <"$folder/cgroups"
}

main "$@"

#!/bin/sh
# Makes a folder the root of a system of its own and becomes its first process, systemd. Called by root.py in a mount
# namespace of its own (outside), and by itself in all the other new namespaces (inside). What it mounts is gone with the
# last process inside, however that ends.
#
#   enter.sh outside ROOT HOST_FOLDER CGROUP [OPTION OF SYSTEMD ...]
set -eu
side=$1 root=$2 host=$3 cgroup=$4
shift 4

if [ "$side" = outside ]; then
    # A part of the tree of control groups that belongs to the system inside, wherever this machine has its own mounted.
    mount -t tmpfs tmpfs "$host/cgroup"
    mkdir "$host/cgroup/tree"
    mount -t cgroup2 cgroup2 "$host/cgroup/tree"
    mkdir -p "$host/cgroup/tree/$cgroup"
    echo $$ > "$host/cgroup/tree/$cgroup/cgroup.procs"
    # A handle to this machine's network, for the commands that fetch what an image is built from.
    : > "$host/cgroup/network"
    mount --bind /proc/self/ns/net "$host/cgroup/network"
    exec setpriv --bounding-set=-sys_module,-sys_rawio,-sys_time,-syslog,-wake_alarm,-mac_admin,-mac_override \
        unshare --mount --pid --uts --ipc --cgroup --net --fork --kill-child=KILL -- \
        sh "$0" inside "$root" "$host" - "$@"
fi

if [ -d "$host/below" ]; then
    # A system that begins as another is: it is not copied where the kernel can lay one over the other.
    mount -t overlay -o "lowerdir=$host/below,upperdir=$host/above,workdir=$host/aside" overlay "$root" 2>/dev/null ||
        cp -a --reflink=auto "$host/below/." "$root"
fi
mountpoint -q "$root" || mount --bind "$root" "$root"
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup

# Settings of the kernel are this machine's, but for those of the network.
mkdir run/slipway-host run/proc
mount -t proc proc run/proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --bind run/proc/sys/net proc/sys/net
umount run/proc
rmdir run/proc
for file in sysrq-trigger kcore; do
    [ ! -e proc/$file ] || mount --bind /dev/null proc/$file
done

mount -t tmpfs -o mode=755,nosuid tmpfs dev
for file in null zero full random urandom tty; do
    : > dev/$file
    mount --bind /dev/$file dev/$file
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,nosuid,noexec,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${number%:*}" "dev/${number#*:}"
done

# What this machine lends: certificates, indexes and settings for pip and apt. It lies in memory, so none of it stays.
mount --rbind "$host/lent" run/slipway-host
while read -r source target; do
    mkdir -p "run/slipway-host/$target"
    mount --bind "$source" "run/slipway-host/$target"
    mount -o remount,bind,ro "run/slipway-host/$target"
done < "$host/folders"
: > run/slipway-host/network
[ ! -e "$host/reachable" ] || mount --bind "$host/cgroup/network" run/slipway-host/network
mount -o remount,bind,ro run/slipway-host
umount -l "$host/cgroup"
mount --bind run/slipway-host/resolv.conf etc/resolv.conf

hostname slipway-image
mkdir run/before
pivot_root . run/before
cd /
umount -l /run/before
rmdir /run/before
# /tmp stays on the disk, as it is on the machine that Image Builder builds on.
exec env -i container=slipway PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --system --show-status=no systemd.mask=tmp.mount "$@"

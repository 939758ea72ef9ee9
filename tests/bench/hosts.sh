#!/bin/sh
#
# usage: hosts.sh DIR COUNT
#
# Starts sshd's on loopback, hosts h0, h1, …, for whoever says ssh -F DIR/ssh_config h0.
# They are ended by whoever ended up as their parent: tilebench.
set -eu

dir=$1
count=$2
sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
test "$(id -u)" -ne 0 || mkdir -p /run/sshd # which systemd would have made
ssh-keygen -q -t ed25519 -N '' -C bench -f "$dir/id"
ssh-keygen -q -t ed25519 -N '' -C bench -f "$dir/hostkey"

port=$((20000 + $$ * 7 % 30000))
host=0
tries=0
while [ "$host" -lt "$count" ]; do
	home=$dir/host-$host
	mkdir -p "$home"
	port=$((port + 1))
	tries=$((tries + 1))
	[ "$tries" -lt 100 ]
	cat >"$home/sshd_config" <<-EOC
		Port $port
		ListenAddress 127.0.0.1
		HostKey $dir/hostkey
		PidFile $home/pid
		AuthorizedKeysFile $dir/id.pub
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PrintMotd no
		MaxStartups 100
		MaxSessions 100
		AllowUsers $(id -un)
		SetEnv HOME=$home TMUX_TMPDIR=$home LANG=C.UTF-8 LC_ALL=C.UTF-8
	EOC
	"$sshd" -f "$home/sshd_config" -E "$home/log" || continue
	wait=0
	while [ ! -s "$home/pid" ] && [ "$wait" -lt 40 ]; do
		sleep 0.05
		wait=$((wait + 1))
	done
	[ -s "$home/pid" ] || continue
	echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$dir/hostkey.pub")" >>"$dir/known_hosts"
	cat >>"$dir/ssh_config" <<-EOC
		Host h$host
		  HostName 127.0.0.1
		  Port $port
		  User $(id -un)
		  IdentityFile $dir/id
		  IdentitiesOnly yes
		  UserKnownHostsFile $dir/known_hosts
		  GlobalKnownHostsFile /dev/null
		  StrictHostKeyChecking yes
		  BatchMode yes
		  LogLevel ERROR
	EOC
	host=$((host + 1))
done

#!/bin/sh
# lab.sh up DIR PROGRAM-FOLDER | down DIR: the demo's surroundings, all of them inside DIR:
# this machine and two more "hosts", sshd's on loopback with keys that are
# thrown away, each with the demo's repo; and the fleet file for them.
set -eu

verb=${1:?} dir=${2:?}
here=$(dirname "$0")

start_sshd() {
	name=$1 home=$dir/$1
	mkdir -p "$home/state"
	ssh-keygen -q -t ed25519 -N '' -C "demo host $name" -f "$home/host_key"
	cp "$dir/id.pub" "$home/authorized_keys"
	for _ in 1 2 3 4 5 6 7 8; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 30000))
		cat >"$home/sshd_config" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $home/host_key
PidFile $home/sshd.pid
AuthorizedKeysFile $home/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
AllowUsers $(id -un)
SetEnv XDG_STATE_HOME=$home/state COCKPIT_DEMO_SPEED=${COCKPIT_DEMO_SPEED:-1} LANG=C.UTF-8
END
		"$sshd" -f "$home/sshd_config" -E "$home/sshd.log" || continue
		wait=0
		while [ ! -s "$home/sshd.pid" ] && [ $wait -lt 100 ]; do
			wait=$((wait + 1))
			sleep 0.05
		done
		[ -s "$home/sshd.pid" ] && break
	done
	[ -s "$home/sshd.pid" ] || {
		echo "sshd did not start: $(tail -n 1 "$home/sshd.log")" >&2
		exit 1
	}
	echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$home/host_key.pub")" >>"$dir/known_hosts"
	cat >>"$dir/ssh_config" <<END
Host $name
	HostName 127.0.0.1
	Port $port
	User $(id -un)
	IdentityFile $dir/id
	IdentitiesOnly yes
	UserKnownHostsFile $dir/known_hosts
	StrictHostKeyChecking yes
END
}

agent() {
	printf '    {"name": "%s", "host": "%s", "command": ["sh", "%s/agent.sh", "%s"]}%s\n' \
		"$1" "$2" "$here" "$1" "$3"
}

up() {
	umask 077
	sshd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) || {
		echo "sshd is not installed (Debian: openssh-server)" >&2
		exit 1
	}
	# As root it wants this folder, wherever its own service has not made it.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -C 'demo user' -f "$dir/id"
	for name in local web-1 web-2; do
		mkdir -p "$dir/$name"
	done
	sh "$here/repo.sh" "$dir/local/toy"
	start_sshd web-1
	start_sshd web-2
	{
		cat <<END
{
  "name": "demo",
  "repo": "$dir/local/toy",
  "base": "main",
  "check": "sh tests/run.sh",
  "hosts": {
    "local": {"socket": "$dir/local/tmux"},
    "web-1": {"ssh_config": "$dir/ssh_config", "socket": "$dir/web-1/tmux"},
    "web-2": {"ssh_config": "$dir/ssh_config", "socket": "$dir/web-2/tmux"}
  },
  "agents": [
END
		agent parser local ,
		agent lexer local ,
		agent format web-1 ,
		agent types web-1 ,
		agent deploy web-2 ,
		agent flaky web-2 ''
		printf '  ]\n}\n'
	} >"$dir/cockpit.json"
}

# What logins have under way goes on when they end, and would start anew what is ended: all of
# it names a socket in DIR. So do tmux servers.
under_way() {
	grep -al "$dir/[a-z0-9-]*/tmux" /proc/[0-9]*/cmdline 2>/dev/null |
		while IFS=/ read -r _ _ pid _; do
			[ "$pid" = $$ ] || echo "$pid"
		done
}

# Ends what up started and nothing else: by the pid files, and the sockets in DIR.
down() {
	for file in "$dir"/*/sshd.pid; do
		[ -s "$file" ] || continue
		pid=$(cat "$file")
		# And who is on the way in.
		# shellcheck disable=SC2046 # a list of numbers
		kill "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) 2>/dev/null || :
	done
	# Until there is nothing, twice: what one of them starts just then is seen the next time.
	tries=0 none=0 signal=TERM
	while [ $none -lt 2 ] && [ $tries -lt 80 ]; do
		[ $tries -lt 30 ] || signal=KILL
		tries=$((tries + 1)) none=$((none + 1))
		for pid in $(under_way); do
			none=0
			kill -$signal "$pid" 2>/dev/null || :
		done
		for socket in "$dir"/*/tmux; do
			[ ! -S "$socket" ] || tmux -S "$socket" kill-server 2>/dev/null || :
		done
		sleep 0.05
	done
}

"$verb"

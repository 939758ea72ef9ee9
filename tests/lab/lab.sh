# shellcheck shell=bash
#
# Machines of our own, for root: network namespaces on one bridge, an sshd in each, and what
# can happen to the cable between them. LAB_DIR names a folder with a short path, LAB_TOOLS
# that of the programs of tests/tools.
#
#	why=$(lab_missing) || …             it cannot be had here, and why
#	lab_up                              the bridge, and a machine "client" that sees the others
#	lab_host jump 10.77.0.2 10.77.1.2   a machine with these addresses, and an sshd
#	lab_host far 10.77.1.3              one that the client has no way to: "ssh far" goes by jump
#	lab_in client ssh -F "$LAB_DIR/ssh_config" far
#	lab_cut far; lab_mend far
#	lab_down
#
# Nothing of it is seen from outside of these namespaces: no address, no route, no port. They are
# called ck.PID.RANDOM.MACHINE; what an owner that was killed has left behind is removed by
# whoever comes next.
#
# Machines have the kernel and the files in common; what runs by ssh finds HOME, and by it
# a tmux server, of its own.

declare -A LAB_PORTS=() # of a machine: where its cable is plugged in
LAB=${LAB:-ck.$$.$RANDOM}
LAB_SSHD=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
PATH=$PATH:/usr/sbin:/sbin

lab_missing() {
	local tool
	if [ "$(id -u)" -ne 0 ]; then
		echo 'network namespaces take root'
		return 1
	fi
	for tool in ip nft tc sshd; do
		command -v $tool >/dev/null || {
			echo "there is no $tool here"
			return 1
		}
	done
	if ! ip netns add "$LAB.try" 2>/dev/null; then
		echo 'there are no network namespaces to be had here'
		return 1
	fi
	ip -n "$LAB.try" link add name try type veth peer name yrt 2>/dev/null ||
		echo 'there are no virtual cables to be had here'
	ip netns del "$LAB.try"
}

# Ends whatever runs in a namespace of ours, and the namespace: lab_remove NAMESPACE…
lab_remove() {
	local space pids='' end=$((SECONDS + 3))
	for space; do
		pids="$pids $(ip netns pids "$space" 2>/dev/null | tr '\n' ' ')"
	done
	# shellcheck disable=SC2086 # a list of words, maybe none
	if [ -n "${pids// /}" ]; then
		kill $pids 2>/dev/null
		kill -CONT $pids 2>/dev/null
		while kill -0 $pids 2>/dev/null && [ $SECONDS -lt $end ]; do
			sleep 0.05
		done
		kill -KILL $pids 2>/dev/null
	fi
	for space; do
		ip netns del "$space" 2>/dev/null
	done
}

# Those whose name begins so: lab_spaces PREFIX
lab_spaces() {
	ip netns list 2>/dev/null | awk -v prefix="$1" 'index($1, prefix) == 1 { print $1 }'
}

lab_sweep() {
	local space owner
	for space in $(lab_spaces ck.); do
		owner=${space#ck.}
		owner=${owner%%.*}
		[ -n "${owner//[0-9]/}" ] || kill -0 "$owner" 2>/dev/null || lab_remove "$space"
	done
}

lab_down() {
	# shellcheck disable=SC2046 # names without blanks
	lab_remove $(lab_spaces "$LAB.")
}

lab_up() {
	lab_sweep
	[ -n "$LAB_DIR" ] && mkdir -p "$LAB_DIR" /run/sshd || return
	ssh-keygen -q -t ed25519 -N '' -C lab -f "$LAB_DIR/id" || return
	: >"$LAB_DIR/known_hosts"
	: >"$LAB_DIR/ssh_config"
	ip netns add "$LAB.bridge" && lab_ip bridge link add name bridge type bridge &&
		lab_ip bridge link set dev bridge up && lab_machine client 10.77.0.1
}

# lab_ip MACHINE ARGUMENT…
lab_ip() {
	local machine=$1
	shift
	ip -n "$LAB.$machine" "$@"
}

# lab_in MACHINE COMMAND…
lab_in() {
	local machine=$1
	shift
	ip netns exec "$LAB.$machine" "$@"
}

# lab_machine NAME ADDRESS…: 10.77.N.M; who has none in the same 10.77.N cannot be reached.
lab_machine() {
	local name=$1 port=p${#LAB_PORTS[@]} address
	shift
	LAB_PORTS[$name]=$port
	ip netns add "$LAB.$name" && lab_ip "$name" link set dev lo up &&
		ip link add name "$port" netns "$LAB.bridge" type veth peer name eth0 netns "$LAB.$name" &&
		lab_ip bridge link set dev "$port" master bridge up || return
	for address; do
		lab_ip "$name" addr add "$address/24" dev eth0 || return
	done
	lab_ip "$name" link set dev eth0 up
}

# --- sshd ---

# lab_host NAME ADDRESS… [-- LINE…]: a machine with an sshd; the lines are for its configuration
# and outdo what stands there by itself.
lab_host() {
	lab_boot "$@" && lab_know "$1" "$2" 22
}

# lab_far NAME ADDRESS MS [-- LINE…]: one from which, and to which, everything takes MS.
lab_far() {
	local name=$1 address=$2 ms=$3
	shift 3
	lab_boot "$name" "$address" "$@" || return
	# In a subshell: its end is nothing to be told of.
	(lab_in "$name" "$LAB_TOOLS/slowlink" "$address" 2222 "$address" 22 "$ms" &)
	lab_know "$name" "$address" 2222
}

lab_boot() {
	local name=$1 addresses=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		addresses+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	lab_machine "$name" "${addresses[@]}" && lab_home "$name" || return
	{
		[ $# -eq 0 ] || printf '%s\n' "$@"
		lab_sshd_config "$name"
	} >"$LAB_DIR/$name/sshd/config"
	lab_sshd_start "$name"
}

lab_home() {
	local home=$LAB_DIR/$1
	mkdir -p "$home"/{bin,tmp,state,config,sshd} && mkdir -m 700 "$home/run" &&
		ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$home/sshd/hostkey"
}

lab_sshd_config() {
	local home=$LAB_DIR/$1
	cat <<-EOC
		Port 22
		HostKey $home/sshd/hostkey
		PidFile $home/sshd/pid
		AuthorizedKeysFile $LAB_DIR/id.pub
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PrintMotd no
		UseDNS no
		LogLevel VERBOSE
		MaxStartups 100
		SetEnv HOST_NAME=$1 HOME=$home PATH=$home/bin:/usr/local/bin:/usr/bin:/bin TMPDIR=$home/tmp TMUX_TMPDIR=$home/tmp XDG_RUNTIME_DIR=$home/run XDG_STATE_HOME=$home/state XDG_CONFIG_HOME=$home/config LANG=C.UTF-8 GIT_CONFIG_NOSYSTEM=1
		ForceCommand cd && if [ -n "\$SSH_ORIGINAL_COMMAND" ]; then eval "\$SSH_ORIGINAL_COMMAND"; else exec "\$SHELL" -l; fi
	EOC
}

lab_sshd_start() {
	local dir=$LAB_DIR/$1/sshd end=$((SECONDS + 5))
	rm -f "$dir/pid"
	lab_in "$1" "$LAB_SSHD" -f "$dir/config" -E "$dir/log" || return
	until [ -s "$dir/pid" ]; do
		[ $SECONDS -lt $end ] || return
		sleep 0.02
	done
}

# The sshd's that serve a connection: lab_links NAME
lab_links() {
	local pid listener
	listener=$(cat "$LAB_DIR/$1/sshd/pid" 2>/dev/null)
	for pid in $(ip netns pids "$LAB.$1"); do
		[ "$pid" != "$listener" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sshd ] && echo "$pid"
	done
	return 0
}

# The connections go too, without a farewell.
lab_sshd_stop() {
	# shellcheck disable=SC2046 # a list of words
	kill -KILL "$(cat "$LAB_DIR/$1/sshd/pid")" $(lab_links "$1")
	rm -f "$LAB_DIR/$1/sshd/pid"
}

# lab_know NAME ADDRESS PORT [LINE…]: "ssh NAME" in the client, with the right host key. Where the
# client has no way to, it goes by the machine "jump", and by "jump2" from 10.77.2 on.
lab_know() {
	local name=$1 address=$2 port=$3 line at=$2
	shift 3
	[ "$port" -eq 22 ] || at="[$address]:$port"
	echo "$at $(cut -d ' ' -f 1,2 "$LAB_DIR/$name/sshd/hostkey.pub")" >>"$LAB_DIR/known_hosts"
	case $address in
	10.77.1.*) set -- "$@" 'ProxyJump jump' ;;
	10.77.2.*) set -- "$@" 'ProxyJump jump,jump2' ;;
	esac
	{
		echo "Host $name"
		for line; do
			echo "  $line"
		done
		cat <<-EOC
			  HostName $address
			  Port $port
			  User $(id -un)
			  IdentityFile $LAB_DIR/id
			  IdentitiesOnly yes
			  UserKnownHostsFile $LAB_DIR/known_hosts
			  GlobalKnownHostsFile /dev/null
			  StrictHostKeyChecking yes
			  BatchMode yes
			  LogLevel ERROR

		EOC
	} >>"$LAB_DIR/ssh_config"
}

# --- what happens to the cable of a machine ---

lab_cut() {
	lab_ip bridge link set dev "${LAB_PORTS[$1]}" down
}

# And whatever else was done to it is over.
lab_mend() {
	lab_ip bridge link set dev "${LAB_PORTS[$1]}" up
	lab_filter "$1"
	lab_in bridge tc qdisc del dev "${LAB_PORTS[$1]}" root 2>/dev/null
	lab_in "$1" tc qdisc del dev eth0 root 2>/dev/null
	lab_in "$1" nft 'table inet lab; delete table inet lab'

}

# What arrives at either end: lab_filter NAME [RULE]
lab_filter() {
	local name=$1 rule=${2-} machine device table
	for machine in bridge "$name"; do
		device=eth0
		[ "$machine" != bridge ] || device=${LAB_PORTS[$name]}
		table="netdev $device"
		lab_in "$machine" nft "table $table; delete table $table" || return
		[ -z "$rule" ] || lab_in "$machine" nft \
			"table $table { chain arrives { type filter hook ingress device $device priority 0; $rule; }; }" || return
	done
}

# Nothing arrives any more, and neither side is told.
lab_half_open() {
	lab_filter "$1" 'meta protocol ip drop'
}

# lab_lose NAME PERCENT: each way.
lab_lose() {
	lab_filter "$1" "meta protocol ip numgen random mod 100 < $2 drop"
}

# Whatever arrives at its sshd, or comes from there, is answered by an RST.
lab_reset() {
	lab_in "$1" nft 'table inet lab { chain arrives { type filter hook input priority 0; tcp dport 22 reject with tcp reset; }; }'
}

# lab_rate NAME RATE: each way, as tc writes it: 1mbit.
lab_rate() {
	lab_in bridge tc qdisc add dev "${LAB_PORTS[$1]}" root tbf rate "$2" burst 16kb latency 200ms &&
		lab_in "$1" tc qdisc add dev eth0 root tbf rate "$2" burst 16kb latency 200ms
}

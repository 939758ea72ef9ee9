#!/usr/bin/env bash
#
# usage: lab.sh DIR up COUNT
#        lab.sh DIR cut|half_open|mend HOST
#        lab.sh DIR down
#
# Machines h0, h1, … behind one jump host, for whoever is in the namespace that DIR/inside names
# and says ssh -F DIR/ssh_config h0. They are their caller's.

set -u

dir=$1 verb=$2
shift 2
LAB=$(cat "$dir/lab/name" 2>/dev/null) || LAB=ck.$PPID.$RANDOM
# shellcheck disable=SC2034 # for the lab
LAB_DIR=$dir/lab
# shellcheck source=tests/lab/lab.sh
. "$(dirname "$0")/../lab/lab.sh"

up() {
	local n
	lab_up && lab_host jump 10.77.0.2 10.77.1.2 || return
	for ((n = 0; n < $1; n++)); do
		lab_host h$n 10.77.1.$((n + 10)) || return
	done
	echo "$LAB" >"$dir/lab/name"
	declare -p LAB_PORTS >"$dir/lab/ports"
	echo "$LAB.client" >"$dir/inside"
	ln -s lab/ssh_config "$dir/ssh_config"
}

case $verb in
up | down) ;;
*) . "$dir/lab/ports" || exit ;;
esac
case $verb in
up) up "$@" ;;
*) "lab_$verb" "$@" ;;
esac

# shellcheck shell=bash
#
# For tests on the machines of tests/lab/lab.sh: sourced instead of lib.sh, whose functions
# it brings. Where there can be no such machines the script ends here, skipped.
#
#	. "$(dirname "$0")/net.sh"
#	lab_host jump 10.77.0.2 10.77.1.2 && lab_host one 10.77.1.3 || bail 'the machines'
#	net_fleet one
#	check up exits 0 net_cockpit up --detach
#	net_start 200 60
#
# What stands on the screen is recorded all the time once record was called: `seen` and
# `never_seen` look back.

# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
LAB_DIR=$T/lab LAB_TOOLS=$ROOT/build/rel/tools
# shellcheck source=tests/lab/lab.sh
. "$ROOT/tests/lab/lab.sh"
why=$(lab_missing) || {
	skip "$why"
	exit
}
on_exit lab_down
lab_up || bail 'there are no machines'
# shellcheck disable=SC2034 # it is for the scripts
LOG=$XDG_STATE_HOME/cockpit/net/log

# A ticker says where it is and counts; an echo says what it is told; a shell does it.
printf '%s\n' 'n=0' 'while n=$((n + 1)); do' '	echo "$1 tick $n"' '	sleep 0.5' 'done' >"$T/ticker"
printf '%s\n' 'echo "$1 is here"' 'exec cat' >"$T/echo"
printf '%s\n' 'PS1="$1> "' 'export PS1' 'exec sh -i' >"$T/shell"

# net_fleet HOST[=PROGRAM]…: a fleet "net" with an agent on-HOST each, a ticker unless said otherwise.
net_fleet() {
	local host comma=''
	{
		printf '{"name": "net", "hosts": {'
		for host; do
			printf '%s\n  "%s": {"repo": null, "ssh_config": "%s"}' "$comma" "${host%%=*}" "$LAB_DIR/ssh_config"
			comma=,
		done
		printf '},\n"agents": ['
		comma=''
		for host; do
			case $host in
			*=*) ;;
			*) host=$host=$T/ticker ;;
			esac
			printf '%s\n  {"name": "on-%s", "host": "%s", "command": ["sh", "%s", "%s"]}' \
				"$comma" "${host%%=*}" "${host%%=*}" "${host#*=}" "${host%%=*}"
			comma=,
		done
		printf ']}\n'
	} >"$T/net.json"
}

# net_cockpit COMMAND ARGUMENT…: in the client, with that fleet.
net_cockpit() {
	local command=$1
	shift
	lab_in client "$COCKPIT" "$command" --fleet "$T/net.json" "$@"
}

net_start() {
	ui_start "$1" "$2" ip netns exec "$LAB.client" "$COCKPIT" attach --fleet "$T/net.json"
}

# --- what is true, past cockpit ---

net_socket() {
	echo "$LAB_DIR/$1/tmp/tmux-$(id -u)/cockpit"
}

net_pane() {
	agent_text "$(net_socket "$1")" "on-$1"
}

net_server() {
	tmux -S "$(net_socket "$1")" display-message -p '#{pid}'
}

# The last tick of a host's ticker: ticks HOST COMMAND…, which prints a screen.
ticks() {
	local host=$1
	shift
	"$@" | grep -oE "(^|[^a-z])$host tick [0-9]+" | grep -oE '[0-9]+$' | sort -n | tail -n 1
}

# The tile shows what its ticker said, not longer ago than now: caught_up HOST TICK
caught_up() {
	local shown
	shown=$(ticks "$1" ui_text)
	echo "it shows tick ${shown:-none}, wanted is ${2:-any}"
	[ "${shown:-0}" -ge "${2:-1}" ]
}

# --- what stood on the screen, and when ---

# A line for each head of a tile, with the time: 1700000000000 on-one ─ one ─ …
record() {
	(
		trap - EXIT
		while ui_text >"$T/recorded" 2>/dev/null; do
			grep -oE '┌[^┐]*┐' "$T/recorded" | sed "s/^┌ ▸*[0-9]* /$(now_ms) /" >>"$T/record"
			sleep 0.2
		done
	) &
	track $!
}

# heads AGENT [FROM [TO]]: what was recorded of it between the two, in milliseconds.
heads() {
	awk -v agent="$1" -v from="${2:-0}" -v to="${3:-9999999999999}" \
		'$2 == agent && $1 >= from && $1 <= to' "$T/record"
}

# The same for people: without ages, and nothing twice in a row.
course() {
	heads "$@" | sed -E 's/^[0-9]+ //; s/( [0-9]+[smhd])? ─+┐$//' | uniq
}

# seen AGENT REGEX FROM [TO]: when first, in milliseconds from FROM.
seen() {
	local at
	at=$(heads "$1" "$3" "${4-}" | grep -m 1 -E -e "$2" | cut -d ' ' -f 1)
	[ -n "$at" ] && echo $((at - $3))
}

# For check: seen_within AGENT REGEX FROM LEAST MOST, in seconds from FROM.
seen_within() {
	local ms
	ms=$(seen "$1" "$2" "$3")
	echo "seen after ${ms:-(never)} ms; its heads were:"
	course "$1" "$3"
	[ -n "$ms" ] && [ "$ms" -ge $(($4 * 1000)) ] && [ "$ms" -le $(($5 * 1000)) ]
}

# logged HOST REGEX FROM: when the log first says so of the host's link, in milliseconds from
# FROM; to the second. A state that passes in no time is on the screen too short to be seen for
# sure.
logged() {
	local at
	at=$(grep -E -e "host $1: $2" "$LOG" | cut -d ' ' -f 1 | date -f - +%s |
		awk -v from="$3" '$1 * 1000 + 999 >= from { print $1 "000"; exit }')
	[ -n "$at" ] && echo $((at - $3))
}

# For check: logged_within HOST REGEX FROM LEAST MOST, in seconds from FROM.
logged_within() {
	local ms
	ms=$(logged "$1" "$2" "$3")
	echo "logged after ${ms:-(never)} ms; the log has of it:"
	grep -E -e "host $1: " "$LOG"
	[ -n "$ms" ] && [ "$ms" -ge $(($4 * 1000 - 1000)) ] && [ "$ms" -le $(($5 * 1000)) ]
}

# never_seen AGENT REGEX [FROM [TO]]: and it was looked.
never_seen() {
	course "$1" "${3-}" "${4-}" >"$T/heads"
	cat "$T/heads"
	[ -s "$T/heads" ] && ! grep -qE -e "$2" "$T/heads"
}

# at START SECONDS: waits until so many have gone by.
at() {
	local left=$(($1 + $2 * 1000 - $(now_ms)))
	[ $left -le 0 ] || sleep "$(printf '%d.%03d' $((left / 1000)) $((left % 1000)))"
}

# focus NUMBER: types into that tile from now on.
focus() {
	ui_keys C-q
	ui_expect '^ COMMAND ' 5 || return
	ui_keys "$1" Enter
	ui_expect '^ TYPING ' 5
}

# type_and_see TEXT: milliseconds until the echo is on the screen.
type_and_see() {
	local start
	start=$(now_ms)
	ui_type "$1"
	ui_expect "$1" 10 >"$T/typed" || {
		cat "$T/typed"
		return 1
	}
	echo $(($(now_ms) - start))
	ui_keys Enter
}

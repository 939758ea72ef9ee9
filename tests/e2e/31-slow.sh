#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Far hosts and narrow cables: keys are as fast as the way allows, and Ctrl-C is heard.
# shellcheck source=tests/e2e/net.sh
. "$(dirname "$0")/net.sh"

lab_host calm 10.77.0.10 || bail 'the machine calm'
lab_far far 10.77.0.11 50 || bail 'the machine far'
lab_host narrow 10.77.0.12 || bail 'the machine narrow'
lab_host broken 10.77.0.13 || bail 'the machine broken'
net_fleet calm="$T/echo" far="$T/echo" narrow="$T/shell" broken
check 'up' exits 0 net_cockpit up --detach
check 'narrow gets one megabit a second' lab_rate narrow 1mbit
check 'attach' net_start 160 50
for host in calm far; do
	check "it shows $host" ui_expect "│$host is here" 10
done
check 'it shows narrow' ui_expect '│narrow> ' 10

# echoes NUMBER NAME KEYS: sets ms to what each took, sorted.
echoes() {
	local n
	ms=()
	focus "$1" || return
	for ((n = 0; n < $3; n++)); do
		ms+=("$(type_and_see "$2-$n-")") || return
	done
	mapfile -t ms < <(printf '%s\n' "${ms[@]}" | sort -n)
	echo "${ms[@]}"
}

# --- 100 ms there and back ---

ui_keys 1 Enter
check 'typing' ui_expect '^ TYPING ' 5
check 'keys for calm' echoes 1 calm 10
calm=${ms[5]}
check 'keys for far' echoes 2 far 10
check "take the way and hardly more (${ms[5]} ms; calm: $calm ms)" \
	test "${ms[5]}" -ge 100 -a "${ms[5]}" -lt $((calm + 1000))

# --- case 7: a flood on a narrow cable ---

check 'keys for narrow' focus 3
# A machine that is busy with something else just then is slow once; what fills up is always.
for round in a b c; do
	ui_type "seq -f '%.0f $round and more of it, to fill the cable' 100000000"
	ui_keys Enter
	check 'case 7: the flood shows' ui_expect "│[0-9]+ $round and more of it" 10
	at "$(now_ms)" 5 # until all that lies on the way is full
	check 'it goes on' ui_expect "│[0-9]{4,} $round and more of it" 5
	start=$(now_ms)
	ui_keys C-c
	check 'and ends' ui_expect '│narrow> +│' 10
	heard=$(($(now_ms) - start))
	[ $heard -ge 3000 ] || break
done
check "case 7: Ctrl-C brings the prompt in less than 3 s ($heard ms)" test $heard -lt 3000
check 'and it is a prompt' eval 'ui_type "echo it is \$((40 + 2))"; ui_keys Enter; ui_expect "│it is 42" 5'
ui_type 'seq -f "%.0f once more, to fill the cable" 100000000'
ui_keys Enter
check 'a flood again' ui_expect '│[0-9]+ once more' 10
check 'keys for calm while it flows' echoes 1 again 10
check "are as fast as before (${ms[8]} ms)" test "${ms[8]}" -lt $((calm + 1000))
check 'keys for far while it flows' echoes 2 again 10
check "too (${ms[8]} ms)" test "${ms[8]}" -lt $((calm + 1000))
check 'narrow again' focus 3
ui_keys C-c
check 'Ctrl-C there' ui_expect '│narrow> +│' 3
lab_mend narrow

# --- case 4: the other side knows nothing of this connection ---

tick=$(ticks broken net_pane broken)
record
start=$(now_ms)
lab_reset broken
check 'case 4: RST in the middle of it: the link is lost' \
	wait_for 5 seen on-broken 'lost|connecting|retry|waiting' "$start"
lab_mend broken
check 'case 4: and back' wait_for 35 caught_up broken $((tick + 1))
check 'case 4: cockpit is there still' fails ui_status

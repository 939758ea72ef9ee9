#!/usr/bin/env bash
#
# 64 agents on 8 hosts, a third of them printing without end, for STRESS_SECONDS=20: memory
# stays flat, a calm agent can be typed into all the time, and when it is over every tile of
# every page shows what tmux has.
seconds=${STRESS_SECONDS:-20}
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
worker=$(dirname "$COCKPIT")/bench/tileworker
[ -x "$worker" ] || bail "$worker is there"
HOSTS=8 AGENTS=64 PAGE=16

for ((h = 0; h < HOSTS; h++)); do
	start_sshd h$h || bail "host h$h starts"
	on_exit "timeout 5 tmux -S $T/h$h.sock kill-server 2>/dev/null"
done
on_exit "touch $T/calm $T/stop"
for ((i = 0; i < AGENTS; i++)); do
	case $((i % 6)) in
	2) how='shout","lines' ;;
	5) how='shout","redraw' ;;
	*) how=still ;;
	esac
	printf '"%s","%s","%d","%s"\n' "$worker" "$T" $i "$how"
done >"$T/commands"
mapfile -t commands <"$T/commands"
commands[0]='"cat"'
{
	printf '{"name": "stress", "hosts": {'
	for ((h = 0; h < HOSTS; h++)); do
		printf '%s"h%d": {"repo": null, "slots": 64, "ssh_config": "%s", "socket": "%s"}' \
			"${comma-}" $h "$T/ssh_config" "$T/h$h.sock"
		comma=,
	done
	printf '},\n"agents": ['
	for ((i = 0, h = 0; i < AGENTS; i++, h = i % HOSTS)); do
		[ $i -eq 0 ] || printf ,
		printf '\n{"name": "t%02d", "host": "h%d", "command": [%s]}' $i $h "${commands[i]}"
	done
	printf ']}\n'
} >"$T/cockpit.json"

# told NAME COUNT: so many workers have left a file of that name.
told() {
	local files=("$T/$1".*)
	echo "${#files[@]} of $2"
	[ -e "${files[0]}" ] && [ ${#files[@]} -eq "$2" ]
}

rss_kb() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status"
}

# median NUMBER…
median() {
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# How long until it is seen, as whole milliseconds.
key_ms() {
	local start
	start=$(now_ms)
	ui_type "echo-$1"
	ui_expect "echo-$1" 15 >"$T/echo.out" || return
	echo $(($(now_ms) - start))
	ui_keys Enter
}

# trim LINE: sets trimmed to it without the blanks at its end.
trim() {
	trimmed=${1%"${1##*[! ]}"}
}

# tile_true AGENT: its tile on the screen against its pane in tmux.
tile_true() {
	local i=$1 name head socket w h x='' y j at
	name=$(printf t%02d "$i")
	socket=$T/h$((i % HOSTS)).sock
	read -r w h < <(tmux -S "$socket" display-message -p -t "$(agent_pane "$socket" "$name")" \
		'#{pane_width} #{pane_height}')
	mapfile -t pane < <(agent_text "$socket" "$name")
	mapfile -t screen < <(ui_text)
	head="$((i + 1)) $name ─" # behind a blank, and the mark of the focus
	for ((y = 0; y < ${#screen[@]}; y++)); do
		case ${screen[y]} in
		*"$head"*)
			at=${screen[y]%%"$head"*}
			at=${at%▸}
			at=${at% }
			x=${#at}
			break
			;;
		esac
	done
	[ -n "$x" ] || {
		echo "no tile of $name"
		return 1
	}
	for ((j = 0; j < h; j++)); do
		trim "${pane[j]-}"
		at=$trimmed
		trim "${screen[y + 1 + j]:x:w}"
		[ "$at" = "$trimmed" ] && continue
		printf '%s line %d of %dx%d\nwanted: "%s"\ngot:    "%s"\n' "$name" "$j" "$w" "$h" "$at" "$trimmed"
		return 1
	done
}

# page_true FIRST: all of its tiles.
page_true() {
	local i
	for ((i = $1; i < $1 + PAGE; i++)); do
		wait_for 20 tile_true $i || return
	done
}

check 'up with 64 agents on 8 hosts' exits 0 "$COCKPIT" up --fleet "$T/cockpit.json" --detach
check 'all of them run' wait_for 30 told ready $((AGENTS - 1))
check 'attach' ui_start 240 64 "$COCKPIT" attach --fleet "$T/cockpit.json"
check 'it shows them' ui_expect '8 hosts  64 agents' 20
check 'the first host is there' ui_expect '┌ ▸*1 t00 ─ h0 ─ . quiet' 20
check 'and the last tile of the page' ui_expect " $PAGE t15 ─ h7 ─ . quiet" 20
pid=$(ui_pid)
check 'that is the cockpit' equal cockpit "$(cat "/proc/$pid/comm")"
ui_keys Enter
check 'Enter: TYPING' ui_expect '^ TYPING ' 5
check 'it arrives' key_ms before

touch "$T/go"
memory=() echoes=() failed=
# flood: types for so many seconds, and longer where that is too short to judge. Sets the results.
flood() {
	local from=${#echoes[@]} ms begin third
	begin=$(now_ms)
	while [ $(($(now_ms) - begin)) -lt $((seconds * 1000)) ] || {
		[ $((${#echoes[@]} - from)) -lt 9 ] && [ $(($(now_ms) - begin)) -lt $((seconds * 3000)) ]
	}; do
		ms=$(key_ms ${#echoes[@]}) || {
			failed="the key was not seen within 15 s: $(tail -n +2 "$T/echo.out")"
			break
		}
		echoes+=("$ms")
		memory+=("$(rss_kb)")
		sleep 0.2 # to sample, not to wait
	done
	worst=$(printf '%s\n' "${echoes[@]:from}" | sort -n | tail -n 1)
	third=$(((${#echoes[@]} - from) / 3))
	# Against how it began, however long ago that is.
	[ $from -gt 0 ] || early=$(median "${echoes[@]:0:third}")
	late=$(median "${echoes[@]: -third}")
}
# What else this machine does makes them slow for a while; what cockpit does would stay.
for round in 1 2 3; do
	flood
	[ -z "$failed" ] || break
	[ "$worst" -ge 5000 ] || [ "$late" -ge $((2 * early + 300)) ] || break
	echo "# round $round: the slowest $worst ms, from $early ms to $late ms"
done
check 'keys reach a calm agent all the time' equal '' "$failed"
third=$((${#echoes[@]} / 3))
check 'often enough to judge it' test $third -ge 2
check "the slowest echo took less than 5 s ($worst ms)" test "$worst" -lt 5000
check "they do not get slower (from $early ms to $late ms)" test "$late" -lt $((2 * early + 300))
before=$(printf '%s\n' "${memory[@]:0:third}" | sort -n | tail -n 1)
after=$(printf '%s\n' "${memory[@]: -third}" | sort -n | tail -n 1)
check "memory stays flat (from $before kB to $after kB)" test $((after * 5)) -lt $((before * 6))

touch "$T/calm"
check 'the flood ends' wait_for 60 told 'done' $((AGENTS / 3))
ui_keys C-q
for ((first = 0; first < AGENTS; first += PAGE)); do
	if [ $first -gt 0 ]; then
		ui_keys NPage
		check "page from $((first + 1))" ui_expect "┌ ▸*$((first + 1)) $(printf t%02d $first) ─" 10
	fi
	check "tiles from $((first + 1)) show what tmux has" page_true $first
done
check 'cockpit is there still' equal "$pid" "$(ui_pid)"

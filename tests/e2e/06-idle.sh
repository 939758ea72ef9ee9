#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Six agents that mostly wait cost next to nothing, and sixteen that told something once. Here some seconds
# are waited: they are the measurement.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >cockpit.json <<EOC
{
  "name": "deck",
  "agents": [
    {"name": "one", "command": ["sh", "-c", "echo here; exec cat"]},
    {"name": "two", "command": ["sh", "-c", "echo here; exec cat"]},
    {"name": "three", "command": ["sh", "-c", "echo here; exec cat"]},
    {"name": "four", "command": ["sh", "-c", "echo here; exec cat"]},
    {"name": "five", "command": ["sh"]},
    {"name": "slow", "command": ["sh", "-c", "while :; do date +%T; sleep 2; done"]}
  ]
}
EOC

# Clock ticks that the process has used.
ticks() {
	local rest
	rest=$(<"/proc/${1:-$pid}/stat")
	# shellcheck disable=SC2086
	set -- ${rest##*) }
	echo $((${12} + ${13}))
}
# Children that live, and what those that ended have cost (page faults: nobody starts without).
family() {
	local rest pid=${1:-$pid}
	rest=$(<"/proc/$pid/stat")
	# shellcheck disable=SC2086
	set -- ${rest##*) }
	echo "children $(cat "/proc/$pid/task"/*/children | tr '\n' ' ')faults of ended ones $9 threads ${18}"
}

# rests SECONDS COMMAND…: what it says has been the same for so long.
rests() {
	local now
	now=$("${@:2}")
	[ "$now" = "${REST_TEXT:-}" ] || REST_TEXT=$now REST_SINCE=$(now_ms)
	[ $(($(now_ms) - REST_SINCE)) -ge $(($1 * 1000)) ]
}
both() { echo "$(family) $(family "$server")"; }

check 'it starts' ui_start 200 60 "$COCKPIT" up
check 'six agents' ui_expect '6 agents' 10
check 'all run' ui_expect '6 slow ─ local ─.* ⠹' 10
check 'none is missing' ui_absent 'not running' 10
check 'all are drawn' ui_expect '│here .*││# ' 10
pid=$(ui_pid)
check 'that is the cockpit' equal cockpit "$(cat "/proc/$pid/comm")"
if ldd "$COCKPIT" | grep -q asan; then
	limit=50 # of a thousand: a sanitizer takes its share
else
	limit=10
fi
# measure SECONDS FAMILY PID…: sets spent, of a thousandth of a core, and what that family was before and after.
measure() {
	local seconds=$1 of=$2 process used=0 later=0 start ms
	shift 2
	before=$("$of") start=$(now_ms)
	for process; do used=$((used + $(ticks "$process"))); done
	sleep "$seconds"
	for process; do later=$((later + $(ticks "$process"))); done
	ms=$(($(now_ms) - start)) after=$("$of")
	spent=$(((later - used) * 1000000 / $(getconf CLK_TCK) / ms))
}
# The work of the one that prints is fetched now and then: less and less often, since nothing changes.
# A time between two of those is what is measured; what other programs do costs time of ours, too: the best counts.
for round in 1 2 3; do
	wait_for 60 rests 4 family || check 'work is fetched seldom where nothing changes' false
	screen=$(ui_text)
	measure 5 family "$pid"
	[ "$after" != "$before" ] || [ "$spent" -ge $limit ] || break
done
check "less than $limit thousandths of a core ($spent)" [ "$spent" -lt $limit ]
check "and no process or thread was started ($round)" equal "$before" "$after"
check 'while it showed what went on' fails equal "$screen" "$(ui_text)"

# --- sixteen that have hooks ---

echo '"$COCKPIT_HOOK" -c Stop "{}"; echo told; exec cat' >"$T/teller"

ui_keys q
ui_ended 0 5 >/dev/null
"$COCKPIT" down >/dev/null 2>&1
{
	echo '{"name": "crowd", "hosts": {"local": {"slots": 16, "repo": null}}, "agents": ['
	for n in {1..16}; do
		[ "$n" = 1 ] || echo ,
		echo "{\"name\": \"a$n\", \"command\": [\"sh\", \"$T/teller\"]}"
	done
	echo ']}'
} >cockpit.json
check 'sixteen start' ui_start 328 88 "$COCKPIT" up
check 'all are there' ui_expect '16 agents' 20
check 'each has told' wait_for 30 eval '[ "$(ui_text | grep -o "│told" | wc -l)" = 16 ]'
check 'all are drawn' ui_absent 'not running' 10
pid=$(ui_pid) server=$(tmux -S "$LOCAL_SOCKET" display-message -p '#{pid}')
for round in 1 2 3; do
	check 'all is told and fetched' wait_for 60 rests 4 both
	measure 6 both "$pid" "$server"
	[ "$after" != "$before" ] || [ "$spent" -ge $limit ] || break
done
check "cockpit and tmux: less than $limit thousandths of a core ($spent)" [ "$spent" -lt $limit ]
check "and no process was started ($round)" equal "$before" "$after"

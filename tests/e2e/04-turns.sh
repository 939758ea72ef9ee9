#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval
#
# Many cockpits come and go on one host at the same moment, some killed. tmux to 3.5 dies, with every
# agent, when one client goes while another is half-way in; without taking turns it does so within
# seconds here.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

LOOPS=8 FOR=12 # seconds: they are the measure, not a wait

cat >cockpit.json <<EOC
{"name": "turns", "hosts": {"local": {"repo": null, "socket": "$T/local.sock"}}}
EOC
"$COCKPIT" new one -- cat >/dev/null || bail 'an agent starts'
server=$(tmux -S "$T/local.sock" display-message -p '#{pid}')

come_and_go() {
	local i until=$((SECONDS + FOR))
	for ((i = 1; SECONDS < until; i++)); do
		if ((i % 4 == 0)); then
			"$COCKPIT" wait one --state asks --timeout 20s >/dev/null 2>&1 &
			sleep "0.0$((RANDOM % 9 + 1))" # killed at any point of its coming
			kill -KILL $!
			wait $! 2>/dev/null
		else
			"$COCKPIT" wait one --state unknown,idle,done,working --timeout 30s
		fi
	done
}
nobody_is_there() { [ -z "$(tmux -S "$T/local.sock" list-clients)" ]; }
left_behind() { find "$XDG_STATE_HOME/cockpit" -name 'turn-*' -o -name 'input.*' | grep .; }

for ((n = 0; n < LOOPS; n++)); do
	come_and_go >"$T/said.$n" 2>"$T/complained.$n" &
done
wait
check 'each was served' test "$(cat "$T"/said.* | wc -l)" -ge $LOOPS
check 'and none complained' test -z "$(grep -v Killed "$T"/complained.*)"
check 'the tmux server lives' kill -0 "$server"
check 'it is the same' test "$(tmux -S "$T/local.sock" display-message -p '#{pid}')" = "$server"
check 'all are gone' wait_for 30 nobody_is_there
# One whose turn had not come when it was left goes once it has come.
check 'and left nothing behind' wait_for 10 fails left_behind

# --- one that is killed while tmux has more for it than it has read ---

"$COCKPIT" new loud -- yes 'and more of it' >/dev/null
"$COCKPIT" wait one --state asks --timeout 60s >/dev/null 2>&1 &
check 'one that is about to be flooded' wait_for 10 fails nobody_is_there
kill -STOP $!
wait_for 5 eval '[ "$(tmux -S "$T/local.sock" display-message -p -t "$(agent_pane "$T/local.sock" loud)" "#{history_size}")" -gt 2000 ]'
kill -KILL $!
wait $! 2>/dev/null
check 'is let go when it is killed' wait_for 15 nobody_is_there
"$COCKPIT" down >/dev/null 2>&1

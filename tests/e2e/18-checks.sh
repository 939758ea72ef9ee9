#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Checks take turns on a host.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >check <<EOC
echo "\${PWD##*/} \$(cat value)" >>$T/began
echo "so far \$(cat value)"
while [ -e $T/hold ]; do sleep 0.1; done
echo "\${PWD##*/} \$(cat value)" >>$T/ended
echo '1 passed, 0 failed'
EOC
echo good >value && git add . && git commit -qm 'a check'
cat >"$T/writer" <<'EOF2'
#!/bin/sh
echo ready
while read -r line; do
	echo "$line" >value && echo "wrote $line"
done
EOF2
chmod +x "$T/writer"
cat >cockpit.json <<EOC
{"name": "toy", "check": "sh ./check", "checks_at_once": 1, "hosts": {"local": {"socket": "$T/here.sock"}}}
EOC
for agent in one two three; do
	check "agent $agent" exits 0 "$COCKPIT" new $agent --fleet cockpit.json -- "$T/writer"
done
# As if a person typed into it past cockpit.
give() { tmux -S "$T/here.sock" send-keys -t "$(agent_pane "$T/here.sock" "$1")" "$2" Enter; }

touch "$T/hold"
check 'attach' ui_start 160 45 "$COCKPIT" attach --fleet cockpit.json
check 'all are there' ui_expect '3 three' 10
give one first
check 'the first one is checked' ui_expect '⠹ checking [0-9]' 20
check 'it has begun' wait_for 10 says '^one first$' cat "$T/began"
check 'for how long is said, and goes on' ui_expect '⠹ checking ([2-9]|[1-9][0-9])' 10
give two second
check 'the second one waits' ui_expect 'check waits' 20
ui_keys V
check 'the panel says so' ui_expect 'two  waits for its turn  [0-9]+s' 5
check 'and for how long the first one has run' ui_expect '⠹ one  running  [0-9]+s' 5
ui_keys 3 V
check 'the third is selected' ui_expect '▸ · three' 5
ui_keys v
check 'a person goes first' ui_expect 'three is checked next' 5
ui_keys v
check 'and waits once' ui_expect 'waits for its turn already' 5
check 'nothing else has begun' equal 'one first' "$(cat "$T/began")"
# It is checked as it is when its turn comes.
give two later
check 'the work has changed' wait_for 5 says '^later$' cat "$T/toy-agents/two/value"
# What the first one has printed is seen while it runs, and what comes of it then.
ui_keys 1 V
check 'the first is selected' ui_expect '▸ ⠹ one' 5
ui_keys Enter
check 'Enter: what it has printed so far' ui_expect '^so far first' 5
check 'and that it runs' ui_expect 'the check of one ⠹ running [0-9]+s: ' 5
rm "$T/hold"
check 'what it prints comes' ui_expect '^1 passed, 0 failed' 10
check 'and its verdict' ui_expect 'the check of one ✓ passed, 1 passed: ' 5
ui_keys q
check 'all have been checked' wait_for 20 eval '[ "$(wc -l <"$T/ended")" -ge 3 ]'
check 'in their order, each as it was then' equal 'one first three good two later' "$(head -n 3 "$T/ended" | tr '\n' ' ' | sed 's/ $//')"
check 'and that is said' ui_expect '✓ two  1 passed' 10
# Not only after a minute, when one that is quiet is looked at next.
touch "$T/hold"
give one now
check 'the first one is checked' wait_for 20 says '^one now$' cat "$T/began"
give one other
check 'its work changes while that runs' wait_for 20 eval '[ "$(git -C "$T/toy" show refs/cockpit/one/snap:value)" = other ]'
check 'and it rests' ui_expect "1 one .* quiet ([6-9]|[1-9][0-9])s" 20
rm "$T/hold"
check 'then it is checked once more, soon' wait_for 10 says '^one other$' cat "$T/began"
ui_keys q q
check 'q' wait_for 10 ui_status

# --- without a screen ---

touch "$T/hold"
check 'at a terminal' ui_start 120 30 "$COCKPIT" check one --fleet cockpit.json
check 'what it prints is seen while it runs' ui_expect '^so far other' 20
rm "$T/hold"
check 'to its end' ui_expect '^1 passed, 0 failed' 10
check 'and then what came of it' ui_expect '^the check of one passed: 1 passed' 10
check 'which is its status' ui_ended 0 10
"$COCKPIT" check one --fleet cockpit.json >"$T/piped"
check 'into a pipe that alone' equal 'the check of one passed: 1 passed' "$(head -n 1 "$T/piped")"
"$COCKPIT" check one --follow --fleet cockpit.json >"$T/piped"
check 'unless one wants it' equal 'so far other 1 passed, 0 failed the check of one passed: 1 passed' "$(head -n 3 "$T/piped" | tr '\n' ' ' | sed 's/ $//')"
check 'or neither' exits 2 "$COCKPIT" check one --follow --json --fleet cockpit.json
touch "$T/hold"
check 'once more' ui_start 120 30 "$COCKPIT" check one --fleet cockpit.json
check 'it runs' ui_expect '^so far other' 20
ended=$(wc -l <"$T/ended")
ui_keys C-c
check 'C-c: it is cancelled' ui_expect 'the check of one: cancelled' 20
check 'as by a signal' ui_ended 130 10
check 'which is written down' says '  cancelled  ' "$COCKPIT" check one --history --fleet cockpit.json
# What was started to ignore signals goes on; SIGINT is what a shell has its background jobs ignore.
(trap '' HUP INT && exec "$COCKPIT" check one --follow --fleet cockpit.json) >"$T/ignoring" &
pid=$!
check 'one that ignores signals' wait_for 20 says '^so far other' cat "$T/ignoring"
kill -HUP $pid
kill -INT $pid
rm "$T/hold"
check 'goes on' exits 0 wait $pid
check 'to its end' says '^the check of one passed' cat "$T/ignoring"

# --- what is proven ---

runs() { wc -l <"$T/began"; }
before=$(runs)
sed -i.old 's/sh .\/check/false/' cockpit.json
check 'another command proves nothing' says 'does not pass the check' fails "$COCKPIT" merge two --fleet cockpit.json
mv cockpit.json.old cockpit.json
check 'what has passed is merged' says '^merged two into main' exits 0 "$COCKPIT" merge two --fleet cockpit.json
check 'without a check of the same' equal "$before" "$(runs)"
echo new >"$T/toy-agents/three/new"
check 'it passes' exits 0 "$COCKPIT" check three --fleet cockpit.json
before=$(runs)
check 'what nobody has seen' says '^merged three into main' exits 0 "$COCKPIT" merge three --fleet cockpit.json
check 'is checked' equal $((before + 1)) "$(runs)"
check 'the one that was cancelled never ended' equal $((ended + 3)) "$(wc -l <"$T/ended")"

# --- a slow reader ---

seq 60000 >"$T/flood"
cat >check <<EOC
cat $T/flood
while [ -e $T/hold ]; do sleep 0.1; done
echo '1 passed, 0 failed'
EOC
git add check && git commit -qm 'it says much' && cp check "$T/toy-agents/one/check"
touch "$T/hold"
# 9 keeps it open, and reads no more than it is told to.
mkfifo "$T/pipe" && exec 9<>"$T/pipe"
"$COCKPIT" check one --follow --fleet cockpit.json >"$T/pipe" 2>"$T/why" &
pid=$!
check 'one that says much' wait_for 20 eval '[ "$(timeout 20 head -n 10000 <&9 | wc -l)" = 10000 ]'
kill -TERM $pid
check 'is cancelled though nobody reads it' wait_for 10 fails kill -0 $pid
kill -KILL $pid 2>/dev/null
wait $pid
check 'as by a signal' equal 143 $?
exec 9>&-
rm "$T/hold"
"$COCKPIT" check one --follow --fleet cockpit.json | { sleep 1 && cat; } >"$T/slow"
check 'who reads late has all' cmp <(head -n 60000 "$T/slow") "$T/flood"
check 'and what came of it' says '^the check of one passed' tail -n 2 "$T/slow"
"$COCKPIT" down --fleet cockpit.json >/dev/null 2>&1

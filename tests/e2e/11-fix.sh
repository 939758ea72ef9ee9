#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# A check that fails, seen by itself, given to the agent with one key, mended, and seen to pass.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
long=$((300000 + RANDOM)) # seconds that nothing else here sleeps
cat >check <<EOC
case \$(cat value) in
good) echo '2 passed, 0 failed' ;;
slow) sleep $long & sleep $long ;;
mute) exit 3 ;;
late) echo '2 passed, 0 failed'; exit 4 ;;
loud) yes 'a line of a very long log' | head -c 30000000; printf '\033[201~\nrm -rf all\n'; exit 1 ;;
back) (trap '' TERM HUP; sleep $long) & echo '1 passed, 0 failed' ;;
*)
	echo 'ok    first                                0.10 s'
	echo 'FAIL  second                               0.10 s'
	printf '      | wanted good, got \033[31m%s\033[0m\n' "\$(cat value)"
	echo '1 passed, 1 failed'
	exit 1
	;;
esac
EOC
echo good >value && git add . && git commit -qm 'a check'
# A stand-in for an agent: what it is told to mend it mends.
cat >"$T/mender" <<'EOC'
#!/bin/sh
echo ready
while read -r line; do
	echo "> $line"
	case $line in
	*'run that command until it passes'*) echo good >value && echo 'mended it' ;;
	give*) echo "${line#give }" >value && echo given ;;
	esac
done
EOC
chmod +x "$T/mender"
cat >cockpit.json <<EOC
{"name": "toy", "check": "sh ./check", "check_seconds": 300, "hosts": {"local": {"socket": "$T/here.sock"}}}
EOC
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
one=$T/toy-agents/one

check 'an agent' exits 0 "$COCKPIT" new one --fleet cockpit.json -- "$T/mender"
check 'its work passes' says '^the check of one passed: 2 passed$' exits 0 ck check one
echo bad >"$one/value"
ck check one >"$T/out"
check 'it does not any more: status 1' equal 1 $?
check 'how many' says '^the check of one failed: 1 of 2 failed' cat "$T/out"
check 'which' says '^  second$' cat "$T/out"
log=$(sed -n 's/^what it printed: //p' "$T/out")
check 'what it printed is kept' says 'wanted good, got' cat "$log"
check 'for nobody else' equal 600 "$(stat -c %a "$log")"
ck check one --json >"$T/json"
check 'as JSON' valid_json "$T/json"
check 'with its state' says '"state": "failed"' cat "$T/json"
check 'of this tree' says "\"tree\": \"$(cd "$one" && git rev-parse "refs/cockpit/one/snap^{tree}")\"" cat "$T/json"
echo mute >"$one/value"
check 'its status alone decides' says '^the check of one failed: exit 3$' exits 1 ck check one
echo late >"$one/value"
check 'and is said' says '^the check of one failed: exit 4, 2 passed$' exits 1 ck check one
echo slow >"$one/value"
# Only where it is to be reached: on a busy machine the others take long, too.
limit() { sed -i "s/\"check_seconds\": [0-9]*/\"check_seconds\": $1/" cockpit.json; }
limit 3
check 'one that takes too long' says '^the check of one late' exits 1 ck check one
limit 300
left() { ps -eo args= | grep -c "^sleep $long"; }
check 'is ended, and all that it started' wait_for 15 eval '[ "$(left)" = 0 ]'
echo back >"$one/value"
check 'what it leaves behind does not hold it up' says '^the check of one passed' exits 0 ck check one
check 'and ends too' wait_for 15 eval '[ "$(left)" = 0 ]'
echo loud >"$one/value"
check 'a long log' says '^the check of one failed' exits 1 ck check one
log=$(ck check one --json | sed -n 's/.*"log": "\(.*\)".*/\1/p')
check 'is kept in part' [ "$(stat -c %s "$log")" -le 17000000 ]
check 'with its end' says '^rm -rf all$' tail -n 3 "$log"
check 'no more than twenty are kept' eval 'for i in {1..16}; do echo mute >"$one/value"; ck check one >/dev/null; done; [ "$(ls "${log%/*}" | wc -l)" -le 20 ]'
ck check one --history >"$T/past"
check 'those before: the last twenty' equal 20 "$(wc -l <"$T/past")"
check 'with what came of each' says '^[0-9-]+ [0-9:]+  failed +[0-9]+s  [0-9a-f]{8}  ' cat "$T/past"
ck check one --history --json >"$T/json"
check 'as JSON' valid_json "$T/json"
check 'with a log that is there' [ -e "$(sed -n 's/.*"log": "\(.*\)".*/\1/p' "$T/json" | head -n 1)" ]
check 'of one that nobody knows' says '^no check of nobody is known$' exits 0 ck check nobody --history
echo '{"name": "none", "hosts": {"local": {"socket": "'"$T"'/here2.sock"}}}' >"$T/none.json"

# --- on the screen ---

echo good >"$one/value"
check 'attach' ui_start 140 40 "$COCKPIT" attach
check 'the agent is there' ui_expect '1 one' 10
ui_keys Enter
ui_type 'give bad'
ui_keys Enter C-q
check 'what broke is said at the tile' ui_expect 'f fix: 1 of 2 failed: second' 20
check 'and in the head' ui_expect '✗ 1 check fails' 5
ui_keys V
check 'V: the checks' ui_expect '✗ one  1 of 2 failed: second' 5
check 'with what failed' ui_expect '^│?.*    second' 5
ui_keys Enter
check 'Enter: what it printed' ui_expect 'wanted good, got' 5
check 'and where in it one is' ui_expect '✗ failed: .* 1-[0-9] of [0-9]$' 5
ui_keys Escape
check 'Escape: closed' ui_absent 'n N next' 5
ui_keys q
check 'q: the panel too' ui_expect '^ COMMAND ' 5
ui_keys f
check 'f: the prompt is shown' ui_box 'The check of your work fails: sh ./check' 10
check 'with what failed' ui_expect '^[│ ]*.*- second' 5
check 'and what was printed' ui_expect 'wanted good, got bad' 5
ui_keys Enter
check 'Enter: the agent gets it' ui_expect 'mended it' 15
check 'it is checked again, and passes' ui_expect '✓ checked' 20
check 'nothing fails' ui_absent 'check fails' 5
ui_keys f
check 'there is nothing to mend' ui_expect 'nothing of one is known to be broken' 5
ui_keys Enter
ui_type 'give bad'
ui_keys Enter C-q
check 'once more' ui_expect 'f fix: 1 of 2 failed: second' 20
ui_keys Enter
ui_type 'give slow'
ui_keys Enter C-q
check 'a check runs' ui_expect '⠹ checking' 20
check 'and has begun' wait_for 10 eval '[ "$(left)" = 2 ]'
ui_keys q
check 'q: whoever watched it is gone' wait_for 10 ui_status
check 'and what it started ends too' wait_for 15 eval '[ "$(left)" = 0 ]'
limit 3
check 'attach' ui_start 140 40 "$COCKPIT" attach
check 'it is run again' ui_expect 'f fix: took too long' 40
ui_keys q
check 'q' ui_ended 0 10
limit 300
echo bad >"$one/value"
ck check one >/dev/null
# What was locked before the machine was started anew is not locked, whoever has that number now.
state=${XDG_STATE_HOME:-$HOME/.local/state}/cockpit/toy/agents/one
echo "$$ another-boot" >"$state/check.lock"
check 'a lock of before' says '^the check of one failed: 1 of 2 failed' exits 1 ck check one
echo "$$ $(cat /proc/sys/kernel/random/boot_id)" >"$state/check.lock"
check 'one of now' says 'runs there already' fails ck check one
rm "$state/check.lock"

# --- from the command line ---

ck fix one --dry-run >"$T/prompt"
check 'fix --dry-run: the prompt' says '^- second$' cat "$T/prompt"
check 'names of tests are quoted too' eval 'awk "/^[0-9a-f]+\$/ && length(\$0) == 16 { inside = !inside } /second/ && !inside { bad = 1 } END { exit bad }" "$T/prompt"'
# To one that does nothing about it.
"$COCKPIT" new two --fleet cockpit.json -- cat >/dev/null
for round in 1 2 3; do
	echo "bad $round" >"$T/toy-agents/two/value"
	ck check two >/dev/null
	check "fix $round" says '^sent: 1 of 2 failed: second$' exits 0 ck fix two
done
check 'the same is not sent twice' says 'was given to it at' exits 5 ck fix two
echo 'bad 4' >"$T/toy-agents/two/value"
ck check two >/dev/null
check 'nor a fourth one when nothing gets better' says '3 fixes in a row' fails ck fix two
check 'unless one wants it' exits 0 ck fix two --again
check 'it is written down' says 'the check of two failed: 1 of 2 failed: second' ck events two

# --- by another one, and by a new one ---

fixer=$T/toy-agents/fix-two
(cd "$T/toy-agents/two" && git add . && git commit -qm 'what two did' && echo 'bad 5' >value && echo draft >draft)
ck check two >/dev/null
"$COCKPIT" new three --fleet cockpit.json -- "$T/mender" >/dev/null
check 'another one: --dry-run' exits 0 eval 'ck fix two --by three --again --dry-run >"$T/prompt"'
check 'is told whose work' says '^The check of the work of agent two fails: sh ./check' cat "$T/prompt"
snap=$(cd "$T/toy-agents/two" && git rev-parse refs/cockpit/two/snap)
check 'and where it is' says "is commit ${snap:0:12} here: merge it" cat "$T/prompt"
check 'nothing was sent' fails says 'the work of agent two fails' agent_past "$T/here.sock" three
check 'nobody of that name' says 'four' fails ck fix two --by four
check 'either of them' exits 2 ck fix two --by three --new
check 'another one gets it' says '^sent to three: 1 of 2 failed: second$' exits 0 ck fix two --by three --again
check 'and has it' wait_for 10 says 'the work of agent two fails' agent_past "$T/here.sock" three
check 'once: who has it is said' says 'was given to three at' exits 5 ck fix two
check 'whoever is to have it' says 'was given to three at' exits 5 ck fix two --new
touch "$XDG_STATE_HOME/cockpit/toy/agents/fix-two"
check 'a new one that cannot be started' says 'cannot make .*/agents/fix-two' fails ck fix two --new --again
check 'leaves no work tree' test ! -e "$fixer"
check 'and no branch' fails git show-ref -q --verify refs/heads/cockpit/fix-two
rm "$XDG_STATE_HOME/cockpit/toy/agents/fix-two"
check 'a new one' says '^sent to fix-two: 1 of 2 failed: second$' exits 0 ck fix two --new --again
check 'on a branch of its own' equal cockpit/fix-two "$(git -C "$fixer" symbolic-ref --short HEAD)"
check 'with what the other one has committed' equal 'what two did' "$(git -C "$fixer" log -1 --format=%s)"
check 'and what it has not' equal ' M value ?? draft' "$(git -C "$fixer" status --porcelain value draft | tr '\n' ' ' | sed 's/ $//')"
check 'as it was there' equal draft "$(cat "$fixer/draft")"
check 'it is told so' wait_for 10 says 'Your work tree holds that work' agent_past "$T/here.sock" fix-two
runs_cat() { equal cat "$(tmux -S "$T/here.sock" display-message -p -t "$(agent_pane "$T/here.sock" "$1")" '#{pane_current_command}')"; }
check 'its program is the same' wait_for 5 runs_cat fix-two
check 'the other one has what it had' equal 'bad 5' "$(cat "$T/toy-agents/two/value")"
check 'a name is not used again' exits 0 ck stop fix-two
check 'not even when it is free' says '^sent to fix-two-2: ' exits 0 ck fix two --new --again
check 'nor one that one gives' says 'there is work of an agent fix-two here already' fails ck fix two --new fix-two --again
check 'what was to be said is kept' eval 'grep -l "The check of the work of agent two" "$XDG_STATE_HOME"/cockpit/toy/outbox/unsent/fix-two-*'

# --- the same on the screen ---

ck stop fix-two-2 >/dev/null
echo 'bad 6' >"$T/toy-agents/two/value"
ck check two >/dev/null
check 'attach' ui_start 140 40 "$COCKPIT" attach
check 'two is there' ui_expect '[0-9] two' 10
ui_keys "$(ui_text | sed -n 's/.*\([0-9]\) two ─.*/\1/p' | head -n 1)"
check 'it is broken' ui_expect 'f fix: 1 of 2 failed: second' 20
ui_keys F
check 'F: who is to mend it' ui_expect '▸ start a fixer: fix-two-3, with the work of two' 10
check 'or one that has nothing to do' ui_expect '  three  ' 5
check 'not itself' ui_hides '^[ │]*  two  '
ui_keys j
check 'j: the next one' ui_expect '▸ (one|three)  ' 5
ui_keys k Enter
check 'Enter: too many were in vain' ui_expect 'fixes in a row made nothing better' 10
check 'y: the prompt is shown' wait_for 10 eval 'ui_keys y; ui_shows "to a new agent, fix-two-3"'
check 'and takes keys' ui_box 'The check of the work' 5
ui_type y
check 'it can be changed' ui_expect 'yThe check of the work' 5
ui_keys Enter
check 'Enter: it is started, and told' ui_expect 'fix-two-3 has the work of two, and is at it' 20
check 'with its work' equal 'bad 6' "$(cat "$T/toy-agents/fix-two-3/value")"
ui_keys q
check 'q' ui_ended 0 10
ck down >/dev/null 2>&1

# --- where there is room ---

mkdir -p "$T/hosts/b"
cat >full.json <<EOC
{"name": "full", "hosts": {"local": {"socket": "$T/full.sock", "slots": 2},
  "b": {"transport": ["env", "HOME=$T/hosts/b", "XDG_STATE_HOME=$T/hosts/b/state"], "socket": "$T/b.sock"}}}
EOC
full() { "$COCKPIT" "$@" --fleet "$T/toy/full.json"; }
"$COCKPIT" new ann --fleet full.json --host local -- cat >/dev/null
"$COCKPIT" new bob --fleet full.json --host local -- cat >/dev/null
echo ann >"$T/toy-agents/ann/value"
echo bob >"$T/toy-agents/bob/value"
check 'a clash, and its host is full' says '^sent to fix-ann: clashes with bob$' exits 0 full fix ann --new
work=$T/hosts/b/state/cockpit/full/work/fix-ann
check 'it is elsewhere, with its work' equal ann "$(cat "$work/value")"
bob=$(cd "$T/toy-agents/bob" && git rev-parse refs/cockpit/bob/snap)
check 'and sees what that clashes with' equal bob "$(git -C "$work" show "$bob:value")"
check 'of which it is told' wait_for 10 says 'value, lines of yours: 1' agent_past "$T/b.sock" fix-ann
# Two of one name: what is said to the one does not go nowhere.
sed -i.both 's/"local": {[^}]*},//' full.json
check 'one of the same name elsewhere' exits 0 "$COCKPIT" new ann --fleet full.json --host b -- cat
mv full.json.both full.json
echo twin >"$T/hosts/b/state/cockpit/full/work/ann/value"
check 'a line of it is commented on' exits 0 full comment b/ann value:1 'why twin?'
check 'it is told' exits 0 full comment b/ann --send
check 'that' wait_for 10 says '^why twin' agent_past "$T/b.sock" ann
full down >/dev/null 2>&1

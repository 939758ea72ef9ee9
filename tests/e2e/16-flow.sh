#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Tasks from the board to the base: a free agent gets the next one, its work is checked, merged, and it gets the next.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
printf 'test ! -e bad || { echo "FAIL  bad  0.1 s"; echo "0 passed, 1 failed"; exit 1; }\necho "1 passed, 0 failed"\n' >check
git add . && git commit -qm 'a check'
# A stand-in that says in its title what it does; a task's title is what it writes.
cat >"$T/worker" <<'EOC'
#!/bin/sh
# Not a shell that reads: nothing is sent to those.
exec awk '
function title(words) { printf "\033]2;%s\007", words; fflush() }
function run(command) { system(command " >/dev/null 2>&1") }
BEGIN { title("idle"); print "ready"; fflush() }
{ print "> " $0; fflush() }
/^Task/ { title("busy"); run("sleep 1; touch " $NF "; git add -A; git commit -qm \"" $0 "\"") ; title("done") }
/until it passes/ { title("busy"); run("sleep 1; git rm -qf bad; git commit -qm mended"); title("done") }
/reset --hard/ { title("busy"); id = $0; sub(/.*--hard /, "", id); sub(/".*/, "", id); run("git merge -q " id); title("done") }'
EOC
chmod +x "$T/worker"
mkdir -p "$XDG_CONFIG_HOME/cockpit/agents"
cat >"$XDG_CONFIG_HOME/cockpit/agents/worker.json" <<EOC
{"name": "worker", "help": "a test", "start": ["$T/worker"], "states": [
  {"from": "title", "match": "^busy", "state": "working"},
  {"from": "title", "match": "^done", "state": "done"},
  {"from": "title", "match": "^idle", "state": "idle"}]}
EOC
echo "{\"name\": \"toy\", \"auto\": true, \"check\": \"sh ./check\", \"hosts\": {\"local\": {\"socket\": \"$T/here.sock\"}}}" >cockpit.json
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
state_of() { ck task ls --all --json | tr -d ' \n' | grep -o "\"id\":$1,[^}]*" | grep -o '"state":"[^"]*"' | cut -d '"' -f 4; }

check 'three tasks' exits 0 ck task add 'write alpha' && ck task add 'write bad' >/dev/null && ck task add 'write gamma' --needs 1 >/dev/null
check 'two agents' exits 0 "$COCKPIT" new a --fleet cockpit.json --profile worker
"$COCKPIT" new b --fleet cockpit.json --profile worker >/dev/null
check 'attach' ui_start 140 40 "$COCKPIT" attach
check 'the first goes to one that is free' ui_expect '> Task 1: write alpha' 30
check 'the second to the other' ui_expect '> Task 2: write bad' 30
check 'done and checked: ready' wait_for 30 eval '[ "$(state_of 1)" = ready ]'
check 'what does not pass needs a person' wait_for 30 eval '[ "$(state_of 2)" = needsyou ]'
check 'who is told why' says 'the check failed: 1 of 1 failed: bad' ck task show 2
check 'the third waits for the first' equal queued "$(state_of 3)"
who() { ck task ls --all --json | tr -d ' \n' | grep -o "\"id\":$1,[^}]*" | grep -o '"owner":"[^"]*"' | cut -d / -f 2 | tr -d '"'; }
first=$(who 1) second=$(who 2)
check 'two have them' fails equal "$first" "$second"
ui_keys "$([ "$first" = a ] && echo 1 || echo 2)"
ui_keys m
check 'm: what would be merged' ui_box "squash $first into main" 15
ui_keys Enter
check 'merged' wait_for 20 eval '[ "$(state_of 1)" = merged ]'
check 'it is there' wait_for 5 test -e alpha
check 'who is free gets the next' ui_expect '> Task 3: write gamma' 40
check 'from where all is' ui_expect 'All that you had before is merged' 5
ui_keys "$([ "$second" = a ] && echo 1 || echo 2)"
ui_keys f
check 'f: the other one mends it' ui_box 'The check of your work fails' 15
ui_keys Enter
check 'and is ready' wait_for 40 eval '[ "$(state_of 2)" = ready ]'
check 'the third too' wait_for 40 eval '[ "$(state_of 3)" = ready ]'
check 'from the command line' exits 0 ck merge "$first"
check 'merged as well' equal merged "$(state_of 3)"
ui_keys q
ui_ended 0 10 >/dev/null
ck down >/dev/null 2>&1

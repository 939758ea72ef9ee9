#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Agents are started for tasks where a host has room, once for each, however many cockpits look; with the task's own
# check and base. What cannot be started is tried again later, and says why. What agents say in the repo is listed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
git branch old HEAD~2
# A stand-in that says in its title what it does; a task's title is what it writes.
cat >"$T/worker" <<'EOC'
#!/bin/sh
echo "$COCKPIT_AGENT" >>"$T_LOG"
# Not a shell that reads: nothing is sent to those.
FIRST=$1 exec awk '
function title(words) { printf "\033]2;%s\007", words; fflush() }
function run(command) { system(command " >/dev/null 2>&1") }
function take(line, id, count, words) {
	print "> " line
	fflush()
	count = split(line, words, " ")
	if (line ~ /^Task/) {
		title("busy")
		run("sleep 1; touch " words[count] "; git add -A; git commit -qm \"" line "\"")
		title("done")
	} else if (line ~ /reset --hard/) {
		title("busy")
		id = line
		sub(/.*--hard /, "", id)
		sub(/".*/, "", id)
		run("git merge -q " id)
		title("done")
	}
}
BEGIN { title("idle"); print "ready"; fflush(); if (ENVIRON["FIRST"] != "") take(ENVIRON["FIRST"]) }
{ take($0) }'
EOC
sed -i "s|\$T_LOG|$T/started|" "$T/worker"
chmod +x "$T/worker"
mkdir -p "$XDG_CONFIG_HOME/cockpit/agents"
cat >"$XDG_CONFIG_HOME/cockpit/agents/worker.json" <<EOC
{"name": "worker", "help": "a test", "start": ["$T/worker", ""], "prompted": ["$T/worker", "{prompt}"], "states": [
  {"from": "title", "match": "^busy", "state": "working"},
  {"from": "title", "match": "^done", "state": "done"},
  {"from": "title", "match": "^idle", "state": "idle"}]}
EOC
fleet() { # SLOTS AUTO
	echo "{\"name\": \"toy\", \"auto\": $2, \"profile\": \"worker\", \"hosts\": {\"local\": {\"socket\": \"$T/here.sock\"$1}}}" >cockpit.json
}
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
of() { ck task ls --all --json | tr -d ' \n' | grep -o "\"id\":$1,[^}]*" | grep -o "\"$2\":\"[^\"]*\"" | cut -d '"' -f 4; }
is() { [ "$(of "$1" state)" = "$2" ]; }
agents() { ck ls --json 2>/dev/null | grep -c '"name": "write-'; }
ui2() { tmux -S "$T/ui2" "$@"; }

fleet '' true
ck task add 'Write: the alpha' --check 'test -e alpha' >/dev/null
ck task add 'write beta' --base old >/dev/null
ck task add 'write gamma' --check 'test -e never' >/dev/null
ui_start 140 40 "$COCKPIT" attach
check 'attach' ui_expect 'TASKS|Tasks|tasks' 20
PATIENCE=1 check 'a host without slots in the file gets none' fails wait_for 4 eval '[ "$(agents)" -gt 0 ]'
ui_keys q
check 'q' ui_ended 0 10

fleet ', "slots": 2' true
ui_start 140 40 "$COCKPIT" attach
ui2 -f /dev/null new-session -d -s ui -x 100 -y 30 "exec '$COCKPIT' attach" \; set-option -g remain-on-exit on
check 'the first is begun' wait_for 40 eval 'is 1 ready || is 1 working'
check 'the second too' wait_for 40 eval 'is 2 ready || is 2 working'
check 'each has an agent named after it' equal 'local/write-the-alpha-1 local/write-beta-2' "$(of 1 owner) $(of 2 owner)"
check 'what its own check accepts is ready' wait_for 30 is 1 ready
check 'that check ran' wait_for 10 says 'test -e alpha' ck check write-the-alpha-1 --json
check 'where the fleet has none it is ready too' wait_for 30 is 2 ready
check 'a task more than there are slots waits' equal queued "$(of 3 state)"
check 'one start for each' equal '2 2' "$(wc -l <"$T/started") $(sort -u "$T/started" | wc -l)"
check 'the journal says what for' says 'write-beta-2 was started on local for task 2' ck events
check 'the other base is where it began' equal "$(git rev-parse old)" "$(git merge-base cockpit/write-beta-2 old)"
check 'and not further on' fails git merge-base --is-ancestor main cockpit/write-beta-2
check 'what it changed is compared with that' says '^1 file|beta' ck diff write-beta-2 --stat
check 'and nothing else is' fails says 'three' ck diff write-beta-2 --stat
check 'it goes there' says 'into old' ck merge write-beta-2
check 'it is there' git cat-file -e old:beta
check 'and not in the fleet'"'"'s base' fails git cat-file -e main:beta
check 'who works on another branch is not given it' equal queued "$(of 3 state)"
# Which of them was there first is its place.
ui_keys "$(ui_text | sed -n 's/.*\([0-9]\) write-the-alpha-1 ─.*/\1/p' | head -n 1)"
ui_keys m
check 'the other one goes into the fleet'"'"'s' ui_box 'squash write-the-alpha-1 into main' 15
ui_keys Enter
check 'merged' wait_for 20 is 1 merged
check 'who is free gets the next of its own base' wait_for 40 eval '[ "$(of 3 owner)" = local/write-the-alpha-1 ]'
check 'what its check does not accept needs a person' wait_for 40 is 3 'needsyou'
check 'a merge of that is refused' says 'does not pass the check' ck merge write-the-alpha-1
ui2 kill-server
ui_keys q
check 'q' ui_ended 0 10

# What cannot be started.
ck task cancel 3 >/dev/null
ck task add 'write delta' --base nowhere >/dev/null
fleet ', "slots": 3' true
ui_start 140 40 "$COCKPIT" attach
check 'a branch that is not there: said, with the task' \
	wait_for 40 says 'nobody was started on local for task 4: .*has no branch nowhere' ck events
check 'the claim is given back' wait_for 10 is 4 queued
check 'with the reason' says 'has no branch nowhere' ck task show 4
check 'no agent is left behind' equal 2 "$(agents)"
ui_keys q
check 'q' ui_ended 0 10

# What ends in its set-up, maybe before the start of it was reported.
ck task cancel 4 >/dev/null
fleet ', "slots": 3' 'true, "setup": "echo no; exit 3"'
ck task add 'write epsilon' >/dev/null
# What the repo itself says of tasks: there when the screen comes up, which looks seldom at who rests.
mkdir "$T/toy-agents/write-beta-2/current_tasks"
printf 'Look into \033[31mit\nmore' >"$T/toy-agents/write-beta-2/current_tasks/look.txt"
ui_start 140 40 "$COCKPIT" attach
check 'a set-up that fails: said, with the task' \
	wait_for 40 says 'nobody was started on local for task 5: .*ended before it began' ck events
check 'its claim is given back' wait_for 10 is 5 queued
ck stop write-epsilon-5 >/dev/null 2>&1
ck task cancel 5 >/dev/null

ck diff write-beta-2 --stat >/dev/null
check 'it is listed' says '^in current_tasks/  Look into .*it  by local/write-beta-2$' ck task ls
check 'made safe' fails grep -q $'\033' "$T/says.out"
check 'of another agent it is not' fails says current_tasks ck task ls --agent write-the-alpha-1
ck task ls --json >"$T/ls.json"
check 'as JSON' valid_json "$T/ls.json"
check 'with whose it is' says '"file": "look"' cat "$T/ls.json"
ui_keys T
check 'and stands in the panel' ui_expect 'in repo +Look into' 40
# The panel, then the screen.
ui_keys q q
check 'q' ui_ended 0 10

# Where its work goes stays with its work tree, however it is started there again.
base() { cat "$XDG_STATE_HOME/cockpit/toy/bases/local/write-beta-2"; }
again() { "$COCKPIT" new write-beta-2 --fleet cockpit.json -- cat; }
ck tag write-beta-2 mine >/dev/null
check 'who is there is not started again' says 'already there' fails again
check 'and keeps its base' equal old "$(base)"
check 'and its tags' says '^#mine$' ck tag write-beta-2
ck stop write-beta-2 >/dev/null
check 'who is gone is, in its work tree' says "^started write-beta-2 in $T/toy-agents/write-beta-2$" again
check 'with its base' equal old "$(base)"
ck stop write-beta-2 >/dev/null
git worktree remove --force "$T/toy-agents/write-beta-2"
git branch -qD cockpit/write-beta-2
again >/dev/null
check 'a fresh work tree is for the base of the fleet' fails base
ck down >/dev/null 2>&1

# --- the same where cockpit brings the repo: a branch that is not the fleet's goes there, and comes back ---

mkdir -p "$T/hosts/far"
cat >far.json <<EOC
{"name": "far", "auto": true, "profile": "worker", "hosts": {
  "far": {"transport": ["env", "HOME=$T/hosts/far", "XDG_STATE_HOME=$T/hosts/far/state"], "socket": "$T/far.sock", "slots": 1}}}
EOC
far() { "$COCKPIT" "$@" --fleet "$T/toy/far.json"; }
on_far() { git --git-dir="$T/hosts/far/state/cockpit/far/repo.git" "$@"; }
far task add 'write zeta' --base old >/dev/null
ui_start 140 40 "$COCKPIT" attach --fleet far.json
check 'far: what it made is ready' wait_for 40 says '^ *1 +ready' far task ls --all
check 'far: it began at that branch' equal "$(git rev-parse old)" "$(on_far merge-base cockpit/write-zeta-1 origin/old)"
check 'far: and not further on' fails on_far merge-base --is-ancestor "$(git rev-parse main)" cockpit/write-zeta-1
check 'far: what it changed is compared with that, and nothing else is' equal 'A +0 -0 zeta' "$(far diff write-zeta-1 --stat | grep -E 'zeta|three' | tr -s ' ')"
check 'far: it goes there' says 'into old' far merge write-zeta-1
check 'far: it is there' git cat-file -e old:zeta
check 'far: and not in the fleet'"'"'s base' fails git cat-file -e main:zeta
check 'far: its host has what that branch is now' wait_for 10 eval '[ "$(on_far rev-parse origin/old)" = "$(git rev-parse old)" ]'
ui_keys q
ui_ended 0 10 >/dev/null
far down >/dev/null 2>&1

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Work goes into the base, and out: merged in memory, checked as it would be, landed if nobody was quicker.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
printf '[ ! -e slow ] || while [ -e %s/hold ]; do sleep 0.1; done\n[ "$(cat value)" != bad ] && [ ! -e left ] || [ ! -e right ] || { echo "both are there"; exit 1; }\necho "1 passed, 0 failed"\n' "$T" >check
echo good >value && git add . && git commit -qm 'a check'
git init -q --bare "$T/origin.git" && git remote add origin "$T/origin.git" && git push -q origin main
cat >cockpit.json <<EOC
{"name": "toy", "check": "sh ./check", "hosts": {"local": {"socket": "$T/here.sock"},
  "b": {"transport": ["env", "HOME=$T/hosts/b", "XDG_STATE_HOME=$T/hosts/b/state"], "socket": "$T/b.sock"}}}
EOC
mkdir -p "$T/hosts/b"
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
start() { "$COCKPIT" new "$1" --fleet cockpit.json --host "${2:-local}" -- cat >/dev/null; }
one=$T/toy-agents/one

start one
start two
check 'nothing to merge' says '^all of one is in main already$' exits 0 ck merge one
(cd "$one" && echo 1 >first && git add first && git commit -qm 'The first of it' && echo more >>first)
check 'it would fit' says '^The first of it$' exits 0 ck merge one --dry-run
check 'its name is without a host' says '"agent": "one"' exits 0 ck merge local/one --dry-run --json
check 'and is where it was' fails test -e first
echo 'not yet' >draft && echo changed >>one.txt
check 'it is merged' says '^merged one into main: [0-9a-f]+$' exits 0 ck merge one
check 'what was not committed too' equal '1 more' "$(tr '\n' ' ' <first | sed 's/ $//')"
check 'as one commit' equal 'The first of it' "$(git log -1 --format=%s)"
check 'on top of the base' equal 'a check' "$(git log -1 --format=%s HEAD~)"
check 'what was not committed here is as it was' equal ' M one.txt ?? draft' "$(git status --porcelain one.txt draft | tr '\n' ' ' | sed 's/ $//')"
check 'the agent is where it was' equal 'The first of it' "$(git -C "$one" log -1 --format=%s)"
check 'now all of it is there' says '^all of one is in main already$' exits 0 ck merge one
# Back, and once more; not what anybody goes on from.
dirt=' M one.txt ?? draft'
dirt() { git status --porcelain one.txt draft | tr '\n' ' ' | sed 's/ $//'; }
check 'it is taken back' says '^main is back at [0-9a-f]+$' exits 0 ck merge local/one --undo
check 'the base is where it was' equal 'a check' "$(git log -1 --format=%s)"
check 'and its files' fails test -e first
check 'what was not committed here is as it was still' equal "$dirt" "$(dirt)"
check 'once' says 'the last merge of one was taken back already' exits 4 ck merge one --undo
check 'of nobody' says 'no merge of nobody is known' exits 4 ck merge nobody --undo
check 'merged anew, as JSON' exits 0 eval 'ck merge one --json >"$T/merge.json"'
check 'which says where the base was and is' equal "$(git rev-parse HEAD~ HEAD)" "$(sed -n 's/^ *"\(from\|to\)": "\(.*\)".*/\2/p' "$T/merge.json")"
git checkout -qb aside
check 'taken back where it is not checked out' exits 0 eval 'ck merge one --undo --json >"$T/merge.json" && valid_json "$T/merge.json"'
check 'the base is where it was' equal 'a check' "$(git log -1 --format=%s main)"
check 'nothing else' equal "The first of it $dirt" "$(git log -1 --format=%s) $(dirt)"
git checkout -q main && git branch -qD aside
ck merge one >/dev/null
check 'not what somebody goes on from' says 'one: the branch main has moved: it is at ' exits 1 eval 'git commit -q --allow-empty -m on && ck merge one --undo'
git reset -q --soft HEAD~
check 'it is there' equal 'The first of it' "$(git log -1 --format=%s)"
git checkout -q one.txt && rm draft

# --- what does not fit, or does not pass ---

echo two >"$T/toy-agents/two/first"
check 'a conflict: status 8' says 'first' exits 8 ck merge two
check 'nothing has changed' equal 'The first of it' "$(git log -1 --format=%s)"
echo 'in the way' >clear
start three
echo 3 >"$T/toy-agents/three/clear"
check 'what is not committed here is in the way' says 'clear' fails ck merge three
check 'and stays' equal 'in the way' "$(cat clear)"
rm clear
# Each passes alone, together they do not.
start left && start right b
touch "$T/toy-agents/left/left"
touch "$T/hosts/b/state/cockpit/toy/work/right/right"
check 'the one' exits 0 ck merge left
check 'which is to be taken back before what it stands on' says 'one: left was merged on top of it' exits 1 ck merge one --undo
check 'its own tree passes' exits 0 ck check right
before=$(git rev-parse HEAD)
check 'what they become does not: it is checked, on its host' says 'what it becomes in main does not pass the check' fails ck merge right
check 'where it can be read why' grep -q '^both are there$' "$(sed -n 's/^what the check printed: //p' "$T/says.out")"
check 'and is told of it later' says 'failed .* merged tree' exits 0 ck check b/right --history
check 'which no other host is told' says '^no check of local/right is known$' exits 0 ck check local/right --history
check 'and not merged' equal "$before" "$(git rev-parse HEAD)"
check 'the agent has nothing of it' fails test -e "$T/hosts/b/state/cockpit/toy/work/right/left"

# What is committed to the base by hand nobody tells a host.
echo ours >shared && git add shared && git commit -qm 'by hand'
echo theirs >"$T/hosts/b/state/cockpit/toy/work/right/shared"
check 'who clashes with that is known all the same' says '^right and the base$' exits 0 ck conflicts
rm "$T/hosts/b/state/cockpit/toy/work/right/right" && echo ours >"$T/hosts/b/state/cockpit/toy/work/right/shared"
echo 6 >"$T/hosts/b/state/cockpit/toy/work/right/six"
check 'and who does not is merged' says '^merged right into main' exits 0 ck merge right

# --- out ---

echo "{\"name\": \"toy2\", \"merge\": \"rebase\", \"hosts\": {\"local\": {\"socket\": \"$T/here2.sock\"}}}" >toy2.json
"$COCKPIT" new four --fleet toy2.json -- cat >/dev/null
(cd "$T/toy-agents/four" && git commit -q --allow-empty -m nothing && echo 4 >four && git add four && git commit -qm 'The fourth')
"$COCKPIT" diff four --fleet toy2.json >/dev/null
check 'pushed' says '^pushed cockpit/four to ' exits 0 "$COCKPIT" push four --fleet toy2.json
check 'it is there' equal 'The fourth' "$(git -C "$T/origin.git" log -1 --format=%s cockpit/four)"
# Its own branch there is replaced, whatever became of its commits; nobody else's.
(cd "$T/toy-agents/four" && git commit -q --amend -m 'The fourth, again')
"$COCKPIT" diff four --fleet toy2.json >/dev/null
check 'once more' says '^pushed cockpit/four to ' exits 0 "$COCKPIT" push four --fleet toy2.json
check 'it is there' equal 'The fourth, again' "$(git -C "$T/origin.git" log -1 --format=%s cockpit/four)"
git push -qf origin "$(git commit-tree -m theirs 'HEAD^{tree}'):refs/heads/cockpit/four"
check 'what others have pushed is left' says 'which was not pushed from here' exits 1 "$COCKPIT" push four --fleet toy2.json
check 'as it is' equal theirs "$(git -C "$T/origin.git" log -1 --format=%s cockpit/four)"
check 'rebased' exits 0 "$COCKPIT" merge four --fleet toy2.json
check 'as it was made' equal 'The fourth, again' "$(git log -1 --format=%s)"
check 'all of it is in the base: nothing is pushed' says 'all of four is in main by now' exits 5 "$COCKPIT" push four --fleet toy2.json
check 'and nothing was' fails equal "$(git rev-parse main)" "$(git -C "$T/origin.git" rev-parse main)"
check 'but the base, if one says so' says '^pushed main to ' exits 0 "$COCKPIT" push four --base --fleet toy2.json
check 'and is there' equal "$(git rev-parse main)" "$(git -C "$T/origin.git" rev-parse main)"
check 'what others have is not taken back' says 'origin/main has it already' exits 5 "$COCKPIT" merge four --undo --fleet toy2.json
"$COCKPIT" down --fleet toy2.json >/dev/null 2>&1

# --- on the screen ---

ck stop two three left right >/dev/null
start five
echo 5 >"$T/toy-agents/five/five"
check 'attach' ui_start 140 40 "$COCKPIT" attach --fleet cockpit.json
check 'there it is' ui_expect 'five' 10
n=$(ui_text | sed -n 's/.*┌ ▸*\([0-9]\) five.*/\1/p' | head -n 1)
ui_keys "$n"
check 'its work too' ui_expect '\+1 -0 in 1 file' 15
ui_keys m
check 'm: what would be merged, and its words' ui_box "squash five into main: .1 -0 in 1 file" 15
check 'proposed' ui_expect 'Work of five' 5
ui_keys C-u
ui_type 'Five is right'
ui_keys Enter
check 'merged' wait_for 15 says '^Five is right$' git log -1 --format=%s main
check 'and so it is said' ui_expect '✓ merged' 20
ui_keys u
check 'u: it is said' ui_expect 'main is back at' 10
check 'u: it is taken back' wait_for 10 eval '[ "$(git log -1 --format=%s main)" = "The fourth, again" ]'
check 'the file too' wait_for 5 fails test -e five
# What is in the base by the time of Enter was not what was asked about.
ui_keys p
check 'p: as a branch' ui_box 'push cockpit/five, ask for a pull' 15
"$COCKPIT" merge five --fleet cockpit.json >/dev/null
ui_keys Enter
check 'the base is not pushed for that' ui_expect 'all of five is in main by now' 15
check 'nothing was' fails equal "$(git rev-parse main)" "$(git -C "$T/origin.git" rev-parse main)"
ui_keys p
check 'p: the base' ui_box 'Push main\?' 15
ui_keys n
check 'n: no' ui_absent 'Push main' 5
git reset -q --hard HEAD~
# What has changed since it was looked at is looked at again.
ui_keys m
check 'm again' ui_box 'squash five into main' 15
echo more >>"$T/toy-agents/five/five"
ui_keys Enter
check 'what nobody has seen is not merged' ui_expect 'has changed since you looked at it' 15
check 'the base is where it was' fails test -e five
# What it becomes does not pass: its output is one key away.
touch "$T/toy-agents/five/right"
ui_keys m
check 'm: what would be merged' ui_box 'squash five into main' 15
ui_keys Enter
check 'it does not pass, and how that is read is said' ui_expect 'V shows its output' 20
ui_keys V
check 'V: what it becomes is selected' ui_expect '▸ ✗ ' 10
check 'and so it is called' ui_expect 'merged tree' 5
ui_keys Enter
check 'Enter: what the check printed' ui_expect '^both are there' 10
ui_keys q q
check 'the panel is closed' ui_absent 'merged tree' 5
rm "$T/toy-agents/five/right"
# Two of them at a time.
start six && start seven
(cd "$T/toy-agents/six" && touch six slow && git add . && git commit -qm 'Six did it')
(cd "$T/toy-agents/seven" && touch seven && git add . && git commit -qm 'Seven did it')
check 'both are there' ui_expect '[0-9] seven' 10
number() { ui_text | sed -n "s/.*\([0-9]\) $1 ─.*/\1/p" | head -n 1; }
# Whoever has pressed another key since does not wait for it: no form takes what is typed next.
ui_keys "$(number six)" m "$(number seven)"
check 'm, and on to something else: it is said, not shown' ui_expect 'six can be looked at now: ask again' 15
check 'no form' ui_hides 'squash six into'
ui_keys "$(number six)" m "$(number seven)" m
check 'm twice: the last one is asked about' ui_expect 'squash seven into main' 15
check 'with its own words' ui_expect 'Seven did it' 5
ui_keys Escape
check 'no more' ui_absent 'squash (six|seven) into' 10
# Six becomes something that has not been checked.
git -C "$T/toy" checkout -q main && touch later && git add later && git commit -qm later
# Its turn ends when the check does; a look does not wait for that.
ui_keys "$(number six)" m
check 'six' ui_box 'squash six into main' 15
touch "$T/hold"
ui_keys Enter
check 'is on its way' ui_expect 'merging…' 5
ui_keys "$(number seven)" m
check 'the other one can be looked at meanwhile' ui_expect 'squash seven into main' 10
check 'and six is not merged yet' fails says '^Six did it$' git log -1 --format=%s main
rm "$T/hold"
ui_keys Escape
check 'and six is merged' wait_for 30 says '^Six did it$' git log -1 --format=%s main
ui_keys q
check 'q' wait_for 10 ui_status
check 'it is written down' says 'merged five' ck events
ck down >/dev/null 2>&1

# --- of a host that cannot be reached ---

cat >"$T/gate" <<EOC
#!/bin/sh
[ ! -e "$T/closed" ] || exit 1
exec env HOME="$T/hosts/b" XDG_STATE_HOME="$T/hosts/b/state" "\$@"
EOC
chmod +x "$T/gate"
cat >toy3.json <<EOC
{"name": "toy3", "hosts": {"far": {"transport": ["$T/gate"], "socket": "$T/far.sock"}},
  "agents": [{"name": "eight", "host": "far", "command": ["cat"]}]}
EOC
far() { "$COCKPIT" "$@" --fleet toy3.json; }
far new eight >/dev/null
echo 8 >"$T/hosts/b/state/cockpit/toy3/work/eight/eight"
check 'one that is far away' says '^eight would go into main .squash.:$' exits 0 far merge eight --dry-run
check 'attach' ui_start 140 40 "$COCKPIT" attach --fleet toy3.json
check 'there it is' ui_expect '\+1 -0 in 1 file' 15
: >"$T/closed"
cut() { # cut PID: ends all that it has started
	local child
	for child in $(ps -o pid= --ppid "$1"); do cut "$child"; kill "$child" 2>/dev/null; done
}
cut "$(ui_pid)"
check 'its host is lost' ui_expect 'link lost' 15
ui_keys m
stale='as of ([0-9-]+ )?[0-9][0-9]:[0-9][0-9]: its host cannot be reached'
check 'm: what would be merged is that of before' ui_expect "$stale; message" 15
ui_keys Escape
check 'Escape' ui_absent 'message' 5
ui_keys q
check 'q' wait_for 10 ui_status
check 'so it is said without a screen' says "^eight would go into main .squash.; $stale:\$" exits 0 far merge eight --dry-run
check 'and when it is merged' says "^merged eight into main: [0-9a-f]+; $stale\$" exits 0 far merge eight
check 'which it is' equal 8 "$(cat eight)"
rm "$T/closed"
far down >/dev/null 2>&1

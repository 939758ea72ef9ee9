#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Who will clash with whom is known before anybody merges: to a command, and on the screen by itself.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
seq 100 >nums && mkdir src && seq 40 >src/parser.c && git add . && git commit -qm 'something to change'
echo "{\"name\": \"toy\", \"hosts\": {\"local\": {\"repo\": \"$T/toy\", \"socket\": \"$T/agents\"}}}" >cockpit.json
trees=$T/toy-agents
"$COCKPIT" new one -- cat >/dev/null || bail 'an agent starts'

# --- the command ---

check 'nobody yet' says '^no clashes among 1 agent$' exits 0 "$COCKPIT" conflicts
"$COCKPIT" new two -- cat >/dev/null
sed -i 's/^50$/fifty/' "$trees/one/nums"
sed -i 's/^50$/FIFTY\nand one/' "$trees/two/nums" && git -C "$trees/two" commit -qam nums
check 'two that change a line' says '^one and two$' exits 0 "$COCKPIT" conflicts
check 'where' says '^  nums: both changed it; lines 50 and 50-51$' "$COCKPIT" conflicts
"$COCKPIT" conflicts --json >"$T/json"
check 'as JSON' valid_json "$T/json"
check 'with its kind' grep -q '"kind": "edit"' "$T/json"

# --- the screen ---

check 'attach' ui_start 130 30 "$COCKPIT" attach
check 'the edge of a tile tells with whom' ui_expect 'c clashes: two ┘' 15
check 'so does that of the other' ui_expect 'c clashes: one ┘' 5
ui_keys c
check 'c: all of them' ui_expect '^ CONFLICTS ' 5
check 'counted' ui_expect 'DIFF 1 ─ CHECKS ─ CONFLICTS 1 ─' 5
check 'who' ui_expect '│one and two · 1 file ' 5
check 'where' ui_expect 'both changed it; lines 50 and' 5
ui_keys Enter
check 'Enter: how both sides have it' ui_expect '<<<<<<< one' 5
for line in '49' 'fifty' '\|\|\|\|\|\|\| before' '50' '=======' 'and one' '>>>>>>> two' '51'; do
	check "  $line" ui_expect "│ $line +│" 5
done
ui_keys Escape
check 'which goes' ui_absent '<<<<<<< one' 5

ui_keys f
check 'f: the prompt that lets it mend that' ui_expect 'Your work and that of agent two will not merge' 10
check 'names the lines' ui_expect 'nums, lines of yours: 50' 5
other=$(git -C "$XDG_STATE_HOME/cockpit/toy/mirror.git" rev-parse refs/cockpit/local/two/snap)
check 'and the other side' ui_expect "${other:0:12}" 5
check 'which is there' git -C "$trees/one" cat-file -e "$other"
ui_keys Escape
check 'it can be left' ui_absent 'will not merge' 5
check 'nothing was sent' fails says 'will not merge' agent_text "$T/agents" one
ui_keys F
check 'F: the other one' ui_box '─ to two ─' 10
ui_keys Enter
check 'Enter sends it' wait_for 15 says 'that of agent one will not merge' tmux -S "$T/agents" capture-pane -p -S -200 -t "$(agent_pane "$T/agents" two)"
ui_absent '─ to two ─' 5

printf 'x\n' >"$trees/one/$(printf 'ne\033[2Jw')" && printf 'y\n' >"$trees/two/$(printf 'ne\033[2Jw')"
rm "$trees/two/src/parser.c" && sed -i 's/^9$/nine/' "$trees/one/src/parser.c"
type_into() { tmux -S "$T/agents" send-keys -t "$(agent_pane "$T/agents" "$1")" "$2" Enter; }
type_into one x
type_into two x
check 'what is new comes by itself' ui_expect '│one and two · 3 files ' 15
check 'what hides in a name is shown' ui_expect '│  ne\^\[\[2Jw ' 5
check 'what one deletes and the other changes' ui_expect 'changed here, deleted or renamed' 5
check 'the selection stays on its file' ui_expect '│▸ nums ' 5
ui_keys k
check 'k: the one before' ui_expect '│▸ ne\^\[\[2Jw ' 5
ui_keys j j
check 'j: the next ones' ui_expect '│▸ src/parser\.c ' 5
ui_keys Enter
check 'there is no other side to compare with' ui_expect 'There is nothing to compare line by line' 5
ui_keys Escape
ui_absent 'There is nothing to compare' 5
ui_keys l
check 'l: to the other one' ui_expect '┌ ▸2 two ' 5
check 'in COMMAND' ui_expect '^ COMMAND ' 5
ui_keys c h
check 'h: to the one' ui_expect '┌ ▸1 one ' 5

# The base has gone on, and no agent has done anything.
sed -i 's/^50$/base/' nums && git commit -qam base
check 'the base is one to clash with' ui_expect 'c clashes: base, two ┘' 5
check 'for the other one too' ui_expect '│two and the base · 1 file ' 5
gone=$(git rev-parse HEAD) && git reset -q --hard HEAD^
check 'taken back: it is not' ui_absent 'clashes: base' 15
git merge -q --ff-only "$gone" && git pack-refs --all
check 'forward again, packed: it is again' ui_expect 'c clashes: base, two ┘' 5
ui_keys c
ui_resize 80 24
check '80x24: below the tile' ui_expect '^│(▸|one and the base)' 5
ui_resize 60 20
check '60x20: it alone' ui_expect '^│one and the base · 1 file' 5
ui_resize 130 30
ui_keys Tab
check 'Tab: the next view' ui_expect '^ EVENTS ' 5
ui_keys Tab
check 'behind the last one is the first' ui_expect '^ INBOX ' 5
ui_keys Tab
check 'and the next' ui_expect '^ TASKS ' 5
ui_keys Tab Tab Tab '?'
check 'its keys' ui_expect 'keys in CONFLICTS mode' 5
ui_keys Escape
ui_absent 'keys in CONFLICTS' 5
ui_keys C-q
check 'C-q: COMMAND' ui_expect '^ COMMAND ' 5

git -C "$trees/one" checkout -q -- . && rm "$trees/one/ne"* && git -C "$trees/one" merge -q main
type_into one z
check 'merged: only the other one clashes with the base' ui_expect '│two and the base · 1 file ' 15
check 'and with nobody else' ui_expect '─ CONFLICTS 1 ─' 5
echo new >"$trees/one/fresh" && git -C "$trees/one" add fresh && git -C "$trees/one" commit -qm fresh
type_into one w
check 'what the one does then' ui_expect ' \+1 -0 in 1 file ─' 15
git merge -q --ff-only cockpit/one
check 'merged by hand: nothing is left of that' ui_absent ' \+1 -0 in 1 file' 5
"$COCKPIT" stop two >/dev/null
check 'stopped: nobody clashes with it' ui_expect 'Nobody will clash with anybody' 15
check 'nor does a tile say so' ui_absent 'c (clashes:|a clash)' 5
ui_keys E
check 'E: what happened' ui_expect '^ EVENTS ' 5
check 'what one did' ui_expect '│[0-9]{2}:[0-9]{2} you stopped two on local' 5
check 'and who came to clash' ui_expect 'two clashes with the base: nums|one clashes with the base: nums' 5
check 'or does not any more' ui_expect 'one does not clash with two' 5
ui_keys G
check 'down to the first' ui_expect 'you started one on local' 5
ui_keys E
check 'E again: COMMAND' ui_expect '^ COMMAND ' 5
ui_keys q
check 'q ends it' ui_ended 0 10
check 'so does the command' says '^no clashes among 1 agent$' exits 0 "$COCKPIT" conflicts
"$COCKPIT" down >/dev/null 2>&1

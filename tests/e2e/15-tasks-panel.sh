#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The panel of tasks: a person adds, changes, orders, assigns and ends them by keys; what others
# do with them is seen, too.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
echo "{\"name\": \"toy\", \"hosts\": {\"local\": {\"repo\": \"$T/toy\", \"socket\": \"$T/agents\"}}}" >cockpit.json
store=$XDG_STATE_HOME/cockpit/toy/store.db
task() { "$COCKPIT" task "$@"; }
# value ID NAME: one of "show ID --json".
value() { task show "$1" --json | sed -n "s/^  \"$2\": //p" | sed 's/,$//; s/^"\(.*\)"$/\1/'; }
is() { equal "$3" "$(value "$1" "$2")"; }
# ids: those that are not over, in their order.
ids() { task ls | sed -n 's/^ *\([0-9][0-9]*\)  .*/\1/p' | tr '\n' ' '; }
order() { equal "$1" "$(ids)"; }
# agent NAME WORD...: what it asks of the board.
agent() {
	(
		. "$T/env.$1"
		shift
		exec sh "$COCKPIT_HOME/bin/cockpit-agent" "$@"
	)
}

"$COCKPIT" new one -- sh -c "export -p | grep COCKPIT_ >$T/env.one; exec cat" >/dev/null || bail 'an agent starts'
wait_for 10 test -s "$T/env.one"
check 'attach' ui_start 150 40 "$COCKPIT" attach
check 'it is there' ui_expect '▸1 one ' 10
check 'T: none yet' eval 'ui_keys T; ui_expect "No tasks yet: a adds one" 10'
check 'with keys of its own' ui_expect '^ TASKS ' 5

# --- added ---

ui_keys a
check 'a: a box' ui_expect 'new task' 5
ui_type 'Write the parser' && ui_keys Tab && ui_type 'as it is in grammar.md' && ui_keys Enter
check 'it is seen' ui_expect '▸ · queued +1 Write the parser' 10
check 'opened' ui_expect '│    as it is in grammar.md' 5
check 'the box is gone' ui_absent 'new task' 5
check 'counted' ui_expect 'INBOX ─ TASKS 1 ─ DIFF' 5
check 'in the store' is 1 text 'as it is in grammar.md'
check 'and its file private' equal 600 "$(stat -c %a "$store")"
task add 'From elsewhere' >/dev/null
check 'added by another process' ui_expect 'queued +2 From elsewhere' 5
task add $'Third \342\200\256\346\227\245' --needs 1 >/dev/null
check 'what it waits for; hostile bytes are words' ui_expect 'queued +3 Third <U\+202E>日 +waits for 1' 10

# --- changed ---

ui_keys e
check 'e: a form' ui_expect '─ task 1 ─' 5
ui_type ' of C' && ui_keys Tab Tab && ui_type 'core' && ui_keys Enter
check 'its title' ui_expect '1 Write the parser of C' 10
check 'its tags' wait_for 5 says '#core' task ls
ui_keys e && ui_expect '─ task 1 ─' 5 && ui_keys Tab Tab Tab && ui_type '77' && ui_keys Enter
check 'what it cannot need' ui_expect 'task 77: there is none' 10
check 'nothing is lost' ui_expect '│ 77 ' 10
ui_keys Escape
check 'and it can be left' ui_absent '─ task 1 ─' 5
ui_keys s
check 's: who' ui_expect 'who does task 1' 5
ui_type 'one' && ui_keys Enter
check 'assigned' ui_expect 'Write the parser of C  for one' 10
ui_keys s && ui_expect 'who does task 1' 5 && ui_keys C-u Enter
check 'to whoever is free' wait_for 10 is 1 wanted ''

# --- ordered ---

ui_keys J
check 'J: later' wait_for 10 order '2 1 3 '
check 'the selection goes with it' ui_expect '▸ · queued +1 ' 5
ui_keys K
check 'K: sooner' wait_for 10 order '1 2 3 '
ui_keys -
check '-: a lower priority' wait_for 10 order '2 3 1 '
ui_keys + +
check '+: a higher one' wait_for 10 order '1 2 3 '
check 'is seen' ui_expect 'queued +1 Write the parser of C +!1' 5

# --- who has it ---

check 'an agent takes it' says '^task 1: ' agent one task next
check 'it is seen' ui_expect '⠹ working +1 Write the parser of C +by one' 10
check 'on its tile' ui_expect '▸1 one ─ Write the parser of C ─ local' 10
check 'it asks' agent one task ask 'which C?'
check 'that, too' ui_expect '● needs you +1 ' 10
check 'what' ui_expect '│    which C\?' 5
ui_keys Enter
check 'Enter: there' ui_expect '^ COMMAND ' 5
ui_keys T
ui_expect '^ TASKS ' 5
ui_keys r
check 'r: queued again' wait_for 10 is 1 state queued

# --- ended ---

ui_keys x
check 'x: asks' ui_expect 'cancel task 1' 5
ui_keys Enter
check 'Cancel is what Enter does' ui_absent 'cancel task 1' 5
check 'so it stays' is 1 state queued
ui_keys x
ui_expect 'cancel task 1' 5
ui_keys Tab Enter
check 'cancelled' wait_for 10 is 1 state cancelled
check 'folded' ui_expect '1 over \(A shows them\)' 10
ui_keys A
check 'A: shown' ui_expect '– cancelled +1 Write the parser of C' 5
ui_keys G
check 'G: the last' ui_expect '▸ – cancelled +1 ' 5
ui_keys r
check 'r: queued again' wait_for 10 is 1 state queued
check 'nothing is over' ui_absent 'over \(A' 10
ui_keys D
check 'D: not what is queued' ui_expect 'task 1 is queued: D is for' 5
check 'it is taken again' says '^task 1: ' agent one task next
check 'and done' agent one task 'done' 'as it was said'
check 'which is seen' ui_expect '✓ ready +1 ' 10
ui_keys D
check 'D: merged by hand' wait_for 10 is 1 state merged
check 'nobody waits for it any more' ui_absent 'waits for 1' 10

# --- at any size ---

# The clock ends the frame of a size: what is seen before is one of another size, cut.
ui_keys g
check 'g: the first' ui_expect '▸ · queued +2 From' 5
for size in '200 60' '80 24' '60 20' '30 8'; do
	read -r columns rows <<<"$size"
	ui_resize "$columns" "$rows"
	check "at $size" ui_expect "^ toy.{$((columns - 10))}[0-9]{2}:[0-9]{2}\$" 10
	check "at $size: the selected one" ui_expect '▸ · queued +2 From' 5
done
ui_keys G
check 'at 30 8: another one' ui_expect '▸ ✓ merged +1 Write the p…' 5
check 'with what is opened below it' ui_expect '│    as it is in grammar.md ' 5
ui_resize 150 40
ui_keys Escape
check 'Escape: closed' ui_expect '^ COMMAND ' 5
ui_keys q
check 'the end' ui_ended 0 10

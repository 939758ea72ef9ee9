#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# How the screen is arranged, by keys, and that it is so again the next time, for each fleet.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >cockpit.json <<EOC
{"name": "toy", "hosts": {"local": {"socket": "$T/here.sock"}}}
EOC
for name in one two three; do
	"$COCKPIT" new $name --fleet cockpit.json -- cat >/dev/null || bail "agent $name"
done
sed 's/"toy"/"other"/; s/here/there/' cockpit.json >"$T/other.json"

# What tmux says of that agent's pane, which follows its tile.
size() {
	tmux -S "$T/here.sock" list-panes -a -F '#{pane_current_path} #{pane_width}x#{pane_height}' | sed -n "s,.*/$1 ,,p"
}

check 'attach' ui_start 200 60 "$COCKPIT" attach
check 'a grid' ui_expect '^┌ ▸1 one .*┌ 2 two .*┌ 3 three ' 10
ui_keys L L
check 'L L: one large' ui_expect 'layout: one large' 5
check 'the others beside it' ui_expect '^│.*┌ 3 three ' 5
check 'its pane is as large' wait_for 10 eval '[ "$(size one)" = 118x56 ]'
check 'and theirs as theirs' wait_for 10 eval '[ "$(size three)" = 78x27 ]'
ui_keys 3 M
check 'M: another one' ui_expect '^┌ ▸3 three .*┌ 1 one ' 5
ui_keys h l
check 'l: the first beside it' ui_expect '┌ ▸1 one ' 5
ui_keys j
check 'j: below that' ui_expect '┌ ▸2 two ' 5
ui_keys h
check 'h: the large one again' ui_expect '^┌ ▸3 three ' 5
ui_keys V o q V C-q
check 'a panel, below' ui_expect '^┌ INBOX ─ TASKS' 5
ui_keys q
check 'q' ui_ended 0 10
check 'attach' ui_start 200 60 "$COCKPIT" attach
check 'it is as it was' ui_expect '^┌ 3 three .*┌ ▸1 one ' 10
check 'the panel too' ui_expect '^┌ INBOX ─ TASKS.*CHECKS' 5
check 'without the keys' ui_expect '^ COMMAND ' 5
ui_keys V q L
check 'L: a list' ui_expect '^▸1 one .*┌ ▸1 one ' 5
ui_keys q
check 'q' ui_ended 0 10
check 'another fleet' ui_start 200 60 "$COCKPIT" attach "$T/other.json"
check 'begins as the last one was left' ui_expect 'No agents yet' 10
ui_keys L
check 'L goes on from there' ui_expect 'layout: whatever fits' 5
ui_keys q
check 'q' ui_ended 0 10
check 'attach' ui_start 80 24 "$COCKPIT" attach
check 'the first one is still as it was' eval 'grep -q "\"layout\":\"list\"" "$XDG_STATE_HOME/cockpit/toy/screen.json"'
check 'in a small terminal too' ui_expect '^▸1 one ' 10
ui_keys q
check 'q' ui_ended 0 10
"$COCKPIT" down >/dev/null 2>&1

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Keys as a person has bound them, the palette, the filter and tags: on the screen and from
# the command line.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
echo "{\"name\": \"toy\", \"hosts\": {\"local\": {\"repo\": \"$T/toy\", \"socket\": \"$T/agents\", \"slots\": 4}}}" >cockpit.json
settings=$XDG_CONFIG_HOME/cockpit/config.json
mkdir -p "$(dirname "$settings")"

for name in red green blue; do
	"$COCKPIT" new "$name" -- cat >/dev/null || bail "agent $name starts"
done

# --- the table ---

check 'the table' says '^command +w +next-that-needs-you +- +next agent that needs you$' "$COCKPIT" keys
"$COCKPIT" keys --json >"$T/keys.json"
check 'as JSON' valid_json "$T/keys.json"

# --- tags ---

check 'tags from the command line' "$COCKPIT" tag red '#warm' colour
check 'are kept' says '^#warm$' "$COCKPIT" tag red
check 'and listed' says '"warm"' "$COCKPIT" ls --json
check 'a label' "$COCKPIT" tag red --label 'the warm one'
check 'with the tags that it had' says '^#colour$' "$COCKPIT" tag red
check 'it is found by either' equal 'red red ' "$(for f in tag:colour 'label:WARM !blue'; do "$COCKPIT" ls --filter "$f" | sed '1d; s/  .*//'; done | tr '\n' ' ')"
check 'others without it' equal '"blue" "green" ' "$("$COCKPIT" ls --json --filter '!tag:colour' | sed -n '/"agents": \[/,$ s/^ *"name": \(.*\),/\1/p' | sort | tr '\n' ' ')"
check 'or nobody' says '^no agent of 3 fits the filter$' exits 0 "$COCKPIT" ls --filter tag:colours
check 'what is no tag' exits 2 "$COCKPIT" tag red 'a/b'
check 'nobody to tag' fails "$COCKPIT" tag rde x
check 'who may be meant' says 'did you mean "red"' sh -c "$COCKPIT tag rde x 2>&1"

# --- bound anew, by config.json ---

echo '{"keys": {"command": {"zoom": "F5", "help": ["?", "F1"], "diff": null, "new": "M-n"},
 "typing": {"leave": "C-g"}}, "prefix": "C-a"}' >"$settings"
check 'the table as it is bound' says '^command +F5 +zoom ' "$COCKPIT" keys
check 'drawn once, too' says ' M-n new ' "$COCKPIT" attach --once
check 'attach' ui_start 150 44 "$COCKPIT" attach
check 'they are there' ui_expect '▸1 red ─ the warm one ─ local ─ #warm #colour' 15
ui_keys F1
check 'help has keys as they are bound' ui_expect 'F5  +zoom the focused tile' 5
ui_keys Escape
ui_absent 'zoom the focused tile' 5
ui_keys F5
check 'F5 zooms' ui_absent ' green ─' 5
ui_keys z F5
check 'z does not any more' ui_expect ' green ─' 5
ui_keys Enter
check 'typing' ui_expect '^ TYPING  +C-g back' 5
ui_type 'hello' && ui_keys C-q
check 'C-q is the agent'"'"'s now' ui_expect 'hello' 5
ui_keys C-a
check 'the prefix: keys of COMMAND are shown' ui_expect '^ TYPING  +⏎ type' 5
ui_keys F5
check 'and run' ui_absent ' green ─' 5
check 'one types on' ui_expect '^ TYPING ' 5
ui_keys C-a F5
ui_expect ' green ─' 5
ui_keys C-g
check 'C-g leaves' ui_expect '^ COMMAND ' 5

# --- bound once more, while it is shown ---

sed 's/M-n/M-x/; s/"F5"/"F7"/; s/"prefix"/"copy_command": ["tee", "copied"], "prefix"/' "$settings" >"$T/other.json"
cp "$settings" "$T/before.json"
sed 's/"F7"/"w"/' "$T/other.json" >"$settings"
check 'what is wrong is said' ui_expect 'config.json:1:31: in command mode "w" would mean both' 5
ui_keys F5
check 'what held before holds' ui_absent ' green ─' 5
cp "$T/other.json" "$settings"
check 'what is right is taken over' ui_expect ' M-x new ' 15
ui_keys F5 F7
check 'one key is another one' ui_expect ' green ─' 5
ui_keys [
ui_expect '^ COPY ' 5 >/dev/null
ui_keys V y
check 'where copies go, too' wait_for 10 test -s copied
cp "$T/before.json" "$settings"
check 'and back' ui_expect ' M-n new ' 15

# --- the palette ---

ui_keys :
check ': a list' ui_expect '─ commands ─' 5
ui_type 'zoo'
check 'with its key' ui_expect '▸zoom the focused tile, and back +F5 ' 5
ui_keys Enter
check 'Enter does it' ui_absent ' green ─' 5
ui_keys : && ui_type 'go blue'
check 'agents are in it' ui_expect '▸go to blue on local' 5
ui_keys Enter F5
check 'and gone to' ui_expect '▸3 blue ─' 5
ui_keys : && ui_type 'stop agent'
ui_expect '▸stop the agent' 5 && ui_keys Enter
check 'for the focused agent; Cancel is the default' ui_expect 'Stop blue' 5
ui_keys Enter
check 'which it stays' eval 'ui_absent "Stop blue" 5 && ui_expect "▸3 blue ─" 5'

# --- the filter ---

ui_keys / && ui_type 'tag:warm'
check '/: one is shown' ui_expect 'filter: tag:warm \(1 of 3\)' 5
check 'the others are not' ui_absent ' green ─' 5
ui_keys Enter
check 'Enter keeps it' ui_expect '^ COMMAND ' 5
check 'all are counted' ui_expect '3 agents  filter' 5
ui_keys Escape
check 'Escape shows all' ui_expect ' green ─' 5

# --- tags on the screen ---

ui_keys 2 ,
check ', a box' ui_expect '─ tags of green ─' 5
ui_type 'cold' && ui_keys Enter
check 'its tag is on its tile' ui_expect '▸2 green ─ local ─ #cold' 5
check 'and everywhere' says '^#cold$' "$COCKPIT" tag green
"$COCKPIT" tag blue cold deep >/dev/null
check 'what others say of an agent is seen' ui_expect '3 blue ─ local ─ #cold #deep' 5
ui_keys q
check 'detached' ui_ended 0 10
check 'tags outlive the screen' says '^#deep$' "$COCKPIT" tag blue
check 'none any more' "$COCKPIT" tag blue --clear
check 'which is so' fails says '^#' "$COCKPIT" tag blue
"$COCKPIT" stop red >/dev/null && "$COCKPIT" new red -- cat >/dev/null
check 'another one of that name has none of them' fails says '^#' "$COCKPIT" tag red

# --- what makes no sense ---

wrong() {
	echo "$1" >"$settings"
	says "warning: .*config.json:$2; the defaults hold" sh -c "$COCKPIT version 2>&1"
}
check 'two things' wrong '{"keys": {"command": {"zoom": "w"}}}' \
	'1:31: in command mode "w" would mean both "next-that-needs-you" and "zoom"; give one of them another key, or null'
check 'no such action' wrong '{"keys": {"command": {"zom": "F5"}}}' \
	'1:23: command mode has no action "zom", did you mean "zoom"\?'
check 'then keys are as ever' says '^command +z +zoom ' "$COCKPIT" keys

# --- a shell beside an agent ---

rm "$settings"
shell_file=$T/toy-agents/green/from-the-shell
check 'once more' ui_start 150 44 "$COCKPIT" attach
ui_expect ' green ─ local' 15
ui_keys : && ui_type 'go green' && ui_expect '▸go to green' 5 && ui_keys Enter
check 'green has the focus' ui_expect '▸[0-9] green ─' 5
# Another agent of the shell's name is not there just now.
"$COCKPIT" new green-sh -- cat >/dev/null && "$COCKPIT" tag green-sh mine >/dev/null
echo 'it' >"$T/toy-agents/green-sh/work"
touch "$XDG_STATE_HOME/cockpit/toy/agents/green-sh/conversation"
"$COCKPIT" stop green-sh >/dev/null
started=$(cat "$XDG_STATE_HOME/cockpit/toy/agents/green-sh/start")
ui_absent 'green-sh ─' 10
ui_keys t
check 'no shell takes the place of an agent' ui_expect 'there was an agent named green-sh here' 10
check 'which is left alone' equal "$started" "$(cat "$XDG_STATE_HOME/cockpit/toy/agents/green-sh/start")"
check 'with its conversation' test -e "$XDG_STATE_HOME/cockpit/toy/agents/green-sh/conversation"
check 'it comes back' "$COCKPIT" resume green-sh
check 'as it was' says '"name": "green-sh".*"profile": "command"' sh -c "$COCKPIT ls --json | tr -d '\n' | sed 's/}/}\n/g'"
check 'with its tags' says '^#mine$' "$COCKPIT" tag green-sh
"$COCKPIT" delete green-sh >/dev/null
ui_absent 'green-sh ─' 10
"$COCKPIT" new grey -- cat >/dev/null
check 'the host is full' says 'every host of fleet toy is full' fails "$COCKPIT" new black -- cat
ui_keys 2
ui_expect '┌ ▸2 green' 10 >/dev/null
ui_keys t
check 't: a shell, and to it' ui_expect '▸[0-9] green-sh ─ .*shell' 15
ui_keys t
check 'the conversation of who was deleted stays' test -e "$XDG_STATE_HOME/cockpit/toy/agents/green-sh/conversation"
check 'which is no start of an agent' equal 1 "$("$COCKPIT" events | grep -c 'you started green-sh ')"
check 't again: to it' ui_expect '▸[0-9] green-sh ─' 5
ui_keys Enter && ui_expect '^ TYPING ' 5
ui_type 'touch from-the-shell; exec sh' && ui_keys Enter
check 'in the work tree of the agent' wait_for 10 test -e "$shell_file"
check 'no prompt is taken' fails "$COCKPIT" send green-sh 'touch never'
"$COCKPIT" stop grey >/dev/null
check 'it takes no slot' says '^started grey' "$COCKPIT" new grey -- cat
ui_type 'exit 3' && ui_keys Enter
check 'it ends' ui_expect '▸[0-9] green-sh ─ .*ended' 10
ui_keys C-q w
check 'and nobody is needed' ui_expect 'no agent needs you' 5
check 'nothing is said to have failed' fails says '"failed"' "$COCKPIT" ls --json
ui_keys D
check 'D: ends it' ui_expect 'Stop green-sh on local' 5
ui_keys Tab Enter
check 'it is gone' ui_absent 'green-sh ─' 10
check 'the work tree is not' test -e "$shell_file"
check 'nor is the agent' ui_expect ' green ─ local' 5
check 'it had none of its own' test ! -e "$T/toy-agents/green-sh"
# The same from the command line.
check 'a shell' says '^started green-sh' exits 0 "$COCKPIT" shell green
check 'in its work tree' wait_for 10 says "^$T/toy-agents/green\$" tmux -S "$T/agents" display-message -p -t "$(agent_pane "$T/agents" green-sh)" '#{pane_current_path}'
check 'once' says '^green-sh runs already$' exits 0 "$COCKPIT" shell green
check 'beside none of its kind' says 'green-sh is a shell itself' exits 2 "$COCKPIT" shell green-sh
check 'nor beside nobody' exits 4 "$COCKPIT" shell gren
check 'down names no work tree of it' says '^ended green-sh on local$' exits 0 "$COCKPIT" down

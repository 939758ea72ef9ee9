#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The screen and its keys, in a terminal of the operator.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
# raw: shows each byte that it gets; it asks for pastes and clicks to be told.
cat >"$T/raw" <<'EOC'
stty raw -echo
printf '\033[?2004h\033[?1000h\033[?1006hraw:'
exec cat -vt
EOC
cat >"$T/echo" <<'EOC'
echo "$1 is here"
while read -r line; do echo "$1 got <$line>"; done
EOC
socket=$T/agents
cat >cockpit.json <<EOC
{
  "name": "deck",
  "profile": "shell",
  "hosts": {"local": {"socket": "$socket"}},
  "agents": [
    {"name": "raw", "command": ["sh", "$T/raw"]},
    {"name": "bash", "command": ["bash", "--norc", "--noprofile"]},
    {"name": "long", "command": ["sh", "-c", "seq -f 'line %.0f' 500; exec sleep 1000"]},
    {"name": "four", "command": ["sh", "$T/echo", "four"]},
    {"name": "five", "command": ["sh", "$T/echo", "five"]},
    {"name": "brittle", "command": ["sh", "-c", "echo brittle; read -r x; exit 3"]}
  ]
}
EOC

# got AGENT TEXT: within 5 s its screen holds that, as it is
holds() {
	agent_text "$socket" "$1" | grep -F -e "$2" || {
		agent_text "$socket" "$1"
		return 1
	}
}
got() {
	wait_for 5 holds "$1" "$2"
}
size_of() {
	tmux -S "$socket" display-message -p -t "$(agent_pane "$socket" "$1")" '#{pane_width}x#{pane_height}'
}
has_size() {
	equal "$2" "$(size_of "$1")"
}
raw_shows() {
	equal "$1" "$(agent_text "$socket" raw | tr -d '\n')"
}
# click COLUMN ROW, from 1
click() {
	ui_bytes "$(printf '\033[<0;%d;%dM\033[<0;%d;%dm' "$1" "$2" "$1" "$2")"
}
# What the operator's terminal sends, byte by byte.
ui_bytes() {
	# shellcheck disable=SC2046
	ui_keys -H $(printf %s "$1" | od -An -v -tx1)
}
pasted() {
	printf '\033[200~%s\033[201~' "$1"
}
# zoomed NUMBER NAME: the focus is there, as zooming shows; then back.
zoomed() {
	ui_keys z
	ui_expect "^┌ ▸*$1 $2 .*┐$" 5 || return
	ui_keys z
	ui_absent "^┌ ▸*$1 $2 .*[^─]───*┐$" 0 >/dev/null
	ui_expect '┐┌|▸' 5
}

# --- tiles ---

check 'it starts' ui_start 200 60 "$COCKPIT" up
for agent in raw bash long four five brittle; do
	check "tile $agent is there" ui_expect "┌ ▸*[1-6] $agent ─" 10
done
check 'with what the agents show' ui_expect 'four is here .*││' 5
check 'the header counts' ui_expect '^ deck   1 host  6 agents' 5
check 'COMMAND mode is named' ui_expect '^ COMMAND ' 5
check 'a pane has the size of its tile' wait_for 5 has_size raw 64x27
check 'the last of a row gets the rest' wait_for 5 has_size long 66x27

# --- sizes ---

ui_resize 120 40
check '120x40: four tiles and a second page' ui_expect 'page 1/2' 5
check 'panes follow' wait_for 5 has_size raw 58x17
ui_keys NPage
check 'PgDn turns the page' ui_expect '┌ ▸*5 five ' 5
check 'it is named' ui_expect 'page 2/2' 5
ui_keys PPage
check 'PgUp turns it back' ui_expect '┌ ▸*1 raw ' 5
ui_keys 1
ui_resize 80 24
check '80x24: a list and one preview' ui_expect '^▸1 raw ' 5
ui_keys j
check 'j goes down in it' ui_expect '^▸2 bash ' 5
check 'the preview follows' ui_expect '^┌ ▸*2 bash ' 5
ui_resize 60 20
check '60x20 works' ui_expect '^▸2 bash .{40,}' 5
ui_keys Up
check 'arrows too' ui_expect '^▸1 raw ' 5
ui_resize 30 8
check '30x8 works' ui_expect '^▸1 raw' 5
ui_resize 40 10
check 'case 66: so does 40x10' ui_expect '^┌ ▸*1 raw .{30,}┐$' 5
ui_resize 15 4
check 'case 66: 15x4 says that it is too small' ui_expect '^too small' 5
ui_resize 1 1
check 'case 66: 1x1' ui_expect '^.?$' 5
ui_resize 200 60
check 'and all is back' ui_expect '┌ ▸*1 raw ─.*┐┌ ▸*2 bash ─.*┐┌ ▸*3 long' 5
check 'panes too' wait_for 5 has_size raw 64x27

# --- focus ---

for step in 'l 2 bash' 'j 5 five' 'h 4 four' 'k 1 raw' 'Right 2 bash' 'Down 5 five' 'Left 4 four' 'Up 1 raw' \
	'3 3 long' '6 6 brittle' '1 1 raw'; do
	read -r key number name <<<"$step"
	ui_keys "$key"
	check "$key focuses $name" zoomed "$number" "$name"
done
click 100 45
check 'so does a click' zoomed 5 five

# --- typing ---

ui_keys Enter
check 'Enter: TYPING' ui_expect '^ TYPING ' 5
ui_type 'hello  there; q? $HOME é漢'
ui_keys Enter
check 'text arrives' got five 'five got <hello  there; q? $HOME é漢>'
check 'and is seen' ui_expect 'five got <hello  there; q\? \$HOME é漢>' 5
ui_keys C-q
check 'C-q: COMMAND' ui_expect '^ COMMAND ' 5
check 'q and ? meanwhile were the agent'"'"'s' fails ui_status
ui_keys 1 Enter
check 'typing into raw' ui_expect '^ TYPING ' 5
for step in 'abc abc' 'Enter ^M' 'C-c ^C' 'C-z ^Z' 'Tab ^I' 'BSpace ^?' 'Up ^[[A' 'C-Left ^[[1;5D' 'M-x ^[x' 'é M-CM-)' \
	'F5 ^[[15~' 'PPage ^[[5~' 'C-l ^L' 'Escape ^[' 'z z' 'C-Space ^@' 'BTab ^[[Z'; do
	read -r key bytes <<<"$step"
	wanted=$(agent_text "$socket" raw | tr -d '\n')$bytes
	ui_keys "$key"
	check "$key arrives" wait_for 5 raw_shows "$wanted"
done
ui_keys C-q
ui_expect '^ COMMAND ' 5 >/dev/null
ui_bytes "$(pasted 'nothing')"
check 'a paste in COMMAND mode is refused' ui_expect 'press ⏎ to type first' 5
ui_keys Enter
ui_keys C-q z
ui_expect '^┌ ▸*1 raw .*┐$' 5 >/dev/null
ui_keys Enter
ui_expect '^ TYPING ' 5 >/dev/null
wait_for 5 has_size raw 198x56 >/dev/null
ui_bytes "$(pasted $'one\ntwo \tend')"
check 'a paste arrives as one' got raw '^[[200~one'
check 'to its end' got raw 'two ^Iend^[[201~'
# Torn by a pause, its beginning is an Escape, and that has arrived.
wanted=$(agent_text "$socket" raw | tr -d '\n')'^['
ui_bytes $'\033'
check 'an Escape arrives' wait_for 5 raw_shows "$wanted"
ui_bytes $'[200~rm x\n\033[201~'
check 'a torn paste is refused' ui_expect 'nothing was sent, paste again' 5
check 'nothing of it arrives' raw_shows "$wanted"
click 10 5
check 'a click reaches an agent that asked' got raw '^[[<0;9;3M^[[<0;9;3m'
ui_keys C-q z

at_prompt() {
	says '^bash-[^ ]*$' eval 'agent_text "$socket" bash | grep . | tail -n 1'
}

# Case 69: nothing that is pasted is executed before Enter, whatever it holds.
ui_keys 2 Enter
check 'bash reads pastes as such' got bash 'bash-'
for evil in $'x\n touch pwned1\n' $'x\003 touch pwned2\r' $'x\302\233201~\n touch pwned3\n' \
	$'x\033[20\0331~ \033\033[200~ touch pwned4\n' $'x\004\032\n touch pwned5\n'; do
	ui_bytes "$(pasted "$evil")"
	name=${evil#*touch }
	name=${name:0:6}
	check "the paste with $name is shown" got bash "touch $name"
	ui_keys C-c
	# Keys right behind it can make bash miss the interrupt: it would go on in the same line,
	# and our own Enter below would run what was pasted.
	check "C-c drops $name" wait_for 5 at_prompt
	ui_type "echo done-\$((40 + 2))-$name"
	ui_keys Enter
	check "bash goes on after $name" got bash "done-42-$name"
	# While a command runs bash does not ask for marks around a paste.
	check "and waits" wait_for 5 at_prompt
	check "$name was not executed" fails test -e "$T/toy-agents/bash/$name"
done
# Floods: of pastes; and of clicks and wheels, which may lead to COPY mode, with pastes in them.
flood() {
	ui load-buffer "$T/flood" && ui paste-buffer -r -t ui
}
for ((i = 0; i < 50; i++)); do
	pasted $'\033\n touch pwned7\n\033[200~'
done >"$T/flood"
flood
pasted ' the last' >"$T/flood"
flood
check 'case 69: a flood of pastes arrives to its end' got bash ' the last'
for ((i = 0; i < 1000; i++)); do
	printf '\033[<%d;100;10M\033[<0;100;10m\033[M \204*' $((i % 2 ? 0 : 64))
	((i % 20)) || pasted $'\033\n touch pwned7\n\033[200~'
done >"$T/flood"
flood
check 'case 69: keys behind a flood work' wait_for 5 eval 'ui_keys C-q; ui_shows "^ COMMAND "'
ui_keys 2 z
check 'as they should' ui_expect '^┌ ▸*2 bash .*┐$' 5
ui_keys z Enter C-c
check 'case 69: bash waits behind a flood' wait_for 5 at_prompt
check 'case 69: nothing of a flood was executed' fails test -e "$T/toy-agents/bash/pwned7"
ui_keys C-q
"$COCKPIT" send bash $': x\033[201~\n touch pwned6\n' >/dev/null 2>&1
check 'send: the end of a paste within it is no end' got bash 'touch pwned6'
check 'send submits once, at the end' fails test -e "$T/toy-agents/bash/: x"

# --- zoom, help, explain, scrollback ---

ui_keys 3 z
check 'zoom' ui_expect '^┌ ▸*3 long .*┐$' 5
check 'the pane follows' wait_for 5 has_size long 198x56
ui_keys j
check 'moving in zoom' ui_expect '^┌ ▸*4 four .*┐$' 5
ui_keys z 3
check 'and back' ui_expect '┐┌ ▸*3 long' 5
ui_keys '?'
check 'help' ui_expect '─ keys in COMMAND mode ─' 5
check 'from the key table' ui_expect 'stop the agent \(asks first\)' 5
ui_keys Escape
check 'any key closes it' ui_absent 'keys in COMMAND mode' 5
ui_keys e
check 'explain' ui_expect 'agent long on host local' 5
check 'says what decided' ui_expect 'decided by ' 5
ui_keys Escape
check 'and is closed' ui_absent 'agent long on host' 5
ui_keys '['
check 'scrollback' ui_expect 'scrollback 0 of [1-9][0-9]*' 5
ui_keys g
check 'its beginning' ui_expect '│line 1 ' 5
ui_keys Escape
check 'its end' ui_absent 'scrollback [0-9]+ of' 5
check 'is the screen again' ui_expect '│line 500 ' 5
ui_bytes "$(printf '\033[<64;150;20M')"
check 'the wheel scrolls too' ui_expect 'scrollback 3 of [0-9]+' 5
ui_keys q
check 'q leaves it' ui_absent 'scrollback [0-9]+ of' 5

# --- dialogs ---

ui_keys 4 Space
check 'Space: a prompt' ui_expect '─ to four ─' 5
ui_type 'prompted'
ui_keys Enter
check 'it arrives' got four 'four got <prompted>'
ui_keys Space
ui_expect '─ to four ─' 5 >/dev/null
ui_type 'not this'
ui_keys Escape
check 'Escape cancels' ui_absent '─ to four ─' 5
ui_keys x
check 'x asks' ui_expect 'Stop four on local\?' 5
ui_keys Enter
check 'Enter is Cancel' ui_absent 'Stop four on local' 5
ui_keys x
ui_expect 'Stop four on local\?' 5 >/dev/null
ui_keys q
check 'q is Cancel' ui_absent 'Stop four on local' 5
check 'the agent runs' says '^four is here' agent_text "$socket" four
check 'nothing else was sent' fails holds four 'not this'
ui_keys x
ui_expect 'Stop four on local\?' 5 >/dev/null
ui_keys Tab Enter
check 'Tab Enter: it stops' ui_expect '┌ ▸*4 four ─.* not running' 5
check 'really' wait_for 5 fails agent_pane "$socket" four
ui_keys r
check 'r starts it again' ui_expect 'four is here' 5
ui_keys N
check 'N: all options' ui_expect 'profile: claude' 5
ui_keys Tab
ui_type 'newbie'
ui_keys Enter
check 'the new agent runs' ui_expect '┌ ▸*7 newbie ─ local ─ shell' 5
check 'in its work tree' wait_for 5 test -e "$T/toy-agents/newbie/one.txt"
ui_keys n
check 'n' ui_expect 'what is it to do' 5
ui_keys Enter
check 'a name is made up' ui_expect '┌ ▸*8 shell-1 ─' 5
check 'all have tiles' ui_expect '8 agents' 5

# --- the one that needs you ---

"$COCKPIT" send brittle x >/dev/null 2>&1
check 'a failure is shown' ui_expect '┌ ▸*6 brittle ─.*failed: exit' 5
ui_keys 1 w
check 'w goes there' zoomed 6 brittle
ui_keys r
check 'r restarts it' ui_absent '┌ ▸*6 brittle ─.*failed' 5
check 'it is there again' wait_for 5 eval '[ "$(agent_text "$socket" brittle | grep -c "^brittle")" = 1 ]'

# --- the end, and suspending ---

ui_keys q
check 'q: detached, status 0' ui_ended 0 5
check 'it says so' ui_expect '^detached from deck; its agents go on' 5
check 'they do' says 'four is here' agent_text "$socket" four
# Somebody else stops it, and its terminal stays its own.
check 'below another program' ui_start 120 40 sh -c '"$COCKPIT"; exit $?'
check 'it is there again' ui_expect '│four is here' 10
ui_keys 4 Enter
check 'to type' ui_expect '^ TYPING ' 5
pid=$(pgrep -P "$(ui_pid)")
kill -STOP "$pid"
ui_type 'while it stood still'
ui_keys Enter
kill -CONT "$pid"
check 'what was typed while it was stopped arrives' got four 'four got <while it stood still>'
ui_keys C-q q
check 'and it ends' ui_ended 0 5
check 'a shell' ui_start 120 40 bash --norc --noprofile -i
ui_type "PS1='prompt> '"
ui_keys Enter
ui_type "$COCKPIT"
ui_keys Enter
check 'the cockpit in it' ui_expect '^ COMMAND ' 10
ui_keys C-z
check 'C-z suspends it' ui_expect 'Stopped' 5
ui_type 'echo "in $((40 + 2)) the shell"; stty -a | grep -o " -\?icanon"'
ui_keys Enter
check 'the shell works' ui_expect '^in 42 the shell' 5
check 'in its own modes' ui_expect '^ icanon' 5
check 'the screen is its own' fails ui_shows '^ COMMAND '
ui_type 'fg'
ui_keys Enter
check 'fg comes back' ui_expect '^ COMMAND ' 5
check 'with the tiles' ui_expect '┌ ▸*1 raw ─' 5
ui_keys 4 Enter
check 'and typing' ui_expect '^ TYPING ' 5
ui_type 'again'
ui_keys Enter
check 'and keys arrive' got four 'four got <again>'
ui_keys C-q q
check 'it detaches' ui_expect '^detached from deck' 5
ui_type 'echo "status $?"'
ui_keys Enter
check 'with status 0' ui_expect '^status 0' 5

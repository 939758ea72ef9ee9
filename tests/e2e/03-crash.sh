#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Whatever happens to the screen, agents go on; whatever happens to them, the screen says so;
# and the operator's terminal comes back as it was.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
socket=$T/agents
cat >"$T/echo" <<'EOC'
echo "$1 is here"
while read -r line; do echo "$1 got <$line>"; done
EOC
cat >cockpit.json <<EOC
{
  "name": "deck",
  "hosts": {"local": {"socket": "$socket"}},
  "agents": [
    {"name": "one", "command": ["sh", "$T/echo", "one"]},
    {"name": "two", "command": ["sh", "$T/echo", "two"]},
    {"name": "long", "command": ["sh", "-c", "seq -f 'line %.0f' 100; printf '\\\\033[5;10H\\\\033[7mreverse\\\\033[m'; exec sleep 1000"]},
    {"name": "wide", "command": ["sh", "-c", "printf '漢字 e\\\\314\\\\201 end\\\\n'; exec cat"]}
  ]
}
EOC

# What the tiles hold; ages and the clock stand elsewhere.
insides() {
	grep '^│'
}
once() {
	"$COCKPIT" attach --once --size 200x60 | insides
}
server_pid() {
	tmux -S "$socket" display-message -p '#{pid}'
}
pane_pids() {
	tmux -S "$socket" list-panes -a -F '#{@cockpit_agent} #{pane_pid}'
}

# --- kill -9 of the screen ---

check 'it starts' ui_start 200 60 "$COCKPIT" up
for words in 'one is here' 'two is here' 'line 100' '漢字 .* end'; do
	check "it shows: $words" ui_expect "$words" 10
done
ui_keys 1 Enter
ui_expect '^ TYPING ' 5 >/dev/null
ui_type 'typed before'
ui_keys Enter
check 'what is typed shows' ui_expect 'one got <typed before>' 5
pids=$(pane_pids)
before=$(once)
check 'the frame is that of the screen' wait_for 5 eval 'equal "$before" "$(ui_text | insides)"'
kill -KILL "$(ui_pid)"
check 'kill -9' ui_ended 137 5
check 'the frame stays the same' equal "$before" "$(once)"
check 'agents are the same' equal "$pids" "$(pane_pids)"
check 'attach again' ui_start 200 60 "$COCKPIT" attach
check 'shows the same' wait_for 5 eval 'equal "$before" "$(ui_text | insides)"'

# --- two at once ---

second() {
	ui capture-pane -p -t second
}
ui new-session -d -s second -x 100 -y 30 "exec $(printf %q "$COCKPIT") attach deck"
ui resize-window -t second -x 100 -y 30
check 'a second one shows the fleet too' wait_for 10 says 'one got <typed before>' second
ui send-keys -t second 2
check 'with a focus of its own' wait_for 5 says '^▸2 two' second
ui send-keys -t second Enter
wait_for 5 says '^ TYPING ' second >/dev/null
ui send-keys -t second -l 'from the second'
ui send-keys -t second Enter
check 'what is typed there shows there' wait_for 5 says 'two got <from the second>' second
check 'and here' ui_expect 'two got <from the second>' 5
ui_keys 2 Enter
ui_expect '^ TYPING ' 5 >/dev/null
ui_type 'from the first'
ui_keys Enter
check 'what is typed here shows here' ui_expect 'two got <from the first>' 5
check 'and there' wait_for 5 says 'two got <from the first>' second
check 'attach --once beside them works' says 'two got <from the first>' once
ui send-keys -t second C-q q
check 'one leaves' wait_for 5 eval '[ "$(ui display-message -p -t second "#{pane_dead}")" = 1 ]'
ui_type 'alone'
ui_keys Enter
check 'the other one works on' ui_expect 'two got <alone>' 5
ui_keys C-q

# --- down while attached ---

check 'down' says '^ended two on local' exits 0 "$COCKPIT" down
check 'the screen says so' ui_expect '^ deck .* local taken down' 5
check 'on each tile' ui_expect '┌ ▸*1 one ─.* taken down' 5
check 'no agent is shown' ui_absent 'is here' 5
check 'it goes on' fails ui_status
PATIENCE=1 check 'and brings nothing back' fails wait_for 1 tmux -S "$socket" has-session
ui_keys 2 r
check 'unless it is told to' ui_expect 'two is here' 5
ui_keys q
check 'it detaches' ui_ended 0 5

# --- the server dies ---

check 'up again' ui_start 200 60 "$COCKPIT" up
check 'agents are there' ui_expect 'one is here' 10
check 'all of them' ui_expect '漢字 .* end' 10
kill -KILL "$(server_pid)"
check 'a killed tmux server is noticed' ui_expect '┌ ▸*1 one ─.* lost' 10
check 'what was seen last stays' ui_expect 'one is here' 5
check 'and why it is lost is said' ui_expect 'the tmux server is gone .*r starts it' 10
check 'the screen is well' fails ui_status
ui_keys 2 r
check 'and starts agents again' ui_expect 'two is here' 10
ui_keys q
check 'it ends well' ui_ended 0 5
"$COCKPIT" down >/dev/null 2>&1
"$COCKPIT" up --detach >/dev/null 2>&1

# --- the terminal comes back as it was ---

modes() {
	ui display-message -p -t ui \
		'#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_sgr_flag} #{wrap_flag} #{keypad_flag}'
}
cat >"$T/around" <<'EOC'
stty -a >before
ulimit -c 0
"$COCKPIT" attach
status=$?
stty -a >after
echo "status $status"
exec sleep 1000
EOC
# How it ends, by which keys it was brought where, what shows that.
while read -r end keys shown; do
	name="$end in $keys"
	rm -f before after
	check "$name: a screen" ui_start 100 30 bash "$T/around"
	check "$name: it shows agents" ui_expect '^│one is here' 10
	check "$name: in modes of its own" wait_for 5 eval '[[ $(modes) == "1 0 1 1 "* ]]'
	pid=$(cat "/proc/$(ui_pid)/task/$(ui_pid)/children")
	ui_keys "$keys"
	check "$name: there" ui_expect "$shown" 5
	case $end in
	q)
		ui_keys q
		wanted=0
		;;
	*)
		# shellcheck disable=SC2086
		kill -$end $pid
		wanted=$((128 + $(kill -l "$end")))
		;;
	esac
	if [ "$end" = SEGV ]; then
		check "$name: it ends" ui_expect '^status [1-9]' 10 # a sanitizer has its own idea of which
	else
		check "$name: status $wanted" ui_expect "^status $wanted\$" 10
	fi
	check "$name: the terminal's modes are as before" cmp before after
	check "$name: so is the screen" wait_for 5 eval 'equal "0 1 0 0 1 0" "$(modes)"'
	check "$name: without a rest of it" ui_absent '^┌ ▸*1 one ' 5
done <<'EOC'
q 1 ^ COMMAND
TERM Space ─ to one ─
HUP e agent one on host local
INT [ ^ COPY
QUIT ? ─ keys in COMMAND mode ─
ABRT Enter ^ TYPING
SEGV x Stop one on local
EOC

# --- whoever started it is gone, and the terminal with it ---

check 'a screen' ui_start 100 30 bash "$T/around"
check 'shows agents' ui_expect '^┌ ▸*1 one ' 10
pid=$(cat "/proc/$(ui_pid)/task/$(ui_pid)/children")
kill -KILL "$(ui_pid)"
# shellcheck disable=SC2086
check 'its shell is killed: it ends' wait_for 10 gone $pid
check 'another one' ui_start 100 30 bash "$T/around"
check 'shows them' ui_expect '^┌ ▸*1 one ' 10
pid=$(cat "/proc/$(ui_pid)/task/$(ui_pid)/children")
ui kill-server
# shellcheck disable=SC2086
check 'its terminal is closed: it ends' wait_for 10 gone $pid
check 'agents noticed nothing' says 'one is here' once

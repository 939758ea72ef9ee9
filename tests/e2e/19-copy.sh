#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# COPY mode and the mouse: what an agent has shown, on the operator's clipboard. His terminal is a
# tmux, whose buffer is that.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
socket=$T/agents
# long: prints, and goes on when it is told to. full: an alternate screen, which shows its keys.
cat >"$T/long" <<'EOC'
printf 'Needle in the past\n'
seq -f 'line %.0f' 500
printf '日本語 and \303\251 end \n'
printf 'w%.0s' $(seq 300)
printf '\nsrc/ui/copy.c:12: last words'
while read -r count; do seq -f 'more %.0f' "$count"; done
EOC
cat >"$T/full" <<'EOC'
stty raw -echo
printf '\033[?1049h\033[2J\033[Hfull:'
exec cat -vt
EOC
cat >cockpit.json <<EOC
{
  "name": "deck",
  "profile": "shell",
  "hosts": {"local": {"socket": "$socket"}},
  "agents": [
    {"name": "long", "command": ["bash", "$T/long"]},
    {"name": "full", "command": ["sh", "$T/full"]}
  ]
}
EOC

ui_bytes() {
	# shellcheck disable=SC2046
	ui_keys -H $(printf %s "$1" | od -An -v -tx1)
}
# mouse BUTTON COLUMN ROW M|m, from 1
mouse() {
	ui_bytes "$(printf '\033[<%d;%d;%d%s' "$@")"
}
# clicks COUNT COLUMN ROW: at once, however slow this machine is.
clicks() {
	local bytes
	bytes=$(printf '\033[<0;%d;%dM\033[<0;%d;%dm' "$2" "$3" "$2" "$3")
	# shellcheck disable=SC2046
	ui_bytes "$(printf "$bytes%.0s" $(seq "$1"))"
}
# at REGEX: sets row and column, from 1, of the first place on the screen that matches.
at() {
	local line
	line=$(ui_text | grep -nE -m 1 -e "$1") || return
	row=${line%%:*} line=${line#*:}
	[[ $line =~ $1 ]] && line=${line%%"${BASH_REMATCH[0]}"*} && column=$((${#line} + 1))
}
copied() {
	equal "$1" "$(ui show-buffer)"
}
got_copied() {
	wait_for 5 copied "$1"
}
# Its pane is as wide as its tile: no line is wrapped anew any more.
fits() {
	equal 78 "$(tmux -S "$socket" display-message -p -t "$(agent_pane "$socket" long)" '#{pane_width}')"
}
full_shows() {
	equal "$1" "$(agent_text "$socket" full | tr -d '\n')"
}

check 'it starts' ui_start 160 40 "$COCKPIT" up
check 'both are there' wait_for 10 eval 'ui_shows "last words" && ui_shows "full:"'
check 'the pane has its size' wait_for 10 fits

# --- keys ---

ui_keys 1 '['
check 'COPY mode' ui_expect '^ COPY ' 5
check 'it knows how much there is' ui_expect 'scrollback 0 of 4[0-9]+' 5
ui_keys 0 v '$' y
check 'a line' got_copied 'src/ui/copy.c:12: last words'
check 'it says so' ui_expect 'copied 1 line( |$)' 5
check 'and is left' ui_absent '^ COPY ' 5
ui_keys '[' k k k k k k 0 V j j y
check 'what the terminal wrapped is one line' got_copied "$(printf 'line 500\n日本語 and é end\n%s' "$(printf 'w%.0s' $(seq 300))")"
ui_keys '[' k k k k k 0 l v l y
check 'wide characters whole' got_copied '本語'

# --- search: on the host, once around ---

ui_keys '[' '?'
ui_type 'needle IN'
check 'a text to look for' ui_expect '[?]needle IN' 5
ui_keys Enter
check 'capitals count when there are some' ui_expect 'not found' 5
ui_keys '?'
ui_type 'needle in'
ui_keys Enter
check 'without them they do not' ui_expect '│Needle in the past' 5
ui_keys v e y
check 'what was found is copied' got_copied 'Needle'
ui_keys '[' '?'
ui_type 'line 12'
ui_keys Enter
check 'the nearest one' ui_expect '│line 129 ' 5
ui_keys N
check 'the other way: around' ui_expect 'wrapped: from the first line on' 5
check 'it is the first one there' ui_expect '│line 12 ' 5
ui_keys 0 V n n y
check 'over what was never seen' got_copied "$(seq -f 'line %.0f' 12 128)"
check 'many lines' ui_expect 'copied 117 lines' 5

# --- it prints meanwhile ---

ui_keys '[' '?'
ui_type 'line 333'
ui_keys Enter
check 'somewhere in the middle' ui_expect '│line 333 ' 5
ui_keys 0 V
tmux -S "$socket" send-keys -t "$(agent_pane "$socket" long)" 700 Enter
long_has() {
	[ "$(tmux -S "$socket" display-message -p -t "$(agent_pane "$socket" long)" '#{history_size}')" -gt 1000 ]
}
check 'it prints' wait_for 10 long_has
check 'the tile stands still' ui_expect '│line 333 ' 5
ui_keys k k k C-u C-u C-u C-u C-u C-u C-u
check 'further up is what was there' ui_expect '│line 210 ' 5
ui_keys Escape
check 'Escape ends the selection' ui_absent 'lines? selected' 5
ui_keys V j y
check 'and so is what is copied' wait_for 5 eval 'ui show-buffer | grep -qE "^line 1?[0-9]+$" && [ "$(ui show-buffer | wc -l)" = 1 ]'
check 'then it shows what is now' ui_expect '│more 700' 5

# --- the mouse ---

wait_for 5 at 'more 690' >/dev/null
mouse 0 $((column + 5)) "$row" M
mouse 32 $((column + 7)) $((row + 1)) M
mouse 32 $((column + 7)) $((row + 2)) M
check 'a drag selects' ui_expect '3 lines selected' 5
mouse 0 $((column + 7)) $((row + 2)) m
check 'and copies when it ends' got_copied "$(printf '690\nmore 691\nmore 692')"
check 'and leaves' ui_absent '^ COPY ' 5
clicks 2 $((column + 1)) "$row"
check 'a double click: a word' got_copied more
clicks 3 $((column + 1)) $((row + 1))
check 'a third one: the line' got_copied 'more 691'
check 'and that leaves too' ui_absent '^ COPY ' 5
mouse 64 $((column + 1)) "$row" M
check 'the wheel: the past' ui_expect 'scrollback 3 of' 5
mouse 65 $((column + 1)) "$row" M
check 'and back at the bottom it ends' ui_absent '^ COPY ' 5
mouse 65 100 20 M
PATIENCE=1 check 'the wheel types nothing into who is not focused' fails wait_for 1 full_shows 'full:.*B'
mouse 0 100 20 M
mouse 0 100 20 m
mouse 65 100 20 M
check 'on an alternate screen it is arrows' wait_for 5 full_shows 'full:^[[B^[[B^[[B'

# --- the panel's edge ---

ui_keys E
check 'a panel' ui_expect '─ EVENTS ' 5
wait_for 5 at '┌ TASKS' >/dev/null
before=$column # eval reads it
export before
mouse 0 "$column" 20 M
mouse 32 $((column - 20)) 20 M
mouse 0 $((column - 20)) 20 m
check 'its edge is moved' wait_for 5 eval 'at "┌ (INBOX|TASKS)" && [ $column -le $((before - 18)) ]'
mouse 0 $((column + 3)) "$row" M
mouse 0 $((column + 3)) "$row" m
check 'a click on a name shows that view' ui_expect '^ (INBOX|TASKS) ' 5
mouse 0 10 10 M
mouse 0 10 10 m
check 'one on a tile: its keys again' ui_expect '^ COMMAND ' 5
ui_keys E q
check 'it is closed' ui_absent '─ EVENTS ' 5
ui_keys q
check 'it ends' ui_ended 0 10

# --- the terminal itself, and a command ---

check 'in no tmux that it knows of' ui_start 160 40 env -u TMUX "$COCKPIT"
ui set-option -s set-clipboard on
check 'it is there' ui_expect 'more 700' 10
check 'as wide as it was' wait_for 10 fits
ui_keys 1 '[' k V y
check 'OSC 52' got_copied 'more 700'
tmux -S "$socket" send-keys -t "$(agent_pane "$socket" long)" 9000 Enter
check 'it prints much more' ui_expect 'more 9000' 10
ui_keys '['
check 'COPY mode once more' ui_expect 'scrollback 0 of 1[0-9]{4}' 5
ui_keys V g
check 'all of it is selected' ui_expect '1[0-9]{4} lines selected' 5
ui_keys y
check 'it is more than a terminal takes' ui_expect 'bytes are more than a terminal takes' 10
check 'so none of it was copied' copied 'more 700'
ui_keys q
check 'it ends too' ui_ended 0 10
mkdir -p "$XDG_CONFIG_HOME/cockpit"
printf '{"copy_command": ["sh", "-c", "cat >%s"]}\n' "$T/clip" >"$XDG_CONFIG_HOME/cockpit/config.json"
check 'with a command' ui_start 160 40 "$COCKPIT"
check 'it is up' ui_expect 'more 9000' 10
ui_keys 1 '[' k V g
check 'all is selected again' ui_expect '1[0-9]{4} lines selected' 5
ui_keys y
check 'it says how much' ui_expect 'copied 1[0-9]{4} lines' 10
check 'it has all of the text' wait_for 5 eval '[ "$(head -n 1 "$T/clip")" = "Needle in the past" ] && [ "$(tail -n 1 "$T/clip")" = "more 9000" ]'
check 'each line once' eval '[ "$(sort -u "$T/clip" | wc -l)" = "$(wc -l <"$T/clip")" ] || [ "$(grep -c "^more" "$T/clip")" = 9700 ]'

# An agent never gets at the clipboard by itself.
ui set-buffer untouched
tmux -S "$socket" send-keys -t "$(agent_pane "$socket" long)" 'x' Enter
"$COCKPIT" down >/dev/null 2>&1
check 'nothing else was copied' copied untouched

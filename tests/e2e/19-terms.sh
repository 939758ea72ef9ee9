#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Old, plain and foreign terminals, those without UTF-8 or colours, and themes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
# Its own marks: a frame, a letter, a sign.
printf '%s\n' 'printf "own: \342\224\214 \303\251 \342\234\223 \033[31mred\033[m\n"' 'exec sleep 1000' >"$T/good"
cat >cockpit.json <<EOC
{
  "name": "deck",
  "profile": "shell",
  "hosts": {"local": {"socket": "$T/agents"}},
  "agents": [
    {"name": "good", "command": ["sh", "$T/good"]},
    {"name": "bad", "command": ["sh", "-c", "exit 3"]}
  ]
}
EOC
check 'it starts' "$COCKPIT" up --detach

# attach VARIABLE=VALUE…: until all is there.
attach() {
	ui_start 100 24 env "$@" "$COCKPIT" attach || return
	ui_expect 'deck .*2 agents' 10 && ui_expect 'own: ' 10 && ui_expect 'failed: exit 3' 10
}
leave() {
	ui_keys q
	ui_ended 0 10
}
only_ascii() {
	ui_text >"$T/ascii"
	! LC_ALL=C grep -n '[^ -~]' "$T/ascii"
}
styled() {
	ui capture-pane -pe -t ui
}
colours='\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;:m]'
no_colours() {
	! styled | grep -E "$colours"
}
# has_colour R;G;B: it is on the screen.
has_colour() {
	styled | grep -qF "2;$1"
}

# all: of Unicode; lines: what the Linux console has; ascii.
frame_of() {
	case $1 in
	ascii) echo '^\+.*1 good .*\+' ;;
	*) echo '┌.*1 good .*┐' ;;
	esac
}
while read -r terminal locale shown sign; do
	name="case 67, TERM=$terminal LANG=$locale"
	check "$name: shows the fleet" attach -u TMUX -u COLORTERM TERM="$terminal" LANG="$locale"
	check "$name: frames are those that it has" ui_expect "$(frame_of "$shown")" 5
	check "$name: a state has a sign and a word" ui_expect "$sign failed: exit 3" 5
	if [ "$shown" = ascii ]; then
		check "$name: nothing else is sent" only_ascii
		check "$name: what an agent prints is shown as well as may be" ui_expect 'own: \+ e v red' 5
		check "$name: keys are words" ui_expect ' Enter type ' 5
	fi
	ui_keys '?'
	check "$name: has help" ui_expect 'esc close' 5
	ui_keys Escape
	check "$name: the help goes" ui_absent 'esc close' 5
	check "$name: is left" leave
done <<'EOC'
vt100 C.UTF-8 ascii x
linux C.UTF-8 lines x
linux C ascii x
screen C.UTF-8 all ✗
tmux-256color C.UTF-8 all ✗
xterm-direct C.UTF-8 all ✗
xterm-256color C ascii x
xterm-mono C.UTF-8 all ✗
EOC

check 'NO_COLOR: shows the fleet' attach NO_COLOR=1 COLORTERM=truecolor
# Agents keep theirs.
check 'NO_COLOR: the agent has its own' says "$colours" styled
only_agents() {
	styled | sed 's/\[31m//g' >"$T/styled"
	! grep -E "$colours" "$T/styled"
}
check 'NO_COLOR: and nothing else has any' only_agents
check 'NO_COLOR: states are signs and words' ui_expect '✗ failed: exit 3' 5
check 'NO_COLOR: is left' leave

check 'vt100: shows the fleet' attach TERM=vt100
check 'vt100: no colours' no_colours
check 'vt100: the mode stands out' says '7m.*COMMAND' styled
check 'vt100: is left' leave

# --- what cannot be: case 67 ---

check 'TERM=dumb is started' ui_start 100 24 env TERM=dumb "$COCKPIT" attach
check 'TERM=dumb is refused' ui_ended 1 5
check 'TERM=dumb: with the reason, and what works instead' ui_expect 'type "dumb" cannot show the cockpit: .*cannot place its' 5
check 'TERM=dumb: cockpit ls works' says 'bad .*failed' env TERM=dumb "$COCKPIT" ls
check 'cockpit ls on a terminal' ui_start 120 24 env LANG=C "$COCKPIT" ls
check 'cockpit ls on a terminal ends' ui_ended 0 10
check 'cockpit ls on a terminal knows the charset' only_ascii
check 'cockpit ls on a terminal has signs' ui_expect 'bad .* x failed' 5
check 'cockpit ls to a program is UTF-8' says 'bad .* ✗ failed' env LANG=C "$COCKPIT" ls
check 'no TERM is started' ui_start 100 24 env -u TERM "$COCKPIT" attach
check 'no TERM is refused' ui_ended 1 5
check 'no TERM: with the reason' ui_expect 'TERM is not set' 5

# --- themes ---

themes=$XDG_CONFIG_HOME/cockpit/themes
mkdir -p "$themes"
check 'theme ls has the built-in ones' says '^\* dark ' "$COCKPIT" theme
for theme in light high-contrast colour-blind ansi16; do
	check "theme ls has $theme" says "^  $theme +[a-z]" "$COCKPIT" theme ls
done
echo '{"summary": "mine", "roles": {"header": {"fg": "#010203", "bg": "#fdfcfb"}}}' >"$themes/mine.json"
check 'theme ls has own ones' says "^  mine +mine  \\($themes/mine.json\\)" "$COCKPIT" theme ls
"$COCKPIT" theme ls --json >"$T/themes.json"
check 'theme ls --json is JSON' valid_json "$T/themes.json"
check 'theme preview has each role' says '^  state-asks +needs a person' "$COCKPIT" theme preview light
check 'theme preview to a file has no colours' fails says "$(printf '\033')" "$COCKPIT" theme preview light
check 'theme preview --ansi has' says "2;1;2;3" "$COCKPIT" theme preview mine --ansi
check 'theme preview respects NO_COLOR' fails says '2;1;2;3' env NO_COLOR=1 "$COCKPIT" theme preview mine --ansi
check 'theme preview of none' exits 4 "$COCKPIT" theme preview none
check 'theme preview on a terminal' ui_start 80 45 env TERM=linux LANG=C "$COCKPIT" theme preview mine
check 'theme preview ends' ui_ended 0 5
check 'theme preview knows the charset' only_ascii
check 'theme preview knows the colours' fails has_colour '1;2;3'

check 'a theme: shows the fleet' attach COLORTERM=truecolor
echo '{"theme": "mine"}' >"$XDG_CONFIG_HOME/cockpit/config.json"
check 'a theme: config.json is taken over' wait_for 5 has_colour '253;252;251'
echo '{"roles": {"header": {"fg": "#010203", "bg": "#f1f2f3"}}}' >"$themes/mine.json"
check 'a theme: its file is taken over' wait_for 5 has_colour '241;242;243'
echo '{"roles": {"header": {"fg": "pink"}}}' >"$themes/mine.json"
check 'a theme: a broken one is told' ui_expect 'mine.json:1:29: found "pink"' 5
check 'a theme: and the last one stays' has_colour '241;242;243'
check 'theme ls says why' says 'cannot be used: .*mine.json:1:29' "$COCKPIT" theme ls
echo '{"roles": {"header": {"fg": "#010203", "bg": "#e1e2e3"}}}' >"$themes/mine.json"
check 'a theme: mended' wait_for 5 has_colour '225;226;227'
check 'theme ls: in use' says '^\* mine' "$COCKPIT" theme
check 'a theme: is left' leave

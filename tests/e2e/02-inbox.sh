#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The inbox, and who is told of what waits in it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
# blocked: asks at each line that it gets.
cat >"$T/blocked" <<'EOC'
printf '\033]7501;state=idle\007ready\n'
while read -r line; do
	printf '\033]7501;state=blocked:kind=permission\007got <%s>\nGo on?\n1. Yes\n' "$line"
done
EOC
socket=$T/agents
cat >cockpit.json <<EOC
{
  "name": "deck",
  "profile": "shell",
  "hosts": {"local": {"socket": "$socket"}},
  "agents": [
    {"name": "calm", "command": ["sh", "-c", "echo calm; exec cat"]},
    {"name": "blocked", "command": ["sh", "$T/blocked"]},
    {"name": "brittle", "command": ["sh", "-c", "echo brittle; read -r x; exit 3"]}
  ]
}
EOC
mkdir -p "$XDG_CONFIG_HOME/cockpit"
cat >"$XDG_CONFIG_HOME/cockpit/config.json" <<EOC
{"notify": {"bell": false, "desktop": "osc777", "command":
  ["sh", "-c", "echo \"\$COCKPIT_EVENT|\$COCKPIT_AGENT|\$COCKPIT_HOST|\$COCKPIT_FLEET\" >>$T/told"]}}
EOC
told() {
	equal "$1" "$(cat "$T/told" 2>/dev/null)"
}
# Into the agent's own terminal, as if somebody sat there.
type_into() {
	tmux -S "$socket" send-keys -t "$(agent_pane "$socket" "$1")" "$2" Enter
}

check 'it starts' ui_start 120 40 "$COCKPIT" up
check 'with its agents' ui_expect 'ready' 10
ui pipe-pane "cat >$T/raw"
ui_keys Tab
check 'Tab: the inbox' ui_expect '^ INBOX ' 5
check 'it is a panel' ui_expect '┌ INBOX ─' 5
check 'nothing waits' ui_expect 'Nothing waits for you\.' 5
ui_keys C-q
check 'C-q: COMMAND' ui_expect '^ COMMAND ' 5
check 'the panel stays' ui_expect '┌ INBOX ─' 5
# What is so within the first seconds was so before, and nobody is told: there is nothing else
# to wait for.
sleep 3
type_into blocked x
check 'one that asks is in it' ui_expect '┌ INBOX 1 ─' 5
check 'by its name' ui_expect '│▸2 blocked@local · ' 5
check 'its person is told' wait_for 5 told 'asks|blocked|local|deck'
check 'so is the terminal' wait_for 5 grep -qaF '777;notify;deck;blocked@local asks' "$T/raw"
asked() { "$COCKPIT" events | grep -c 'blocked asks'; }
check 'it is written down, with its words but without its choices' \
	wait_for 5 says 'blocked asks: ready; .*got <x>; Go on\?$' "$COCKPIT" events
ui_resize 100 40
check 'narrower' ui_expect '^ COMMAND ' 5
ui_resize 120 40
ui_keys Tab y
check 'what cannot be answered from here is not' ui_expect 'from here: ⏎ goes there' 5
check 'and once, however wide its screen is' equal 1 "$(asked)"
ui_keys Enter
check 'Enter goes there, and types' ui_expect '^ TYPING ' 5
check 'the panel stays' ui_expect '┌ INBOX ' 5
ui_type 'hello'
ui_keys Enter
check 'into that agent' ui_expect 'got <hello>' 5
ui_keys C-q
type_into brittle x
check 'one that fails is in it too' ui_expect 'brittle@local · ✗ failed: exit 3' 5
check 'and told, once' wait_for 5 eval '[ "$(grep -c "^failed|brittle|local|deck$" "$T/told")" = 1 ]'
ui_keys Tab
ui_resize 60 20
check '60x20: it alone' ui_absent '┌ ▸*[1-3] ' 5
check 'with what waits' ui_expect 'brittle@local' 5
ui_keys C-q
check 'while it has the keys' ui_expect '┌ ▸*2 blocked ' 5
ui_resize 80 24
check '80x24: below the tile' ui_expect '^┌ INBOX ' 5
ui_keys Tab q
check 'q closes it' ui_absent '┌ INBOX ' 5
check 'and no more than that' ui_expect '^ COMMAND ' 5
ui_keys q
check 'q: detached' ui_ended 0 5

# --- a second look, and a bad file ---

rm "$T/told"
check 'attached again' ui_start 120 40 "$COCKPIT"
check 'brittle has failed' ui_expect 'failed: exit 3' 10
sleep 5
check 'what was so before is not told' fails test -e "$T/told"
ui_keys q
ui_ended 0 5 >/dev/null
echo '{"notify": {"bell": 1}}' >"$XDG_CONFIG_HOME/cockpit/config.json"
check 'a bad file: a command says so' says 'warning: .*/config\.json:1:21: found 1' "$COCKPIT" ls
check 'and works' says '^calm ' "$COCKPIT" ls
check 'so does the screen' ui_start 120 40 "$COCKPIT"
check 'with words' ui_expect 'config\.json:1:21: found 1' 5
ui_keys q
ui_ended 0 5 >/dev/null
"$COCKPIT" down >/dev/null 2>&1

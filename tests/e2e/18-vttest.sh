#!/usr/bin/env bash
#
# vttest in a tile: the screens of its menus 1, 2, 3, 6, 8 and 11 is there,
# cell by cell, what tmux itself has.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

command -v vttest >/dev/null || {
	skip 'there is no vttest here'
	exit
}
make_repo "$T/toy"
cd "$T/toy" || exit 1
socket=$T/here.sock
echo '{"name": "toy", "hosts": {"local": {"socket": "'"$socket"'"}}}' >cockpit.json

# The tile lies below the header and inside its frame.
same() {
	python3 "$ROOT/tests/tools/samecells.py" 30 1 2 80 24 "$T/ui" ui "$socket" "$pane"
}

push() {
	tmux -S "$socket" send-keys -t "$pane" "$@"
}

text() {
	tmux -S "$socket" capture-pane -p -t "$pane"
}

# What this one waits for: the next item of a menu that is not the main one, or RETURN. Returns 1 at the main menu.
declare -A next
# Fonts, keyboards and printers; VT320 to VT520, and much of xterm, for whom tmux does not pass; all once more in colour.
left_out=' 11.1.4 11.1.5 11.1.6 11.1.7 11.2 11.3 11.4 11.6.6 11.6.7 11.6.8 11.6.9 11.8 '
answer() {
	local screen menu last
	screen=$(text)
	case $screen in
	*'VT100 test program'*'Enter choice number'*) return 1 ;;
	*'Enter choice number'*)
		menu=$(sed -n 's/^ *Menu \([0-9.]*\):.*/\1/p' <<<"$screen")
		last=$(sed -n 's/.*choice number (0 - \([0-9]*\)).*/\1/p' <<<"$screen")
		next[$menu]=$((${next[$menu]:-0} + 1))
		while [[ $left_out == *" $menu.${next[$menu]} "* ]]; do
			next[$menu]=$((next[$menu] + 1))
		done
		if [ "${next[$menu]}" -gt "$last" ]; then
			push 0 Enter
		else
			where=$menu.${next[$menu]}
			push "${next[$menu]}" Enter
		fi
		;;
	*) push Enter ;;
	esac
}

check 'vttest' exits 0 "$COCKPIT" new vt --fleet cockpit.json -- vttest 24x80.132
pane=$(agent_pane "$socket" vt)
check 'attach' ui_start 82 28 "$COCKPIT" attach
check 'the tile' ui_expect 'Choose test type' 10
for menu in 1 2 3 6 8 11; do
	push "$menu" Enter
	where=$menu
	for ((screen = 1; screen < 150; screen++)); do
		check "$where: screen $screen" same
		answer || break
	done
	check "menu $menu ends" [ "$screen" -lt 150 ]
done
ui_keys q
check 'q' ui_ended 0 10
"$COCKPIT" down >/dev/null 2>&1

#!/usr/bin/env bash
#
# vttest in a tile: on the screens of its menus 1 to 9 but 5, and 11 (VT220, VT320, VT420, VT520, ISO
# 6429, xterm), is there, cell by cell, what tmux itself has.
#
# Left out are 5 (keyboards), 10 (resets, of which the terminal is to tell by itself), and of 11 what is
# in vttest.py. Of lines of double size (4), VT52 (7), fonts (11.1.5, 11.8.4), Tektronix (11.8.6) and
# windows (11.8.8) tmux takes no notice, and so must a tile.
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

check 'vttest' exits 0 "$COCKPIT" new vt --fleet cockpit.json -- vttest 24x80.132
pane=$(agent_pane "$socket" vt)
check 'attach' ui_start 82 28 "$COCKPIT" attach
check 'the tile' ui_expect 'Choose test type' 10
# The tile lies below the header and inside its frame.
while IFS= read -r line; do
	case $line in
	'+ '*) pass "${line#+ }" ;;
	'- '*) fail "${line#- }" ;;
	*) echo "# $line" ;;
	esac
done < <(python3 -B "$ROOT/tests/tools/vttest.py" 30 1 2 80 24 "$T/ui" ui "$socket" "$pane" 1 2 3 4 6 7 8 9 11)
check 'it went through them' eval '[ $PASSED -gt 400 ]'
ui_keys q
check 'q' ui_ended 0 10
"$COCKPIT" down >/dev/null 2>&1

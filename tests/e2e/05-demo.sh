#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The demo: six agents on three hosts, and not a trace afterwards.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi

# Processes that name our folder: nothing but the demo's does.
left() {
	grep -aFl "$TMPDIR/" /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
		tr '\0' ' ' <"$file" 2>/dev/null | grep -v "tmux.*$T/ui\|^grep "
	done | grep . && return 1
	find "$TMPDIR" -mindepth 1 | grep . && return 1
	return 0
}

check 'before it there is nothing' left
"$COCKPIT" demo --once --size 200x60 >"$T/frame" 2>"$T/errors"
check 'demo --once: status 0' equal 0 $?
check 'nothing on standard error' equal '' "$(cat "$T/errors")"
check 'sixty lines' equal 60 "$(wc -l <"$T/frame")"
check 'three hosts, six agents' grep '3 hosts  6 agents' "$T/frame"
number=0
for tile in 'parser ─ local' 'lexer ─ local' 'format ─ web-1' 'types ─ web-1' 'deploy ─ web-2' 'flaky ─ web-2'; do
	number=$((number + 1))
	check "tile $number" grep "┌ ▸*$number $tile" "$T/frame"
done
check 'no tile is empty' fails grep -E '│ {20,}… *│|[a-z]… *│|not running' "$T/frame"
check 'no process and no folder is left' wait_for 5 left
check 'nothing in the state folder either' fails test -e "$XDG_STATE_HOME/cockpit/demo"
check 'nor of keys in ssh' fails test -e "$HOME/.ssh"

check 'the interactive one' ui_start 200 60 "$COCKPIT" demo
check 'shows its agents' ui_expect '3 hosts  6 agents' 20
check 'all of them' ui_expect '┌ ▸*6 flaky ─ web-2' 20
kill -TERM "$(ui_pid)"
check 'SIGTERM ends it' ui_ended 143 10
check 'nothing is left then' wait_for 5 left
check 'once more' ui_start 200 60 "$COCKPIT" demo
check 'with agents' ui_expect '┌ ▸*6 flaky ─ web-2' 20
ui_keys q
check 'q ends it' ui_ended 0 10
check 'and nothing is left' wait_for 5 left

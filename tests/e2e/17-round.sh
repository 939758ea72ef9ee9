#!/usr/bin/env bash
#
# The demo, as a person flies it: what broke is seen by itself, given to the agents with one key, mended, and merged.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
export COCKPIT_DEMO_SPEED=10

check 'the demo' ui_start 180 50 "$COCKPIT" demo
check 'its agents' ui_expect '3 hosts  6 agents' 20
check 'with the key that helps' ui_expect 'f fix: 1 of 10 failed' 60
check 'and a clash' ui_expect 'c clashes: lexer' 40
ui_keys 4
ui_expect '▸4 types' 5 >/dev/null
ui_keys f
check 'f: the prompt' ui_box 'The check of your work fails: sh tests/run.sh' 15
ui_keys Enter
check 'the agent mends it' ui_expect 'Fixed\. The tests pass again' 40
check 'and nothing fails any more' ui_absent 'check fails' 40
ui_keys 3
ui_expect '▸3 format' 5 >/dev/null
ui_keys f
check 'f: the clash' ui_expect 'Your work and that of agent lexer will not merge' 20
check 'with both sides' ui_box '<<<<<<< yours' 5
ui_keys Enter
check 'the agent mends that' ui_expect 'Both fit together now' 40
check 'and nothing clashes any more' ui_absent 'clashes' 40
merge() {
	ui_keys "$1"
	ui_expect "▸$1 $2" 5 >/dev/null
	ui_keys m
	check "m: what would be merged of $2" ui_box "squash $2 into main" 20
	ui_keys Enter
	check "$2 is merged" ui_expect "merged $2 into main" 60
}
merge 4 types
merge 3 format
merge 2 lexer
check 'they are seen to be merged' ui_expect '✓ merged' 30
ui_keys q
check 'q ends it' ui_ended 0 15

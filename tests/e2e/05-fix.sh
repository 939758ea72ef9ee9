#!/usr/bin/env bash
#
# A check that a real Claude Code has broken is given back to it with one key, and mended. What is to be done stands
# in what the check prints: the scripted model reads it there.
# shellcheck source=tests/e2e/agents.sh
. "$(dirname "$0")/agents.sh"

agent_world claude --untrusted
cat >check <<'EOC'
test ! -e bad || {
	echo 'FAIL  no_bad                         0.01 s'
	echo '      | what would help: script:run cmd=rm bad'
	echo '0 passed, 1 failed'
	exit 1
}
echo '1 passed, 0 failed'
EOC
git add check && git commit -qm 'a check'
sed -i 's/{"name": "deck",/{"name": "deck", "check": "sh .\/check",/' cockpit.json

agent_start
follow 'ready' idle $SOON 120 pane_shows '^  \? for shortcuts'
turn 'script:run cmd=touch bad'
works break run
asks break $SOON '^ Esc to cancel'
answer y
ends break pane_shows 'Finished: it ran'
check 'what broke is said at its tile' ui_expect 'f fix: 1 (of 1 )?failed' 60
ui_keys 2 f
check 'f: the prompt' ui_box 'The check of your work fails: sh \./check' 15
ui_keys Enter
follow 'it asks whether it may mend it' 'needs you' $SOON 60 pane_shows 'rm bad'
answer y
follow 'mended: it is done' "done" $SOON 60 eval '! test -e "$WORK/bad"'
check 'and checked' ui_expect '✓ checked|✓ ch' 60
check 'nothing fails' ui_absent 'f fix' 10

#!/usr/bin/env bash
#
# Whole turns of OpenCode on the scripted model. cockpit's plugin tells, and answers.
# shellcheck source=tests/e2e/agents.sh
. "$(dirname "$0")/agents.sh"

agent_world opencode
dialog='Allow once +Allow always'

agent_start
follow ready idle $LOOKED 120 pane_shows 'ctrl\+p commands'
decided ready idle event screen

# --- permission ---

turn 'script:edit file=a.txt'
works edit edit
asks edit $SOON "$dialog"
decided edit asks event
inbox 'x@local · edit' 'a\.txt' 'y yes  n no  a always'
answer y
ends yes pane_shows 'Finished: a\.txt'
check 'yes: the file is there' test -s "$WORK/a.txt"
decided yes "done" event
look_at_it
check 'it tells what that has cost' wait_for 10 says '^x +opencode +\$0\.1[0-9]+ +[0-9]+ .*hook or plugin' "$COCKPIT" cost

turn 'script:run cmd=echo own > own.txt'
works own run
asks own $SOON "$dialog"
inbox 'x@local · bash' 'echo own > own\.txt'
in_tile Enter
follow 'own key: it is done' 'done|idle' $SOON 60 pane_shows 'Finished: it ran'
check 'own key: it ran' test -s "$WORK/own.txt"
check 'own key: the hook is let go' wait_for 5 hook_free

turn 'script:edit file=b.txt'
works no edit
asks no $SOON "$dialog"
answer n
follow 'no: it does not work' 'done|idle' $LOOKED 60 pane_hides "$dialog"
check 'no: the file is not there' fails test -e "$WORK/b.txt"

# --- question, subagent ---

question 'esc dismiss'

subagent 'x@local · bash'

# --- what goes wrong ---

turn 'script:slow n=600'
works interrupt slow
check 'interrupt: it talks' wait_for 10 pane_shows 'north wind'
decided interrupt working event
interrupt
turn 'script:fail'
works failure fail
check 'failure: it tries again' wait_for 10 pane_shows 'retrying|attempt'
check 'failure: and works, so to say' wait_for 5 tile_is working
interrupt

# --- a long prompt, always, a crash ---

long
ends long pane_shows 'the long one is heard'
always
crash 'Finished: d\.txt'
turn 'script:say text=back'
works crash say
ends crash pane_shows ' back$'

# --- a limit, no account ---

turn 'script:limit'
follow 'limit: it says so' limited $LOOKED 60 pane_shows 'usage limit has been reached'
taken limit
decided limit limited screen

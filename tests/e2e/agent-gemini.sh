#!/usr/bin/env bash
#
# Whole turns of Gemini CLI on the scripted model. It has no hooks of cockpit's: its title and its screen tell.
# shellcheck source=tests/e2e/agents.sh
. "$(dirname "$0")/agents.sh"

agent_world gemini --untrusted
dialog='1\. Allow once'

agent_start
follow 'ready, its folder trusted' idle $LOOKED 120 pane_shows 'Type your message'
decided ready idle title

# --- permission ---

turn 'script:edit file=a.txt'
works edit edit
asks edit $SOON "$dialog"
decided edit asks title screen
inbox 'x@local' 'a\.txt' 'y yes  n no  a always'
answer y
ends yes pane_shows 'Finished: a\.txt'
check 'yes: the file is there' test -s "$WORK/a.txt"
decided yes idle title # a command that looks later does not know that it worked before
look_at_it

turn 'script:run cmd=echo own > own.txt'
works own run
asks own $SOON "$dialog"
inbox 'echo own > own\.txt'
in_tile 1
follow 'own key: it is done' 'done|idle' $SOON 60 pane_shows 'Finished: it ran'
check 'own key: it ran' test -s "$WORK/own.txt"

turn 'script:edit file=b.txt'
works no edit
asks no $SOON "$dialog"
answer n
follow 'no: it does not work' 'done|idle' $SOON 60 pane_shows 'Request cancelled'
check 'no: the file is not there' fails test -e "$WORK/b.txt"

# --- question, subagent ---

question 'Enter to select'

# shellcheck disable=SC2119 # its inbox says no more
subagent

# --- what goes wrong ---

turn 'script:slow n=400'
works interrupt slow
check 'interrupt: it talks' wait_for 10 pane_shows 'north wind'
decided interrupt working title
interrupt
turn 'script:fail'
works failure fail
check 'failure: it tries again' wait_for 10 pane_shows 'Thinking'
check 'failure: and works, so to say' wait_for 5 tile_is working
interrupt
in_tile C-u

# --- a long prompt, always, a crash ---

long
ends long pane_shows 'the long one is heard'
always
crash 'Finished: d\.txt'
check 'crash: it takes prompts' wait_for 20 pane_shows 'Type your message'
turn 'script:say text=back'
works crash say
ends crash pane_shows '✦ back'

# --- a limit, no account, a folder that is not cockpit's ---

turn 'script:limit'
follow 'limit: it says so' limited $LOOKED 60 pane_shows 'Usage limit reached'
taken limit
decided limit limited screen
bare --untrusted
check 'bare: it asks whether to trust its folder' bare_wait trust
check 'bare: that is answered' "$COCKPIT" answer y yes
check 'bare: it needs a login' bare_wait login

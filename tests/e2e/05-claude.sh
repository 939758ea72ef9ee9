#!/usr/bin/env bash
#
# Whole turns of Claude Code on the scripted model.
# shellcheck source=tests/e2e/agents.sh
. "$(dirname "$0")/agents.sh"

agent_world claude --untrusted
dialog='^ Esc to cancel'

agent_start
follow 'ready, its folder trusted by itself' idle $SOON 120 pane_shows '^  \? for shortcuts'
decided 'ready' idle title

# --- permission ---

turn 'script:edit file=a.txt'
works edit edit
asks edit $SOON "$dialog"
decided edit asks event
inbox 'x@local · Write' "$WORK/a.txt|$(basename "$WORK")/a\.txt" 'y yes  n no  a always'
answer y
ends yes pane_shows 'Finished: a\.txt'
check 'yes: the file is there' test -s "$WORK/a.txt"
decided yes "done" title
look_at_it

turn 'script:run cmd=echo own > own.txt'
works own run
asks own $SOON "$dialog"
inbox 'x@local · Bash' 'echo own > own\.txt'
in_tile 1
follow 'own key: it is done' 'done|idle' $SOON 60 pane_shows 'Finished: it ran'
check 'own key: it ran' test -s "$WORK/own.txt"
check 'own key: the hook is let go' wait_for 5 hook_free

turn 'script:edit file=b.txt'
works no edit
asks no $SOON "$dialog"
answer n
ends no pane_shows 'Finished: b\.txt'
check 'no: the file is not there' fails test -e "$WORK/b.txt"

# --- question, subagent ---

question 'Enter to select'

subagent 'x@local · Bash'

# --- what goes wrong ---

turn 'script:slow n=400'
works interrupt slow
check 'interrupt: it talks' wait_for 10 pane_shows 'north wind'
decided interrupt working title event
interrupt
turn 'script:fail'
works failure fail
check 'failure: it tries again' wait_for 10 pane_shows 'Retrying'
check 'failure: and works, so to say' wait_for 5 tile_is working
interrupt
in_tile C-u
turn 'script:limit'
follow 'limit: it says so' limited $SOON 60 pane_shows 'API Error: Request rejected'
taken limit
decided limit limited event screen

# --- a long prompt, always, another conversation, a crash ---

long
ends long pane_shows 'the long one is heard'
always

before=$(conversation)
turn /clear
taken clear
turn 'script:say text=afresh'
works clear say
ends clear pane_shows '● afresh'
check 'clear: it is another conversation' fails equal "$before" "$(conversation)"
# It writes its transcript a while after it has said something: what dies with it comes back for nobody.
check 'crash: what it has said is in its transcript' wait_for 15 grep -rqsE '"text": ?"afresh' --include='*.jsonl' "$T"
crash '● afresh'
turn 'script:say text=back'
works crash say
ends crash pane_shows '● back'

elsewhere '● back' --untrusted

# --- no account, a folder that is not cockpit's ---

bare --untrusted
check 'bare: it asks whether to trust its folder' bare_wait trust
check 'bare: that is answered' "$COCKPIT" answer y yes
check 'bare: it needs a login' bare_wait login

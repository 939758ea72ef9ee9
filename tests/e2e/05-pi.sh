#!/usr/bin/env bash
#
# Whole turns of pi on the scripted model. cockpit's extension tells; pi itself asks no permission, an extension of
# the user's does.
# shellcheck source=tests/e2e/agents.sh
. "$(dirname "$0")/agents.sh"

agent_world pi
mkdir -p "$HOME/.pi/agent/extensions"
cat >"$HOME/.pi/agent/extensions/asks.ts" <<'EOC'
export default (pi: any) =>
	pi.on('tool_call', async (event: any, ctx: any) =>
		(await ctx.ui.confirm(`Allow ${event.toolName}?`, JSON.stringify(event.input))) ? undefined : { block: true, reason: 'no' });
EOC
dialog='enter select'

agent_start
follow ready idle $SOON 120 pane_shows '128k'
decided ready idle event

# --- permission ---

turn 'script:edit file=a.txt'
works edit edit
asks edit $LOOKED "$dialog"
decided edit asks screen
inbox 'x@local' 'Allow write' 'a\.txt' 'y yes  n no'
answer y
ends yes pane_shows 'Finished: a\.txt'
check 'yes: the file is there' test -s "$WORK/a.txt"
decided yes "done" event
look_at_it
# Two requests, of 100 tokens for 3 cents and 20 for 3.
check 'it tells what that has cost' wait_for 10 says '^x +pi +\$0\.1200 +240 .*hook or plugin' "$COCKPIT" cost

turn 'script:run cmd=echo own > own.txt'
works own run
asks own $LOOKED "$dialog"
inbox 'echo own > own\.txt'
in_tile Enter
follow 'own key: it is done' 'done|idle' $SOON 60 pane_shows 'Finished: it ran'
check 'own key: it ran' test -s "$WORK/own.txt"

turn 'script:edit file=b.txt'
works no edit
asks no $LOOKED "$dialog"
answer n
ends no pane_shows 'Finished: b\.txt'
check 'no: the file is not there' fails test -e "$WORK/b.txt"

# --- what goes wrong ---

turn 'script:slow n=400'
works interrupt slow
check 'interrupt: it talks' wait_for 10 pane_shows 'north wind'
decided interrupt working event
interrupt
turn 'script:fail'
works failure fail
check 'failure: it tries again' wait_for 10 pane_shows 'Retrying'
check 'failure: and works, so to say' wait_for 5 tile_is working
follow 'failure: it gives up' failed $SOON 60 pane_shows 'Retry failed'
decided failure failed event

# --- a long prompt, a crash ---

long
ends long pane_shows 'the long one is heard'
crash 'the long one is heard'
turn 'script:say text=back'
works crash say
ends crash pane_shows '^ *back'

elsewhere '^ *back'

# --- no account ---

bare
check 'bare: it needs a login' bare_wait login

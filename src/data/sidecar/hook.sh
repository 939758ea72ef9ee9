#!/bin/sh
# cockpit's hook: tells the cockpit what an agent says of itself, through the options of the agent's own
# pane. Called by the agent's hooks or by a plugin:
#
#   hook.sh [-a | -c | -t | -d SECONDS | -D SECONDS | -e | -s] EVENT [JSON]
#
# The event's JSON is the last argument or standard input. -a: it asks a person something. -c:
# whatever it asked is over. -d: as -a, and then waits for the answer of a person, at most so
# long; the answer, if one comes, is printed: it is what the agent's decision hook wants. Somebody
# may answer in the agent's own dialog meanwhile: then the next -c ends the wait. -t: as -c, if it is about the tool that was asked for.
# -D: as -d, for agents that show no dialog of their own meanwhile: it does not wait while nobody
# is attached. -e: the agent ends. -s: no event, but what the conversation "session_id" has cost from its
# beginning: "usd" (or "total_cost_usd", as Claude Code gives it to a status line), "tokens", or both.
#
# Whatever goes wrong here, the agent goes on: exit status 0, and nothing is printed.

cockpit=${COCKPIT_SOCKET:-} pane=${COCKPIT_PANE:-} mark=- wait=0 alive=1 needs="" spent=""
while [ $# -gt 1 ]; do
	case $1 in
	-a) mark=ask ;;
	-c) mark=clear ;;
	-t) mark=tool ;;
	-e) mark=clear alive=0 ;;
	-s) spent=1 ;;
	-d) wait=$2 mark=ask$2 && shift ;;
	-D) wait=$2 mark=ask$2 needs=1 && shift ;;
	*) break ;;
	esac
	shift
done
event=$(printf %s "${1:-}" | tr -cd 'A-Za-z0-9._-')
# Cut, on one line, and not ending in a semicolon, which tmux would take for its own.
if [ $# -gt 1 ]; then
	json=$(printf %s "$2" | head -c 2500 | tr '\000-\037\177' ' ')
elif [ -t 0 ]; then
	json=
else
	json=$(head -c 2500 | tr '\000-\037\177' ' ')
	cat >/dev/null # all of it: else the agent sees a broken pipe
fi
[ -n "$event" ] && [ -n "$cockpit" ] && [ -n "$pane" ] || exit 0

# "tool_name":…,"tool_input":{…}: tells one use of a tool from another.
use() {
	case $1 in
	*'"tool_name"'*) ;;
	*) return ;;
	esac
	tool='"tool_name"'${1#*'"tool_name"'}
	tool=${tool%%',"permission_suggestions"'*}
	tool=${tool%%',"tool_response"'*}
	tool=${tool%%',"tool_use_id"'*}
	tool=${tool%%',"error"'*}
	while :; do
		case $tool in
		*[\ \}]) tool=${tool%?} ;;
		*) break ;;
		esac
	done
	printf %.900s "$tool"
}

t() {
	tmux -u -f /dev/null -S "$cockpit" "$@" 2>/dev/null
}

# A number of the JSON that is not cut off. Argument: its key.
number() {
	printf %s "$json" | sed -n 's/.*"'"$1"'" *: *\([0-9][0-9.]*\([eE]-[0-9][0-9]*\)\{0,1\}\) *[,}].*/\1/p'
}

conversation() {
	printf %s "$json" | sed -n 's/.*"session_id" *: *"\([A-Za-z0-9._-]*\)".*/\1/p'
}

if [ -n "$spent" ]; then
	usd=$(number usd) tokens=$(number tokens) id=$(conversation)
	[ -n "$usd" ] || usd=$(number total_cost_usd)
	[ -z "$usd$tokens" ] ||
		t set-option -p -t "$pane" @cockpit_spent "$(date +%s) ${usd:--} ${tokens:--} ${id:--}"
	exit 0
fi

if [ -n "$needs" ] && [ "$(t display-message -p -t "$pane" '#{session_attached}')" = 0 ]; then
	mark=ask wait=0
fi
if [ "$mark" = tool ]; then
	mark=-
	asked=$(t show-options -p -q -v -t "$pane" @cockpit_ask)
	[ -z "$asked" ] || [ "$(use "$asked")" != "$(use "$json")" ] || mark=clear
fi

# What is said here is text, and never a format: it stands in an option of its own first. The
# last events are kept, so that a cockpit that comes later knows them. The window's name, said
# again, is what makes tmux tell every cockpit at once. Between events stands a control byte
# that no text holds.
end=$(printf '\036')
set -- display-message -p -t "$pane" '#{@cockpit_ask}' \; \
	set-option -p -t "$pane" @cockpit_alive $alive \; \
	set-option -p -t "$pane" @cockpit_json "$json " \; \
	set-option -p -F -t "$pane" @cockpit_seq '#{e|+:#{@cockpit_seq},1}' \; \
	set-option -p -F -t "$pane" @cockpit_events \
	"#{=-8000:@cockpit_events}$end#{@cockpit_seq} $(date +%s) $event $mark #{@cockpit_json}"
case $mark in
ask*)
	set -- "$@" \; set-option -p -F -t "$pane" @cockpit_ask \
		"#{@cockpit_seq} $(date +%s) $event $mark #{@cockpit_json}"
	;;
clear) set -- "$@" \; set-option -p -u -t "$pane" @cockpit_ask ;;
esac
told=$(t "$@" \; rename-window -t "$pane" "${COCKPIT_AGENT:-agent}" \; \
	display-message -p -t "$pane" '#{@cockpit_seq}')

# What it asked before, and who waits for the answer to that.
before=${told%%
*}
told=${told##*
}
case $mark$before in
clear[0-9]*) t wait-for -S "cockpit$pane-${before%% *}" ;;
esac

# The conversation to go on with after a crash; one that has only begun is not kept by all.
case $event$json in
SessionStart* | session_start*) ;;
*'"session_id"'*)
	id=$(conversation)
	[ -z "$id" ] || [ -z "${COCKPIT_HOME:-}" ] || printf '%s\n' "$id" >"$COCKPIT_HOME/conversation"
	;;
esac

[ "$wait" -gt 0 ] && [ -n "$told" ] || exit 0
seq=$told
t wait-for "cockpit$pane-$seq" &
waits=$!
(
	sleep "$wait" &
	trap 'kill $!; exit' TERM
	wait
	kill "$waits"
) >/dev/null 2>&1 &
watcher=$!
# The agent was answered otherwise, and lets its hook go.
# shellcheck disable=SC2317 # by the trap
over() {
	kill "$waits" "$watcher" 2>/dev/null
	t if-shell -F -t "$pane" "#{m:$seq *,#{@cockpit_ask}}" \
		"set-option -p -u -t '$pane' @cockpit_ask ; rename-window -t '$pane' '${COCKPIT_AGENT:-agent}'"
	exit 0
}
trap over TERM INT HUP
wait "$waits" 2>/dev/null
kill "$watcher" 2>/dev/null
answer=$(t show-options -p -q -v -t "$pane" @cockpit_answer)
case $answer in
"$seq "?*) printf '%s\n' "${answer#* }" ;;
esac
exit 0

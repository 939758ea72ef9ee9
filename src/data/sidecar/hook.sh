#!/bin/sh
# cockpit's hook: tells the cockpit what an agent says of itself, through the options of the agent's own
# pane. Called by the agent's hooks or by a plugin:
#
#   hook.sh [-a | -c | -d SECONDS] EVENT [JSON]
#
# The event's JSON is the last argument or standard input. -a: it asks a person something. -c:
# whatever it asked is over. -d: as -a, and then waits for the answer of a person, at most so
# long; the answer, if one comes, is printed: it is what the agent's decision hook wants.
#
# Whatever goes wrong here, the agent goes on: exit status 0, and nothing is printed.

cockpit=${COCKPIT_SOCKET:-} pane=${COCKPIT_PANE:-} mark=- wait=0
while [ $# -gt 1 ]; do
	case $1 in
	-a) mark=ask ;;
	-c) mark=clear ;;
	-d) wait=$2 mark=ask$2 && shift ;;
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

t() {
	tmux -u -f /dev/null -S "$cockpit" "$@" 2>/dev/null
}

# What is said here is text, and never a format: it stands in an option of its own first. The
# last events are kept, so that a cockpit that comes later knows them. The window's name, said
# again, is what makes tmux tell every cockpit at once. Between events stands a control byte
# that no text holds.
end=$(printf '\036')
set -- set-option -p -t "$pane" @cockpit_json "$json " \; \
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
	display-message -p -t "$pane" '#{@cockpit_seq} #{session_attached}')

# The conversation to go on with after a crash.
case $json in
*'"session_id"'*)
	id=$(printf %s "$json" | sed -n 's/.*"session_id" *: *"\([A-Za-z0-9._-]*\)".*/\1/p')
	[ -z "$id" ] || [ -z "${COCKPIT_HOME:-}" ] || printf '%s\n' "$id" >"$COCKPIT_HOME/conversation"
	;;
esac

# Nobody is there to answer: the agent asks by itself.
[ "$wait" -gt 0 ] && [ "${told#* }" != 0 ] && [ -n "$told" ] || exit 0
seq=${told% *}
t wait-for "cockpit$pane-$seq" &
waits=$!
(
	sleep "$wait"
	kill "$waits"
) >/dev/null 2>&1 &
watcher=$!
trap 'kill $waits $watcher 2>/dev/null; exit 0' TERM INT HUP
wait "$waits" 2>/dev/null
kill "$watcher" 2>/dev/null
answer=$(t show-options -p -q -v -t "$pane" @cockpit_answer)
case $answer in
"$seq "?*) printf '%s\n' "${answer#* }" ;;
esac
exit 0

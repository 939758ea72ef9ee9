#!/bin/sh
# cockpit-agent: what an agent uses of the fleet's task board, from inside its sandbox. It puts one
# request into an option of its own pane, which tmux tells every cockpit that is attached, and waits
# in tmux until the answer stands in another one. See cockpit-agent(1).

usage() {
	cat <<'END'
usage: cockpit-agent task next               take the next task and print it
       cockpit-agent task claim ID           take that one
       cockpit-agent task show [ID]          your task, or that one
       cockpit-agent task ls                 those that are not over
       cockpit-agent task done [ID] [NOTE]   your task is done
       cockpit-agent task fail [ID] WHY      it cannot be done
       cockpit-agent task ask [ID] WHAT      a person has to decide something
       cockpit-agent task note TEXT          say how it goes
       cockpit-agent task add TITLE [TEXT]   a new task, for whoever is free
       cockpit-agent msg TO TEXT             to an agent, HOST/AGENT or "operator"
       cockpit-agent inbox                   read what others wrote to you

Exit status: 0; 75 when no cockpit answers (try again later: the same command is then not done
twice); 2 for a wrong command; 4 when there is no such task; others: see what is said.
END
}

die() {
	status=$1
	shift
	printf 'cockpit-agent: %s\n' "$*" >&2
	exit "$status"
}

case "${1:-help} ${2:-}" in
"help "* | "-h "* | "--help "*) usage && exit 0 ;;
"task next" | "task claim" | "task show" | "task ls" | "task done") ;;
"task fail" | "task ask" | "task note" | "task add" | "msg "* | "inbox "*) ;;
*) usage >&2 && exit 2 ;;
esac

cockpit=${COCKPIT_SOCKET:-} pane=${COCKPIT_PANE:-} home=${COCKPIT_HOME:-}
[ -n "$cockpit" ] && [ -n "$pane" ] && [ -n "$home" ] || die 1 'this is no agent of cockpit'
limit=${COCKPIT_AGENT_SECONDS:-20}
case $limit in
'' | *[!0-9]* | ????*) limit=20 ;;
esac

t() {
	tmux -u -f /dev/null -S "$cockpit" "$@" 2>/dev/null
}

# await CHANNEL SECONDS. The client of tmux itself is what is killed: no function stands before it.
await() {
	tmux -u -f /dev/null -S "$cockpit" wait-for "$1" 2>/dev/null &
	waits=$!
	(
		sleep "$2" &
		trap 'kill $!; exit' TERM
		wait
		kill "$waits"
	) >/dev/null 2>&1 &
	watcher=$!
	wait "$waits" 2>/dev/null
	kill "$watcher" 2>/dev/null
	waits='' watcher=''
}

# --- one after the other ---

lock=$home/request.lock mine='' waits='' watcher='' asked=''

# shellcheck disable=SC2317 # by the trap
leave() {
	[ -z "$waits" ] || kill "$waits" "$watcher" 2>/dev/null
	[ -z "$asked" ] || withdraw
	[ -z "$mine" ] || { rm -f "$lock" && t wait-for -S "cockpit$pane-free"; }
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# One that was killed leaves its lock: until the time that stands in it, by which it had ended. Who
# takes such a one away looks again at what it took.
break_lock() {
	[ "$(date +%s)" -gt "$1" ] && mv "$lock" "$lock.$$" 2>/dev/null || return 0
	[ "$(cat "$lock.$$")" = "$2" ] || ln "$lock.$$" "$lock" 2>/dev/null
	rm -f "$lock.$$"
}

take_lock() {
	tries=0
	until (set -C && echo "$(($(date +%s) + limit + 10)) $$" >"$lock") 2>/dev/null; do
		tries=$((tries + 1))
		[ -d "$home" ] && [ $tries -lt 60 ] || die 75 'another request of this agent is in the way'
		held=$(cat "$lock" 2>/dev/null)
		case ${held%% *} in
		'' | *[!0-9]*) [ -z "$held" ] || break_lock 0 "$held" ;;
		*) break_lock "${held%% *}" "$held" ;;
		esac
		await "cockpit$pane-free" 3
	done
	mine=1
}

# --- the request ---

# Its number grows, over all starts of the agent, and over a folder that was made anew. What got no
# answer and is asked for once more keeps its number: it may have been done all the same.
choose_number() {
	number=0 state='' before=''
	[ ! -r "$home/request" ] || read -r number state before <"$home/request"
	case $number in
	'' | *[!0-9]* | ???????????????*) number=0 ;;
	esac
	case "$state $1" in
	"open next" | "open claim" | "open show" | "open ls") ;;
	open*) [ "$before" != "$payload" ] || return 0 ;;
	esac
	number=$((number + 1)) now=$(date +%s)
	[ "$number" -ge "$now" ] || number=$now
}

keep_number() {
	printf '%s\n' "$*" >"$home/request.$$" && mv "$home/request.$$" "$home/request"
}

# One message to tmux has room for some 16 KiB.
put() {
	rest=$payload
	t set-option -p -t "$pane" @cockpit_part '' || die 75 "the terminal's tmux cannot be reached"
	while [ -n "$rest" ]; do
		part=$(printf %.6000s "$rest")
		rest=${rest#"$part"}
		t set-option -p -a -t "$pane" @cockpit_part "$part"
	done
	asked=1
	t set-option -p -u -t "$pane" @cockpit_reply \; \
		set-option -p -F -t "$pane" @cockpit_request \
		"$number $(($(date +%s) + limit)) #{@cockpit_part}" \; \
		set-option -p -u -t "$pane" @cockpit_part \; \
		set-option -p -t "$pane" @cockpit_requested "$number" \; \
		rename-window -t "$pane" "${COCKPIT_AGENT:-agent}"
}

withdraw() {
	asked=''
	t set-option -p -u -t "$pane" @cockpit_request \; \
		set-option -p -u -t "$pane" @cockpit_requested
}

payload=$(printf '%s\0' "$@" | od -An -v -tx1 | tr -dc 0-9a-f)
[ ${#payload} -le 16384 ] || die 2 'that is too long: 8 KiB at most'
take_lock
choose_number "${2:-}"
keep_number "$number open $payload" || die 1 "$home: cannot be written"
put
await "cockpit$pane-r$number" "$limit"
withdraw
reply=$(t show-options -p -q -v -t "$pane" @cockpit_reply)
case $reply in
"$number "*) reply=${reply#* } ;;
*) die 75 'no cockpit is attached: try again later' ;;
esac
keep_number "$number done"
status=${reply%% *}
case $status in
'' | *[!0-9]* | ????*) die 75 'the answer makes no sense' ;;
esac
text=$(printf %s "${reply#* }" | sed 's/%/\\0/g')
if [ "$status" -eq 0 ]; then
	printf '%b\n' "$text"
else
	printf 'cockpit-agent: %b\n' "$text" >&2
fi
exit "$status"

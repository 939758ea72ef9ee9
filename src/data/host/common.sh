# shellcheck shell=sh
# What cockpit runs on a host: nothing but sh, tmux and git is needed there.
# Called as: sh -c THIS cockpit VERB SOCKET SESSION [ARGUMENT...], where THIS is this part, those that
# the verb needs (src/fleet/verb.c), and "$verb" "$@". A command has room for 32000 bytes over SSH:
# lines that are nothing but a comment do not go along.
# Answers in lines "cockpit-KEY value"; "cockpit-error TEXT" and exit status 1 when it cannot.

# shellcheck disable=SC2034 # the last line is: "$verb" "$@"
verb=$1 socket=$2 session=$3
shift 3
state=${XDG_STATE_HOME:-$HOME/.local/state}/cockpit
# A login may print what it likes before us: only lines that begin so are ours.
die() {
	printf 'cockpit-error %s\n' "$*" | tr '\n' ' '
	echo
	exit 1
}

# A login over SSH that runs one command often has a short PATH.
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin:$HOME/.local/bin

# Our own server, never the user's: a socket of its own and no configuration file. -u: replies
# are to be UTF-8 whatever the locale of this login is.
case $socket in
/*) by=-S ;;
*) by=-L ;;
esac

t() {
	tmux -u -f /dev/null $by "$socket" "$@"
}

need_tmux() {
	command -v tmux >/dev/null 2>&1 ||
		die "tmux is not installed here (3.2 or newer is needed)"
}

# Sets boot: it tells one start of this machine from the next. Linux, then BSDs.
boot_id() {
	boot=
	{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null ||
		boot=$(sysctl -n kern.boottime 2>/dev/null | tr -cd 0-9)
	boot=${boot:-unknown}
}

# Sets home: where what is an agent's own lies here. Argument: AGENT.
agent_home() {
	home=$state/$session/agents/$1
}

# tmux to 3.5 dies, and every agent in it, when a client leaves (or a session comes or goes) while a
# control client is half-way in: it tells that one too, which cannot listen yet. So who comes and who
# goes takes turns. The owner is in the lock: one that is dead is not waited for, nor any for long.
take_turn() {
	boot_id
	# In its name are the server, and the boot: a home may be that of several machines at a time.
	turn=$state/turn-${socket##*/}-$boot
	[ -d "$state" ] || mkdir -p "$state"
	tries=0
	set -C # ">" makes a file or fails
	until echo $$ >"$turn"; do
		tries=$((tries + 1))
		owner=
		read -r owner <"$turn"
		if [ ! -e "$turn" ] && [ $tries -gt 3 ]; then
			break # no file can be made there
		elif [ $tries -eq 42 ] || { [ -n "$owner" ] && ! kill -0 "$owner"; }; then
			rm -f "$turn"
		elif [ $tries -gt 42 ]; then
			break
		else
			# At first often, since it is short; many who wait long must not be a load.
			sleep 0.0$((tries < 10 ? 2 : 9)) || sleep 1
		fi
	done
	set +C
} 2>/dev/null

# Whoever took too long has lost it to somebody else. Arguments: what is to be removed besides.
end_turn() {
	owner=
	read -r owner <"$turn"
	[ "$owner" != $$ ] || set -- "$turn" "$@"
	[ $# -eq 0 ] || rm -f "$@"
} 2>/dev/null

# What was done with the session last: "up BOOT" or "down". So a cockpit that was let go knows whether it
# was on purpose, and doctor whether a session that is not there was ended or lost.
mark() {
	mkdir -p "$state/$session" 2>/dev/null && echo "$*" >"$state/$session/session" 2>/dev/null
}

marked() {
	read -r now rest 2>/dev/null <"$state/$session/session" && [ "$now" = "$1" ]
} 2>/dev/null

# The session's panes. Without the colon tmux would take the name for a window's first, and for
# a prefix last. That nothing runs is an empty answer; that tmux cannot be asked is an error.
panes() {
	if found=$(t list-panes -s -t "=$session:" "$@" 2>&1); then
		return
	fi
	case $found in
	*'no server running'* | *"can't find"* | *'No such file or directory'*) found= ;;
	*) die "tmux: $found" ;;
	esac
}

# Sets pane: the agent's, or nothing.
find_agent() {
	panes -F '#{@cockpit_agent} #{pane_id}'
	pane=$(printf '%s\n' "$found" | while read -r name id; do
		[ "$name" = "$1" ] && echo "$id" && break
	done)
}

# "~/x" comes here as it was written in the fleet file.
untilde() {
	# shellcheck disable=SC2088
	case $1 in
	'~') printf %s "$HOME" ;;
	'~/'*) printf %s "$HOME/${1#??}" ;;
	*) printf %s "$1" ;;
	esac
}

# tmux keeps the number of a first process that has ended, and somebody else may have it by now. As long as
# anything is left of its session, nobody has. Input: lines of this format; prints those that are a pane's own.
first='#{pane_pid}#{?pane_dead, over,}'
leaders() {
	while read -r pid over; do
		if [ -z "$over" ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "$pid"
		fi
	done
}

# Some agents outlive the hang-up of their terminal (gemini ignores it). Arguments: the terminals' first
# processes; what is still in their sessions after a while is killed. A session's number is not given
# to anybody else as long as there is somebody in it.
finish() {
	# In a session of its own: whoever has our answer may end us.
	# shellcheck disable=SC2016,SC2046 # for the inner shell; nothing where there is no setsid
	$(command -v setsid) sh -c '
		sleep 5
		ps -eo pid=,sid= | awk -v leaders=" $* " '\''index(leaders, " " $2 " ") { print $1 }'\'' | xargs kill -KILL
	' cockpit "$@" </dev/null >/dev/null 2>&1 &
}

# Sets bare: the repo that is brought here, of all of the fleet's agents.
own_repo() {
	bare=$state/$session/repo.git
}

# Arguments: SECONDS COMMAND…: an external one. 137 when it took longer.
limited() {
	seconds=$1
	shift
	"$@" &
	child=$!
	(
		sleep "$seconds"
		kill -KILL "$child"
	) >/dev/null 2>&1 &
	watcher=$!
	wait "$child" 2>/dev/null
	ended=$?
	kill "$watcher" 2>/dev/null
	return $ended
}

# shellcheck shell=sh
# The session, and what is done to agents in it.

# Argument: the list-panes format.
list() {
	need_tmux
	# tmux 3.3a may miss that a child has ended; the end of another one makes it look.
	panes -F '#{pane_dead}#{pane_dead_status}#{pane_dead_signal}'
	printf '%s\n' "$found" | grep -qx 1 && t run-shell true
	panes -F "$1"
	printf '%s\n' "$found"
}

# Arguments: AGENT ID NAME; the bytes on standard input. "cockpit-path PATH". What lies there for
# more than a week goes.
put() {
	need_tmux
	find_agent "$1"
	[ -n "$pane" ] || die "no agent named $1 is there"
	agent_home "$1"
	files=$home/files
	umask 077
	mkdir -p "$files/$2" || die "cannot make $files"
	find "$files" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} + 2>/dev/null
	cat >"$files/$2/$3" || die "cannot write to $files"
	printf 'cockpit-path %s\n' "$files/$2/$3"
}

# Argument: AGENT. Its work tree stays.
stop() {
	need_tmux
	find_agent "$1"
	[ -n "$pane" ] || die "no agent named $1 is there"
	printf 'cockpit-dir %s\n' "$(t display-message -p -t "$pane" '#{@cockpit_dir}')"
	finish "$(t display-message -p -t "$pane" "$first" | leaders)"
	t kill-window -t "$pane" || die "tmux could not end it"
}

# What of a terminal's session still runs: its processes. Argument: the first one.
left() {
	ps -eo pid=,sid=,stat= | awk -v leader="$1" '$2 == leader && $3 !~ /^Z/ { print $1 }'
}

# Ends it as the end of its terminal would, and what ignores that after a while: the next one does not
# begin beside it. Argument: the first process.
end_session() {
	kill -HUP "$1" 2>/dev/null
	tries=0
	while remains=$(left "$1") && [ -n "$remains" ] && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1 || { sleep 1 && tries=$((tries + 9)); }
	done
	# shellcheck disable=SC2086 # numbers
	[ -z "$remains" ] || kill -KILL $remains 2>/dev/null
}

# Of restart: the pane runs what it was started with once more.
start_again() {
	trap '' HUP INT TERM
	set --
	for option in $options; do
		set -- "$@" \; set-option -p -u -t "$pane" "@cockpit_$option"
	done
	t respawn-pane -k -t "$pane" -e "COCKPIT_RESUME=$resume" "$@" \; select-pane -t "$pane" -T '' \; \
		set-option -p -t "$pane" @cockpit_id "$new" \; \
		set-option -p -t "$pane" @cockpit_born "$(date +%s)"
}

# Arguments: AGENT ID NEWID RESUME OPTION...: its process ends, and its pane runs what it was started with
# once more. ID: of the start that is meant. RESUME: as open_window has it. The options say something of
# that start alone.
restart() {
	agent=$1 old=$2 new=$3 resume=$4
	shift 4
	options=$*
	need_tmux
	find_agent "$agent"
	[ -n "$pane" ] || die "no agent named $agent is there"
	[ "$(t display-message -p -t "$pane" '#{@cockpit_id}')" = "$old" ] ||
		die "$agent was started anew meanwhile"
	leader=$(t display-message -p -t "$pane" "$first" | leaders)
	# Its end is no news: until the next one is there, it is not told (facts.c), but not for long: we may
	# be killed.
	trap 't set-option -p -u -t "$pane" @cockpit_restarting' EXIT
	# Whoever wanted it may go while we wait; it is ended by then, and is not left so.
	trap 'start_again; finish "$leader"; exit 1' HUP INT TERM
	t set-option -p -t "$pane" @cockpit_restarting "$(date +%s)"
	[ -z "$leader" ] || end_session "$leader"
	start_again || die "tmux could not start it again"
}

# Attached cockpits are let go first: 3.3a can crash when a session ends under a control client.
down() {
	need_tmux
	panes -F '#{?@cockpit_agent,cockpit-agent #{@cockpit_agent} #{@cockpit_dir},}'
	printf '%s\n' "$found"
	t has-session -t "=$session" 2>/dev/null || exit 0
	mark down
	# shellcheck disable=SC2046 # numbers
	finish $(t list-panes -s -t "=$session:" -F "$first" | leaders)
	take_turn
	t detach-client -s "=$session" 2>/dev/null
	t kill-session -t "=$session" 2>/dev/null
	end_turn
	exit 0
}

# Text that a killed cockpit was about to paste, or may be about to: not that of the last minute.
sweep() {
	now=$(date +%s)
	t list-buffers -F '#{buffer_created} #{buffer_name}' 2>/dev/null |
		while read -r made name; do
			case $name in
			cockpit-*) [ $((now - made)) -le 60 ] || t delete-buffer -b "$name" ;;
			esac
		done
}

# Passes the control stream on. Its first line comes when tmux has told that we are attached: until then
# it is our turn, and again from its end until tmux has let us go. 3.3a never lets go of one that has not
# read all: then its client is ended. Arguments: the pipe, the client.
relay() {
	IFS= read -r line
	ended=$?
	end_turn "$1"
	if [ $ended -eq 0 ]; then
		printf '%s\n' "$line"
		cat
	fi
	kill -0 "$2" || return
	take_turn
	exec >/dev/null
	tries=0
	while kill -0 "$2" && [ $tries -lt 20 ]; do
		tries=$((tries + 1))
		sleep 0.05 || sleep 1
	done
	kill "$2"
} 2>/dev/null

# What stands before "ready" is ours, after it tmux speaks. Argument: "again" does not bring back what
# was taken down, "look" starts nothing at all.
attach() {
	need_tmux
	if { [ "$1" = again ] && marked down; } ||
		{ [ "$1" = look ] && ! t has-session -t "=$session" 2>/dev/null; }; then
		echo cockpit-down
		return
	fi
	start_session
	(sweep </dev/null >/dev/null 2>&1 &)
	boot_id
	printf 'cockpit-boot %s\n' "$boot"
	printf 'cockpit-tmux %s\ncockpit-ready\n' "${version:+tmux }${version:-$(tmux -V)}"
	# A local cockpit that ends signals the whole group; we go when our input ends, in our turn.
	trap '' TERM
	[ -d "$state" ] || mkdir -p "$state"
	pipe=$state/input.$$
	if ! mkfifo -m 600 "$pipe" 2>/dev/null; then # a full disk, or one that knows none
		pipe=${TMPDIR:-/tmp}/cockpit-input.$$
		mkfifo -m 600 "$pipe" || die "cannot make a pipe in $state, nor in ${pipe%/*}"
	fi
	take_turn
	set -- tmux -u -f /dev/null $by "$socket" -C attach-session -t "=$session" -f pause-after=1
	command -v setsid >/dev/null && set -- setsid "$@"
	exec 3<&0 # what runs in the background is given another input
	"$@" <"$pipe" 3<&- &
	client=$!
	# shellcheck disable=SC2094 # it is only removed there
	relay "$pipe" $client <&3 3<&- >"$pipe" &
	exec </dev/null >/dev/null 3<&-
	wait $client
	ended=$?
	end_turn
	exit $ended
}

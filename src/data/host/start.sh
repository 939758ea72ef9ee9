# shellcheck shell=sh
# An agent's start, and that of the session.

# A tmux server that is started from a login dies with it where logind kills what a session leaves
# behind, unless it is in a scope of the user's own manager.
outlive_login() {
	if grep -qs '/session-[^/]*\.scope' /proc/self/cgroup &&
		command -v systemd-run >/dev/null 2>&1 &&
		systemd-run --user --scope --quiet --collect -- true >/dev/null 2>&1; then
		systemd-run --user --scope --quiet --collect -- "$@"
	else
		"$@"
	fi
}

# The session has a window that does nothing, so that it (and with it every attached cockpit)
# stays when the last agent goes. window-size is left alone: "manual" as a global crashes 3.3a.
start_session() {
	version=$(t has-session -t "=$session" \; display-message -p '#{version}' 2>/dev/null) && return
	take_turn
	out=$(outlive_login tmux -u -f /dev/null $by "$socket" new-session -d -s "$session" -n home -x 80 -y 24 'exec cat >/dev/null' \; \
		set-option -sq escape-time 0 \; \
		set-option -sq extended-keys on \; \
		set-option -sq set-clipboard off \; \
		set-option -gq remain-on-exit on \; \
		set-option -gq remain-on-exit-format '' \; \
		set-option -gq history-limit 20000 \; \
		set-option -gq default-terminal "$(terminal)" \; \
		set-option -gq focus-events on \; \
		set-option -gq status off \; \
		set-option -gq automatic-rename off \; \
		set-option -gq allow-rename off \; \
		set-option -gq update-environment '' 2>&1) ||
		t has-session -t "=$session" 2>/dev/null || # somebody else was quicker
		die "tmux could not start a session: $out"
	end_turn
	version=
	mark up "$boot"
}

terminal() {
	if infocmp tmux-256color >/dev/null 2>&1; then
		echo tmux-256color
	else
		echo screen-256color
	fi
}

# tmux takes an argument that ends in ";" as two.
no_semicolon() {
	case $1 in
	*\;) printf '%s\\;' "${1%;}" ;;
	*) printf '%s' "$1" ;;
	esac
}

# And it expands formats in a start folder: "C#", or "#(a command)".
no_format() {
	no_semicolon "$(printf '%s' "$1" | sed 's/#/##/g')"
}

# Arguments: AGENT HOST PROFILE COLS ROWS REPO BASE ID RESTORE BESIDE; the commands to run in the pane on
# standard input. RESTORE: "1" for its work as take has brought it, and its conversation; "work" for a new
# agent that begins with what take has brought. BESIDE: another agent, in whose folder it runs; that is not
# its own, so it is not told of it.
spawn() {
	agent=$1 host=$2 profile=$3 cols=$4 rows=$5 repo=$6 base=$7 id=$8 restore=${9-} beside=${10-} folder=
	need_tmux
	if [ -n "$beside" ]; then
		find_agent "$beside"
		[ -n "$pane" ] || die "no agent named $beside is there"
		folder=$(t display-message -p -t "$pane" '#{@cockpit_dir}')
		[ -d "$folder" ] || die "the folder of $beside is gone"
		repo=
	fi
	find_agent "$agent"
	[ -z "$pane" ] || die "an agent named $agent is already there"
	dir=$HOME branch=- own=
	[ -z "$folder" ] || dir=
	agent_home "$agent"
	# What an agent was started with may be wanted again, unless it was deleted; a shell has no conversation.
	[ -z "$beside" ] || [ ! -e "$home/start" ] || grep -qsxF ': a shell' "$home/start" ||
		die "there was an agent named $agent here, which may come back"
	[ -z "$repo" ] || make_worktree
	mask=$(umask)
	umask 077 # for our files alone: the agents keep the user's own
	mkdir -p "$home" || die "cannot make $home"
	umask "$mask"
	[ -z "$repo" ] || include_files
	umask 077
	# A login that is also interactive: version managers put their programs on PATH in
	# either. TMUX stays until the profile has run: some start a tmux of their own without it.
	# COCKPIT_OWN: the folder to work in is ours.
	{ echo "export COCKPIT_OWN=$own" && echo "${beside:+: a shell}" && cat; } >"$home/start" <<'START' || die "cannot write to $home"
export COLORTERM=truecolor COCKPIT_RUN="${0%/*}/run"
case ${SHELL##*/} in
bash | zsh | fish | ksh | mksh | dash | ash | sh) exec "$SHELL" -l -i -c 'exec /bin/sh "$COCKPIT_RUN"' ;;
*) exec /bin/sh "$COCKPIT_RUN" ;;
esac
START
	cat >"$home/run" || die "cannot write to $home"
	[ "$restore" = 1 ] || [ -n "$beside" ] || rm -f "$home/conversation"
	umask "$mask"
	[ "$restore" != 1 ] || [ ! -e "$home/told" ] || place_talk
	rm -f "$home/told" "$home/told.file"
	open_window "${restore#work}"
	[ -z "$own" ] || [ -n "$fresh" ] || echo 'cockpit-goes-on 1'
}

# The agent's start file in a window of its own. Argument: COCKPIT_RESUME, "1" to go on with its
# conversation.
open_window() {
	start_session
	pane=$(t new-window -d -e "COCKPIT_RESUME=$1" -P -F '#{pane_id}' -t "=$session:" -n "$agent" \
		-c "$(no_format "${folder:-$dir}")" /bin/sh "$(no_semicolon "$home/start")" 2>&1)
	case $pane in
	%*) trap - EXIT ;; # whatever it does from now on is its work
	*) die "tmux new-window: $pane" ;;
	esac
	t set-option -p -t "$pane" @cockpit_dir "$(no_semicolon "$dir")" \; \
		set-option -p -t "$pane" @cockpit_host "$host" \; \
		set-option -p -t "$pane" @cockpit_profile "$profile" \; \
		set-option -p -t "$pane" @cockpit_branch "$branch" \; \
		set-option -p -t "$pane" @cockpit_id "$id" \; \
		set-option -p -t "$pane" @cockpit_own "$own" \; \
		set-option -p -t "$pane" @cockpit_born "$(date +%s)" \; \
		set-option -p -t "$pane" @cockpit_agent "$agent" \; \
		resize-window -t "$pane" -x "$cols" -y "$rows" >/dev/null || die "the agent ended at once"
	printf 'cockpit-dir %s\n' "$dir"
}

# Arguments: AGENT HOST PROFILE COLS ROWS DIR BRANCH ID. Once more what spawn started, after its server
# was lost.
again() {
	agent=$1 host=$2 profile=$3 cols=$4 rows=$5 dir=$6 branch=$7 id=$8 folder=
	need_tmux
	find_agent "$agent"
	[ -z "$pane" ] || die "an agent named $agent is already there"
	agent_home "$agent"
	{ [ -s "$home/start" ] && [ -s "$home/run" ]; } || die "what $agent ran is not known here any more"
	[ -d "$dir" ] || die "its folder $dir is gone"
	own=$(sed -n 's/^export COCKPIT_OWN=//p' "$home/start")
	open_window 1
}

# shellcheck shell=sh
# What cockpit runs on a host: nothing but sh, tmux and git is needed there.
# Called as: sh -c THIS cockpit VERB SOCKET SESSION [ARGUMENT...]
# Answers in lines "cockpit-KEY value"; "cockpit-error TEXT" and exit status 1 when it cannot.

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

# "~/x" comes here as it was written in the fleet file.
untilde() {
	# shellcheck disable=SC2088
	case $1 in
	'~') printf %s "$HOME" ;;
	'~/'*) printf %s "$HOME/${1#??}" ;;
	*) printf %s "$1" ;;
	esac
}

# git fails when two make work trees of one repo at a time. Whoever died with the lock does not
# hold it for ever.
lock_repo() {
	lock=$(cd "$top" && cd "$(git rev-parse --git-common-dir)" && pwd)/cockpit-lock
	tries=0
	until mkdir "$lock" 2>/dev/null || [ $tries -eq 200 ]; do
		tries=$((tries + 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
	trap 'rmdir "$lock" 2>/dev/null' EXIT
}

unlock_repo() {
	trap - EXIT
	rmdir "$lock" 2>/dev/null
}

# Sets bare: the repo that is brought here, of all of the fleet's agents.
own_repo() {
	bare=$state/$session/repo.git
}

# Sets top: the repo that REPO says, of which work trees are made.
find_repo() {
	command -v git >/dev/null 2>&1 || die "git is not installed here"
	GIT_TERMINAL_PROMPT=0
	export GIT_TERMINAL_PROMPT
	if [ "$repo" = own: ]; then
		own_repo
		top=$bare trees=$state/$session/work base=refs/remotes/origin/HEAD
		return
	fi
	repo=$(untilde "$repo")
	[ -d "$repo" ] || die "there is no folder $repo here: clone the repo there, or leave \"repo\" out: then it is brought there"
	top=$(git -C "$repo" rev-parse --show-toplevel 2>/dev/null) || die "$repo is no git repo"
	trees=$top-agents
}

# Sets dir and branch: a work tree of its own, on a branch of its own; fresh, if it was not there.
make_worktree() {
	find_repo
	dir=$trees/$agent own=1 fresh=
	branch=cockpit/$agent
	if [ -e "$dir/.git" ]; then # its work from before: go on with it
		branch=$(git -C "$dir" symbolic-ref -q --short HEAD || echo -)
		return
	fi
	[ ! -e "$dir" ] || die "$dir is in the way: it is no work tree"
	agent_ref "$agent"
	[ -z "$restore" ] || git -C "$top" show-ref -q --verify "$ref/snap" ||
		die "there is no work tree of $agent here, and nothing of its work was fetched"
	git -C "$top" rev-parse -q --verify "${base:-HEAD}^{commit}" >/dev/null 2>&1 ||
		if [ -n "$base" ]; then
			die "$top has no branch $base"
		else
			die "$top has no commit yet: make a first one"
		fi
	lock_repo
	git -C "$top" worktree prune
	[ -z "$restore" ] || restore_branch
	if git -C "$top" show-ref -q --verify "refs/heads/$branch"; then
		out=$(git -C "$top" worktree add "$dir" "$branch" 2>&1)
	else
		out=$(git -C "$top" worktree add --no-track -b "$branch" "$dir" "${base:-HEAD}" 2>&1)
	fi || die "git worktree add: $(echo "$out" | tail -n 1)"
	unlock_repo
	fresh=1
	[ -z "$restore" ] || restore_tree
}

# The agent's branch is where it was when it was fetched last; one that has gone on stays.
restore_branch() {
	head=$(git -C "$top" rev-parse -q --verify "$ref/head^{commit}") || return
	old=$(git -C "$top" rev-parse -q --verify "refs/heads/$branch^{commit}")
	[ -z "$old" ] || git -C "$top" merge-base --is-ancestor "$old" "$head" ||
		git -C "$top" merge-base --is-ancestor "$head" "$old" ||
		die "the branch $branch in $top has other commits than the work that was fetched: rename it first"
	[ -n "$old" ] && git -C "$top" merge-base --is-ancestor "$head" "$old" ||
		out=$(git -C "$top" update-ref "refs/heads/$branch" "$head" 2>&1) || die "git update-ref: $out"
}

# What was not committed lies in the work tree again, and is not in the index.
restore_tree() {
	snap=$(git -C "$top" rev-parse -q --verify "$ref/snap^{commit}") || return
	parent=$(git -C "$top" rev-parse -q --verify "$snap^")
	now=$(git -C "$dir" rev-parse HEAD)
	# Its head itself, or one that is not of this head: nothing, or nothing that could be told from work.
	[ "$snap" != "$now" ] && [ "$parent" = "$now" ] || return
	out=$(git -C "$dir" read-tree -m -u HEAD "$snap" 2>&1 && git -C "$dir" reset -q 2>&1) ||
		die "git read-tree: $(echo "$out" | tail -n 1)"
}

# Into a fresh work tree: the files that git ignores and .worktreeinclude names, from the repo's own work tree,
# or as they were brought.
include_files() {
	[ -n "$fresh" ] || return
	if [ -f "$home/files.tar" ]; then
		tar -xf "$home/files.tar" -C "$dir" || die "cannot unpack the files of .worktreeinclude"
	elif [ "$repo" != own: ] && [ -f "$top/.worktreeinclude" ]; then
		(cd "$top" && git ls-files -z --others --ignored --exclude-from=.worktreeinclude |
			git check-ignore -z --stdin | tar -cf - --null -T - | tar -xf - -C "$dir") ||
			die "cannot copy the files of .worktreeinclude"
	fi
	rm -f "$home/files.tar" "$home/set-up" "$home/set-up.log"
}

# Arguments: AGENT HOST PROFILE COLS ROWS REPO BASE ID RESTORE; the commands to run in the pane on standard
# input. RESTORE: "1" for its work as take has brought it, and its conversation.
spawn() {
	agent=$1 host=$2 profile=$3 cols=$4 rows=$5 repo=$6 base=$7 id=$8 restore=${9-}
	need_tmux
	find_agent "$agent"
	[ -z "$pane" ] || die "an agent named $agent is already there"
	dir=$HOME branch=- own=
	agent_home "$agent"
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
	{ echo "export COCKPIT_OWN=$own" && cat; } >"$home/start" <<'START' || die "cannot write to $home"
export COLORTERM=truecolor COCKPIT_RUN="${0%/*}/run"
case ${SHELL##*/} in
bash | zsh | fish | ksh | mksh | dash | ash | sh) exec "$SHELL" -l -i -c 'exec /bin/sh "$COCKPIT_RUN"' ;;
*) exec /bin/sh "$COCKPIT_RUN" ;;
esac
START
	cat >"$home/run" || die "cannot write to $home"
	[ -n "$restore" ] || rm -f "$home/conversation"
	umask "$mask"
	open_window "$restore"
}

# The agent's start file in a window of its own. Argument: COCKPIT_RESUME, "1" to go on with its
# conversation.
open_window() {
	start_session
	pane=$(t new-window -d -e "COCKPIT_RESUME=$1" -P -F '#{pane_id}' -t "=$session:" -n "$agent" \
		-c "$(no_format "$dir")" /bin/sh "$(no_semicolon "$home/start")" 2>&1)
	case $pane in
	%*) ;;
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
	agent=$1 host=$2 profile=$3 cols=$4 rows=$5 dir=$6 branch=$7 id=$8
	need_tmux
	find_agent "$agent"
	[ -z "$pane" ] || die "an agent named $agent is already there"
	agent_home "$agent"
	{ [ -s "$home/start" ] && [ -s "$home/run" ]; } || die "what $agent ran is not known here any more"
	[ -d "$dir" ] || die "its folder $dir is gone"
	own=$(sed -n 's/^export COCKPIT_OWN=//p' "$home/start")
	open_window 1
}

# Sets bare: the git folder of the repo that REPO says.
find_bare() {
	repo=$1 base=
	find_repo
	bare=$top
	[ "$repo" = own: ] || bare=$(cd "$top" && cd "$(git rev-parse --git-common-dir)" && pwd) || die "git rev-parse fails in $top"
}

# Arguments: REPO, URL or nothing, BRANCH. The repo that is brought here is there from now on, if empty; with a URL
# it comes from there. "cockpit-have ID" for what its refs name.
have() {
	find_bare "$1"
	shift
	if [ "$repo" = own: ] && [ ! -e "$bare/HEAD" ]; then
		(umask 077 && mkdir -p "${bare%/*}") || die "cannot make ${bare%/*}"
		out=$(git init -q --bare "$bare.$$" 2>&1) || die "git init: $(echo "$out" | tail -n 1)"
		# Whoever is second finds it made.
		mv "$bare.$$" "$bare" 2>/dev/null && rm -rf "$bare/repo.git.$$"
		rm -rf "$bare.$$"
	fi
	if [ -n "$1" ]; then
		g config remote.origin.url "$1"
		g config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
		out=$(g fetch -q origin 2>&1) || die "git fetch $1: $(echo "$out" | tail -n 1)"
		g rev-parse -q --verify "refs/remotes/origin/$2^{commit}" >/dev/null || die "$1 has no branch $2"
		g symbolic-ref refs/remotes/origin/HEAD "refs/remotes/origin/$2"
		advance "$2" "$(g rev-parse "refs/remotes/origin/$2")"
	fi
	g for-each-ref --count=1000 --sort=-committerdate --format='cockpit-have %(objectname)'
}

# git in the repo that was brought here.
g() {
	git --git-dir="$bare" -c core.hooksPath=/dev/null -c core.fsmonitor=false "$@"
}

# A branch of the base's name, for those who look for it; where an agent works on it, it stays theirs.
# Arguments: BRANCH ID.
advance() {
	g worktree list --porcelain | grep -qxF "branch refs/heads/$1" && return
	old=$(g rev-parse -q --verify "refs/heads/$1^{commit}") && ! g merge-base --is-ancestor "$old" "$2" && return
	g update-ref "refs/heads/$1" "$2" && g symbolic-ref HEAD "refs/heads/$1"
} 2>/dev/null

# Argument: REPO. Takes what is brought, as lines on standard input:
#	ref NAME ID
#	base BRANCH ID		from which agents start
#	user NAME, email TEXT	who commits
# and then "end", or "pack" and a pack of what is missing.
take() {
	find_bare "$1"
	echo cockpit-take
	refs='' branch='' packed=
	while IFS= read -r line; do
		rest=${line#* }
		case $line in
		'ref '*) refs="${refs}update $rest
" ;;
		'base '*)
			branch=${rest% *} base=${rest##* }
			refs="${refs}update refs/remotes/origin/$rest
"
			;;
		'user '*) g config user.name "$rest" ;;
		'email '*) g config user.email "$rest" ;;
		pack | end)
			packed=$line
			break
			;;
		*) die "it was sent a line that it does not know" ;;
		esac
	done
	case $packed in
	pack)
		out=$(g index-pack --stdin --fix-thin 2>&1 >/dev/null) ||
			die "git index-pack: $(echo "$out" | tail -n 1)"
		;;
	'') die "what was sent ended too soon" ;;
	esac
	out=$(printf %s "$refs" | g update-ref --stdin 2>&1) || die "git update-ref: $(echo "$out" | tail -n 1)"
	if [ -n "$branch" ]; then
		g symbolic-ref refs/remotes/origin/HEAD "refs/remotes/origin/$branch"
		advance "$branch" "$base"
	fi
	echo cockpit-taken
}

# Argument: AGENT. An archive of ignored files on standard input, for the agent's work tree when that is made.
files() {
	agent_home "$1"
	(umask 077 && mkdir -p "$home" && cat >"$home/files.tar") || die "cannot write to $home"
}

# Git as it is wanted in somebody's work tree: it asks nobody, takes no lock that is not needed, and runs
# nothing that the repo or a person has set up (hooks, filters, a file system monitor). Sets top,
# the folder of its work tree, gitdir and common, those of its files.
quiet_git() {
	command -v git >/dev/null 2>&1 || die "git is not installed here"
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_NAMESPACE GIT_PROTOCOL
	GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_NO_REPLACE_OBJECTS=1 LC_ALL=C
	export GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS GIT_NO_REPLACE_OBJECTS LC_ALL
	cd "$1" 2>/dev/null || die "there is no folder $1 here"
	top=$(git rev-parse --show-toplevel 2>/dev/null) || die "$1 is in no git work tree"
	cd "$top" || die "there is no folder $top here"
	gitdir=$(git rev-parse --git-dir) || die "git rev-parse fails in $top"
	common=$(git rev-parse --git-common-dir) || die "git rev-parse fails in $top"
}

# Sets ref: below it is what snap leaves. Argument: AGENT. A name may hold what git allows in no ref.
agent_ref() {
	ref=refs/cockpit/$(printf %s "$1" | tr . =)
}

# Options that turn every filter off that is set up here, in "$@" of the caller by eval.
no_filters() {
	git config --name-only --get-regexp '^filter\..*\.(clean|process|required)$' 2>/dev/null | sort -u |
		while IFS= read -r key; do
			case $key in
			*"'"* | *=*) ;; # no such name can be said with -c
			*.required) printf " -c '%s=false'" "$key" ;;
			*) printf " -c '%s='" "$key" ;;
			esac
		done
}

LARGE_KIB=51200

# Where git is to add from, without what is too large to be sent every few seconds. Ends of names are NULs.
# Arguments: git's options.
to_add() {
	printf '.\0'
	# shellcheck disable=SC2016 # for the inner shells
	git "$@" ls-files -z --others --modified --exclude-standard | xargs -0 sh -c '
		kib=$1
		shift
		for f; do
			set -- "$@" "./$f"
			shift
		done
		[ $# -eq 0 ] ||
			find "$@" -maxdepth 0 -type f -size "+${kib}k" -exec sh -c '\''
				for f; do printf ":(exclude,top,literal)%s\0" "${f#./}"; done'\'' cockpit {} +' cockpit $LARGE_KIB
}

# Arguments: AGENT DIR BASE. The agent's work tree as it is becomes a commit on top of its HEAD, by a copy
# of its index: neither that, nor the tree, nor HEAD is touched. Leaves refs/cockpit/AGENT/head, snap and
# base; says "cockpit-snap LEFT-OUT".
snap() {
	agent=$1 base=$3
	quiet_git "$2"
	agent_home "$agent"
	# A home may be a git repo; that is nobody's work.
	grep -qsx 'export COCKPIT_OWN=1' "$home/start" || die "agent $agent has no work tree of its own"
	umask 077
	eval "set -- $(no_filters)"
	set -- -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.splitIndex=false \
		-c advice.addEmbeddedRepo=false -c core.autocrlf=false -c core.safecrlf=false "$@"
	index=$home/index.$$
	trap 'rm -f "$index" "$index.lock" "$index.add"' EXIT
	# With its time: git trusts no entry that is as young as the index.
	if [ -e "$gitdir/index" ]; then
		cp -p "$gitdir/index" "$index" 2>/dev/null || cp -p "$gitdir/index" "$index" || die "cannot copy the index"
	fi
	to_add "$@" >"$index.add"
	left=$(tr '\0' '\n' <"$index.add" | grep -c '^:(exclude,top,literal)')
	out=$(GIT_INDEX_FILE=$index git "$@" add -A --pathspec-from-file=- --pathspec-file-nul <"$index.add" 2>&1) ||
		out=$(GIT_INDEX_FILE=$index git "$@" add -A --ignore-errors . 2>&1) || # git before 2.25; what cannot be read
		case $out in
		*'fatal:'*) die "git add: $(echo "$out" | tail -n 1)" ;;
		*'error:'*) left=$((left + 1)) ;;
		esac
	tree=$(GIT_INDEX_FILE=$index git "$@" write-tree 2>&1) || die "git write-tree: $tree"
	head=$(git rev-parse -q --verify 'HEAD^{commit}')
	agent_ref "$agent"
	old=$(git rev-parse -q --verify "$ref/snap^{commit}")
	if [ -n "$head" ] && [ "$tree" = "$(git rev-parse "$head^{tree}")" ]; then
		snap=$head
	elif [ -n "$old" ] && [ "$(git log -1 --no-show-signature --format='%T %P' "$old")" = "$tree $head" ]; then
		snap=$old
	else
		snap=$(GIT_AUTHOR_NAME=cockpit GIT_AUTHOR_EMAIL=cockpit@localhost GIT_COMMITTER_NAME=cockpit \
			GIT_COMMITTER_EMAIL=cockpit@localhost git "$@" commit-tree ${head:+-p "$head"} \
			-m "What $agent's work tree held" "$tree" 2>&1) || die "git commit-tree: $snap"
	fi
	own_repo
	if [ "$(cd "$common" && pwd -P)" = "$(cd "$bare" 2>/dev/null && pwd -P)" ]; then
		base=$(git rev-parse -q --verify 'refs/remotes/origin/HEAD^{commit}')
	elif [ -n "$base" ]; then
		base=$(git rev-parse -q --verify "$base^{commit}")
	else
		base=$(git --git-dir="$common" rev-parse -q --verify 'HEAD^{commit}')
	fi
	{
		echo "update $ref/snap $snap"
		[ -z "$head" ] || echo "update $ref/head $head"
		[ -z "$base" ] || echo "update $ref/base $base"
	} | git "$@" update-ref --stdin || die "git update-ref failed in $top"
	printf 'cockpit-snap %s\n' "$left"
}

# Arguments: AGENT DIR. Becomes git's side of a fetch of what snap left; nothing else is offered.
pack() {
	quiet_git "$2"
	agent_ref "$1"
	echo cockpit-pack
	exec git -c core.hooksPath=/dev/null -c uploadpack.hideRefs=refs \
		-c "uploadpack.hideRefs=!$ref/" upload-pack "$top"
}

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

# Some agents outlive the hang-up of their terminal (gemini ignores it). Arguments: the terminals' first
# processes; what is still in their sessions after a while is killed. A session's number is not given
# to anybody else as long as there is somebody in it.
finish() {
	(
		sleep 5
		ps -eo pid=,sid= | awk -v leaders=" $* " 'index(leaders, " " $2 " ") { print $1 }' | xargs kill -KILL
	) </dev/null >/dev/null 2>&1 &
}

# Argument: AGENT. Its work tree stays.
stop() {
	need_tmux
	find_agent "$1"
	[ -n "$pane" ] || die "no agent named $1 is there"
	printf 'cockpit-dir %s\n' "$(t display-message -p -t "$pane" '#{@cockpit_dir}')"
	finish "$(t display-message -p -t "$pane" '#{pane_pid}')"
	t kill-window -t "$pane" || die "tmux could not end it"
}

# Arguments: AGENT REPO. It ends, if it runs, and with it all that it started; "cockpit-dir DIR" of its work tree.
end() {
	need_tmux
	repo=$2 base=
	find_repo
	dir=$trees/$1
	[ -e "$dir/.git" ] || die "there is no work tree of $1 here"
	find_agent "$1"
	if [ -n "$pane" ]; then
		leader=$(t display-message -p -t "$pane" '#{pane_pid}')
		finish "$leader"
		t kill-window -t "$pane" || die "tmux could not end it"
		tries=0
		while [ -n "$(ps -eo sid= | awk -v leader="$leader" '$1 == leader')" ] && [ $tries -lt 80 ]; do
			tries=$((tries + 1))
			sleep 0.1 2>/dev/null || sleep 1
		done
	fi
	printf 'cockpit-dir %s\n' "$dir"
}

# Arguments: AGENT DIR SNAP. Its work tree goes, and its branch if nothing else is on it, if all of that is in
# the snapshot SNAP.
remove() {
	agent=$1
	said=$(snap "$agent" "$2" "") || die "${said#cockpit-error }"
	[ "${said#cockpit-snap }" = 0 ] ||
		die "${said#cockpit-snap } of its files are too large to be kept, or cannot be read: move them away first"
	quiet_git "$2"
	inner=$(find . -mindepth 2 -name .git -prune | head -n 1)
	[ -z "$inner" ] || die "${inner%/.git} in it is a repo of its own: move it away first"
	agent_ref "$agent"
	[ "$(git rev-parse -q --verify "$ref/snap^{commit}")" = "$3" ] ||
		die "its work tree has changed meanwhile: nothing was removed"
	branch=$(git symbolic-ref -q HEAD)
	head=$(git rev-parse -q --verify 'HEAD^{commit}')
	bare=$(cd "$common" && pwd) || die "there is no folder $common here"
	cd "$bare" || die "there is no folder $bare here"
	out=$(g worktree remove --force "$top" 2>&1) || die "git worktree remove: $(echo "$out" | tail -n 1)"
	[ "$branch" != "refs/heads/cockpit/$agent" ] || g update-ref -d "$branch" "$head"
	for part in base head snap; do
		g update-ref -d "$ref/$part"
	done
}

# Attached cockpits are let go first: 3.3a can crash when a session ends under a control client.
down() {
	need_tmux
	panes -F '#{?@cockpit_agent,cockpit-agent #{@cockpit_agent} #{@cockpit_dir},}'
	printf '%s\n' "$found"
	t has-session -t "=$session" 2>/dev/null || exit 0
	mark down
	# shellcheck disable=SC2046 # numbers
	finish $(t list-panes -s -t "=$session:" -F '#{pane_pid}')
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

# Arguments: NAME FOLDER. Can files be made there, and run, and how much room is left?
# "cockpit-disk NAME VERDICT KIB INODES FOLDER", "-" for what is not known.
place() {
	probe=$2/.cockpit-probe.$$
	verdict=ok
	if ! why=$(LC_ALL=C sh -c 'umask 077; printf "#!/bin/sh\nexit 0\n" | cat >"$1"' probe "$probe" 2>&1); then
		case $why in
		*space* | *quota* | *Quota*) verdict=full ;;
		*[Rr]ead-only*) verdict=read-only ;;
		*) verdict=unwritable ;;
		esac
	elif ! { chmod 700 "$probe" && "$probe"; } 2>/dev/null; then
		verdict=noexec
	fi
	rm -f "$probe" 2>/dev/null
	kib=$(df -Pk "$2" 2>/dev/null | awk 'NR == 2 { print $4 }')
	inodes=$(df -Pi "$2" 2>/dev/null | awk 'NR == 2 && $2 + 0 > 0 { print $4 }')
	printf 'cockpit-disk %s %s %s %s %s\n' "$1" $verdict "${kib:--}" "${inodes:--}" "$2"
}

# Does the tmux server answer? A stopped one takes the connection and says nothing. A client
# gives the server its own standard output; a pipe would stay open there as long as that stands.
server() {
	found=$(mktemp 2>/dev/null) || return
	limited 4 tmux -u -f /dev/null $by "$socket" display-message -p '#{pid} #{version}' \
		</dev/null >"$found" 2>/dev/null
	ended=$?
	answer=$(cat "$found")
	rm -f "$found"
	if [ $ended -eq 137 ]; then
		pid=$(ps -eo pid=,stat=,args= 2>/dev/null | awk -v socket="$socket" \
			'$2 ~ /^T/ && $3 ~ /tmux/ && index($0, socket) { print $1; exit }')
		printf 'cockpit-server stuck %s\n' "$pid"
		return 1
	fi
	[ -n "$answer" ] || return 0
	printf 'cockpit-server %s\n' "$answer"
	grep -qs '/session-[^/]*\.scope' "/proc/${answer%% *}/cgroup" && echo 'cockpit-server-scope session'
	return 0
}

# The fleet was up here and is not, though nobody took it down.
lost() {
	marked up || return
	t has-session -t "=$session" 2>/dev/null && return
	boot_id
	if [ "$rest" = "$boot" ]; then
		echo 'cockpit-lost the tmux server that this fleet had here is gone (killed, or short of memory)'
	else
		echo 'cockpit-lost this machine was restarted while the fleet was up here'
	fi
}

# Sets path: that of a login. By a file, since what a profile starts may hold on to a pipe.
login_path() {
	found=$(mktemp 2>/dev/null) || return
	limited 15 "${SHELL:-/bin/sh}" -lc 'printenv PATH' </dev/null >"$found" 2>/dev/null
	[ $? -ne 137 ] || echo 'cockpit-login slow'
	path=$(tail -n 1 "$found")
	rm -f "$found"
}

# Argument: REPO. Facts about this host, one a line.
doctor() {
	echo # ends what a login may have printed without a new line
	printf 'cockpit-clock %s\n' "$(date +%s)"
	printf 'cockpit-system %s\n' "$(uname -srm)"
	printf 'cockpit-shell %s\n' "${SHELL:-unknown}"
	printf 'cockpit-tmux %s\n' "$(tmux -V 2>/dev/null || echo missing)"
	printf 'cockpit-git %s\n' "$(git --version 2>/dev/null || echo missing)"
	place home "$HOME"
	place tmp "${TMUX_TMPDIR:-/tmp}"
	if [ "$1" = own: ]; then
		own_repo
		printf 'cockpit-repo %s, brought there with the first agent\n' "$bare"
	elif [ -n "$1" ]; then
		top=$(git -C "$(untilde "$1")" rev-parse --show-toplevel 2>/dev/null)
		printf 'cockpit-repo %s\n' "${top:-missing}"
		[ -z "$top" ] || place repo "${top%/*}" # work trees lie beside it
	fi
	if grep -qs '/session-[^/]*\.scope' /proc/self/cgroup; then
		printf 'cockpit-linger %s\n' "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null || echo unknown)"
	fi
	command -v tmux >/dev/null 2>&1 && server && lost
	printf 'cockpit-clock-end %s\n' "$(date +%s)"
	login_path
	printf 'cockpit-agents'
	for a in claude codex opencode gemini copilot qwen pi aider amp; do
		(PATH=${path:-$PATH} command -v "$a" >/dev/null 2>&1) && printf ' %s' "$a"
	done
	echo
}

case $verb in
spawn | again | have | take | files | snap | pack | list | put | stop | end | remove | down | attach | doctor) "$verb" "$@" ;;
*) die "unknown verb $verb" ;;
esac

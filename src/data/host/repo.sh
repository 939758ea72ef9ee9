# shellcheck shell=sh
# Work on its way here and there.

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

# The same for what changes refs. It is not ended with us: git that is ended while it makes a lock leaves that for ever.
g_ref() {
	$(command -v setsid) git --git-dir="$bare" -c core.hooksPath=/dev/null -c core.filesRefLockTimeout=2000 update-ref "$@"
}

# A branch of the base's name, for those who look for it; where an agent works on it, it stays theirs.
# Arguments: BRANCH ID.
advance() {
	g worktree list --porcelain | grep -qxF "branch refs/heads/$1" && return
	old=$(g rev-parse -q --verify "refs/heads/$1^{commit}") && ! g merge-base --is-ancestor "$old" "$2" && return
	g_ref "refs/heads/$1" "$2" && g symbolic-ref HEAD "refs/heads/$1"
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
	out=$(printf %s "$refs" | g_ref --stdin 2>&1) || die "git update-ref: $(echo "$out" | tail -n 1)"
	if [ -n "$branch" ]; then
		g symbolic-ref refs/remotes/origin/HEAD "refs/remotes/origin/$branch"
		advance "$branch" "$base"
	fi
	echo cockpit-taken
}

# Arguments: AGENT BYTES. So many of an archive of ignored files follow, for the agent's work tree when that is made.
files() {
	agent_home "$1"
	echo cockpit-files
	(umask 077 && mkdir -p "$home" && head -c "$2" >"$home/files.tar") || die "cannot write to $home"
	echo cockpit-taken
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

# Ends of names are NULs there and ends of lines here, and the other way round.
as_lines() {
	tr '\0\n' '\n\1'
}

# Files that only their filter makes what was committed, as with LFS: those whose index entry is as young as
# the index are looked into by git, which finds something else since no filter runs. Told from real changes
# by a copy of the index that is younger than any of them. Says what git is not to add. Arguments: git's options.
filtered() {
	git config --name-only --get-regexp '^filter\.' >/dev/null || return
	cp "$index" "$index.young" 2>/dev/null && touch -t 203701010000 "$index.young" || return
	GIT_INDEX_FILE=$index.young git "$@" ls-files -z --modified | as_lines >"$index.changed"
	# Where nothing is changed, something is excluded by nothing.
	echo >>"$index.changed"
	git "$@" ls-files -z --modified | git "$@" check-attr -z --stdin filter | as_lines |
		awk 'NR % 3 == 1 { name = $0 } NR % 3 == 0 && $0 != "unspecified" && $0 != "unset" { print name }' |
		grep -vxF -f "$index.changed" | sed 's/^/:(exclude,top,literal)/' | tr '\n\1' '\0\n'
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
	trap 'rm -f "$index" "$index.lock" "$index.add" "$index.young" "$index.changed"' EXIT
	# With its time: git trusts no entry that is as young as the index.
	if [ -e "$gitdir/index" ]; then
		cp -p "$gitdir/index" "$index" 2>/dev/null || cp -p "$gitdir/index" "$index" || die "cannot copy the index"
	fi
	to_add "$@" >"$index.add"
	left=$(tr '\0' '\n' <"$index.add" | grep -c '^:(exclude,top,literal)')
	filtered "$@" >>"$index.add"
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
		base=$(git rev-parse -q --verify "refs/remotes/origin/${base:-HEAD}^{commit}")
	elif [ -n "$base" ]; then
		base=$(git rev-parse -q --verify "$base^{commit}")
	else
		base=$(git --git-dir="$common" rev-parse -q --verify 'HEAD^{commit}')
	fi
	# A lock that is so old is nobody's any more: these refs are ours, and changed within a moment.
	find "$common/$ref" -name '*.lock' -mmin +1 -exec rm -f {} + 2>/dev/null
	bare=$common
	out=$(printf 'update %s\n' "$ref/snap $snap" ${head:+"$ref/head $head"} ${base:+"$ref/base $base"} |
		g_ref --stdin 2>&1) || die "git update-ref in $top: $(echo "$out" | tail -n 1)"
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

# Arguments: AGENT REPO. It ends, if it runs, and with it all that it started; "cockpit-dir DIR" of its work tree.
end() {
	need_tmux
	repo=$2 base=
	find_repo
	dir=$trees/$1
	[ -e "$dir/.git" ] || die "there is no work tree of $1 here"
	find_agent "$1"
	if [ -n "$pane" ]; then
		leader=$(t display-message -p -t "$pane" "$first" | leaders)
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
	[ "$branch" != "refs/heads/cockpit/$agent" ] || g_ref -d "$branch" "$head"
	for part in base head snap; do
		g_ref -d "$ref/$part"
	done
	# Who comes back out of the trash is started anew: the name is free for others, as for a shell. Its
	# conversation stays.
	agent_home "$agent"
	rm -f "$home/start" "$home/run"
}

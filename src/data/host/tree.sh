# shellcheck shell=sh
# Work trees of a repo.

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

# Sets top: the repo that REPO says, of which work trees are made.
find_repo() {
	command -v git >/dev/null 2>&1 || die "git is not installed here"
	GIT_TERMINAL_PROMPT=0
	export GIT_TERMINAL_PROMPT
	if [ "$repo" = own: ]; then
		own_repo
		top=$bare trees=$state/$session/work base=refs/remotes/origin/${base:-HEAD}
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
	if [ "$restore" = work ] && { [ -e "$dir" ] || git -C "$top" show-ref -q --verify "refs/heads/$branch"; }; then
		die "there is work of an agent $agent here already: give it another name"
	fi
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
	[ "$restore" != work ] || trap 'unlock_repo; undo_worktree' EXIT
	git -C "$top" worktree prune
	# What an agent has made, wherever, may bring hooks along, if the repo looks for them in its tree.
	if [ -n "$restore" ]; then
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null
		export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
		restore_branch
	fi
	if git -C "$top" show-ref -q --verify "refs/heads/$branch"; then
		out=$(git -C "$top" worktree add "$dir" "$branch" 2>&1)
	else
		out=$(git -C "$top" worktree add --no-track -b "$branch" "$dir" "${base:-HEAD}" 2>&1)
	fi || die "git worktree add: $(echo "$out" | tail -n 1)"
	unlock_repo
	fresh=1
	[ "$restore" != work ] || trap undo_worktree EXIT
	[ -z "$restore" ] || restore_tree
	unset GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
}

# What a new agent was to begin with is there once more: if it cannot start, its name is free again. A branch
# that somebody has a work tree of stays.
undo_worktree() {
	[ -z "$fresh" ] || git -C "$top" worktree remove --force "$dir"
	git -C "$top" -c core.hooksPath=/dev/null branch -D "$branch"
} >/dev/null 2>&1

# The agent's branch is where it was when it was fetched last; one that has gone on stays.
restore_branch() {
	head=$(git -C "$top" rev-parse -q --verify "$ref/head^{commit}") || return
	old=$(git -C "$top" rev-parse -q --verify "refs/heads/$branch^{commit}")
	[ -z "$old" ] || git -C "$top" merge-base --is-ancestor "$old" "$head" ||
		git -C "$top" merge-base --is-ancestor "$head" "$old" ||
		die "the branch $branch in $top has other commits than the work that was fetched: rename it first"
	[ -n "$old" ] && git -C "$top" merge-base --is-ancestor "$head" "$old" ||
		out=$($(command -v setsid) git -C "$top" update-ref "refs/heads/$branch" "$head" 2>&1) || die "git update-ref: $out"
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
	if [ -z "$fresh" ]; then
		rm -f "$home/files.tar"
		return
	fi
	if [ -f "$home/files.tar" ]; then
		tar -xf "$home/files.tar" -C "$dir" || die "cannot unpack the files of .worktreeinclude"
	elif [ "$repo" != own: ] && [ -f "$top/.worktreeinclude" ]; then
		(cd "$top" && git ls-files -z --others --ignored --exclude-from=.worktreeinclude |
			git check-ignore -z --stdin | tar -cf - --null -T - | tar -xf - -C "$dir") ||
			die "cannot copy the files of .worktreeinclude"
	fi
	rm -f "$home/files.tar" "$home/set-up" "$home/set-up.log"
}

# Sets ref: below it is what snap leaves. Argument: AGENT. A name may hold what git allows in no ref.
agent_ref() {
	ref=refs/cockpit/$(printf %s "$1" | tr . =)
}

# shellcheck shell=sh
# The fleet's check of an agent's work, in its work tree.

# Says which tree the work tree is now; in a subshell, since what git needs in its environment is not the
# check's. Arguments: AGENT DIR BASE.
tree_now() {
	(
		said=$(snap "$@") || {
			echo "$said"
			exit 1
		}
		quiet_git "$2"
		agent_ref "$1"
		git rev-parse "$ref/snap^{tree}"
	)
}

# Sets why, if there is no room left where one of those folders lies. What df calls full may have some for root,
# and a quota df does not know: in HOME, which is our own, it is tried out. Arguments: FOLDER HOME.
see_room() {
	for place; do
		free=$(df -Pk "$place" 2>/dev/null | awk 'NR == 2 { print $4 }')
		[ "$place" = "$2" ] || [ "${free:-64}" -lt 64 ] 2>/dev/null || continue
		probe=$place/.cockpit-probe.$$
		dd if=/dev/zero of="$probe" bs=1024 count=64 2>/dev/null ||
			why="no room is left on the disk of $place"
		rm -f "$probe"
	done
	[ -n "$why" ]
}

# One at a time. Whoever died with the lock, or before it said who it is, does not hold it.
# Sets why, if no lock can be made. While there is $timely it has not taken too long: no room is needed to remove a file.
lock_check() {
	lock=$home/check.lock timely=$home/check.time why=''
	boot_id
	tries=0
	set -C # ">" makes a file or fails
	until echo "$$ $boot" >"$lock"; do
		tries=$((tries + 1))
		owner='' booted=''
		read -r owner booted <"$lock"
		# Its number may be somebody else's after a start of the machine.
		[ -z "$owner" ] || [ "$booted" = "$boot" ] || owner=gone
		if [ -n "$owner" ] && kill -0 "$owner"; then
			set +C
			die "its check runs there already"
		elif [ $tries -gt 5 ]; then
			why="nothing can be written in $home"
			break
		elif [ -n "$owner" ] || [ $tries -gt 3 ]; then
			rm -f "$lock"
		else
			sleep 0.1 || sleep 1
		fi
	done
	set +C
	trap 'rm -f "$lock" "$timely"' EXIT
	echo $$ >"$timely" || why="nothing can be written in $home"
} 2>/dev/null

# Whoever reads the last line may go at once, and the link with it.
unlock_check() {
	rm -f "$lock" "$timely"
	trap - EXIT
}

# All that the check started: at once, and what does not hear that a little later.
end_check() {
	kill -s TERM -- "-$child" 2>/dev/null || kill -s TERM "$child" 2>/dev/null
	finish "$child"
}

# Runs the command in COCKPIT_CHECK here; sets status, "late" when it took too long. Arguments: SECONDS.
run_check() {
	export COCKPIT_CHECK
	# A session of its own, so that nothing that it started outlives it. A login knows where programs are.
	own=$(command -v setsid) || own=
	case ${SHELL##*/} in
	bash | zsh | fish | ksh | mksh | dash | ash | sh) login=$SHELL ;;
	*) login=/bin/sh ;;
	esac
	$own "$login" -l -c 'exec /bin/sh -c "$COCKPIT_CHECK"' </dev/null 2>&1 &
	child=$!
	# shellcheck disable=SC2016 # for the inner shell
	# In a session of its own too: it has to see the end of whoever is ended with all that shares this one.
	$own sh -c '
		while [ "$1" -gt 0 ] && kill -0 "$2"; do
			set -- $(($1 - 1)) "$2" "$3" "$4"
			sleep 1
		done
		kill -0 "$2" && rm -f "$4"
		kill -s TERM -- "-$3" || kill -s TERM "$3"
		sleep 5
		kill -s KILL "$3"
		ps -eo pid=,sid= | awk -v leader="$3" '\''$2 == leader { print $1 }'\'' | xargs kill -s KILL
	' cockpit "$1" $$ "$child" "$timely" </dev/null >/dev/null 2>&1 &
	watcher=$!
	# Who wants to know has hung up: it was cancelled, or the link is lost. A login that is closed ends nothing.
	exec 3<&0
	# shellcheck disable=SC2016
	$own sh -c '
		while read -r line; do :; done
		kill -s TERM -- "-$1" || kill -s TERM "$1"
		sleep 5
		kill -s KILL -- "-$1"
	' cockpit "$child" <&3 >/dev/null 2>&1 &
	hearer=$!
	exec 3<&-
	wait "$child"
	status=$?
	kill "$watcher" "$hearer" 2>/dev/null
	[ -e "$timely" ] || [ ! -e "$lock" ] || status=late
	end_check
}

# What a command makes of a full disk is not its own fault. Arguments: FOLDER HOME TREE.
say_end() {
	case $status in
	0 | late) ;;
	*) ! see_room "$1" "$2" || status=broken ;;
	esac
	[ "$status" != broken ] || set -- "$1" "$2" "$(printf %.120s "$why" | tr '\n' ' ')"
	unlock_check
	printf '\ncockpit-checked %s %s %s\n' "$nonce" "$status" "$3"
}

# Arguments: AGENT DIR BASE SECONDS COMMAND. After "cockpit-check" reads NONCE, which is not among them since the
# command could see it there; then a line with the tree that is checked, and what the command says; at last, in a
# line of its own, "cockpit-checked NONCE STATUS TREE", STATUS "late" when it took too long, TREE the one that there
# is by then; or STATUS "broken" and instead of TREE why: it could not be run. Then the first TREE may be "unknown".
check() {
	agent=$1 dir=$2 base=$3 COCKPIT_CHECK=$5
	agent_home "$agent"
	cd "$dir" || die "there is no folder $dir here"
	lock_check
	if [ -n "$why" ]; then
		see_room "$dir" "$home"
	elif ! tree=$(tree_now "$agent" "$dir" "$base"); then
		see_room "$dir" "$home" || die "${tree#cockpit-error }"
	fi
	[ -z "$why" ] || tree=unknown status=broken
	echo cockpit-check
	unset nonce
	read -r nonce || exit 1
	echo "$tree"
	if [ "$tree" != unknown ]; then
		run_check "$4"
		tree=$(tree_now "$agent" "$dir" "$base") || tree=unknown
	fi
	say_end "$dir" "$home" "$tree"
}

# Arguments: NAME REPO COMMIT SECONDS COMMAND SETUP. The same of a commit that nobody works on, in a work tree for that,
# which stays, so that not all is built anew the next time.
trial() {
	find_bare "$2"
	id=$3 home=$state/$session/trial
	mkdir -p "$home" || die "cannot make $home"
	lock_check
	[ -z "$why" ] || ! see_room "$home" "$home" || die "$why"
	if [ -e "$home/tree/.git" ] && git -C "$home/tree" -c core.hooksPath=/dev/null checkout -q --detach --force "$id" 2>/dev/null; then
		git -C "$home/tree" clean -fdq
	else
		rm -rf "$home/tree" "$home/set-up"
		g worktree prune
		out=$(g worktree add -f --detach "$home/tree" "$id" 2>&1) || {
			! see_room "$home" "$home" || die "$why"
			die "git worktree add: $(echo "$out" | tail -n 1)"
		}
	fi
	cd "$home/tree" || die "there is no folder $home/tree here"
	echo cockpit-trial
	unset nonce
	read -r nonce || exit 1
	git rev-parse "$id^{tree}"
	COCKPIT_CHECK=$5 COCKPIT_SET_UP=$home/set-up
	export COCKPIT_SET_UP
	[ -z "$6" ] || [ -e "$home/set-up" ] || COCKPIT_CHECK="( $6
) && : >\"\$COCKPIT_SET_UP\" || exit
$5"
	run_check "$4"
	say_end "$home/tree" "$home" unknown
}

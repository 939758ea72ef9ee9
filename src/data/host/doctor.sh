# shellcheck shell=sh
# Facts about a host.

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

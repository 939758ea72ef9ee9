# shellcheck shell=bash
#
# For whole-program tests. A script sources this first, does its checks, and ends
# by running off its end (or by `skip REASON`, `bail REASON`):
#
#	. "$(dirname "$0")/lib.sh"
#	start_sshd web
#	make_repo "$T/repo"
#	ui_start 100 30 "$COCKPIT" attach
#	check "shows the fleet" ui_expect 'fleet: demo' 10
#
# Every script owns its world: a temporary folder $T, a clean environment with HOME and
# XDG_* inside of it, sshd's and tmux servers of its own. Output is one line a case:
# "ok - NAME", "not ok - NAME", "skip - REASON"; the exit status is 1 if any failed
# and also if there was none. On any end, whatever was started is ended, by recorded
# process id or by its own socket in $T, and $T is removed (kept with KEEP=1).
#
# Nothing here sleeps for a fixed time to let something happen: wait_for polls.

set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
SELF=$(basename "$0" .sh)

# --- the clean environment ---

# What a test may see of the caller's world: the rest is unset.
KEPT=' PATH COCKPIT KEEP ROUNDS CC ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS '

clean_environment() {
	local name
	for name in $(compgen -e); do
		case $KEPT in
		*" $name "*) ;;
		*) unset "$name" 2>/dev/null ;;
		esac
	done
	# Short: the path of a socket has room for 107 bytes.
	T=$(mktemp -d /tmp/ck.XXXXXX) || exit 1
	mkdir -p "$T"/{home,config,state,cache,data,tmp,bin} && mkdir -m 700 "$T/run" || exit 1
	export HOME=$T/home TMPDIR=$T/tmp TMUX_TMPDIR=$T/tmp
	export XDG_CONFIG_HOME=$T/config XDG_STATE_HOME=$T/state XDG_CACHE_HOME=$T/cache
	export XDG_DATA_HOME=$T/data XDG_RUNTIME_DIR=$T/run
	export TERM=xterm-256color LANG=C.UTF-8 TZ=UTC SHELL=/bin/sh
	USER=$(id -un)
	export USER LOGNAME=$USER
	export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	export PATH="$T/bin:$PATH"
	umask 022
	cd "$T" || exit 1
}

COCKPIT=${COCKPIT:-$ROOT/build/rel/cockpit}
case $COCKPIT in
/*) ;;
*) COCKPIT=$PWD/$COCKPIT ;;
esac
export COCKPIT
clean_environment

# --- cases ---

PASSED=0 FAILED=0 SKIPPED=0

pass() {
	PASSED=$((PASSED + 1))
	echo "ok - $SELF: $*"
}

fail() {
	FAILED=$((FAILED + 1))
	echo "not ok - $SELF: $*"
}

# One case that cannot be run here. To leave the whole script: `skip REASON; exit`.
skip() {
	SKIPPED=$((SKIPPED + 1))
	echo "skip - $SELF: $*"
}

# The script cannot go on.
bail() {
	fail "$@"
	exit 1
}

# check NAME COMMAND…: passes if the command succeeds; else what it said is shown.
# It runs here, not in a subshell, so that it may set variables.
check() {
	local name=$1
	shift
	if "$@" >"$T/check.out" 2>&1; then
		pass "$name"
	else
		fail "$name"
		echo "# failed: $*"
		sed 's/^/# /' "$T/check.out"
	fi
}

# equal WANTED GOT, for check.
equal() {
	[ "$1" = "$2" ] && return
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | sed 's/^</wanted:/; s/^>/got:   /'
	return 1
}

fails() {
	! "$@"
}

# exits STATUS COMMAND…
exits() {
	local wanted=$1 got
	shift
	"$@"
	got=$?
	[ $got -eq "$wanted" ] && return
	echo "exit status $got, not $wanted"
	return 1
}

# says REGEX COMMAND…: one of its lines matches, whatever its exit status.
says() {
	local regex=$1
	shift
	"$@" >"$T/says.out" 2>&1
	grep -qE -e "$regex" "$T/says.out" || {
		cat "$T/says.out"
		return 1
	}
}

# valid_json FILE: by whatever reads JSON here; without such a thing: it begins and ends so.
valid_json() {
	if [ -x /usr/bin/python3 ]; then
		/usr/bin/python3 -m json.tool "$1"
	elif command -v node >/dev/null; then
		node -e 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))' "$1"
	else
		[[ $(tr -d '[:space:]' <"$1") =~ ^[[{].*[]}]$ ]]
	fi
}

# --- waiting ---

now_ms() {
	local t=$EPOCHREALTIME
	echo "${t%[.,]*}$(printf %.3s "${t#*[.,]}")"
}

# A deadline is there to end what will never be. How fast things are is measured elsewhere:
# one that is missed because the machine is busy tells nothing. Where the time itself is the
# claim: PATIENCE=1 check …
PATIENCE=3

# wait_for SECONDS COMMAND…: polls every 50 ms until the command succeeds, PATIENCE times
# that long. On timeout says what was awaited and what the command said last, and fails.
wait_for() {
	local seconds=$1 end
	shift
	seconds=$((seconds * PATIENCE))
	end=$(($(now_ms) + seconds * 1000))
	while ! "$@" >"$T/wait.out" 2>&1; do
		if [ "$(now_ms)" -ge "$end" ]; then
			echo "not within $seconds s: $*"
			echo "its last output:"
			cat "$T/wait.out"
			return 1
		fi
		sleep 0.05
	done
}

# --- cleaning up ---

PIDS=() HOOKS=()

# Ends this process with the script: track PID.
track() {
	PIDS+=("$1")
}

# Runs a command line when the script ends, last registered first, before anything is killed.
on_exit() {
	HOOKS+=("$1")
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

clean_up() {
	local status=$? i pid socket
	trap - EXIT
	trap '' INT TERM HUP
	for ((i = ${#HOOKS[@]} - 1; i >= 0; i--)); do
		eval "${HOOKS[i]}"
	done
	# The terminals first: a tmux server with a client that does not read lives on.
	for pid in ${PIDS[@]+"${PIDS[@]}"}; do
		kill "$pid" 2>/dev/null
	done
	for pid in ${PIDS[@]+"${PIDS[@]}"}; do
		wait_for 3 gone "$pid" >/dev/null || kill -KILL "$pid" 2>/dev/null
	done
	# Whatever listens inside of $T is ours: the operator's terminal and the hosts' servers.
	for socket in "$T/ui" $(find "$T" -type s ! -path "$T/ui" 2>/dev/null); do
		[ -S "$socket" ] && timeout 5 tmux -S "$socket" kill-server 2>/dev/null
	done
	cd / || exit 1
	if [ -n "${KEEP:-}" ]; then
		echo "# kept: $T"
	else
		wait_for 5 rm -rf "$T" 2>/dev/null >/dev/null
		rm -rf "$T"
	fi
	if [ "$status" -eq 0 ] && { [ $FAILED -gt 0 ] || [ $((PASSED + SKIPPED)) -eq 0 ]; }; then
		status=1
	fi
	exit "$status"
}
trap clean_up EXIT
trap 'echo "not ok - $SELF: interrupted"; exit 130' INT TERM HUP

# --- hosts ---

# start_sshd NAME [LINE…]: an sshd on loopback with keys of its own, known to "ssh NAME" in
# here and, by -F, to others: $T/ssh_config. What it runs finds HOST_NAME=NAME, and HOME and
# XDG_* in $T/hosts/NAME, so that three of them are three hosts. The lines are for its
# configuration, and outdo what stands there by itself.
# Sets SSHD_PID and SSHD_PORT.
start_sshd() {
	local name=$1 dir=$T/ssh/$1 home=$T/hosts/$1 sshd try
	shift
	sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) || {
		echo "there is no sshd here"
		return 1
	}
	mkdir -p "$dir" "$home"/{tmp,state,config} && mkdir -m 700 "$home/run" || return 1
	[ -f "$T/ssh/id" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$T/ssh/id" || return 1
	ssh-keygen -q -t ed25519 -N '' -C test -f "$dir/hostkey" || return 1
	cp "$T/ssh/id.pub" "$dir/authorized"
	# Its place for privilege separation, which systemd would have made.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	for try in 1 2 3 4 5 6 7 8; do
		SSHD_PORT=$((20000 + (RANDOM * 32768 + RANDOM + try) % 30000))
		{
			[ $# -eq 0 ] || printf '%s\n' "$@"
			write_sshd_config "$dir" "$home" "$name"
		} >"$dir/config"
		rm -f "$dir/pid"
		"$sshd" -f "$dir/config" -E "$dir/log" || continue
		wait_for 2 test -s "$dir/pid" >/dev/null && break
	done
	[ -s "$dir/pid" ] || {
		echo "sshd did not start:"
		cat "$dir/log"
		return 1
	}
	SSHD_PID=$(cat "$dir/pid")
	track "$SSHD_PID"
	echo "[127.0.0.1]:$SSHD_PORT $(cut -d ' ' -f 1,2 "$dir/hostkey.pub")" >>"$T/known_hosts"
	write_ssh_host "$name" >>"$T/ssh_config"
	# ssh takes the configuration of the account, whatever HOME says.
	if [ ! -x "$T/bin/ssh" ]; then
		printf '#!/bin/sh\nexec %s -F %s "$@"\n' \
			"$(PATH=${PATH#*:} command -v ssh)" "$T/ssh_config" >"$T/bin/ssh"
		chmod +x "$T/bin/ssh"
	fi
}

write_sshd_config() {
	local dir=$1 home=$2 name=$3
	cat <<-EOC
		Port $SSHD_PORT
		ListenAddress 127.0.0.1
		HostKey $dir/hostkey
		PidFile $dir/pid
		AuthorizedKeysFile $dir/authorized
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PrintMotd no
		AllowUsers $USER
		SetEnv HOST_NAME=$name HOME=$home TMPDIR=$home/tmp TMUX_TMPDIR=$home/tmp XDG_RUNTIME_DIR=$home/run XDG_STATE_HOME=$home/state XDG_CONFIG_HOME=$home/config LANG=C.UTF-8 GIT_CONFIG_NOSYSTEM=1
		ForceCommand cd && if [ -n "\$SSH_ORIGINAL_COMMAND" ]; then eval "\$SSH_ORIGINAL_COMMAND"; else exec "\$SHELL" -l; fi
	EOC
}

write_ssh_host() {
	cat <<-EOC
		Host $1
		  HostName 127.0.0.1
		  Port $SSHD_PORT
		  User $USER
		  IdentityFile $T/ssh/id
		  IdentitiesOnly yes
		  UserKnownHostsFile $T/known_hosts
		  GlobalKnownHostsFile /dev/null
		  StrictHostKeyChecking yes
		  BatchMode yes

	EOC
}

# --- agents, seen past cockpit: in the tmux server of their host ---

# Where cockpit's server on this machine listens, unless the fleet file says otherwise.
# shellcheck disable=SC2034 # it is for the scripts
LOCAL_SOCKET=$TMUX_TMPDIR/tmux-$(id -u)/cockpit

# agent_pane SOCKET AGENT: "%3"; fails if there is none.
agent_pane() {
	tmux -S "$1" list-panes -a -F '#{@cockpit_agent} #{pane_id}' 2>/dev/null |
		awk -v agent="$2" '$1 == agent { print $2; found = 1 } END { exit !found }'
}

# agent_text SOCKET AGENT: its screen.
agent_text() {
	tmux -S "$1" capture-pane -p -t "$(agent_pane "$1" "$2")"
}

# agent_past SOCKET AGENT: what scrolled off it too. What is sent to a `cat` comes twice, and how
# much of it is on the screen is a matter of time.
agent_past() {
	tmux -S "$1" capture-pane -p -S - -t "$(agent_pane "$1" "$2")"
}

# agent_says SOCKET AGENT REGEX SECONDS: until a line of its screen matches.
agent_says() {
	wait_for "$4" says "$3" agent_text "$1" "$2"
}

# --- git ---

# make_repo DIR: a git repo on branch main with three commits and an identity of its own.
make_repo() {
	local dir=$1 n
	git init -q -b main "$dir" || return 1
	git -C "$dir" config user.name 'Test Person'
	git -C "$dir" config user.email test@example.org
	git -C "$dir" config commit.gpgsign false
	for n in one two three; do
		echo "$n" >"$dir/$n.txt"
		git -C "$dir" add "$n.txt"
		GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' \
			git -C "$dir" commit -q -m "Add $n" || return 1
	done
}

# --- the operator's terminal: a tmux server of its own at $T/ui ---

ui() {
	tmux -S "$T/ui" "$@"
}

# ui_start COLUMNS ROWS COMMAND…: runs it in a new terminal of that size. When it ends,
# its last screen stays, and ui_status tells how it ended.
ui_start() {
	local columns=$1 rows=$2
	shift 2
	[ ! -S "$T/ui" ] || ui kill-server 2>/dev/null
	rm -f "$T/ui"
	# The second command runs before the first can have ended: one line is one go.
	ui -f /dev/null new-session -d -s ui -x "$columns" -y "$rows" "exec $(printf '%q ' "$@")" \; \
		set-option -g status off \; set-option -gq remain-on-exit-format '' \; set-option -g remain-on-exit on \; \
		set-option -g default-terminal xterm-256color \; set-option -g escape-time 0 || return
	ui_resize "$columns" "$rows"
}

# The process id of what was started.
ui_pid() {
	ui display-message -p -t ui '#{pane_pid}'
}

ui_resize() {
	ui resize-window -t ui -x "$1" -y "$2"
}

# Keys as tmux names them: ui_keys Escape C-a n.
ui_keys() {
	ui send-keys -t ui "$@"
}

# Text as it is, without key names in it.
ui_type() {
	ui send-keys -t ui -l -- "$1"
}

ui_text() {
	ui capture-pane -p -t ui
}

# ui_status: the exit status of what ran in it, as a shell tells it; fails while it runs.
ui_status() {
	local dead code signal
	IFS=, read -r dead code signal < <(ui display-message -p -t ui \
		'#{pane_dead},#{pane_dead_status},#{pane_dead_signal}')
	[ "$dead" = 1 ] || return
	# It is known to be dead before it is known how; and 3.3a can miss that it is told.
	if [ -z "$code$signal" ]; then
		kill -CHLD "$(ui display-message -p '#{pid}')"
		return 1
	fi
	echo "${code:-$((128 + signal))}"
}

ui_shows() {
	ui_text >"$T/ui.screen" || return
	grep -qE -e "$1" "$T/ui.screen" && return
	cat "$T/ui.screen"
	return 1
}

ui_hides() {
	ui_text >"$T/ui.screen" || return
	grep -qE -e "$1" "$T/ui.screen" || return 0
	cat "$T/ui.screen"
	return 1
}

# ui_expect REGEX SECONDS: until a line of the screen matches; says the last screen if none does.
ui_expect() {
	wait_for "$2" ui_shows "$1"
}

# ui_box REGEX SECONDS: the same, for a box that opens some time after the key that asked for it:
# it takes keys once it has been there for a moment.
ui_box() {
	ui_expect "$@" && sleep 0.35
}

# ui_absent REGEX SECONDS: until no line of the screen matches.
ui_absent() {
	wait_for "$2" ui_hides "$1"
}

# ui_ended STATUS SECONDS: until what ran in it has ended; fails if with another status.
ui_ended() {
	wait_for "$2" ui_status && equal "$1" "$(ui_status)"
}

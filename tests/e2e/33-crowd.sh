#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Many at once: fifty hosts connect, more than a server takes wait for their turn. The numbers of
# the cases are those of the threat model.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
HOSTS=50
SERVERS=(s0 s1 s2 s3 s4)
# Names for one server: n7 is s2, by another name.
names=()
for ((s = 0; s < ${#SERVERS[@]}; s++)); do
	start_sshd "${SERVERS[s]}" 'LogLevel VERBOSE' || bail "host ${SERVERS[s]} starts"
	for ((n = s; n < HOSTS; n += ${#SERVERS[@]})); do
		write_ssh_host n$n >>"$T/ssh_config"
		names+=("n$n")
	done
done
start_sshd two 'MaxSessions 2' || bail 'host two starts'
start_sshd one 'MaxSessions 1' || bail 'host one starts'
start_sshd strict 'MaxStartups 1' 'LogLevel VERBOSE' || bail 'host strict starts'
for ((n = 0; n < 8; n++)); do
	write_ssh_host t$n >>"$T/ssh_config"
done

# fleet NAME HOST…: without agents
fleet() {
	local name=$1 host comma=''
	shift
	{
		printf '{"name": "%s", "hosts": {' "$name"
		for host; do
			printf '%s\n "%s": {"repo": null, "ssh_config": "%s", "slots": 16}' "$comma" "$host" "$T/ssh_config"
			comma=,
		done
		printf '}%s}\n' "${agents:-}"
	} >"$T/$name.json"
}
# ready FLEET: how many of its hosts are, or were
ready() {
	grep -oE 'host [a-z0-9]+: [a-z]+ -> ready' "$XDG_STATE_HOME/cockpit/$1/log" | sort -u | wc -l
}
all_ready() {
	echo "$(ready "$1") of $2"
	[ "$(ready "$1")" -eq "$2" ]
}

# --- fifty ---

fleet fifty "${names[@]}"
start=$(now_ms)
check 'attach to fifty hosts' ui_start 160 70 "$COCKPIT" attach --fleet "$T/fifty.json"
check 'all of them are ready' wait_for 60 all_ready fifty $HOSTS
echo "# $(($(now_ms) - start)) ms"
check 'none of them at the second try' fails grep -E ' -> lost' "$XDG_STATE_HOME/cockpit/fifty/log"
for host in "${SERVERS[@]}"; do
	check "$host: no login was turned away" fails grep -E 'MaxStartups|drop connection|Timeout before' "$T/ssh/$host/log"
done
check 'the screen says so' ui_expect 'n49 +ready' 5
ui_keys q
check 'it ends' ui_ended 0 10

# --- a server that takes one login at a time ---

fleet strict t0 t1 t2 t3 t4 t5 t6 t7
check 'eight names for a server that takes one at a time' ui_start 100 30 "$COCKPIT" attach --fleet "$T/strict.json"
check 'it turns some of them away' wait_for 10 grep -E 'MaxStartups|drop connection' "$T/ssh/strict/log"
check 'in the end all are in' wait_for 60 all_ready strict 8
check 'and nobody was told to stay away' fails grep -E ' -> refused' "$XDG_STATE_HOME/cockpit/strict/log"
ui_keys q
check 'it ends' ui_ended 0 10

# --- case 12: no more than two channels ---

agents=', "agents": ['
for ((n = 0; n < 8; n++)); do
	agents="$agents${comma-} {\"name\": \"a$n\", \"host\": \"two\", \"command\": [\"sh\", \"-c\", \"echo a$n is here; exec cat\"]}"
	comma=,
done
agents="$agents]"
fleet two two
check 'case 12: eight agents for a host with two sessions' ui_start 240 64 "$COCKPIT" up --fleet "$T/two.json"
for ((n = 0; n < 8; n++)); do
	check "case 12: a$n had to wait, not to fail" ui_expect "│a$n is here" 20
done
check 'case 12: the host is ready' fails grep -E 'host two: ready -> ' "$XDG_STATE_HOME/cockpit/two/log"
check 'more at once than it has room for' eval '
	for n in 0 1 2 3 4 5; do "$COCKPIT" new --fleet "$T/two.json" more$n --host two -- cat >"$T/new.$n" 2>&1 & pids="${pids-} $!"; done
	status=0; for pid in $pids; do wait $pid || status=1; done; cat "$T"/new.*; [ $status -eq 0 ]'
check 'all of them show' ui_expect '14 agents' 10
ui_keys q
check 'it ends' ui_ended 0 10

# --- case 12: no more than one, which the screen takes ---

agents=', "agents": [{"name": "b0", "host": "one", "command": ["cat"]}, {"name": "b1", "host": "one", "command": ["cat"]}]'
fleet one one
check 'case 12: a fleet on a host with one session' ui_start 240 64 "$COCKPIT" up --fleet "$T/one.json"
check 'case 12: it is said why nothing starts' ui_expect 'one: .*no more than 1 session .MaxSessions' 20
check 'case 12: the host is shown all the same' fails grep -E 'host one: ready -> ' "$XDG_STATE_HOME/cockpit/one/log"
# They have a connection, and with it a session, of their own.
check 'case 12: new' says '^started c0' "$COCKPIT" new --fleet "$T/one.json" c0 --host one -- cat
check 'case 12: it shows' ui_expect ' c0 ─ one ' 10
check 'case 12: send' says '^sent' "$COCKPIT" send --fleet "$T/one.json" c0 "hello there"
check 'case 12: it arrives' ui_expect '│hello there' 10
check 'case 12: stop' says '^stopped c0' "$COCKPIT" stop --fleet "$T/one.json" c0

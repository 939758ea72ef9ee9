#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# What takes longer than a second is said, and can be cancelled: then nothing of it goes on.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

PATH=$PATH:/usr/sbin command -v sshd >/dev/null || bail 'there is no sshd here'
start_sshd web || bail 'host web starts'
make_repo "$T/toy"
git init -q --bare -b main "$T/origin.git"
cd "$T/toy" || exit 1
cat >check <<EOC
echo \$\$ >>$T/checks
while [ -e $T/hold ]; do sleep 0.1; done
EOC
git add . && git commit -qm 'a check' && git remote add origin "$T/origin.git" && git push -q -u origin main
cat >"$T/origin.git/hooks/pre-receive" <<EOC
#!/bin/sh
echo \$\$ >$T/hook
while [ -e $T/hold ]; do sleep 0.1; done
EOC
chmod +x "$T/origin.git/hooks/pre-receive"
# A way to a host on which one verb is held.
cat >"$T/bin/way" <<EOC
#!/bin/sh
export HOME=$T/hosts/box XDG_STATE_HOME=$T/hosts/box/state
[ "\$5" != "\$(cat $T/held 2>/dev/null)" ] || {
	echo \$\$ >$T/way
	while [ -e $T/held ]; do sleep 0.1; done
}
exec "\$@"
EOC
chmod +x "$T/bin/way" && mkdir -p "$T/hosts/box"
# Two hosts that take a connection and say nothing; who comes is counted.
cat >"$T/mute.py" <<EOC
import socket
s, kept = socket.create_server(("127.0.0.1", 0), backlog=50), []
open("$T/mute.port.new", "w").write(str(s.getsockname()[1]))
import os; os.rename("$T/mute.port.new", "$T/mute.port")
while True:
    kept.append(s.accept())
    open("$T/mute.count", "a").write("one\n")
EOC
python3 "$T/mute.py" &
track $!
wait_for 10 test -s "$T/mute.port" >/dev/null || bail 'the mute host listens'
printf 'Host mute dumb\n HostName 127.0.0.1\n Port %s\n UserKnownHostsFile /dev/null\n' "$(cat "$T/mute.port")" >>"$T/ssh_config"
write_fleet() {
	cat >cockpit.json <<-EOC
		{"name": "toy", "profile": "shell", "check": "sh ./check", "hosts": {
		  "local": {"socket": "$T/here.sock"},
		  "web": {"ssh_config": "$T/ssh_config", "socket": "$T/web.sock"}, $*
		  "box": {"transport": ["$T/bin/way"], "socket": "$T/box.sock", "slots": 20}}}
	EOC
}
write_fleet
touch "$T/hold"
check 'agent here' exits 0 "$COCKPIT" new here --fleet cockpit.json --host local -- cat
check 'agent far' exits 0 "$COCKPIT" new far --fleet cockpit.json --host web -- cat
ended() { ! kill -0 "$1" 2>/dev/null; }
begun() { [ "$(wc -l <"$T/checks")" -ge "$1" ]; }

# Only now: a command waits for hosts that may come.
write_fleet '"mute": {"ssh_config": "'"$T"'/ssh_config", "transport": "libssh2"},' \
	'"dumb": {"ssh_config": "'"$T"'/ssh_config", "transport": "openssh"},'
check 'attach' ui_start 130 40 "$COCKPIT" attach --fleet cockpit.json
check 'both are there' ui_expect '2 far' 10

# --- hosts that do not answer ---

came() { [ -e "$T/mute.count" ] && [ "$(wc -l <"$T/mute.count")" -ge "$1" ]; }
check 'that they are tried is said' ui_expect '⠹ 2 things under way' 10
check 'both have a connection' wait_for 10 came 2
ui_keys P
check 'one is listed, with what it is at' ui_expect 'connecting mute  it is to answer, and keys are exchanged +[0-9]+s' 10
check 'and the other' ui_expect 'connecting dumb  it is to answer, and keys are exchanged +[0-9]+s' 10
ui_keys x
check 'one is cancelled' ui_expect 'cancelled: connecting (mute|dumb)' 5
check 'the other one is left' ui_expect '▸connecting (mute|dumb) ' 5
# A key that comes at once is not for the one that took its place.
check 'which is, too' wait_for 10 eval 'ui_keys x; ui_shows "nothing is under way"'
ui_keys q
check 'the header says so' ui_expect 'mute not connected \(cancelled\).*dumb not connected \(cancelled\)' 5
gone_there() { [ -z "$(pgrep -P "$(ui_pid)" -f 'ssh .*dumb')" ]; }
check 'ssh(1) is ended' wait_for 10 gone_there
check 'r' ui_keys r
check 'they are tried again' wait_for 10 came 4
ui_keys P
check 'and are listed again' ui_expect 'connecting (mute|dumb)' 5
ui_keys x
check 'one is cancelled again' ui_expect '▸connecting (mute|dumb) ' 5
check 'and the other again' wait_for 10 eval 'ui_keys x; ui_shows "nothing is under way"'
ui_keys q
ui_keys P
check 'nothing is under way' ui_expect 'nothing is under way' 5
ui_keys q
echo more >"$T/toy-agents/here/more"

# --- checks: here, and on a host that does not end what its login leaves ---

check 'here is looked at' ui_expect '▸1 here' 5
ui_keys 1 v
check 'its check is said with its age' ui_expect '⠹ checking here [1-9][0-9]*s P' 10
check 'and has begun' wait_for 10 begun 1
ui_keys P
check 'and listed' ui_expect '▸checking here on local +[0-9]+s' 5
ui_keys x
check 'it is cancelled' ui_expect 'cancelled' 5
check 'it is not listed any more' ui_expect 'nothing is under way' 10
check 'what ran is gone' wait_for 10 ended "$(sed -n 1p "$T/checks")"
# Before a command comes, which tries all hosts.
check 'nobody else went to those hosts' equal 4 "$(wc -l <"$T/mute.count")"
check 'and so it is kept' wait_for 5 says ' cancelled ' "$COCKPIT" check here --history --fleet cockpit.json
check 'another cockpit has nothing to mend' says '^nothing of it is known to be broken' "$COCKPIT" fix here --dry-run --fleet cockpit.json
ui_keys q
check 'nor said' ui_absent '⠹' 5
ui_keys 2 v
check 'the other one runs' wait_for 10 begun 2
check 'and is said' ui_expect '⠹ checking far [1-9][0-9]*s P' 10
ui_keys P
check 'and listed as well' ui_expect '▸checking far on web' 5
ui_keys Enter
check 'it is cancelled too' ui_expect 'cancelled' 5
check 'what ran there is gone' wait_for 10 ended "$(sed -n 2p "$T/checks")"
ui_keys q

# --- a push that its remote does not end ---

ui_keys 1 p
check 'what is pushed is shown' ui_box 'push cockpit/here, ask' 10
ui_keys C-d
ui_keys Enter
check 'it is said' ui_expect '⠹ pushing here [1-9][0-9]*s' 10
check 'and its remote is at it' wait_for 10 test -s "$T/hook"
ui_keys P
check 'it is listed' ui_expect '▸pushing here on local  its work' 5
ui_keys x
check 'it is over' ui_expect 'nothing is under way' 10
check 'the hook is gone' wait_for 10 ended "$(cat "$T/hook")"
check 'and nothing is there' fails git -C "$T/origin.git" rev-parse --verify -q refs/heads/cockpit/here
ui_keys q

# --- a merge, in what it becomes ---

base=$(git rev-parse main)
ui_keys 1 m
check 'what is merged is shown' ui_box 'squash here into main' 10
ui_keys C-d
ui_keys Enter
check 'its check runs' wait_for 10 begun 3
ui_keys P
check 'it is one thing' ui_expect '▸merging here on local  what it becomes is checked' 5
check 'with its check' ui_absent 'checking' 5
ui_keys x
check 'it is over as well' ui_expect 'nothing is under way' 10
check 'its check is gone' wait_for 10 ended "$(sed -n 3p "$T/checks")"
check 'the base is where it was' equal "$base" "$(git rev-parse main)"
ui_keys q

# --- a start: before its host does something, and while it does ---

echo have >"$T/held"
ui_keys n
check 'a new one' ui_expect 'what is it to do' 5
ui_keys Enter
check 'its start is said' ui_expect '⠹ starting shell-1 [1-9][0-9]*s' 10
check 'and its host asked' wait_for 10 test -s "$T/way"
ui_keys P
check 'and where it is' ui_expect '▸starting shell-1 on box  the repo is brought there' 5
ui_keys x
check 'it is given up' ui_expect 'nothing is under way' 10
check 'on its host, too' wait_for 10 ended "$(cat "$T/way")"
check 'nothing of it is there' fails ls -d "$T/hosts/box/state/cockpit/toy/work/shell-1"
ui_keys q
rm "$T/way"
echo spawn >"$T/held"
ui_keys n
check 'a new one again' ui_expect 'what is it to do' 5
ui_keys Enter
check 'its start is said again' ui_expect '⠹ starting shell-1 [1-9][0-9]*s' 10
ui_keys P
check 'its host is at it' ui_expect '▸starting shell-1 on box  its host starts it' 5
ui_keys x
check 'so it is not left half made' ui_expect 'being cancelled' 5
rm "$T/held"
check 'but stopped' ui_expect 'nothing is under way' 20
check 'which is said' ui_expect 'was cancelled; stopped shell-1' 5
check 'and true' fails agent_pane "$T/box.sock" shell-1
ui_keys q
ui_keys q
check 'q' ui_ended 0 10

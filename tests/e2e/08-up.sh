#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# up starts what can be started: a host that says nothing holds up its own agents alone.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
start_sshd mute || bail 'host mute starts'
kill -STOP "$SSHD_PID"
cat >cockpit.json <<EOC
{
  "name": "up",
  "hosts": {
    "local": {"repo": null, "socket": "$T/local.sock"},
    "mute": {"repo": null, "ssh_config": "$T/ssh_config", "socket": "$T/mute.sock"}
  },
  "agents": [
    {"name": "here", "command": ["sh", "-c", "echo here it is; exec cat"]},
    {"name": "there", "host": "mute", "command": ["sh", "-c", "echo there it is; exec cat"]}
  ]
}
EOC
check 'a host that says nothing' ui_start 120 40 "$COCKPIT" up ./cockpit.json
check 'does not hold up the agent of another' ui_expect 'here it is' 10
check 'and is still waited for' ui_expect '┌ 2 there ─ mute ─' 5
check 'its agent does not run' fails ui_shows 'there it is'
kill -CONT "$SSHD_PID"
check 'once it speaks, it runs' ui_expect 'there it is' 45
ui_keys q
check 'q ends it' ui_ended 0 10
"$COCKPIT" down --fleet ./cockpit.json >/dev/null 2>&1

# --- new: names are one agent's in the fleet, but a host that says nothing is not waited for long ---

cat >new.json <<EOC
{
  "name": "new",
  "hosts": {
    "local": {"repo": null, "socket": "$T/local.sock"},
    "mute": {"repo": null, "ssh_config": "$T/ssh_config", "socket": "$T/mute.sock"}
  }
}
EOC
new() { "$COCKPIT" new "$@"; }
check 'two on a host' eval 'new far -F ./new.json -H mute -- cat && new -F ./new.json -H mute -p shell'
check 'one that is stopped there' eval 'new freed -F ./new.json -H mute -- cat && "$COCKPIT" stop freed -F ./new.json'
check 'and one from elsewhere' env XDG_STATE_HOME="$T/elsewhere" "$COCKPIT" new twin -F ./new.json -H mute -- cat
kill -STOP "$SSHD_PID"
start=$(now_ms)
new far -F ./new.json -H local -- cat >"$T/far" 2>&1 &
far=$!
new -F ./new.json -p shell >"$T/shell" 2>&1 &
shell=$!
new freed -F ./new.json -H local -- cat >"$T/freed" 2>&1 &
freed=$!
check 'an agent on another host starts' exits 0 new twin -F ./new.json -H local -- cat
check 'one for which no host was said starts where there is one' wait "$shell"
check 'which hosts were not asked is said' says '^cockpit: not known of mute: which agents are there$' cat "$T/shell"
check 'no name is made up that is known to be there' says '^started shell-2' cat "$T/shell"
check 'a name that is free there is free here' wait "$freed"
check 'one that is not is not' fails wait "$far"
check 'and where it is is said' says 'agent far runs on host mute, as far as is known' cat "$T/far"
check 'nobody waited for long' [ $(($(now_ms) - start)) -lt 20000 ]
kill -CONT "$SSHD_PID"
check 'two of one name: how to tell them apart' says 'say (local/twin or mute/twin|mute/twin or local/twin)$' \
	fails "$COCKPIT" stop twin -F ./new.json
check 'there is no third one' says 'agents called twin are already there, on 2 hosts' exits 5 \
	"$COCKPIT" new twin -F ./new.json -H local -- cat
check 'a host that is not there' says 'has no host nowhere' exits 4 "$COCKPIT" new -F ./new.json -H nowhere
# Every command knows it so.
to() { "$COCKPIT" "$1" "$2" -F ./new.json "${@:3}"; }
check 'a tag is of the name' eval 'to tag mute/twin slow && [ "$(to tag local/twin)" = "#slow" ]'
check 'and nothing of a host' fails grep -q / "$XDG_STATE_HOME/cockpit/new/tags.json"
check 'what is near it is on that host' says 'did you mean "local/twin"' exits 4 to stop local/twni
check 'or on another one' says 'did you mean "mute/far"' exits 4 to stop local/far
check 'a merge that is not known' says 'no merge of twin is known' exits 4 to merge mute/twin --undo
check 'two hosts are one too many' says 'is on another host than --host says' exits 2 to delete mute/twin --host local
check 'for resume as well' says 'is on another host than --host says' exits 2 to resume mute/twin --host local
check 'no name behind the slash' says '"" is no name of an agent' exits 2 to delete local/
check 'a path behind it' says '\.\./work/twin is no name of an agent' exits 2 to delete local/../work/twin
check 'that does it' says '^stopped twin' exits 0 "$COCKPIT" stop mute/twin -F ./new.json
check 'the other one runs' says '^twin +local ' "$COCKPIT" ls -F ./new.json
check 'what happened to it' says 'stopped twin on mute' to events mute/twin
check 'and not to the other' fails says 'on local' to events mute/twin
check 'which has its own' eval 'says "started twin on local" to events local/twin && fails says "on mute" to events local/twin'
check 'it is to come back on the host that is said' eval 'to stop local/twin && says "host mute has no repo" exits 2 to resume mute/twin'
"$COCKPIT" down -F ./new.json >/dev/null 2>&1

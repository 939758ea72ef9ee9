#!/usr/bin/env bash
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

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by another shell
#
# Hosts that are reached in other ways: this machine, a box behind a program, and ssh(1).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
start_sshd web || bail 'host web starts'
make_repo "$T/hosts/web/toy"

# A stand-in for podman with one box that "runs" as long as $T/box is there.
mkdir -p "$T/hosts/box1/tmp" "$T/box"
make_repo "$T/hosts/box1/toy"
cat >"$T/bin/podman" <<EOS
#!/bin/sh
[ "\$1 \$2" = 'exec -i' ] || { echo "podman: what is \$1?" >&2; exit 125; }
box=\$3
shift 3
[ "\$box" = box1 ] && [ -d "$T/box" ] || {
	echo "Error: no container with name or ID \"\$box\" found: no such container" >&2
	exit 125
}
cd "$T/hosts/box1" || exit 126
exec env -i PATH="$PATH" LANG=C.UTF-8 SHELL=/bin/sh HOST_NAME=box1 HOME="$T/hosts/box1" \\
	TMUX_TMPDIR="$T/hosts/box1/tmp" GIT_CONFIG_NOSYSTEM=1 "\$@"
EOS
# One that joins its words for a shell there, as "gh cs ssh" does.
cat >"$T/bin/enter" <<'EOS'
#!/bin/sh
[ "$1 $2" = '-c space' ] || exit 9
shift 3
HOST_NAME=space exec sh -c "$*"
EOS
chmod +x "$T/bin/podman" "$T/bin/enter"

make_repo "$T/toy"
cd "$T/toy" || exit 1
agent='["sh", "-c", "printf '"'marker %s\\\\n'"' \"${HOST_NAME:-local}\"; while read -r x; do echo \"got <$x>\"; done"]'
fleet() {
	cat <<EOC
{
  "name": "ways",
  "base": "main",
  "hosts": {
    "local": {"socket": "$T/local.sock"},
    "box": {"transport": ["podman", "exec", "-i", "box1"], "repo": "~/toy"},
    "space": {"transport": ["enter", "-c", "space", "--", "{command}"], "repo": null, "socket": "$T/space.sock"},
    "web": {"transport": "openssh", "ssh_config": "$T/ssh_config", "repo": "~/toy"}
    $1
  },
  "agents": [
    {"name": "here", "host": "local", "command": $agent},
    {"name": "boxed", "host": "box", "command": $agent},
    {"name": "spaced", "host": "space", "command": $agent},
    {"name": "there", "host": "web", "command": $agent}
  ]
}
EOC
}
fleet '' >cockpit.json

frame() {
	"$COCKPIT" attach --once --size 160x50
}

left_behind() {
	ls "$XDG_RUNTIME_DIR/cockpit" && ps -eo args | grep -F " -S $XDG_RUNTIME_DIR/cockpit/" | grep -vF grep
}

nothing_left() {
	[ -z "$(left_behind)" ]
}

# --- a file that merely lies there runs nothing ---

check 'a transport that comes with a repo is not just used: status 78' \
	says 'host box brings a "transport" of its own' exits 78 "$COCKPIT" ls

# --- up, typed into, seen ---

check 'up, the file named' exits 0 "$COCKPIT" up --detach ./cockpit.json
# What they print may come after they are known to run.
all_print() {
	frame >"$T/frame.out"
	[ "$(grep -oE 'marker [a-z0-9]+' "$T/frame.out" | sort -u | wc -l)" = 4 ]
}
wait_for 5 all_print
for words in 'marker local' 'marker box1' 'marker space' 'marker web' '4 hosts  4 agents'; do
	check "a frame shows: $words" grep -E "$words" "$T/frame.out"
done
for agent_name in here boxed spaced there; do
	check "send to $agent_name" exits 0 "$COCKPIT" send $agent_name "hello $agent_name's \$HOME"
	check "it arrives" wait_for 10 says "got <hello $agent_name's .HOME>" frame
done
check 'new in the box' says "^started more in $T/hosts/box1/toy-agents/more\$" \
	exits 0 "$COCKPIT" new more --host box -- cat
check 'its work tree is there' test -f "$T/hosts/box1/toy-agents/more/one.txt"
check 'stop in the box' exits 0 "$COCKPIT" stop more
check 'nothing of ssh is left between commands' wait_for 10 nothing_left

# --- the way is told ---

"$COCKPIT" ls --json >"$T/ls.json"
check 'ls --json' valid_json "$T/ls.json"
check 'it notes the box' grep -qF '"note": "through podman exec -i box1"' "$T/ls.json"
check 'and ssh(1)' grep -qF '"note": "through ssh(1)"' "$T/ls.json"
check 'explain does so' says '^agent there on host web \(through ssh\(1\)\)' exits 0 "$COCKPIT" explain there
check 'doctor does so' says 'ok   way +through enter -c space -- \{command\}' exits 0 "$COCKPIT" doctor space

# --- in the cockpit, with a person at it ---

ui_start 120 40 "$COCKPIT" attach
check 'the cockpit shows all four' ui_expect 'marker web' 20
check 'the box too' ui_expect 'marker box1' 20
ui_keys 2 Enter
ui_type 'typed by hand'
ui_keys Enter
check 'keys reach the box' ui_expect 'got <typed by hand>' 10

# Killed without a word: what it had started ends by itself.
kill -9 "$(ui_pid)"
check 'after a kill -9 nothing of ssh is left' wait_for 10 nothing_left
ui kill-server

# --- a box that is not there ---

rmdir "$T/box"
check 'a dead box: status 3' exits 3 "$COCKPIT" ls
check 'its program says why' says 'host box: podman exec -i box1 ended with status 125: Error: no container' "$COCKPIT" ls
check 'the others are listed' says '^there .* web' "$COCKPIT" ls
check 'doctor says it' says 'FAIL connect .*no such container' "$COCKPIT" doctor box
mkdir "$T/box"
check 'and there again' exits 0 "$COCKPIT" ls
mv "$T/bin/podman" "$T/bin/podman.away"
check 'a program that is not there' says 'host box: cannot run podman' exits 3 "$COCKPIT" ls
mv "$T/bin/podman.away" "$T/bin/podman"

# --- a key that libssh2 cannot use ---

ssh-keygen -q -t rsa -b 2048 -N '' -C test -f "$T/ssh/rsa"
cat "$T/ssh/rsa.pub" >>"$T/ssh/web/authorized"
sed "s|IdentityFile .*|IdentityFile $T/ssh/rsa|; s|^Host web|Host web-rsa|" "$T/ssh_config" >"$T/rsa_config"
fleet ', "web-rsa": {"ssh_config": "'"$T/rsa_config"'", "repo": null, "socket": "'"$T/rsa.sock"'"},
	"web-no": {"ssh": "web-rsa", "transport": "libssh2", "ssh_config": "'"$T/rsa_config"'", "repo": null}' >cockpit.json
check 'an RSA key: through ssh(1), and why' \
	says "ok   way +through ssh\(1\): RSA key $T/ssh/rsa" exits 0 "$COCKPIT" doctor web-rsa
check 'by libssh2 alone: why not' says 'FAIL login .*an RSA key, which libssh2' exits 1 "$COCKPIT" doctor web-no

# --- and has a passphrase: ssh(1) asks who sits at the terminal ---

ssh-keygen -q -p -P '' -N 'a word' -f "$T/ssh/rsa" >/dev/null
sed -i '/BatchMode/d' "$T/rsa_config"
check 'a passphrase and nobody there: why not' \
	says 'FAIL login .*rsa: a kind of key that libssh2 .*passphrase' exits 1 "$COCKPIT" doctor web-rsa </dev/null
ui_start 140 40 sh -c '"$COCKPIT" doctor web-rsa; exec cat'
check 'with a terminal it is asked for' ui_expect "passphrase of $T/ssh/rsa" 10
ui_type 'a word'
ui_keys Enter
check 'and the host is there' ui_expect 'ok   login' 10
check 'through ssh(1)' ui_expect "way +through ssh\(1\): RSA key $T/ssh/rsa" 5
check 'which nobody could read' ui_hides 'a word'
ui kill-server

# --- down ---

fleet '' >cockpit.json
check 'down' exits 0 "$COCKPIT" down
check 'nothing of ssh is left at the end' wait_for 10 nothing_left

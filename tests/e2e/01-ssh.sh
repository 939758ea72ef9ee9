#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# One fleet on this machine and on hosts over SSH.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
web_port='' box_pid=''
for name in web box; do
	start_sshd $name || bail "host $name starts"
	# As Debian sets them up: what is for interactive shells stands behind a question.
	mkdir -p "$T/hosts/$name"/{profile-bin,bashrc-bin}
	echo 'PATH=$HOME/profile-bin:$PATH; [ -z "$BASH_VERSION" ] || . ~/.bashrc; echo "welcome to $HOST_NAME"' \
		>"$T/hosts/$name/.profile"
	printf 'case $- in *i*) ;; *) return ;; esac\nexport PATH=$HOME/bashrc-bin:$PATH\n' >"$T/hosts/$name/.bashrc"
	for place in profile bashrc; do
		printf '#!/bin/sh\nenv >env.txt\necho "by the %s of $HOST_NAME"\nexec sleep 1000\n' $place \
			>"$T/hosts/$name/$place-bin/from-$place"
		chmod +x "$T/hosts/$name/$place-bin/from-$place"
	done
	make_repo "$T/hosts/$name/toy"
	[ $name = web ] && web_port=$SSHD_PORT
	[ $name = box ] && box_pid=$SSHD_PID
done
make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >cockpit.json <<EOC
{
  "name": "trio",
  "base": "main",
  "hosts": {
    "local": {"socket": "$T/local.sock"},
    "web": {"ssh_config": "$T/ssh_config", "repo": "$T/hosts/web/toy"},
    "box": {"ssh_config": "$T/ssh_config", "repo": "~/toy", "socket": "$T/box.sock", "slots": 3}
  },
  "agents": [
    {"name": "here", "host": "local", "command": ["sh", "-c", "printf 'marker %s\\n' \"\${HOST_NAME:-local}\"; while read -r x; do echo \"got <\$x>\"; done"]},
    {"name": "there", "host": "web", "command": ["sh", "-c", "printf 'marker %s\\n' \"\${HOST_NAME:-local}\"; while read -r x; do echo \"got <\$x>\"; done"]},
    {"name": "profiled", "host": "web", "command": ["from-profile"]},
    {"name": "sourced", "host": "box", "command": ["from-bashrc"]},
    {"name": "asked", "host": "box", "command": ["sh", "-c", "printf 'asked: %s\\n' \"\$1\"; exec cat", "x", "{prompt}"], "prompt": "say 'it'"}
  ]
}
EOC

# --- up ---

frame() {
	"$COCKPIT" attach --once --size 200x60
}

check 'an ssh configuration that comes with a repo is not just used: status 78' \
	says 'brings an ssh configuration' exits 78 "$COCKPIT" up --detach
check 'up --detach, the file named' exits 0 "$COCKPIT" up --detach ./cockpit.json
check 'again: all of them run already' says '^there runs already$' exits 0 "$COCKPIT" up --detach
"$COCKPIT" ls --json >"$T/ls.json"
check 'ls --json' valid_json "$T/ls.json"
for host in local web box; do
	check "ls shows $host" grep -q "\"host\": \"$host\"" "$T/ls.json"
done
check 'with five agents' equal 5 "$(grep -c '"worktree"' "$T/ls.json")"
check 'each in a work tree on its host' grep -qF "\"worktree\": \"$T/hosts/web/toy-agents/there\"" "$T/ls.json"
check 'also where the repo is named by "~"' grep -qF "\"worktree\": \"$T/hosts/box/toy-agents/sourced\"" "$T/ls.json"

# --- one frame with what they show ---

check 'attach --once: status 0' exits 0 frame
# What they print may come after they are known to run.
all_print() {
	frame >"$T/frame.out"
	[ "$(grep -oE 'marker (local|web)|asked: say' "$T/frame.out" | sort -u | wc -l)" = 3 ]
}
wait_for 5 all_print
for words in 'marker local' 'marker web' 'asked: say .it.' '3 hosts  5 agents' '1 here ─ local' '5 asked ─ box'; do
	check "it shows: $words" grep -E "$words" "$T/frame.out"
done
check 'what a .profile put on PATH is found' wait_for 5 says 'by the profile of web' frame
if [[ $(getent passwd "$USER") == */bash ]]; then
	check 'what a .bashrc put on PATH is found' wait_for 5 says 'by the bashrc of box' frame
else
	skip 'what a .bashrc put on PATH is found: the shell of the account is not bash'
fi
env=$T/hosts/web/toy-agents/profiled/env.txt
check 'its environment is known' test -s "$env"
check 'no TMUX in the environment of an agent' fails grep -E '^TMUX(_PANE)?=' "$env"
check 'and no name of a connection that is gone' fails grep -E '^SSH_(TTY|AUTH_SOCK)=' "$env"
check 'the sockets are where the fleet file says' test -S "$T/box.sock"
check 'or in the place of its host' test -S "$T/hosts/web/tmp/tmux-$(id -u)/cockpit"
check 'send to another host' exits 0 "$COCKPIT" send there 'over there'
check 'it arrives' wait_for 5 says 'got <over there>' frame
check 'new on another host' says "^started more in $T/hosts/box/toy-agents/more\$" \
	exits 0 "$COCKPIT" new more --host box -- cat
check 'explain' says '^agent sourced on host box' exits 0 "$COCKPIT" explain sourced

# --- doctor ---

"$COCKPIT" doctor >"$T/doctor.out"
check 'doctor: status 0' equal 0 $?
for words in '^local$' '^web$' '^box$' 'ok   link +this machine' 'ok   resolve +[0-9]+ ms' 'ok   connect +[0-9]+ ms' 'ok   login +[0-9]+ ms' 'ok   way +direct' 'ok   tmux +tmux 3' 'ok   git +git version'; do
	check "it says: $words" grep -E -e "$words" "$T/doctor.out"
done
check 'doctor of one host' fails says '^box$' "$COCKPIT" doctor web
"$COCKPIT" doctor --json >"$T/doctor.json"
check 'doctor --json' valid_json "$T/doctor.json"
check 'a host that is none: status 4' exits 4 "$COCKPIT" doctor nowhere

# --- host keys ---

key=$(ssh-keygen -lf "$T/ssh/web/hostkey.pub" | cut -d ' ' -f 2)
cp "$T/known_hosts" "$T/known_hosts.right"

# refused NAME WORDS: what each command does when web's key is not to be trusted
refused() {
	"$COCKPIT" ls >"$T/ls.out" 2>&1
	check "$1: ls has status 3" equal 3 $?
	check "$1: it says so" grep -E "^cockpit: host web: .*$2" "$T/ls.out"
	check "$1: with the fingerprint" grep -F "$key" "$T/ls.out"
	check "$1: the agents of other hosts are listed" grep -E '^here .* local' "$T/ls.out"
	check "$1: all of them" grep -E '^sourced .* box' "$T/ls.out"
	frame >"$T/frame.out" 2>&1
	check "$1: attach --once has status 3" equal 3 $?
	check "$1: its frame shows the others" grep 'marker local' "$T/frame.out"
	check "$1: send there fails" fails "$COCKPIT" send there x
	check "$1: send elsewhere works" exits 0 "$COCKPIT" send here x
	"$COCKPIT" doctor >"$T/doctor.out" 2>&1
	check "$1: doctor has status 1" equal 1 $?
	check "$1: it says so" grep -E "FAIL host key .*$2" "$T/doctor.out"
	check "$1: with the fingerprint and what to do" grep -E "FAIL host key .*SHA256:" "$T/doctor.out"
}
grep -vF ":$web_port " "$T/known_hosts.right" >"$T/known_hosts"
cp "$T/known_hosts" "$T/known_hosts.without"
refused 'an unknown host key' 'not known|unknown'
check 'it is not learnt' cmp "$T/known_hosts.without" "$T/known_hosts"
echo "[127.0.0.1]:$web_port $(cut -d ' ' -f 1,2 "$T/ssh/box/hostkey.pub")" >>"$T/known_hosts"
refused 'a changed host key' 'is not the one in'
cp "$T/known_hosts.right" "$T/known_hosts"
check 'with the right one all is well' exits 0 "$COCKPIT" ls
mv "$T/ssh/id" "$T/ssh/id.away"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$T/ssh/id" <<<y >/dev/null
check 'a key that the hosts do not know: status 3' says 'web.*(login|refused|key)' exits 3 "$COCKPIT" ls
mv "$T/ssh/id.away" "$T/ssh/id"

# --- a host that is down ---

kill "$box_pid"
check 'box is down' wait_for 5 gone "$box_pid"
check 'ls: status 3' exits 3 "$COCKPIT" ls
check 'it names the host' says '^cockpit: host box: ' "$COCKPIT" ls
check 'and shows the rest' says '^there .* web' "$COCKPIT" ls
check 'doctor: status 1' says 'FAIL connect .*refused' exits 1 "$COCKPIT" doctor box
check 'new elsewhere works' exits 0 "$COCKPIT" new other --host web -- cat
check 'down: status 3' says '^cockpit: host box: ' exits 3 "$COCKPIT" down
check 'what runs on box goes on' agent_text "$T/box.sock" sourced
check 'what ran on web does not' fails agent_text "$T/hosts/web/tmp/tmux-$(id -u)/cockpit" there

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# cockpit doctor names the cause, and says what to do, in words that a user understands.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi

make_repo "$T/toy"
cd "$T/toy" || exit 1
# Hosts that differ only in what is wrong with them.
hosts='fine old bare csh noisy slow stuck'
for name in $hosts; do
	start_sshd $name || bail "host $name starts"
	mkdir -p "$T/hosts/$name/bin"
	make_repo "$T/hosts/$name/toy"
	printf '    , "%s": {"ssh_config": "%s", "repo": "~/toy"}\n' $name "$T/ssh_config"
done >"$T/hosts.json"
start_sshd narrow 'MaxSessions 1' || bail 'host narrow starts'
make_repo "$T/hosts/narrow/toy"
printf '    , "narrow": {"ssh_config": "%s", "repo": "~/toy"}\n' "$T/ssh_config" >>"$T/hosts.json"
printf '    , "narrower": {"ssh_config": "%s", "repo": "~/toy", "transport": "openssh"}\n' "$T/ssh_config" >>"$T/hosts.json"
write_ssh_host narrower >>"$T/ssh_config"
# gone: nothing listens there; deaf: something that says nothing; web: no SSH server; nowhere: no name
start_sshd gone && kill "$SSHD_PID" && wait_for 5 gone "$SSHD_PID"
for name in gone deaf web nowhere; do
	printf '    , "%s": {"ssh_config": "%s", "repo": null}\n' $name "$T/ssh_config"
done >>"$T/hosts.json"
cat >>"$T/ssh_config" <<EOC
Host nowhere
  HostName no-such-host.invalid
  User $USER
EOC
{
	printf '{"name": "ward", "hosts": {"local": {"socket": "%s"}\n' "$T/local.sock"
	cat "$T/hosts.json"
	echo '}}'
} >cockpit.json

# doctor HOST: into $T/out; its exit status
doctor() {
	timeout 100 "$COCKPIT" doctor --fleet ./cockpit.json "$@" >"$T/out" 2>"$T/err"
}
# said REGEX…: each matches a line of it
said() {
	local regex
	for regex in "$@"; do
		grep -qE -e "$regex" "$T/out" || {
			echo "no line matches: $regex"
			cat "$T/out" "$T/err"
			return 1
		}
	done
}

# An executable of that name that is found first on that host.
stand_in() {
	printf '#!/bin/sh\n%s\n' "$3" >"$T/hosts/$1/bin/$2"
	chmod +x "$T/hosts/$1/bin/$2"
}
# What each login on that host runs first.
prepare() {
	sed -i "s|ForceCommand |ForceCommand $2; |" "$T/ssh/$1/config"
	kill -HUP "$(cat "$T/ssh/$1/pid")"
	# It has read it when a login shows it.
	wait_for 10 eval "ssh $1 'echo \$MARK' | grep -q ready"
}

# --- all is well ---

check 'a host that is well: status 0' exits 0 doctor fine
check 'step by step' said '^fine$' '^  ok   resolve +[0-9]+ ms' '^  ok   connect +[0-9]+ ms' '^  ok   login +[0-9]+ ms' \
	'^  ok   way +direct' '^  ok   sessions' '^  ok   command .*\([0-9]+ ms\)' '^  ok   tmux +tmux 3' '^  ok   git +git version' \
	"^  ok   repo +$T/hosts/fine/toy" '^  ok   clock +as here' '^  (ok|warn) +disk home .*free' '^  (ok|warn) +disk repo .*free'
check 'nothing of it is left there' equal '' "$(find "$T/hosts/fine" -name '.cockpit-probe*')"
check 'this machine' exits 0 doctor local
check 'has one step' said '^  ok   link +this machine' '^  ok   tmux'
check '--json' exits 0 doctor fine --json
check 'is JSON' valid_json "$T/out"
check 'with times and advice' said '"what": "connect"' '"ms": [0-9]+' '"advice": null' '"ms": null'

# --- the way there ---

check 'nothing listens: status 1' exits 1 doctor gone
check 'it says so' said '^  ok   resolve' '^  FAIL connect .*refused' '-> +the machine is there, but nothing listens'
check 'and nothing of what comes after' fails said '^  .* (login|tmux|way)'
check 'no such name: status 1' exits 1 doctor nowhere
check 'it says so' said '^  FAIL resolve .*no-such-host.invalid' '-> +.*(spelled right|name server)'
check 'and nothing else is well' fails said '^  ok   (connect|login)'

# shellcheck disable=SC2016
listener() {
	perl -MIO::Socket::INET -e '$| = 1;
		$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 5) or die;
		open $f, ">", "$ARGV[0].part"; print $f $s->sockport; close $f; rename "$ARGV[0].part", $ARGV[0];
		while ($c = $s->accept) { print $c $ARGV[1]; push @c, $c; close pop @c if $ARGV[2] }' "$@" &
	track $!
	wait_for 5 test -s "$1" || return 1
	# shellcheck disable=SC2034 # write_ssh_host reads it
	SSHD_PORT=$(cat "$1")
}
if command -v perl >/dev/null && listener "$T/deaf.port" '' '' && write_ssh_host deaf >>"$T/ssh_config" &&
	listener "$T/web.port" 'HTTP/1.1 400 Bad Request

' close && write_ssh_host web >>"$T/ssh_config"; then
	sed -i '/^Host deaf/a \  ConnectTimeout 2' "$T/ssh_config"
	check 'what listens says nothing: status 1' exits 1 doctor deaf
	check 'it says so' said '^  FAIL connect .*greeting' '-> +.*does not speak SSH'
	check 'what listens is no SSH server: status 1' exits 1 doctor web
	check 'it says so' said '^  FAIL connect ' '-> +.*no SSH server'
else
	skip 'what listens is no SSH server: there is no perl here'
fi

# --- the host key, the login ---

cp "$T/known_hosts" "$T/known_hosts.right"
port=$(awk '$1 == "Port" { print $2 }' "$T/ssh/fine/config")
grep -v ":$port " "$T/known_hosts.right" >"$T/known_hosts"
check 'a key that is not known: status 1' exits 1 doctor fine
check 'it says so' said '^  ok   (resolve|connect)' '^  FAIL host key .*SHA256:' '-> +compare the fingerprint'
check 'and nothing of the login' fails said '^  .* login'
echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$T/ssh/old/hostkey.pub")" >>"$T/known_hosts"
check 'a changed key: status 1' exits 1 doctor fine
check 'it says so' said '^  FAIL host key .*known_hosts' '-> +.*changed on purpose'
sed "s/^\(.*:$port .*\)/@revoked \1/" "$T/known_hosts.right" >"$T/known_hosts"
check 'a revoked key: status 1' exits 1 doctor fine
check 'it says so' said '^  FAIL host key .*revoked' '-> +do not log in'
cp "$T/known_hosts.right" "$T/known_hosts"

mv "$T/ssh/id" "$T/ssh/id.right"
mv "$T/ssh/id.pub" "$T/ssh/id.pub.right"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$T/ssh/id"
check 'a key that it does not take: status 1' exits 1 doctor fine
check 'it says so' said '^  FAIL login .*refused' '-> +.*authorized_keys'
cp "$T/ssh/id.right" "$T/ssh/id"
cp "$T/ssh/id.pub.right" "$T/ssh/id.pub"
ssh-keygen -q -p -P '' -N 'a passphrase' -f "$T/ssh/id"
check 'a key with a passphrase, and nobody to ask: status 1' exits 1 doctor fine
check 'it says so' said '^  FAIL login .*passphrase' '-> +.*ssh-add'
mv -f "$T/ssh/id.right" "$T/ssh/id"
mv -f "$T/ssh/id.pub.right" "$T/ssh/id.pub"
check 'with the right one all is well' exits 0 doctor fine

# --- what is there ---

stand_in old tmux 'echo "tmux 2.9a"'
prepare old 'export MARK=ready PATH=$HOME/bin:$PATH'
check 'an old tmux: status 1' exits 1 doctor old
check 'it says so' said '^  ok   login' '^  FAIL tmux +tmux 2.9a' '-> +.*3.2 or newer'

# A PATH with what a system has, but neither tmux nor git.
mkdir "$T/few"
for program in sh cat date uname df awk grep id rm chmod mktemp tail sleep ps printenv env kill; do
	ln -s "$(command -v $program)" "$T/few/$program"
done
stand_in bare loginctl 'echo yes'
if [ -x /usr/local/bin/tmux ] || [ -x /opt/homebrew/bin/tmux ]; then
	skip 'no tmux: it is in /usr/local/bin here'
else
	prepare bare "export MARK=ready PATH=$T/few"
	check 'no tmux, no git: status 1' exits 1 doctor bare
	check 'it says so' said '^  FAIL tmux +it is not installed' '^  FAIL git +it is not installed' '-> +install tmux'
fi

# What a csh does with the quotes of a script.
prepare csh 'export MARK=ready; case "$SSH_ORIGINAL_COMMAND" in *cockpit*) echo "Unmatched '"'\\\\''"'." >\&2; exit 1 ;; esac'
check 'a login shell of the csh family: status 1' exits 1 doctor csh
check 'it says so' said '^  ok   login' '^  FAIL command .*csh' '-> +chsh'

prepare noisy 'export MARK=ready; echo "Welcome to noisy"; echo "Have a nice day"; printf "and no new line"'
check 'a login that talks: status 0' exits 0 doctor noisy
check 'it says so' said '^  warn chatter .*3 lines.*Welcome to noisy' '-> +.*scp' '^  ok   tmux' '^  ok   clock'

stand_in slow date '[ "$1" = +%s ] && echo $(($(/bin/date +%s) - 300)) || exec /bin/date "$@"'
prepare slow 'export MARK=ready PATH=$HOME/bin:$PATH'
check 'a clock that is wrong: status 0' exits 0 doctor slow
check 'it says so' said '^  warn clock +(29[0-9]|30[0-9]) s behind' '-> +.*set-ntp'

# --- a tmux server that is stopped ---

ssh stuck 'tmux -f /dev/null -L cockpit new-session -d -s x "exec cat"'
pid=$(ssh stuck 'tmux -L cockpit display-message -p "#{pid}"')
kill -STOP "$pid"
on_exit "kill -CONT $pid 2>/dev/null"
check 'a tmux server that is stopped: status 1' exits 1 doctor stuck
check 'it says so' said '^  ok   tmux' '^  FAIL server .*does not answer' "-> +.*kill -CONT $pid"
kill -CONT "$pid"
check 'when it goes on all is well' exits 0 doctor stuck
check 'it answers' said "^  ok   server +$pid "

# --- a server with room for one session ---

check 'MaxSessions 1: status 1' exits 1 doctor narrow
check 'it says so' said '^  FAIL sessions .*no more than 1 session .MaxSessions' '-> +MaxSessions .* 2 or more'
check 'and what it is like otherwise' said '^  ok   command' '^  ok   tmux' '^  ok   clock'
check 'MaxSessions 1, through ssh(1): status 1' exits 1 doctor narrower
check 'it says so' said '^  FAIL .*Session open refused' '-> +MaxSessions .* 3 through ssh'

# --- disks ---

# small NAME OPTIONS: a file system of its own as the home's folder of host fine
small() {
	mkdir -p "$T/small"
	mount -t tmpfs -o "$1" tmpfs "$T/small" || return 1
	on_exit "umount -l $T/small 2>/dev/null"
}
if [ "$(id -u)" -eq 0 ] && small size=64k,nr_inodes=100 2>/dev/null; then
	prepare fine "export MARK=ready TMUX_TMPDIR=$T/small"
	mkdir "$T/small/full"
	dd if=/dev/zero of="$T/small/full/x" bs=1k 2>/dev/null
	check 'a disk that is full: status 1' exits 1 doctor fine
	check 'it says so' said '^  FAIL disk tmp .*full' '-> +make room'
	rm "$T/small/full/x"
	mount -o remount,noexec,size=10m "$T/small"
	check 'a disk where nothing can be run' doctor fine
	check 'it says so' said '^  warn disk tmp .*noexec' '-> +.*remount,exec'
	mount -o remount,ro "$T/small"
	check 'a disk that is read-only: status 1' exits 1 doctor fine
	check 'it says so' said '^  FAIL disk tmp .*read-only' '-> +mount it'
else
	skip 'disks that are full, read-only or noexec: only root can mount'
fi

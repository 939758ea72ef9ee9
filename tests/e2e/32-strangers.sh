#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Hosts that are not what they were, and hosts that lie: each spoils its own tiles and nothing
# else. The numbers of the cases are those of the threat model.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip 'there is no sshd here'
	exit
fi
KEYS=(changed revoked rsa stranger)
LIARS=(forger octal endless chatty half)
printf 'Welcome.\033]0;owned\007\033[2J\033[31mBANNER\033[m\r\nRead this.\n' >"$T/banner"
printf '%s\n' 'n=0' 'while n=$((n + 1)); do' '	echo "$1 tick $n"' '	sleep 0.5' 'done' >"$T/ticker"
printf '%s\n' 'echo "$1 is here"' 'exec cat' >"$T/echo"
# The end of a reply, and of it all, as text: it belongs to the picture.
printf '%s\n' 'printf "%s\n" "%begin 1 2 1" "%end 1 2 1" "%error 1 2 1" "%exit hacked" "%output %0 hacked"' \
	'echo "$1 is here"' 'exec cat' >"$T/quote"

# What lies stands before the real tmux, and does so when somebody attaches.
cat >"$T/liar" <<'EOC'
#!/bin/bash
real=$(PATH=${PATH#*:} command -v tmux)
case " $* " in
*' -C attach-session '*) ;;
*) exec "$real" "$@" ;;
esac
lie() {
	until [ -e "$HOME/go" ]; do
		sleep 0.1
	done
	case $HOST_NAME in
	forger)
		for n in 0 1 2 3 4 99; do
			printf '%%output %%%d FORGED by the forger\r\\012\n' $n
		done
		printf '%%%s\n' 'unheard-of 1 2 3' 'session-changed $77 other' 'window-close @9999' 'layout-change x' \
			'subscription-changed x $0 @0 0 %0 : y' 'extended-output %99 12 : FORGED' 'pause %99' 'continue' 'exit'
		;;
	octal) printf '%%output %%1 \\777\\1\\8\\12x ends in \\\n%%output %%1\n%%output\n%%output %%1 \\\n%%output %%x y\n' ;;
	endless) head -c 67108864 /dev/zero | tr '\0' x ;;
	half) printf '%%begin 1700000000 77 1\nhalf of a reply\n' ;;
	esac
}
case $HOST_NAME in
chatty) exec yes 'I am not tmux and talk all day' ;;
half)
	if mkdir "$HOME/once" 2>/dev/null; then
		"$real" "$@" <&0 &
		lie
		kill -KILL $!
		exit 0
	fi
	exec "$real" "$@"
	;;
esac
# Through a pipe: tmux must not make the liar's output one that does not wait.
lie &
"$real" "$@" | cat
EOC
chmod +x "$T/liar"
lies='ForceCommand cd && PATH=$HOME/bin:$PATH && eval "$SSH_ORIGINAL_COMMAND"'

start_sshd hashed || bail 'host hashed starts'
ssh-keygen -q -H -f "$T/known_hosts" 2>/dev/null
check 'its name is hashed' grep '^|1|' "$T/known_hosts"
for host in honest "${KEYS[@]}"; do
	start_sshd $host "Banner $T/banner" || bail "host $host starts"
	declare "port_$host=$SSHD_PORT"
done
for host in "${LIARS[@]}"; do
	start_sshd $host "$lies" || bail "host $host starts"
	mkdir "$T/hosts/$host/bin" && cp "$T/liar" "$T/hosts/$host/bin/tmux.lies"
done

hosts=(hashed honest "${LIARS[@]}" "${KEYS[@]}")
{
	printf '{"name": "odd", "hosts": {'
	for host in "${hosts[@]}"; do
		printf '%s\n "%s": {"repo": null, "ssh_config": "%s"}' "${comma-}" $host "$T/ssh_config"
		comma=,
	done
	printf '},\n"agents": ['
	comma=
	for host in "${hosts[@]}"; do
		case $host in
		honest) program=quote ;;
		hashed) program='echo' ;;
		*) program=ticker ;;
		esac
		printf '%s\n {"name": "on-%s", "host": "%s", "command": ["sh", "%s", "%s"]}' "$comma" $host $host "$T/$program" $host
		comma=,
	done
	printf ']}\n'
} >"$T/odd.json"
log=$XDG_STATE_HOME/cockpit/odd/log

rss_kb() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$(ui_pid)/status"
}
# The head of an agent's tile.
head_of() {
	ui_text | grep -oE "┌ ▸*[0-9]+ on-$1 [^┐]*┐"
}
# For check: until its head matches: tells HOST REGEX SECONDS
tells() {
	wait_for "$3" says "$2" head_of "$1"
}
ticking() {
	ui_text | grep -oE "│$1 tick [0-9]+" | sort -k 3 -n | tail -n 1
}
more_than_one() {
	[ "$(ui_text | grep -o "$1" | wc -l)" -gt 1 ]
}
# Its tile moves on.
moves() {
	local before
	before=$(ticking "$1")
	wait_for "$2" eval '[ -n "$(ticking '"$1"')" ] && [ "$(ticking '"$1"')" != "'"$before"'" ]'
}

check 'up' exits 0 "$COCKPIT" up --fleet "$T/odd.json" --detach
check 'all of them run' says '^on-stranger .*stranger' "$COCKPIT" ls --fleet "$T/odd.json"

# --- from now on they are not what they were ---

for host in "${LIARS[@]}"; do
	mv "$T/hosts/$host/bin/tmux.lies" "$T/hosts/$host/bin/tmux"
done
other=$(cut -d ' ' -f 1,2 "$T/ssh/honest/hostkey.pub")
# shellcheck disable=SC2154 # port_* come by declare
{
	sed -i "s|^\[127.0.0.1\]:$port_changed .*|[127.0.0.1]:$port_changed $other|" "$T/known_hosts"
	sed -n "s|^\[127.0.0.1\]:$port_revoked |@revoked &|p" "$T/known_hosts" >>"$T/known_hosts.more"
}
cat "$T/known_hosts.more" >>"$T/known_hosts"
ssh-keygen -q -t rsa -b 2048 -N '' -C rsa -f "$T/ssh/id_rsa"
cp "$T/ssh/id_rsa.pub" "$T/ssh/rsa/authorized"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$T/ssh/id_stranger"
for host in rsa stranger; do
	sed -i "/^Host $host\$/,/^\$/s|IdentityFile .*|IdentityFile $T/ssh/id_$host|" "$T/ssh_config"
done

check 'attach' ui_start 240 64 "$COCKPIT" attach --fleet "$T/odd.json"
check 'case 10, a hashed name: it is known' ui_expect '│hashed is here' 10
check 'case 15: the end of a reply that an agent prints is a picture' ui_expect '│%end 1 2 1' 10
check 'all of it' ui_expect '│%exit hacked' 5
check 'and what follows' ui_expect '│honest is here' 5
check 'case 14: the banner clears nothing' fails ui_shows 'BANNER|owned'
check 'nor is it obeyed' fails says owned ui display-message -p -t ui '#{pane_title}'

# --- keys ---

check 'case 9, a changed host key: refused' tells changed refused 10
check 'in words' grep -E 'host changed: .*is not the one in .*known_hosts:[0-9]+' "$log"
check 'case 10, a revoked one: refused' tells revoked refused 10
check 'in words' grep -E 'host revoked: .*is revoked by' "$log"
check 'case 13, a key that is not wanted: refused' tells stranger refused 10
check 'case 11, an RSA key: it is said what is wrong with it' grep -E 'host rsa: .*(RSA|libssh2)' "$log"
tries() {
	grep -cE 'Connection (closed|reset)|Disconnected|Received disconnect' "$T/ssh/$1/log"
}
# at_rest: sets before, once their servers have written down what has come to an end.
at_rest() {
	local now
	now="$(tries changed) $(tries revoked) $(tries stranger)"
	[ "$now" = "${before:-}" ] || before=$now since=$(now_ms)
	[ $(($(now_ms) - since)) -ge 1000 ]
}
check 'each has been tried' wait_for 10 at_rest

# --- lies ---

for host in forger octal endless; do
	check "$host: so far it is honest" moves $host 10
done
check 'chatty: it is not listened to for ever' wait_for 30 grep -E 'host chatty: .*(too much|not answer)' "$log"
check 'half: its agent is on the screen' ui_expect '│half tick' 10
rss=$(rss_kb)
for host in "${LIARS[@]}"; do
	touch "$T/hosts/$host/go"
done
check 'case 16: what a host says of its own pane is shown' ui_expect '│FORGED by the forger' 10
PATIENCE=1 check 'case 16: what it says of those of others is not' fails wait_for 2 more_than_one FORGED
check 'and it is read on' moves forger 10
check 'case 17: broken octal is survived' moves octal 10
check 'case 18: a line of 64 MiB: the link is dropped' \
	wait_for 20 grep -E 'host endless: ready -> .*(line|long|much)' "$log"
check "case 18: it is not kept (from $rss kB to $(rss_kb) kB)" test "$(rss_kb)" -lt $((rss + 40000))
check 'case 22: a server that ends in a reply: the link is made anew' wait_for 35 moves half 3
ui_keys 1 Enter
check 'typing' ui_expect '^ TYPING ' 5
ui_type 'still-honest'
ui_keys Enter
check 'the honest ones work on' ui_expect '│still-honest' 5
check 'none of them had trouble' fails grep -E 'host (hashed|honest): ready -> ' "$log"
check 'case 9, 10, 13: what was refused is not tried again' equal "$before" \
	"$(tries changed) $(tries revoked) $(tries stranger)"
check 'cockpit is there still' fails ui_status

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Agents and the task board: what they ask for from inside their sandbox is done once, whoever is
# attached and whoever is killed; what is no request does nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

composer=${COCKPIT%/*}/tools/composer
socket=$T/local.sock
mkdir -p "$T/out" "$XDG_CONFIG_HOME/cockpit/agents"
cat >"$XDG_CONFIG_HOME/cockpit/agents/composer.json" <<EOC
{"name": "composer", "help": "a stand-in", "start": ["$composer", "$T/out"],
 "states": [
  {"from": "signal", "match": "(?:^|:)state=working(?:$|:)", "state": "working"},
  {"from": "signal", "match": "(?:^|:)state=done(?:$|:)", "state": "done"},
  {"from": "signal", "match": "(?:^|:)state=idle(?:$|:)", "state": "idle"}],
 "submit": {"settle_ms": 20}}
EOC
cat >cockpit.json <<EOC
{"name": "board", "hosts": {"local": {"repo": null, "socket": "$socket", "slots": 16}}}
EOC
for name in one two; do
	"$COCKPIT" new $name -- sh -c "export -p | grep COCKPIT_ >$T/env.$name; command -v cockpit-agent >$T/where.$name; exec cat" >/dev/null ||
		bail 'an agent starts'
	wait_for 10 test -s "$T/where.$name" || bail 'it says where it is'
done

# as AGENT WORD…: what that agent says.
as() {
	local agent=$1
	shift
	(
		. "$T/env.$agent"
		exec "${SH:-sh}" "$COCKPIT_HOME/bin/cockpit-agent" "$@"
	)
}
# The second terminal.
ui2() { tmux -S "$T/ui2" "$@"; }
ui2_start() {
	ui2 -f /dev/null new-session -d -s ui -x 100 -y 30 "exec '$COCKPIT' attach" \; set-option -g remain-on-exit on
}
attached() { [ "$(tmux -S "$socket" list-clients 2>/dev/null | wc -l)" -ge "$1" ]; }
pane() { agent_pane "$socket" "$1"; }

check 'it is on their PATH' says '/bin/cockpit-agent$' cat "$T/where.one"
check 'it says how it is used' says '^usage: cockpit-agent task next' exits 0 as one help
check 'and what is no command' says '^usage' exits 2 as one task frobnicate
started=$SECONDS
check 'nobody is attached' says 'try again later' exits 75 env COCKPIT_AGENT_SECONDS=2 "$BASH" -c "$(declare -f as); T=$T; as one task next"
check 'within its time' test $((SECONDS - started)) -le 10
check 'and nothing stays asked' equal '' "$(tmux -S "$socket" show-options -pqv -t "$(pane one)" @cockpit_request)"

# --- one of all verbs ---

ui_start 100 30 "$COCKPIT" attach
check 'a cockpit is attached' wait_for 20 attached 1
check 'no task waits' says 'no task waits' exits 4 as one task next
check 'one is added' says '^task 1: mend "it" ; \$\(date\) #\{x\}$' exits 0 as one task add 'mend "it" ; $(date) #{x}' $'two\nlines \\ é'
check 'it is taken' says '^task 1: mend "it" ; ' exits 0 as one task next
check 'with its text' says '^lines \\ é$' as one task show
check 'it is worked on' says '^state: working$' as one task show 1
check 'who has it is found by it' equal 'one ' "$("$COCKPIT" ls --filter 'task:MEND local' | sed '1d; s/  .*//' | tr '\n' ' ')"
check 'and comes from whom' says '^from: local/one$' as one task show 1
check 'the same again' says '^task 1: ' as one task next
check 'another one gets none' exits 4 as two task next
check 'nor that one' says 'local/one has it' fails as two task claim 1
check 'nor may it end it' says 'not yours' exits 2 as two task 'done' 1
check 'a note' says '^noted$' exits 0 as one task note 'half of it'
check 'a question' says 'needs you' exits 0 as one task ask 'which one?'
check 'is seen' says '^why: which one\?$' as two task show 1
check 'it is done' says '^task 1 is ready$' exits 0 as one task 'done' 'all of it'
check 'those that are not over' says '^1  ready  mend' as two task ls
check 'another one is added' exits 0 as two task add second
check 'and taken by its number' says '^task 2: second' exits 0 as two task claim 2
check 'it fails' says '^task 2: failed$' exits 0 as two task fail 2 'cannot be done'
check 'what is too long is not asked' exits 2 as one task note "$(printf %09000d 1)"
check 'what is long arrives' says ' long$' as two task add long "$(printf %08100d 1)"
check 'whole' says '0001$' as two task claim 3
check 'and goes' exits 0 as two task fail 'done with'
for SH in dash bash 'busybox sh'; do
	command -v "${SH% *}" >/dev/null || continue
	check "by $SH" says '^noted$' eval 'SH="${SH% *}"; [ "$SH" != busybox ] || { SH=$T/bin/bsh; printf "#!/bin/sh\nexec busybox sh \"\$@\"\n" >$SH; chmod +x $SH; }; as two task note "é \\ %s %041"'
done
unset SH

# --- messages ---

check 'to one that there is not' says 'no agent nobody' exits 4 as one msg nobody hello
check 'to another agent' says '^for local/two$' exits 0 as one msg two $'look\nhere'
check 'it reads it' says '^> here$' as two inbox
check 'once' says '^nothing new$' as two inbox
check 'to the operator' exits 0 as one msg operator 'all is well'
check 'who sees it' wait_for 10 says 'one to you: all is well' "$COCKPIT" events
if [ -x "$composer" ]; then
	# It says that it is ready when somebody listens: else it counts as starting for long.
	echo 'slow=1500' >"$T/out/three.how"
	"$COCKPIT" new three --profile composer >/dev/null || bail 'a composer starts'
	wait_for 10 says 'local/three' as one msg three 'from one to three'
	check 'as a prompt' wait_for 20 says 'Message from local/one .another agent' cat "$T/out/three.txt"
	check 'its inbox is empty then' wait_for 10 eval '[ "$(grep -c "from one to three" "$T/out/three.txt")" = 1 ]'
else
	skip "there is no $composer"
fi

# --- what is no request ---

n=$(date +%s)
used=$(. "$T/env.one" && cut -d ' ' -f 1 "$COCKPIT_HOME/request")
set_request() { tmux -S "$socket" set-option -p -t "$(pane one)" @cockpit_request "$1" \; set-option -p -t "$(pane one)" @cockpit_requested "$2" \; rename-window -t "$(pane one)" one; }
# What was done before is written down in its own time.
said() { "$COCKPIT" events --all | wc -l; }
at_rest() {
	before=$(said)
	sleep 0.5
	equal "$before" "$(said)"
}
check 'all of it is written down' wait_for 10 at_rest
for what in '' x "$((n + 50)) $((n + 20)) zz" "$((n + 51)) $((n + 20)) 6" "99999999999999999999 $((n + 20)) 6100" \
	"$((n + 52)) 99999999999 6100" "-1 0 6100"  "$((n + 53)) $((n + 20)) $(printf '00%.0s' $(seq 3000))" \
	"$((n + 54)) $((n + 20)) $(printf '41%.0s' $(seq 5000))" $'%end 1 1 1\n%exit\n' '#{pane_id} #(touch pwned)' "$((n + 55)) $((n + 20)) 7461736b00616464001b5d303b7800ff00" \
	"$used $((n + 20)) 7461736b00616464007265706c617900"; do
	set_request "$what" "${what%% *}"
	sleep 0.3 # each is to be seen
done
set_request '' ''
tmux -S "$socket" set-option -pu -t "$(pane one)" @cockpit_requested
check 'the cockpit lives' says '^noted$' as two task note 'still there'
check 'nothing was run' test ! -e pwned
check 'nor said' equal "$before" "$(said)"
check 'a number that was used does nothing more' fails says replay as two task ls
check 'control bytes are none any more' fails says $'\033' as two task ls
check 'and it serves on' says '^noted$' as one task note on

# --- two of each ---

ui2_start
check 'two cockpits are attached' wait_for 20 attached 2
for ((i = 0; i < 30; i++)); do
	as two task add "many $i" || break
done >"$T/added"
# The one that is ready keeps its agent: two others.
for name in four five; do
	"$COCKPIT" new $name -- sh -c "export -p | grep COCKPIT_ >$T/env.$name; exec cat" >/dev/null
	wait_for 10 test -s "$T/env.$name"
done
take_all() {
	local said
	while said=$(as "$1" task next 2>/dev/null); do
		said=${said%%:*}
		echo "${said#task }"
		as "$1" task fail 'counted' >/dev/null || return 1
	done
}
take_all four >"$T/taken.four" &
first=$!
take_all five >"$T/taken.five" &
wait $first $!
check 'thirty were added' equal 30 "$(sort -u "$T/added" | wc -l)"
check 'all were taken' equal '' "$(comm -23 <(sed 's/^task \([0-9]*\):.*/\1/' "$T/added" | sort) <(sort "$T"/taken.*))"
check 'none twice' equal '' "$(sort "$T"/taken.* | uniq -d)"
check 'at the same time in one agent' eval 'as four task add p1 >p1 & as four task add p2 >p2; wait $!; [ -s p1 ] && [ -s p2 ]'

# --- a cockpit is killed ---

for round in 1 2 3 4 5; do
	as five task add "killed $round" >"$T/killed.$round" &
	asks=$!
	sleep "0.$((round * 2))"
	kill -KILL "$(ui2 display-message -p -t ui '#{pane_pid}')"
	wait $asks
	ui2 respawn-pane -k -t ui "exec '$COCKPIT' attach"
	wait_for 20 attached 2
done
check 'the other one answers' equal 5 "$(cat "$T"/killed.* | wc -l)"
check 'each was done once' equal 5 "$(as five task ls | grep -c '  killed [0-9]$')"

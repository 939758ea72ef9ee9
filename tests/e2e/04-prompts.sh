#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# A prompt arrives exactly once and whole, whoever is killed when; where it must not arrive, nothing is
# typed. The agents are stand-ins that write down each prompt that is submitted to them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

composer=${COCKPIT%/*}/tools/composer
[ -x "$composer" ] || bail "there is no $composer: make tests"
out=$T/out
ROUNDS=${ROUNDS:-12} # of each of four agents; make agents has more
UI_ROUNDS=12
mkdir -p "$out" "$XDG_CONFIG_HOME/cockpit/agents"

# write_profile NAME SETTLE START…: an agent that tells what it does, by OSC 7501 and by its title.
write_profile() {
	local name=$1 settle=$2
	shift 2
	cat >"$XDG_CONFIG_HOME/cockpit/agents/$name.json" <<-EOC
		{
		  "name": "$name",
		  "help": "a stand-in",
		  "start": [$(printf '"%s", ' "$@" | sed 's/, $//')],
		  "states": [
		    {"from": "signal", "match": "(?:^|:)state=blocked(?:\$|:)", "state": "asks"},
		    {"from": "signal", "match": "(?:^|:)state=working(?:\$|:)", "state": "working"},
		    {"from": "signal", "match": "(?:^|:)state=done(?:\$|:)", "state": "done"},
		    {"from": "signal", "match": "(?:^|:)state=idle(?:\$|:)", "state": "idle"},
		    {"from": "title", "match": "^working", "state": "working"},
		    {"from": "title", "match": "^(?:idle|done)", "state": "quiet"}
		  ],
		  "submit": {"settle_ms": $settle}
		}
	EOC
}
write_profile composer 20 "$composer" "$out"
write_profile unhurried 500 "$composer" "$out"
# One that is not there yet: a script waits for it.
write_profile script 20 sh -c "printf '\\\\033]2;idle\\\\007'; read -r line; echo \\\"\$line\\\" >$out/script.txt; exec cat"

# A host behind a program that can be killed, and kept from coming back.
cat >"$T/bin/far" <<EOS
#!/bin/sh
[ ! -e "$T/far.down" ] || exit 1
echo \$\$ >>"$T/far.pids"
exec "\$@"
EOS
chmod +x "$T/bin/far"
: >"$T/far.pids"

echo 'deaf=10' >"$out/deaf.how"
echo 'deaf=400' >"$out/deafer.how"
echo 'slow=1500' >"$out/slow.how"
echo 'ends=farewell' >"$out/ends.how"
echo 'ends=farewell' >"$out/again.how"
echo 'asks=trap' >"$out/quiz.how"
echo 'asks=trap hook' >"$out/hooked.how"
echo 'work=3000' >"$out/busy.how"
echo 'work=3000 ends=farewell' >"$out/waited.how"
# fleet NAME MORE AGENT[:PROFILE]…: in a folder of its own, with a tmux server of its own. MORE: of its host.
fleet() {
	local name=$1 more=$2 host=${2:+box} agent list=
	shift 2
	host=${host:-local}
	for agent in "$@"; do
		list="$list, {\"name\": \"${agent%:*}\""
		[ "$agent" = "${agent%:*}" ] || list="$list, \"profile\": \"${agent#*:}\""
		list="$list}"
	done
	mkdir -p "$T/$name"
	cat >"$T/$name/cockpit.json" <<-EOC
		{"name": "$name", "profile": "composer", "agents": [${list#, }],
		 "hosts": {"$host": {"repo": null, "slots": 64, "socket": "$T/$name/socket"$more}}}
	EOC
	enter "$name" && "$COCKPIT" up --detach ./cockpit.json
}

# enter NAME: what follows is about that fleet.
enter() {
	socket=$T/$1/socket
	outbox=$XDG_STATE_HOME/cockpit/$1/outbox
	cd "$T/$1" || exit 1
}

there() {
	tmux -S "$socket" "$@"
}

# option AGENT NAME: of its pane.
option() {
	there show-options -p -q -v -t "$(agent_pane "$socket" "$1")" "@cockpit_$2"
}

# got AGENT LINE: how often it was submitted, as a whole prompt.
got() {
	grep -cxFe "$2" "$out/$1.txt"
}

# arrived AGENT LINE: once.
arrived() {
	equal 1 "$(got "$@")" && return
	tail -n 3 "$out/$1.txt" | cut -c 1-300
	return 1
}

send() {
	"$COCKPIT" send "$@"
}

# By hand, into the agent's own terminal.
press() {
	there send-keys -t "$(agent_pane "$socket" "$1")" "$2"
}

fleet deck '' calm ends deaf deafer slow busy quiz hooked waited bare:shell script:script \
	twice:unhurried >/dev/null || bail 'agents'
fleet far ', "transport": ["far"]' away >/dev/null || bail 'agents whose host can be lost'
fleet desk '' desk again >/dev/null || bail 'agents beside a screen'
enter deck
check 'what is sent before an agent is ready is not lost' says '^sent$' exits 0 send slow early
check 'but arrives' arrived slow early

# --- kill -9 of the sender, at every step, and said again ---

started=$(now_ms)
check 'a prompt is sent' says '^sent$' exits 0 send calm 'the first'
usual=$(($(now_ms) - started)) # ms, for now: each of the rounds below has its own idea of it
check 'and arrives' arrived calm 'the first'
long=$(printf 'part %.0f of a long one\\n' {1..600})

# rounds AGENT: each starts a sender, kills it, and says the same until it succeeds. In a fleet and a tmux
# server of its own: 3.3a dies when one client comes at the very moment at which another one comes or goes.
rounds() {
	local agent=$1 n text pid try delay
	fleet "$agent" '' "$agent" || return
	RANDOM=${agent#k}
	for ((n = 1; n <= ROUNDS; n++)); do
		text="$agent has round $n"
		[ $((n % 5)) -ne 0 ] || text="$text $long the end"
		echo "$text" >>wanted
		printf '%b' "$text" >text
		"$COCKPIT" send --id "$agent-$n" "$agent" - <text 9>lock &
		pid=$!
		delay=$((RANDOM % (usual * 3 / 2)))
		sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
		# One that had ended was quicker than is usual; one that was half-way is slower, it may be.
		if kill -KILL $pid; then
			echo killed >>kills
			usual=$((usual + usual / 10 + 1))
		else
			usual=$((usual / 2 + 1))
		fi
		wait $pid
		# What it had started may be on its way to the server.
		[ $delay -gt $((usual / 2)) ] || flock lock true
		for try in 1 2 3 4 5; do
			"$COCKPIT" send --id "$agent-$n" "$agent" - <text >said 2>&1 && break
			echo "$agent: round $n, try $try: $(cat said)" >>tries
		done
	done
	"$COCKPIT" down
	: >ended
}
for agent in k1 k2 k3 k4; do
	(
		trap - EXIT INT TERM HUP
		rounds $agent
	) >/dev/null 2>&1 &
	track $!
done

# --- meanwhile: kill -9 of the screen; the next one goes on with what it left ---

# accepted AGENT LINE: it will arrive, or has.
accepted() {
	[ "$(got "$@")" != 0 ] || grep -qsrF "$2" "$outbox"
}

all_delivered() {
	[ -z "$(find "$outbox" -maxdepth 1 -type f)" ]
}

# type_prompt TEXT: for the first agent.
type_prompt() {
	ui_keys 1 Space
	ui_expect 'C-j new line' 5 || return
	ui_type "$1"
	ui_keys Enter
}

# screen AGENT: one that shows it.
screen() {
	ui_start 100 40 "$COCKPIT" attach && ui_expect "1 $1 ─.*(idle|done)" 10
}

# taken TEXT: what the screen before has left may be on its way still; then the box stays.
taken() {
	accepted desk "$1" && return
	if says 'C-j new line' ui_text; then
		ui_keys Enter
		sleep 1
	fi
	return 1
}

ui_rounds() {
	local n text
	: >"$T/ui.accepted"
	for ((n = 1; n <= UI_ROUNDS; n++)); do
		text="desk has round $n, a prompt of a person"
		screen desk || return
		type_prompt "$text" || return
		# Every other one is accepted before: how long that takes is a matter of the disk.
		[ $((n % 2)) -eq 0 ] || wait_for 5 taken "$text" || {
			ui_text
			return 1
		}
		sleep "$(printf '0.%03d' $((RANDOM % 450)))"
		kill -KILL "$(ui_pid)"
		ui_ended 137 5 || return
		accepted desk "$text" && echo "$text" >>"$T/ui.accepted"
	done
	screen desk || return
	wait_for 15 all_delivered
}
enter desk
check "$UI_ROUNDS screens are killed, the last one delivers the rest" ui_rounds
check 'most prompts were accepted' test "$(wc -l <"$T/ui.accepted")" -ge $((UI_ROUNDS / 2))
check 'each of them arrived' equal '' "$(grep -vxFf "$out/desk.txt" "$T/ui.accepted")"
check 'none twice, none in part' equal '' \
	"$(sort "$out/desk.txt" | uniq -d; grep -vE '^desk has round [0-9]+, a prompt of a person$' "$out/desk.txt")"

# --- the host is lost between ---

lose_far() {
	local pid
	: >"$T/far.down"
	while read -r pid; do
		! grep -qs far.sock "/proc/$pid/cmdline" || kill -KILL "$pid"
	done <"$T/far.pids"
	: >"$T/far.pids"
}
far_rounds() {
	local n
	for n in 1 2 3 4; do
		type_prompt "away has round $n" || return
		wait_for 3 accepted away "away has round $n" || { ui_text; return 1; }
		sleep "0.$((RANDOM % 3))"
		lose_far
		ui_expect '1 away ─.*(lost|refused|connect|no link)' 10 || return
		rm "$T/far.down"
		ui_expect '1 away ─ box ─ composer ─ . (idle|done|working)' 20 || return
		wait_for 15 all_delivered || return
		wait_for 10 arrived away "away has round $n" || return
	done
	equal 4 "$(wc -l <"$out/away.txt")"
}
enter far
check 'a screen for the one whose host is lost' screen away
check 'a host is lost after a prompt: it arrives once, when the host is back' far_rounds

# --- started anew: what was meant for the one before ---

# left AGENT UID ID TEXT: as a cockpit leaves it that is killed.
left() {
	printf 'cockpit-prompt 1 %d\n%s\n%s\nlocal\n%s\n%d\n%s' ${#4} "$3" "$1" "$2" "$(date +%s)" "$4" >"$outbox/$3"
}
enter desk
before=$(option again id)
check 'an agent ends at its prompt' exits 0 send again farewell
check 'a screen' screen desk
check 'says so' ui_expect '2 again ─.*failed: exit 3' 10
ui_keys 2 r
check 'and starts it anew' ui_expect '2 again ─.*idle' 10
check 'it is another one' fails equal "$before" "$(option again id)"
kill -KILL "$(ui_pid)"
left again "$before" old-one 'for the earlier start'
left again "$(option again id)" new-one 'for this start'
check 'a screen' screen desk
check 'goes on with what is for this start' wait_for 10 arrived again 'for this start'
check 'what was for the one before does not arrive' wait_for 10 all_delivered
check 'never' equal 0 "$(got again 'for the earlier start')"
check 'and is kept for its person' equal 'for the earlier start' "$(cat "$outbox/unsent/again-old-one.txt")"
ui kill-server
enter deck

# --- refused, with words, and nothing typed ---

hook() {
	COCKPIT_SOCKET=$socket COCKPIT_PANE=$(agent_pane "$socket" "$1") COCKPIT_AGENT=$1 \
		sh "$XDG_STATE_HOME/cockpit/deck/agents/$1/hook.sh" "$2" Unheard '{}' </dev/null
}
check 'a shell' says 'bare is a shell, and takes no prompts' exits 2 send bare 'echo x'
check 'nothing was typed into it' equal '' "$(agent_text "$socket" bare | grep 'echo x')"
check 'an agent that is not there yet: a bare shell' \
	says 'a bare shell runs in its pane: not sent' exits 2 send script 'rm x'
check 'nothing came' equal '' "$(cat "$out/script.txt" 2>/dev/null; agent_text "$socket" script | grep 'rm x')"
hook calm -a
check 'one that asks, which only its pane knows' says 'asks something: .*not sent' exits 2 send calm 'no place for it'
hook calm -c
check 'nothing was typed' equal 0 "$(got calm 'no place for it')"
check 'after the answer' exits 0 send calm 'a place for it'
check 'it arrives' arrived calm 'a place for it'
there copy-mode -t "$(agent_pane "$socket" calm)"
check 'one in which somebody scrolls' says 'is being scrolled .*not sent' exits 2 send calm 'scrolled away'
there send-keys -X -t "$(agent_pane "$socket" calm)" cancel
check 'an agent ends' exits 0 send ends farewell
wait_for 5 eval '[ "$(there display-message -p -t "$(agent_pane "$socket" ends)" "#{pane_dead}")" = 1 ]' >/dev/null
check 'one that has ended' says 'has ended' exits 2 send ends 'are you there?'
check 'nothing came there' equal farewell "$(cat "$out/ends.txt")"
check 'one that is not there: status 4' exits 4 send nobody x
check 'an empty prompt' says 'is empty' exits 2 send calm '  '
check 'an id that is none' says 'id of a prompt' exits 2 send --id 'a b' calm x

# --- whole ---

printf 'a\033[201~b\003c\000d\302\233e\033]0;x\007f' | send calm - >/dev/null
check 'bytes that would do something are blanks' arrived calm 'a [201~b c d e ]0;x f'
for n in 13000 200000; do
	head -c $n < <(seq -f '%.0f-x' 100000 | tr '\n' ' ') >"$T/long"
	check "$n bytes" exits 0 send calm - <"$T/long"
	check "$n bytes arrive" cmp <(sed 's/ *$//' "$T/long"; echo) <(tail -n 1 "$out/calm.txt")
done
seq -f 'line %.0f' 300 >"$T/lines"
check '300 lines' exits 0 send calm - <"$T/lines"
check '300 lines arrive as one prompt' arrived calm "$(sed ':a;N;$!ba;s/\n/\\n/g' "$T/lines")"

# --- two at once, three at once ---

# together COMMAND…: each of the commands a moment after the one before; how many succeeded.
together() {
	local command pid pids=() good=0
	for command in "$@"; do
		eval "$command" >/dev/null 2>&1 &
		pids+=($!)
		sleep 0.15
	done
	for pid in "${pids[@]}"; do
		wait "$pid" && good=$((good + 1))
	done
	equal $# $good
}
check 'two at once: both are sent' together 'send twice "writer 1 says $long 1"' 'send twice "writer 2 says $long 2"'
# Which of them is first is a matter of time.
check 'both arrive whole' equal "writer 1 says ${long//\\/\\\\} 1
writer 2 says ${long//\\/\\\\} 2" "$(sort "$out/twice.txt")"
check 'three at once with one id' together 'send --id thrice twice "thrice $long"' \
	'send --id thrice twice "thrice $long"' 'send --id thrice twice "thrice $long"'
check 'arrive once' arrived twice "thrice ${long//\\/\\\\}"
check 'the same id later' says '^sent$' exits 0 send --id thrice twice "thrice $long"
check 'is not typed' equal 3 "$(wc -l <"$out/twice.txt")"

# --- composers with their ways ---

check 'deaf for a moment after a paste' exits 0 send deaf 'are you there?'
check 'it arrives' arrived deaf 'are you there?'
check 'deaf for longer' exits 0 send deafer 'are you there?'
check 'it arrives, by an Enter more' arrived deafer 'are you there?'
check 'one that works' exits 0 send busy 'first'
check 'takes more' exits 0 send busy 'second'
check 'and has both' eval 'arrived busy first && arrived busy second'

# --- a question comes between the paste and its Enter ---

for agent in quiz hooked; do
	check "$agent: stalled" says 'stalled: something came between' exits 6 send --id it-$agent $agent 'it is a trap'
	check "$agent: while it asks, another one is refused" exits "$([ $agent = quiz ] && echo 0 || echo 2)" \
		eval "[ $agent = quiz ] || send $agent 'another one'"
done
# The host would submit by itself what nobody does: not this.
sleep 4.5
for agent in quiz hooked; do
	check "$agent: no Enter went into the dialog" equal '' "$(cat "$out/$agent.txt")"
	press $agent y
	wait_for 5 eval '[ -z "$(option '$agent' ask)" ]' >/dev/null
	check "$agent: then the next one goes through" exits 0 send $agent 'the next one'
	check "$agent: and the one before, which had no Enter yet" equal 'it is a trap
the next one' "$(cat "$out/$agent.txt")"
	check "$agent: sent again, it is not typed again" exits 0 send --id it-$agent $agent 'it is a trap'
	check "$agent: nothing more came" equal 2 "$(wc -l <"$out/$agent.txt")"
done

# --- files ---

head -c 1000000 /dev/urandom >"$T/pic; ture \$(x) 'é.png"
check 'put' exits 0 "$COCKPIT" put calm "$T/pic; ture \$(x) 'é.png"
in_composer() {
	path=$(agent_text "$socket" calm | grep -oE '[0-9a-f]{16}/[^ ]*\.png *$')
}
check 'its path is in the composer' wait_for 5 in_composer
file=$XDG_STATE_HOME/cockpit/deck/agents/calm/files/${path% }
check 'with plain letters' says '/pic__ture___x____.*png$' echo "$path"
check 'the file is equal' cmp "$T/pic; ture \$(x) 'é.png" "$file"
check 'its owner alone reads it' equal '600 700' "$(stat -c %a "$file" "${file%/*}" | xargs)"
check 'nothing was submitted' fails grep -q png "$out/calm.txt"
press calm C-u
head -c 8388609 /dev/zero >"$T/large"
check 'too large' says '8 MiB|too large|larger' fails "$COCKPIT" put calm "$T/large"
touch -d '8 days ago' "${file%/*}"
check 'put once more' exits 0 "$COCKPIT" put calm "$T/lines"
check 'after seven days it goes' fails test -e "$file"
press calm C-u

# --- wait ---

check 'wait: as it is' says '^(idle|done)$' exits 0 "$COCKPIT" wait calm
check 'wait: a deadline: status 6' says 'calm is (idle|done)' exits 6 "$COCKPIT" wait calm --state working --timeout 1s
check 'wait: no such state: status 2' says 'there is no state wroking, did you mean "working"' exits 2 "$COCKPIT" wait calm --state wroking
check 'wait: no state: status 2' exits 2 "$COCKPIT" wait calm --state ''
check 'wait: no time: status 2' exits 2 "$COCKPIT" wait calm --timeout soon
check 'wait: no such agent: status 4' exits 4 "$COCKPIT" wait nobody
check 'wait: one that has ended: status 4' says 'failed, exit 3|ended' exits 4 "$COCKPIT" wait ends --state idle --timeout 5s
check 'wait: unless that is waited for' says '^(failed|ended)$' exits 0 "$COCKPIT" wait ends --state failed,ended
"$COCKPIT" wait waited --state working --timeout 60s >"$T/waits" 2>&1 &
pid=$!
"$COCKPIT" wait waited --state ended --timeout 60s >"$T/ends" 2>&1 &
other=$!
both_look() { [ "$(there list-clients | wc -l)" = 2 ]; }
wait_for 10 both_look
sleep 0.3 # to know what it is, before it changes
send waited 'work a while' >/dev/null
check 'wait: until it works' wait $pid
check 'wait: and that is printed' equal working "$(cat "$T/waits")"
check 'wait: until that is done' says '^(idle|done)$' exits 0 "$COCKPIT" wait waited --state idle --timeout 10s
send waited farewell >/dev/null
wait $other
check 'wait: it ends meanwhile: status 4' equal 4 $?
check 'wait: and is said' says 'failed, exit 3|ended' cat "$T/ends"

# --- the rounds ---

for agent in k1 k2 k3 k4; do
	check "$agent: its rounds end" wait_for 120 test -e "$T/$agent/ended"
	check "$agent: $ROUNDS prompts, each once, whole and in order" cmp "$T/$agent/wanted" "$out/$agent.txt"
	check "$agent: most senders were killed" test "$(wc -l <"$T/$agent/kills")" -ge $((ROUNDS / 2))
	[ ! -e "$T/$agent/tries" ] || sed 's/^/# /' "$T/$agent/tries"
done

# --- nothing stays ---

check 'no agent is held' equal '' "$(there list-panes -a -F '#{@cockpit_busy}' | tr -d '\n')"
there set-buffer -b cockpit-left x \; set-buffer -b mine x
send calm 'too soon' >/dev/null
check 'what was left a moment ago stays' there show-buffer -b cockpit-left
printf '#!/bin/sh\nexec %s -d "2 minutes" "$@"\n' "$(command -v date)" >"$T/bin/date"
chmod +x "$T/bin/date"
send calm 'late enough' >/dev/null
check 'after a minute it goes' wait_for 5 eval 'equal mine "$(there list-buffers -F "#{buffer_name}")"'
rm "$T/bin/date"
for name in deck desk far; do
	enter $name
	check "$name is taken down" exits 0 "$COCKPIT" down
done

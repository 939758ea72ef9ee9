# shellcheck shell=bash
#
# For tests with real agents on the scripted model (tests/agents). A script sources this instead of lib.sh and
# says with which agent:
#
#	. "$(dirname "$0")/agents.sh"
#	agent_world claude --untrusted
#	agent_start
#	turn 'script:edit file=one.txt'
#
# Two tiles: "calm", which has the focus, and "x", the agent. What x does is read from its tile in the cockpit's
# own screen, by the same loop that sees what it follows from; the time between the two must be under a limit.
# The limit is that of a machine with nothing else to do; here it is taken three times before a case fails.
# What was measured is said in lines "# NAME: N ms".
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SLACK=3
TRACE= # the states that were seen
SOON=1000   # what a hook, a plugin or the title tells
LOOKED=2000 # what only the screen tells
WORST=0 WORST_NAME=none WORST_LOOKED=0 WORST_LOOKED_NAME=none

# agent_world AGENT [OPTION…]: installs it, or ends the script as skipped; starts the model; makes a home (with the
# options of tests/agents/home.sh) and a repo, and goes there. Sets AGENT, MODEL_LOG, MODEL_PORT, WORK, SOCKET.
# shellcheck disable=SC2034 # WORK is for the scripts
agent_world() {
	local status
	AGENT=$1
	shift
	BIN=$(sh "$ROOT/tests/agents/install.sh" "${AGENTS_DIR:-$ROOT/build/agents}")
	status=$?
	if [ $status -eq 77 ]; then
		skip "$BIN"
		exit 0
	fi
	[ $status -eq 0 ] || bail "tests/agents/install.sh: $BIN"
	MODEL_LOG=$T/model.log SOCKET=$T/agents WORK=$T/repo-agents/x
	: >"$MODEL_LOG"
	node "$ROOT/tests/agents/model.mjs" --port-file "$T/model.port" --log "$MODEL_LOG" >"$T/model.out" 2>&1 &
	track $!
	wait_for 20 test -s "$T/model.port" || bail 'the model does not start'
	MODEL_PORT=$(cat "$T/model.port")
	make_repo "$T/repo"
	agent_home "$T" "$@"
	cd "$T/repo" || exit 1
	cat >cockpit.json <<-EOC
		{"name": "deck", "repo": "$T/repo", "hosts": {"local": {"socket": "$SOCKET"}},
		  "agents": [{"name": "calm", "command": ["cat"]}]}
	EOC
	on_exit agent_end
	on_exit agent_worst
}

# agent_home DIR [OPTION…]: this script's environment is that of a home for the agent from now on.
agent_home() {
	local dir=$1
	shift
	unset ANTHROPIC_API_KEY GEMINI_API_KEY
	sh "$ROOT/tests/agents/home.sh" "$@" "$AGENT" "$dir" "$MODEL_PORT" >"$T/environment" || bail 'no home for the agent'
	# shellcheck source=/dev/null
	. "$T/environment"
	# A login has a PATH of its own.
	echo "PATH='$BIN':\$PATH" >"$HOME/.profile"
}

# --- what is seen ---

# Sets STATE: what x's tile in the cockpit's screen says that it does: "needs you".
tile_look() {
	local screen re='2 x ─ local ─ ([a-z]+ ─ )?[^ ]+ ([a-z ]+)'
	screen=$(ui_text)
	STATE=
	[[ $screen =~ $re ]] || return
	STATE=${BASH_REMATCH[2]% }
	[[ $TRACE = *"> $STATE" ]] || TRACE="$TRACE > $STATE"
}

tile_is() {
	tile_look
	[ "$STATE" = "$1" ] && return
	echo "it is <$STATE>:"
	ui_text | sed '/^│ *│/d'
	return 1
}

# pane_shows REGEX: a line of x's own screen.
pane_shows() {
	local screen
	screen=$(tmux -S "$SOCKET" capture-pane -p -t "$PANE" 2>/dev/null)
	grep -qE -e "$1" <<<"$screen"
}

pane_hides() {
	! pane_shows "$1"
}

# asked_model SCRIPT: the model was asked that since the mark (see turn).
asked_model() {
	tail -n +$((MARK + 1)) "$MODEL_LOG" | grep -aq "\"script\":\"$1\""
}

# measured NAME LIMIT MS GAP: a case. GAP: so many ms were two looks apart at most; where that is long this machine
# is busy with other things, and the agent and cockpit have no more of it than who looks.
measured() {
	local name=$1 limit=$2 ms=$3 most
	most=$((limit * SLACK + ($4 > 500 ? 2 * $4 : 0)))
	echo "# $AGENT: $name: $ms ms"
	if [ "$limit" -gt $SOON ]; then
		[ "$ms" -le $WORST_LOOKED ] || WORST_LOOKED=$ms WORST_LOOKED_NAME=$name
	else
		[ "$ms" -le $WORST ] || WORST=$ms WORST_NAME=$name
	fi
	if [ "$ms" -le $most ]; then
		pass "$name"
	else
		fail "$name: after $ms ms; looks were $4 ms apart at most"
	fi
}

# Gemini's processes live on without their terminal.
agent_end() {
	local socket pid
	for socket in "$SOCKET" "$T/agents2" "$T/agents3"; do
		for pid in $(tmux -S "$socket" list-panes -a -F '#{pane_pid}' 2>/dev/null); do
			kill_family "$pid"
		done
	done
}

agent_worst() {
	echo "# $AGENT:$TRACE"
	echo "# $AGENT: worst where it tells: $WORST ms ($WORST_NAME), where only its screen does: $WORST_LOOKED ms ($WORST_LOOKED_NAME)"
}

# follow NAME STATE LIMIT SECONDS COMMAND…: within so many seconds the command has been true and the tile says the
# state (a regular expression), and that at most LIMIT ms later (or after FROM). Sets EARLY, for how long it said so before.
follow() {
	local name=$1 state=$2 limit=$3 end since=${FROM:-0} before=0 now last gap=0
	last=$(now_ms)
	end=$((last + $4 * 1000 * PATIENCE))
	shift 4
	while :; do
		tile_look
		now=$(now_ms)
		[ $((now - last)) -le $gap ] || gap=$((now - last))
		last=$now
		[[ $STATE =~ ^($state)$ ]] || before=0
		if [ "$since" = 0 ] && "$@" >/dev/null 2>&1; then
			since=$now
			# shellcheck disable=SC2034 # it is for the scripts
			EARLY=$((before && now - before > gap ? now - before - gap : 0))
		fi
		if [[ $STATE =~ ^($state)$ ]]; then
			if [ "$since" != 0 ]; then
				measured "$name" "$limit" $((now - since)) $gap
				return
			fi
			[ $before != 0 ] || before=$now
		fi
		if [ "$now" -gt "$end" ]; then
			echo "#$TRACE"
			fail "$name: it is <$STATE>, not <$state>$([ "$since" != 0 ] || echo ", and never: $*")"
			ui_text | sed '/^│ *││ *│$/d; s/^/# /'
			exit 1 # what comes next would find it in the midst of something else
		fi
	done
}

# decided NAME STATE SOURCE…: what cockpit's commands say of x, and by which source.
decided() {
	local name=$1 state=$2
	shift 2
	if wait_for 3 decides "$state" "$@" >"$T/decided"; then
		pass "$name: $state by its $SOURCE"
	else
		fail "$name: not $state by $*: $(tail -n 1 "$T/decided")"
	fi
}

# Sets SOURCE.
decides() {
	local state=$1 out
	shift
	out=$("$COCKPIT" explain --json x | tr -d '\n ')
	for SOURCE; do
		case $out in
		*"\"state\":\"$state\",\"source\":\"$SOURCE\""*) return ;;
		esac
	done
	echo "$out"
	return 1
}

# turn TEXT: sends it, by the command, beside what comes next.
turn() {
	MARK=$(wc -l <"$MODEL_LOG")
	"$COCKPIT" send x "$1" >"$T/sent" 2>&1 &
	SENT=$!
}

# taken NAME: the command has ended, and was content. (On a machine that is busy with other things an agent may take
# longer than the command waits for it to move: that is no fault of either.)
taken() {
	if ! wait $SENT && grep -q stalled "$T/sent" && [ "$(cut -d . -f 1 /proc/loadavg)" -ge 4 ]; then
		skip "$1: the prompt is taken: this machine is too busy to say"
	else
		check "$1: the prompt is taken" grep ^sent "$T/sent"
		[ ! -s "$T/sent" ] || grep -q ^sent "$T/sent" || sed 's/^/# /' "$T/sent"
	fi
}

# works NAME SCRIPT: the model was asked, and so it works.
works() {
	follow "$1: it works" working $SOON 60 asked_model "$2"
	taken "$1"
}

# asks NAME LIMIT REGEX: its own screen shows its dialog, and so it asks.
asks() {
	follow "$1: it asks" 'needs you' "$2" 60 pane_shows "$3"
}

# ends NAME COMMAND…: that is so, and its turn is done.
ends() {
	local name=$1
	shift
	follow "$name: it is done" "done" $SOON 60 "$@"
}

# inbox REGEX…: the panel shows each of them, below x's name.
inbox() {
	for re; do
		check "the inbox says $re" ui_expect "│.*$re" 10
	done
}

# answer KEY: from the inbox, which has the keys for so long.
answer() {
	ui_keys Tab
	ui_expect '^ INBOX ' 5 >/dev/null || fail 'the inbox has no keys'
	ui_expect '│ *y yes|│ *n no' 5 >/dev/null || fail 'the inbox offers no answer'
	sleep 0.7 # what has only just come up is not answered
	ui_keys "$1" C-q
	ui_expect '^ COMMAND ' 5 >/dev/null || fail 'the keys did not come back'
}

# in_tile KEY…: typed into x's own terminal, from the cockpit; the focus goes back then.
in_tile() {
	ui_keys 2 Enter
	ui_expect '^ TYPING ' 5 >/dev/null || fail 'x cannot be typed into'
	for key; do
		ui_keys "$key"
		sleep 0.15 # Escape and a letter are another key
	done
	ui_keys C-q 1
	ui_expect '^ COMMAND ' 5 >/dev/null
}

# look_at_it: with the focus it is looked at: what was done is idle then.
look_at_it() {
	ui_keys 2
	check 'looked at, it is idle' wait_for 8 tile_is idle
	ui_keys 1
}

# hook_free: nothing of cockpit's waits for an answer any more.
hook_free() {
	! pgrep -f "$T/.*hook.sh -d" >/dev/null && [ -z "$(tmux -S "$SOCKET" show-options -p -q -v -t "$PANE" @cockpit_ask)" ]
}

# agent_start: both tiles, x's prompt line is there. Sets PANE.
agent_start() {
	local from
	check 'cockpit starts' ui_start 120 40 "$COCKPIT" up
	check 'with calm' ui_expect '1 calm ─ local' 10
	ui_keys Tab C-q
	check 'the inbox stays open' ui_expect '┌ INBOX ' 5
	[ $FAILED = 0 ] || exit 1
	"$COCKPIT" new x --profile "$AGENT" >"$T/sent" 2>&1 &
	SENT=$!
	follow 'it is starting' starting $SOON 20 agent_pane "$SOCKET" x
	check 'x is started' wait $SENT
	PANE=$(agent_pane "$SOCKET" x)
}

# Of its line while it works, the end is not there in a narrow tile.
opencode_rests() {
	pane_hides 'esc (again to )?interrupt|\[retrying '
}

# interrupt: by Escape in x's own terminal; OpenCode wants it twice, and hears it late where it is busy: there its own
# screen tells when it was.
interrupt() {
	local from
	ui_keys 2 Enter
	ui_expect '^ TYPING ' 5 >/dev/null || fail 'x cannot be typed into'
	from=$(now_ms)
	if [ "$AGENT" = opencode ]; then
		wait_for 60 escaped >/dev/null
		follow 'interrupted: it does not work' 'idle|done' $LOOKED 60 opencode_rests
	else
		ui_keys Escape
		FROM=$from follow 'interrupted: it does not work' 'idle|done' $LOOKED 10 false
	fi
	echo "# $AGENT: $(($(now_ms) - from)) ms after the first key"
	ui_keys C-q 1
	ui_expect '^ COMMAND ' 5 >/dev/null
}

escaped() {
	opencode_rests || {
		ui_keys Escape
		wait_for 1 opencode_rests
	}
}

# long: a prompt of 13 KB arrives once.
long() {
	local n
	MARK=$(wc -l <"$MODEL_LOG")
	{
		for n in {1..200}; do
			echo "line $n of many which say nothing at all but make it so very long"
		done
		echo 'script:say text=the long one is heard'
	} >"$T/long"
	check 'long: 13 KB are taken' "$COCKPIT" send x - <"$T/long"
	check 'long: it is whole, and came once' wait_for 20 eval '[ "$(long_count)" = 1 ]'
}

long_count() {
	tail -n +$((MARK + 1)) "$MODEL_LOG" | grep -av '"tools":\[\]' | grep -a '"step":0' |
		grep -ac 'line 1 of many.*line 200 of many'
}

# question REGEX: x asks which of two, its screen shows that; the operator goes there and takes the second.
question() {
	turn 'script:ask'
	works question ask
	asks question $SOON "$1"
	inbox 'Which colour'
	ui_keys Tab Enter
	check 'question: Enter goes there' ui_expect '^ TYPING ' 5
	ui_keys 2
	follow 'question: it is done' 'done|idle' $SOON 60 pane_shows 'Finished: decided'
	ui_keys C-q 1
}

# subagent [REGEX]: what a subagent asks is x's question, and its end is not x's. The inbox says that, too. $dialog:
# what a question of permission looks like.
# shellcheck disable=SC2154 # dialog is the script's
subagent() {
	turn 'script:subagent sub=run'
	works subagent subagent
	asks subagent $SOON "$dialog"
	inbox "$@" 'echo ran > ran\.txt'
	answer y
	ends subagent pane_shows 'Finished: it was done'
	check "subagent: not before ($EARLY ms)" [ "$EARLY" -lt 500 ]
	check 'subagent: it ran' test -s "$WORK/ran.txt"
}

# always: answered so, it asks for that no more.
always() {
	turn 'script:edit file=c.txt'
	works always edit
	asks always $SOON "$dialog"
	answer a
	ends always pane_shows 'Finished: c\.txt'
	turn 'script:edit file=d.txt'
	ends 'always: not asked again' pane_shows 'Finished: d\.txt'
	taken 'always: not asked again'
}

# conversation: its id, as its hooks told.
conversation() {
	cat "$XDG_STATE_HOME/cockpit/deck/agents/x/conversation"
}

# Ends the process and those that it has started, at once.
kill_family() {
	local child
	for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do
		kill_family "$child"
	done
	kill -KILL "$1" 2>/dev/null
}

# crash REGEX: x is killed, and started again with the same conversation: its screen shows that of the last one.
crash() {
	local id pid
	id=$(conversation)
	pid=$(tmux -S "$SOCKET" display-message -p -t "$PANE" '#{pane_pid}')
	kill_family "$pid"
	follow 'crash: it has failed' failed $SOON 10 gone "$pid"
	ui_keys 2 r 1
	follow 'crash: it starts again' starting $SOON 10 pane_lives
	follow 'crash: it is ready' 'idle|done' $LOOKED 90 pane_shows "$1"
	check 'crash: with the same conversation' equal "$id" "$(conversation)"
}

pane_lives() {
	[ "$(tmux -S "$SOCKET" display-message -p -t "$PANE" '#{pane_dead}')" = 0 ]
}

# elsewhere TEXT [OPTION…]: x goes on with its conversation, which shows TEXT, in the home of another host.
elsewhere() {
	local text=$1 line words='' pane
	shift
	sh "$ROOT/tests/agents/home.sh" "$@" "$AGENT" "$T/there" "$MODEL_PORT" >"$T/there.environment"
	echo "PATH='$BIN':\$PATH" >"$T/there/home/.profile"
	while IFS= read -r line; do
		line=${line#export }
		words="$words, \"${line%%=*}=$(printf %s "${line#*=}" | tr -d "'")\""
	done <"$T/there.environment"
	cat >"$T/repo/cockpit.json" <<-EOC
		{"name": "deck", "repo": "$T/repo", "hosts": {"local": {"socket": "$SOCKET"},
		  "there": {"socket": "$T/agents3", "transport": ["env"$words]}}}
	EOC
	check 'elsewhere: it is stopped' exits 0 "$COCKPIT" stop x --fleet "$T/repo/cockpit.json"
	check 'elsewhere: it comes' exits 0 "$COCKPIT" resume x --host there --profile "$AGENT" --fleet "$T/repo/cockpit.json"
	case " $* " in
	*' --untrusted '*)
		check 'elsewhere: it asks whether to trust its folder' "$COCKPIT" wait x --state trust --timeout 40s --fleet "$T/repo/cockpit.json"
		check 'elsewhere: that is answered' "$COCKPIT" answer x yes --fleet "$T/repo/cockpit.json"
		;;
	esac
	pane=$(tmux -S "$T/agents3" list-panes -a -F '#{pane_id} #{@cockpit_agent}' | sed -n 's/ x$//p')
	check 'elsewhere: with its conversation' wait_for 90 says "$text" tmux -S "$T/agents3" capture-pane -p -t "$pane"
}

# bare [OPTION…]: an agent y in a fleet without a repo, on an account where nobody is logged in.
bare() {
	agent_home "$T/bare" --no-login "$@"
	mkdir -p "$T/bare/fleet" && cd "$T/bare/fleet" || exit 1
	echo "{\"name\": \"bare\", \"hosts\": {\"local\": {\"socket\": \"$T/agents2\", \"repo\": null}}}" >cockpit.json
	check 'bare: it starts' "$COCKPIT" new y --profile "$AGENT"
}

# bare_wait STATE: and no other that counts comes before it.
bare_wait() {
	"$COCKPIT" wait y --state "$1" --timeout 40s
}

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# A git repo without any configuration, from the first command to the last.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# An agent that shows each line it gets between "<" and ">".
echo_lines='printf "hello\n"; while read -r line; do printf "got <%s>\n" "$line"; done'

agent_says_here() {
	agent_says "$LOCAL_SOCKET" "$1" "$2" 5
}

# --- the command line ---

check 'version' says '^cockpit [0-9]+\.' "$COCKPIT" version
check 'help lists the commands' says '^  attach  ' "$COCKPIT" help
for command in attach up ls new send stop down explain doctor demo completion version help; do
	check "help $command" says "^usage: cockpit $command" exits 0 "$COCKPIT" help $command
	check "$command --help" says "^usage: cockpit $command" exits 0 "$COCKPIT" $command --help
done
check 'an unknown command: status 2' exits 2 "$COCKPIT" attahc
check 'and a suggestion' says 'no command attahc, did you mean "attach"' "$COCKPIT" attahc
check 'an unknown option: status 2' exits 2 "$COCKPIT" ls --jsno
check 'and a suggestion' says 'no option --jsno, did you mean "json"' "$COCKPIT" ls --jsno
check 'an argument too many: status 2' exits 2 "$COCKPIT" ls a b
check 'an argument too few: status 2' exits 2 "$COCKPIT" send
check 'a value that is missing: status 2' exits 2 "$COCKPIT" ls --fleet
check 'a value that is not wanted: status 2' exits 2 "$COCKPIT" ls --json=yes
check 'help of a command that is none suggests one' says 'no command mrege, did you mean "merge"' exits 2 "$COCKPIT" help mrege
check 'a verb that is none: what there is' says 'found "foo", expected ls, restore or empty' exits 2 "$COCKPIT" trash foo
check 'a fleet before the command: where it goes' says 'comes first: cockpit ls -F some' exits 2 "$COCKPIT" -F some ls
check 'two fleets are one too many' says 'named twice: some and other' exits 2 "$COCKPIT" ls -F some other
check 'who has seen enough of it is told nothing' equal '' "$({ ("$COCKPIT" version && "$COCKPIT" keys && "$COCKPIT" keys) | true; } 2>&1)"
check 'a full disk is told of' says 'could not be written whole' eval '"$COCKPIT" keys >/dev/full'
check 'control bytes of an argument are not printed' fails says $'\033' "$COCKPIT" $'a\033[31m'

# --- outside of a repo ---

cd "$HOME" || exit 1
check 'outside of a repo: status 4' exits 4 "$COCKPIT" ls
check 'and what to do' says 'no git repo.*cockpit demo' "$COCKPIT" ls
check 'a fleet that nobody knows: status 4' exits 4 "$COCKPIT" ls nobody
check 'and its name' says 'no fleet nobody' "$COCKPIT" ls nobody

# --- a repo ---

git init -q -b main "$T/empty"
cd "$T/empty" || exit 1
check 'a repo without a commit cannot have agents' says 'no commit yet' exits 1 "$COCKPIT" new -- true
check 'and nothing is left' fails test -e "$T/empty-agents"

make_repo "$T/toy"
mkdir "$T/toy/sub"
cd "$T/toy/sub" || exit 1
check 'ls of nothing' says 'no agents yet' exits 0 "$COCKPIT" ls
check 'down of nothing' says 'nothing of fleet toy was running' exits 0 "$COCKPIT" down
check 'stop of nothing: status 4' exits 4 "$COCKPIT" stop nobody
check 'a name that is none: status 2' exits 2 "$COCKPIT" new 'a b' -- true
check 'a profile that is none: status 4' exits 4 "$COCKPIT" new --profile none
check 'a host that is none: status 4' exits 4 "$COCKPIT" new --host none
check 'a size that is none: status 2' exits 2 "$COCKPIT" attach --once --size 200
check 'no command behind --: status 2' exits 2 "$COCKPIT" new a --

check 'new with a profile' says "^started one in $T/toy-agents/one\$" exits 0 "$COCKPIT" new one --profile shell
check 'new with a command' says '^started two in' exits 0 "$COCKPIT" new two -- sh -c "$echo_lines"
check 'new with a prompt' exits 0 "$COCKPIT" new three -m 'do "it"; $HOME' -- \
	sh -c 'printf "<%s>\n" "$@"; exec sleep 1000' x 'a  b' '{prompt}' 'c;'
check 'a name that is taken: status 5' says 'two is already there' exits 5 "$COCKPIT" new two -- true
for agent in one two three; do
	check "$agent has a work tree beside the repo" test -e "$T/toy-agents/$agent/one.txt"
	check "and a branch" equal "cockpit/$agent" "$(git -C "$T/toy-agents/$agent" symbolic-ref --short HEAD)"
done
check 'the repo itself stays as it was' equal "main $(printf '\n')" \
	"$(git -C "$T/toy" symbolic-ref --short HEAD) $(git -C "$T/toy" status --porcelain)"
check 'the command runs' agent_says_here two '^hello$'
check 'arguments arrive as they are' agent_says_here three '^<a  b>$'
check 'the prompt too' agent_says_here three '^<do "it"; \$HOME>$'
check 'and what ends in a semicolon' agent_says_here three '^<c;>$'
check 'attach --once shows it' says 'got|hello' exits 0 "$COCKPIT" attach --once --size 200x60
check 'without any argument but --once too' says 'hello' exits 0 "$COCKPIT" --once --size 200x60
check 'and by name, from anywhere' eval 'cd "$HOME" && says "hello" exits 0 "$COCKPIT" attach toy --once; cd "$T/toy"'

check 'ls' says "^two +local +command +.* $T/toy-agents/two\$" exits 0 "$COCKPIT" ls
"$COCKPIT" ls --json >"$T/ls.json"
check 'ls --json is JSON' valid_json "$T/ls.json"
check 'with the host' says '"name": "local"' cat "$T/ls.json"
check 'the branch' says '"branch": "cockpit/three"' cat "$T/ls.json"
check 'and three agents' equal 3 "$(grep -c '"worktree"' "$T/ls.json")"

# What runs in the pane: the environment of a login, and nothing of ours.
check 'an agent that tells its environment' exits 0 "$COCKPIT" new env -- sh -c 'env >env.new; mv env.new env.txt; exec sleep 1000'
check 'it is there' wait_for 5 test -s "$T/toy-agents/env/env.txt"
check 'no TMUX in it' fails grep -E '^TMUX(_PANE)?=' "$T/toy-agents/env/env.txt"
check 'it knows its name' grep -qx 'COCKPIT_AGENT=env' "$T/toy-agents/env/env.txt"
check 'its fleet' grep -qx 'COCKPIT_FLEET=toy' "$T/toy-agents/env/env.txt"
check 'and its host' grep -qx 'COCKPIT_HOST=local' "$T/toy-agents/env/env.txt"

# A profile of one's own: files and variables, and what only a folder of cockpit's own gets.
agents=${XDG_CONFIG_HOME:-$HOME/.config}/cockpit/agents
mkdir -p "$agents"
(
	umask 077
	echo "it's here" >"$agents/mine.note.txt"
	cat >"$agents/mine.json" <<'END'
{"name": "mine", "help": "tells what it got", "program": "sh",
 "start": ["sh", "-c", "printf '%s\\n' \"$1\" \"$N\" \"$T\" \"${COCKPIT_OWN-unset}\" >got.new; mv got.new got.txt; exec sleep 1000", "x", "{dir}"],
 "environment": {"N": "{home}/note.txt"}, "own_folder": {"environment": {"T": "trusted"}},
 "files": {"note.txt": "mine.note.txt"}}
END
)
check 'new with a profile of the user' exits 0 "$COCKPIT" new mine --profile mine
check 'it runs' wait_for 5 test -s "$T/toy-agents/mine/got.txt"
{ read -r here && read -r note && read -r trust && read -r own; } <"$T/toy-agents/mine/got.txt"
check 'with its folder, which is trusted' equal "$T/toy-agents/mine trusted unset" "$here $trust $own"
check 'and with its file' grep -qx "it's here" "$note"
check 'which lies in its private folder' equal "agents/mine/note.txt" "${note#"${note%/*/*/*}"/}"
check 'it is stopped' exits 0 "$COCKPIT" stop mine
rm -r "$agents"

# --- send ---

check 'send a text' says '^sent$' exits 0 "$COCKPIT" send two 'do  this; \n "now" $HOME'
check 'it arrives as it is' agent_says_here two '^got <do  this; \\n "now" \$HOME>$'
check 'send standard input' exits 0 "$COCKPIT" send two - <<<'from a pipe'
check 'it arrives' agent_says_here two '^got <from a pipe>$'
check 'without "-" too' exits 0 "$COCKPIT" send two <<<'another pipe'
check 'it arrives' agent_says_here two '^got <another pipe>$'
check 'send two lines' exits 0 "$COCKPIT" send two $'first é\nsecond 漢'
check 'the first arrives' agent_says_here two 'got <first é>$'
check 'the second arrives' agent_says_here two 'got <second 漢>$'
check 'send control bytes' exits 0 "$COCKPIT" send two $'k\003l\033[201~m\004n'
check 'they are taken out' agent_says_here two '^got <k l \[201~m n>$'
check 'an empty prompt: status 2' exits 2 "$COCKPIT" send two '  '
check 'an unknown agent: status 4' says 'no agent tow, did you mean "two"' exits 4 "$COCKPIT" send tow x
check 'an agent that ends' exits 0 "$COCKPIT" new gone -- sh -c 'echo bye; exit 3'
check 'ls says so' wait_for 5 says '^gone .*failed' "$COCKPIT" ls
check 'it takes no prompt: status 2' says 'gone has ended' exits 2 "$COCKPIT" send gone x
check 'an agent that does not move' exits 0 "$COCKPIT" new mute -- sh -c 'stty -echo; echo deaf; exec sleep 1000'
check 'it is there' agent_says_here mute '^deaf$'
check 'a prompt stalls there: status 6' says 'stalled' exits 6 "$COCKPIT" send mute x

# --- explain ---

check 'explain' says "^  folder    $T/toy-agents/two\$" exits 0 "$COCKPIT" explain two
check 'names what decided' says '^decided by process: failed' exits 0 "$COCKPIT" explain gone
"$COCKPIT" explain gone --json >"$T/explain.json"
check 'explain --json is JSON' valid_json "$T/explain.json"
check 'and says the same' says '"state": "failed"' cat "$T/explain.json"
check 'an unknown agent: status 4' exits 4 "$COCKPIT" explain nobody

# --- stop, and go on ---

echo work >"$T/toy-agents/two/work.txt"
pid=$(tmux -S "$LOCAL_SOCKET" display-message -p -t "$(agent_pane "$LOCAL_SOCKET" two)" '#{pane_pid}')
check 'stop' says "^stopped two; its work stays in $T/toy-agents/two\$" exits 0 "$COCKPIT" stop two
check 'its process ends' wait_for 5 gone "$pid"
check 'it is not listed any more' fails says '^two ' "$COCKPIT" ls
check 'it takes no prompt: status 4' exits 4 "$COCKPIT" send two x
check 'stop again: status 4' exits 4 "$COCKPIT" stop two
check 'the rest of a list is stopped all the same' exits 4 "$COCKPIT" stop nobody gone
check 'gone is gone' fails says '^gone ' "$COCKPIT" ls
check 'its work stays' test -e "$T/toy-agents/two/work.txt"
check 'new goes on there' says "^started two in $T/toy-agents/two\$" exits 0 "$COCKPIT" new two -- \
	sh -c 'cat work.txt; exec sleep 1000'
check 'with its work' agent_says_here two '^work$'
check 'on its branch' equal cockpit/two "$(git -C "$T/toy-agents/two" symbolic-ref --short HEAD)"
mkdir "$T/toy-agents/inway"
check 'a folder in the way is not touched' says 'is in the way' exits 1 "$COCKPIT" new inway -- true

# One that does not hear the hang-up: looked at again at the end.
# shellcheck disable=SC2016 # for the agent's shell
"$COCKPIT" new deaf -- sh -c 'trap "" HUP TERM; (exec sleep 1000) & echo deaf $$; while :; do sleep 1; done' >/dev/null
agent_says_here deaf '^deaf [0-9]'
deaf=$(tmux -S "$LOCAL_SOCKET" display-message -p -t "$(agent_pane "$LOCAL_SOCKET" deaf)" '#{pane_pid}')
check 'stop of one that ignores it' exits 0 "$COCKPIT" stop deaf

# --- another repo of that name is another fleet ---

make_repo "$T/elsewhere/toy"
cd "$T/elsewhere/toy" || exit 1
check 'a second toy has no agents' says 'no agents yet' exits 0 "$COCKPIT" ls
check 'and a name of its own' says '"fleet": "toy-2"' "$COCKPIT" ls --json

# --- down ---

cd "$T/toy" || exit 1
"$COCKPIT" down >"$T/down.out" 2>&1
check 'down: status 0' equal 0 $?
for agent in one two three env mute; do
	check "it says that it ended $agent" grep -qx "ended $agent on local; its work stays in $T/toy-agents/$agent" "$T/down.out"
done
check 'and nothing else' equal 5 "$(wc -l <"$T/down.out")"
check 'nothing runs any more' says 'no agents run' "$COCKPIT" ls
check 'the server is gone' wait_for 5 fails tmux -S "$LOCAL_SOCKET" has-session
check 'work trees stay' test -e "$T/toy-agents/two/work.txt"
check 'and branches' git -C "$T/toy" rev-parse -q --verify cockpit/three

# --- many at once: git does not make two work trees of a repo at a time ---

many_at_once() {
	local pids=() failed=0 pid n
	for n in 1 2 3 4 5 6 7 8; do
		"$COCKPIT" new "at-$n" -- cat &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=1
	done
	return $failed
}
check 'eight new agents at once' many_at_once
check 'no lock is left' fails test -e "$T/toy/.git/cockpit-lock"
check 'down ends them' exits 0 "$COCKPIT" down

# --- a fleet file with mistakes ---

mkdir "$T/wrong" && cd "$T/wrong" || exit 1

# mistake NAME PLACE-AND-WORDS FILE: refused with that place
mistake() {
	printf '%s\n' "$3" >cockpit.json
	check "$1: status 78" exits 78 "$COCKPIT" ls
	check "$1: says where" says "cockpit.json:$2" "$COCKPIT" ls
	check "$1: so does up" exits 78 "$COCKPIT" up --detach
}
mistake 'an unknown key' '3:3: .*"naem".*"name"' $'{\n  "hosts": {},\n  "naem": "x"\n}'
mistake 'a key given twice' '1:15: ' '{"name": "a", "name": "b"}'
mistake 'a wrong type' '1:10: .*string' '{"name": 3}'
mistake 'no JSON' '2:[0-9]+: ' $'{"name": "x"\n"repo": "y"}'
mistake 'a host that is not declared' '1:[0-9]+: .*web' '{"agents": [{"name": "a", "host": "web"}]}'
rm cockpit.json
mkdir cockpit.json
check 'a folder for a file: no crash' fails says 'Sanitizer|Abort' "$COCKPIT" ls
rmdir cockpit.json
echo '{"name": "open"}' >cockpit.json
chmod 666 cockpit.json
check 'a file that others may write: status 78' says 'chmod go-w' exits 78 "$COCKPIT" ls

nothing_of() { ! pgrep -s "$1" >/dev/null; }
check 'what ignored its stop is ended with its children' wait_for 10 nothing_of "${deaf:?}"

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The tools that the other tests stand on: a check that cannot fail is worth nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# --- the world of a test ---

check 'HOME is in the temporary folder' equal "$T/home" "$HOME"
check 'nothing of the caller is left' fails printenv TMUX SSH_AUTH_SOCK DISPLAY MAIL
check 'wait_for polls until it is so' wait_for 5 eval 'n=$((${n:-0} + 1)); [ $n -ge 3 ]'
check 'wait_for says what it waited for' says 'not within 0 s: ls /nowhere' wait_for 0 ls /nowhere
check 'and what it saw last' says 'No such file' wait_for 0 ls /nowhere

make_repo "$T/repo"
check 'the repo has three commits' equal 3 "$(git -C "$T/repo" rev-list --count main)"
check 'and is clean' equal '' "$(git -C "$T/repo" status --porcelain)"

# --- hosts ---

if PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	check 'sshd one starts' start_sshd one
	check 'sshd two starts' start_sshd two
	for host in one two; do
		check "host $host knows its name and home" equal "$host $T/hosts/$host $T/hosts/$host" \
			"$(ssh $host 'echo "$HOST_NAME" "$HOME" "$PWD"')"
	done
	check 'an argument arrives as it is' equal "a  b'c" "$(ssh one "printf %s \"a  b'c\"")"
	check 'the exit status comes back' fails ssh two 'exit 3'
	sed -i "s/^\[127.0.0.1\]:$SSHD_PORT .*//" "$T/known_hosts"
	check 'an unknown host key is refused' says 'Host key verification failed|No ED25519' ssh two true
else
	skip 'hosts: there is no sshd here'
fi

# --- the operator's terminal ---

check 'a terminal starts' ui_start 60 20 sh -c 'stty size; echo "it'\''s $0 é"; read -r x; echo "got $x"; exit 7' 'a  b'
check 'it has the size' ui_expect '^20 60$' 5
check 'arguments arrive as they are' ui_expect "^it's a  b é$" 5
check 'it runs' fails ui_status
check 'absent text is not there' fails ui_expect 'no such text' 0
check 'and the screen is shown' says '^20 60$' ui_expect 'no such text' 0
ui_type '-x; Enter'
ui_keys Enter
check 'text is typed as it is' ui_expect '^got -x; Enter$' 5
check 'the end is noticed' ui_ended 7 5
check 'a second one replaces it' ui_start 70 10 sh -c 'trap "stty size" WINCH; while :; do sleep 0.1; done'
check 'and is resized' eval 'ui_resize 90 30; ui_expect "^30 90$" 5'

# --- leaving nothing behind ---

cat >"$T/child.sh" <<EOC
. "$ROOT/tests/e2e/lib.sh"
echo "\$T" >"$T/child.T"
ui_start 20 5 sleep 1000
sleep 1000 & track \$!
echo "\$!" >"$T/child.pid"
ui display-message -p '#{pane_pid}' >"$T/child.pane"
on_exit 'echo "hook \$PASSED"'
pass one
[ -z "\${CHILD_ENDS:-}" ] || kill -TERM \$\$
EOC
for end in itself TERM; do
	if [ $end = TERM ]; then
		sed -i 's/^\[ -z.*/kill -TERM $$; sleep 1000/' "$T/child.sh"
	fi
	out=$(bash "$T/child.sh")
	check "ended by $end: hooks ran" equal 'hook 1' "$(echo "$out" | grep hook)"
	check "ended by $end: the folder is gone" fails test -e "$(cat "$T/child.T")"
	check "ended by $end: the process is gone" gone "$(cat "$T/child.pid")"
	check "ended by $end: the terminal is gone" wait_for 5 gone "$(cat "$T/child.pane")"
done

# --- tests/run.sh ---

fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$T/$1"
	chmod +x "$T/$1"
}
fake good 'echo "[  PASSED  ] 3 test(s)."; echo "[  SKIPPED ] 2 test(s), listed below:"'
fake bad 'echo "[  PASSED  ] 1 test(s)."; echo "[  FAILED  ] 2 test(s), listed below:"; echo sorry; exit 2'
fake crash 'echo "[  PASSED  ] 1 test(s)."; kill -SEGV $$'
fake slow 'sleep 1000'
fake mute 'exit 0'
fake liar 'echo "not ok - x"; exit 0'
fake early 'echo "ok - a"; exit 1'
fake script.sh 'echo "ok - a"; echo "not ok - b"; echo "skip - c"; exit 1'
fake variable '[ "$COLOUR" = blue ] && echo "ok - blue"'

# closing WANTED ARGUMENTS…: the last line of tests/run.sh
closing() {
	local wanted=$1
	shift
	equal "$wanted" "$("$ROOT/tests/run.sh" -t 1 "$@" 2>&1 | tail -n 1)"
}
check 'cases of cmocka count' closing '3 passed, 0 failed, 2 skipped' "$T/good"
check 'failures count' closing '4 passed, 2 failed, 2 skipped' "$T/good" "$T/bad"
check 'scripts count' closing '1 passed, 1 failed, 1 skipped' "$T/script.sh"
check 'a crash is a failure' closing '1 passed, 1 failed' "$T/crash"
check 'a deadline is a failure' closing '0 passed, 1 failed' "$T/slow"
check 'no case is a failure' closing '0 passed, 1 failed' "$T/mute"
check 'saying so is a failure' closing '0 passed, 1 failed' "$T/liar"
check 'an early end is a failure' closing '1 passed, 1 failed' "$T/early"
check 'nothing at all' closing '0 passed, 0 failed'
check 'the library is no test' closing '0 passed, 0 failed' "$ROOT/tests/e2e/lib.sh"
check 'variables are set' closing '1 passed, 0 failed' COLOUR=blue "$T/variable"
check 'all well: status 0' "$ROOT/tests/run.sh" "$T/good"
for program in bad crash mute liar early; do
	check "$program: status 1" fails "$ROOT/tests/run.sh" "$T/$program"
done
check 'nothing ran: status 1' fails "$ROOT/tests/run.sh"
check 'the log of a failure is shown' says '\| sorry' "$ROOT/tests/run.sh" "$T/bad"
check 'the log of a success is not' fails says 'PASSED' "$ROOT/tests/run.sh" "$T/good"

# --- tests/floors.sh ---

mkdir -p "$T/tree"/{tests,include/cockpit,src/low,src/high}
cat >"$T/tree/tests/floors.txt" <<'EOC'
# remark
low:
high: low
main: high

act_*.h: high
foreign.h: low
lib/: high
EOC
echo 'struct low { int a; };' >"$T/tree/include/cockpit/low_a.h"
echo 'struct high { int a; };' >"$T/tree/include/cockpit/high_a.h"
echo 'struct act { int a; };' >"$T/tree/include/cockpit/act_a.h"
echo 'struct own { int a; };' >"$T/tree/src/high/own.h"

# floors FILE LINE…: what floors.sh says with that file in the tree
floors() {
	local file=$1
	shift
	printf '%s\n' "$@" >"$T/tree/$file"
	"$ROOT/tests/floors.sh" "$T/tree"
	local status=$?
	rm "$T/tree/$file"
	return $status
}
check 'what is allowed is allowed' floors src/high/a.c '#include "own.h"' '#include "cockpit/low_a.h"' \
	'#include <stdio.h>' '#include <sys/stat.h>' '#include <lib/x.h>' '#include "cockpit/act_a.h"'
check 'upwards' says '^src/low/a.c:2: floor low may not include <cockpit/high_a.h>' \
	floors src/low/a.c '' '#include "cockpit/high_a.h"'
check 'upwards between headers' says '^include/cockpit/low_b.h:1: floor low may not' \
	floors include/cockpit/low_b.h '#include "cockpit/high_a.h"'
check 'a group for others' says '^src/low/a.c:1: .*for high alone' floors src/low/a.c '#include "cockpit/act_a.h"'
check 'private by path' says '^src/low/a.c:1: .*own folder' floors src/low/a.c '# include "../high/own.h"'
check 'private from elsewhere' says '^src/low/a.c:1: .*not beside' floors src/low/a.c '#include "own.h"'
check 'foreign' says '^src/high/a.c:1: <foreign.h> stops at floor low' floors src/high/a.c '#include <foreign.h>'
check 'foreign folder' says '^src/low/a.c:1: <lib/x.h> stops at floor high' floors src/low/a.c '#include <lib/x.h>'
check 'foreign in another folder' says 'stops at floor low' floors src/high/a.c '#include <w/foreign.h>'
check 'foreign in a public header' says 'stay out' floors include/cockpit/low_b.h '#include <foreign.h>'
check 'unheard of' says 'neither the system' floors src/low/a.c '#include <ncurses.h>'
check 'main on a low floor' says '^src/main.c:1: floor main may not' floors src/main.c '#include "cockpit/low_a.h"'
check 'a floor without a rule' says '^src/new.c/a.c:1: floor "new.c"' \
	eval 'mkdir "$T/tree/src/new.c"; floors src/new.c/a.c "#include <stdio.h>"; rmdir "$T/tree/src/new.c"'
check 'a header that needs another' says '^include/cockpit/low_b.h:1: does not compile alone' \
	floors include/cockpit/low_b.h 'extern size_t n;'
check 'and its status is not 0' fails floors include/cockpit/low_b.h 'extern size_t n;'

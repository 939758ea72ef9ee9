#!/usr/bin/env bash
#
# usage: tests/run.sh [-t SECONDS] [NAME=VALUE | PROGRAM]…
#
# Runs unit-test programs and end-to-end scripts (*.sh) one after the other, each
# with a deadline. NAME=VALUE sets an environment variable for those after it, so that
# one call, and one closing line, can cover several builds. One line a program; the log
# of those that failed only. Closes with "N passed, N failed" (cases, not programs).

set -u

limit=120
if [ "${1:-}" = -t ]; then
	limit=$2
	shift 2
fi

logs=$(mktemp -d "${TMPDIR:-/tmp}/ckrun.XXXXXX") || exit 1
trap 'rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM HUP

passed=0 failed=0 skipped=0 programs=0

# count LOG: cases that "passed failed skipped", by cmocka's closing lines or by ours.
count() {
	awk '
	/^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
	/^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
	/^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
	/^ok - / { passed++ }
	/^not ok - / { failed++ }
	/^skip - / { skipped++ }
	END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

elapsed() {
	local end=$EPOCHREALTIME ms
	ms=$(((${end/[.,]/} - ${1/[.,]/}) / 1000))
	printf '%d.%02d' $((ms / 1000)) $((ms % 1000 / 10))
}

# build/san/tests/test_x and tests/e2e/x.sh are known as san/test_x and e2e/x.
short_name() {
	local name=$1
	name=${name#./}
	name=${name#build/}
	name=${name%.sh}
	case $name in
	tests/*) name=${name#tests/} ;;
	*/tests/*) name=${name%%/tests/*}/${name#*/tests/} ;;
	esac
	echo "$name"
}

run() {
	local program=$1 name log=$logs/log start status why='' p f s verdict=ok
	local -a command=("$1")
	name=$(short_name "$program")
	case $program in
	*/*) ;;
	*) command=("./$program") ;;
	esac
	[ -x "$program" ] || case $program in *.sh) command=(bash "$program") ;; esac

	start=$EPOCHREALTIME
	timeout -k 10 "$limit" "${command[@]}" >"$log" 2>&1 </dev/null
	status=$?
	read -r p f s < <(count "$log")
	programs=$((programs + 1))
	if [ $status -eq 124 ] || [ $status -eq 137 ]; then
		why="not done within $limit s"
	elif [ $status -gt 128 ]; then
		why="killed by signal $((status - 128))"
	elif [ $status -ne 0 ] && [ "$f" -eq 0 ]; then
		why="exit status $status"
	elif [ $status -eq 0 ] && [ $((p + f + s)) -eq 0 ]; then
		why='it ran no case'
	fi
	# What ended early has failed at least once, whatever it managed to say.
	[ -z "$why" ] || [ "$f" -gt 0 ] || f=1
	if [ "$f" -gt 0 ]; then
		verdict=FAIL
	fi
	printf '%-4s  %-40s %s s%s\n' $verdict "$name" "$(elapsed "$start")" "${why:+  ($why)}"
	# Indented: these lines are a log, not results of ours.
	[ $verdict = ok ] || sed 's/^/      | /' "$log"
	grep '^skip - ' "$log" | sed 's/^/      | /'
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

for arg; do
	case $arg in
	lib.sh | */lib.sh) ;;
	[A-Za-z_]*=*) export "${arg?}" ;;
	*) run "$arg" ;;
	esac
done

[ $programs -gt 0 ] || echo 'no tests were given'
if [ $skipped -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]

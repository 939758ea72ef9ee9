#!/usr/bin/env bash
#
# usage: tests/run.sh [-t SECONDS] [-jJOBS | NAME=VALUE | PROGRAM]…
#
# Runs unit-test programs and end-to-end scripts (*.sh), each with a deadline. For those
# after it -jJOBS says how many run at a time (1), and NAME=VALUE sets an environment
# variable, so that one call, and one closing line, can cover several builds. One line a program, in the order
# in which they end; the log of those that failed only. Closes with "N passed, N failed"
# (cases, not programs).
#
# Most of these talk to real servers against the clock, two at a time. One that failed is run
# once more at the end, alone, and that counts; it is named as unsteady where it passes then, and
# the log of its failure stands above. What a sanitizer found is no matter of time and is not
# asked twice, nor are more than MOST_AGAIN failures. A leak is no such find where a case failed:
# cmocka jumps out of it, past what would have freed.

set -u

limit=120 jobs=1
if [ "${1:-}" = -t ]; then
	limit=$2
	shift 2
fi

logs=$(mktemp -d "${TMPDIR:-/tmp}/ckrun.XXXXXX") || exit 1
trap 'rm -rf "$logs"' EXIT
# timeout(1) hands the signal on to the program.
trap 'trap "" TERM; jobs -p | xargs -r kill 2>/dev/null; wait; exit 130' INT TERM HUP

MOST_AGAIN=5
passed=0 failed=0 skipped=0 programs=0 running=0
# The NAME=VALUEs so far; of each program: those of it, and what it is.
settings=() names=() with=()

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

# run PROGRAM NUMBER: leaves its log in NUMBER.log and, when all is known, its number, its counts
# and its lines in NUMBER.ended.
run() {
	local program=$1 log=$logs/$2.log name start status why='' p f s verdict=ok
	local -a command=("$1")
	name=$(short_name "$program")
	case $program in
	*/*) ;;
	*) command=("./$program") ;;
	esac
	[ -x "$program" ] || case $program in *.sh) command=(bash "$program") ;; esac

	start=$EPOCHREALTIME
	timeout -k 10 "$limit" "${command[@]}" >"$log" 2>&1 </dev/null &
	trap 'kill $! 2>/dev/null' TERM
	wait $!
	status=$?
	read -r p f s < <(count "$log")
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
	{
		echo "$2 $p $f $s"
		printf '%-4s  %-40s %s s%s\n' $verdict "$name" "$(elapsed "$start")" "${why:+  ($why)}"
		# Indented: these lines are a log, not results of ours. What passed would hide what did not.
		[ $verdict = ok ] || grep -vE '^(ok - |\[ RUN |\[       OK )' "$log" | sed 's/^/      | /'
		grep '^skip - ' "$log" | sed 's/^/      | /'
	} >"$logs/$2.ended.new"
	mv "$logs/$2.ended.new" "$logs/$2.ended"
}

# Waits for one of those that run, and tells of all that have ended. Those that failed are left in
# FAILURES, with their counts.
failures=()
reap() {
	local number p f s ended
	wait -n
	if [ $? -eq 127 ] && ! ls "$logs"/*.ended >/dev/null 2>&1; then
		echo "the end of $running of them went unseen"
		failed=$((failed + running)) running=0
	fi
	for ended in "$logs"/*.ended; do
		[ -e "$ended" ] || continue
		{
			read -r number p f s
			cat
		} <"$ended"
		[ "$f" -eq 0 ] || failures+=("$number $p $f $s")
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
		running=$((running - 1))
		rm "$ended"
	done
}

# found_by_sanitizer LOG
found_by_sanitizer() {
	local kind='[A-Za-z]*'
	! grep -q '^\[   LINE   \]' "$1" || kind=Address
	grep -qE "runtime error:|ERROR: ${kind}Sanitizer" "$1"
}

# Runs those that failed once more, one at a time. Its counts take the place of the first ones.
again() {
	local failure number p f s first=("${failures[@]}") unsteady=()
	[ ${#first[@]} -le $MOST_AGAIN ] || return
	for failure in "${first[@]}"; do
		read -r number p f s <<<"$failure"
		! found_by_sanitizer "$logs/$number.log" || continue
		echo "once more, alone: $(short_name "${names[number]}")"
		passed=$((passed - p)) failed=$((failed - f)) skipped=$((skipped - s))
		failures=() running=1
		(
			eval "${with[number]}"
			run "${names[number]}" "$number"
		) &
		reap
		[ ${#failures[@]} -gt 0 ] || unsteady+=("$(short_name "${names[number]}")")
	done
	[ ${#unsteady[@]} -eq 0 ] || echo "unsteady: ${unsteady[*]} failed at first and passed alone"
}

for arg; do
	case $arg in
	lib.sh | */lib.sh) ;;
	-j*)
		while [ $running -gt 0 ]; do
			reap
		done
		jobs=${arg#-j}
		;;
	[A-Za-z_]*=*)
		export "${arg?}"
		settings+=("$arg")
		;;
	*)
		programs=$((programs + 1)) running=$((running + 1))
		names[programs]=$arg with[programs]=
		[ ${#settings[@]} -eq 0 ] || with[programs]="export $(printf '%q ' "${settings[@]}")"
		run "$arg" $programs &
		while [ $running -ge "$jobs" ]; do
			reap
		done
		;;
	esac
done
while [ $running -gt 0 ]; do
	reap
done

again

[ $programs -gt 0 ] || echo 'no tests were given'
if [ $skipped -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]

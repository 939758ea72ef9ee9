#!/usr/bin/env bash
#
# usage: tests/bench/run.sh [-r RUNS] [-w WORK]… BINDIR OUTDIR
#
# The same works for cockpit and for programs that do what it does, one after the other on
# this machine, RUNS times. BINDIR holds tilebench and tileworker. Each result is a line of
# OUTDIR/runs.txt; the medians are OUTDIR/table.md. COCKPIT names the program.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
runs=3 only=
while getopts r:w: option; do
	case $option in
	r) runs=$OPTARG ;;
	w) only="$only $OPTARG" ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 2 ] || {
	sed -n '3p' "$0" >&2
	exit 2
}
bin=$1 out=$2
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
COCKPIT=${COCKPIT:-build/rel/cockpit}
COCKPIT=$(realpath "$COCKPIT") || exit 1
RELAY=$(realpath "$bin/relay") || exit 1
export COCKPIT RELAY
trap 'exit 130' INT TERM HUP

# Work, programs, options. The others have no answer to many hosts, so attaching to those
# stands beside a plain login.
works='
lines    cockpit,tmux,tmux-unseen,relay,dvtm,screen  -m flood -k lines
redraw   cockpit,tmux,tmux-unseen,relay,dvtm,screen  -m flood -k redraw
ssh      cockpit,tmux,dvtm,screen                    -m flood -k lines -H 4
idle     cockpit,tmux                                -m idle -n 64
page     cockpit                                     -m attach -n 64 -w 16 -H 8
all      cockpit                                     -m attach -n 64 -H 8 -s 488x136
storm    cockpit,tmux,dvtm,screen                    -m storm
faults   cockpit                                     -m faults -n 8 -H 8 -j
'

# shellcheck source=tests/lab/lab.sh
no_lab=$(. "$here/../lab/lab.sh" && lab_missing)

machine() {
	awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo
}

have() {
	command -v "${1%-unseen}" >/dev/null || [ "$1" = cockpit ] || [ "$1" = relay ]
}

version() {
	case $1 in
	cockpit) "$COCKPIT" version | head -n 1 ;;
	tmux) tmux -V ;;
	dvtm) dvtm -v 2>&1 | sed -n '1s/^dvtm-\([0-9.]*\).*/dvtm \1/p' ;;
	screen) screen -v | sed -n '1s/^Screen version \([^ ]*\).*/screen \1/p' ;;
	esac
}

{
	echo "# machine: $(machine), $(nproc) cores, $(uname -sr)"
	echo "# date: $(date -u +%Y-%m-%d)"
	versions=
	for program in cockpit tmux dvtm screen; do
		if have $program; then
			versions="$versions${versions:+, }$(version $program)"
		else
			versions="$versions, no $program"
		fi
	done
	echo "# programs: $versions"
	echo "# runs: $runs"
	[ -z "$no_lab" ] || echo "# lab: $no_lab"
} >"$out/runs.txt"

for ((n = 1; n <= runs; n++)); do
	while read -r work programs options; do
		case " $only " in
		*" $work "* | '  ') ;;
		*) continue ;;
		esac
		[ -n "$work" ] || continue
		if [ "$work" = faults ] && [ -n "$no_lab" ]; then
			printf 'run %d of %d: %-8s skipped: %s\n' "$n" "$runs" "$work" "$no_lab"
			continue
		fi
		for program in ${programs//,/ }; do
			have "$program" || continue
			rest=$options
			# It shows as many agents as can be read, the others on further pages.
			[ "$work/$program" != idle/cockpit ] || rest="$rest -w 16"
			printf 'run %d of %d: %-8s %s\n' "$n" "$runs" "$work" "$program"
			# shellcheck disable=SC2086 # options are words
			line=$(timeout -k 30 300 "$bin/tilebench" $rest "$program" \
				"$here/adapters/$program.sh" </dev/null | tail -n 1)
			echo "run=$n work=$work ${line:-name=$program ok=0}" >>"$out/runs.txt"
		done
	done <<<"$works"
done

awk -f "$here/table.awk" "$out/runs.txt" >"$out/table.md"
echo
cat "$out/table.md"

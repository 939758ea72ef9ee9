#!/bin/sh
#
# usage: tests/floors.sh [ROOT]
#
# Holds the source to tests/floors.txt: which floor may include whose headers, where a
# foreign library's header may stand, and that each header compiles alone (with $CC).
# Says FILE:LINE: what, for each offence.

set -u

root=${1:-$(dirname "$0")/..}
cd "$root" || exit 2
rules=tests/floors.txt
[ -r "$rules" ] || {
	echo "$root/$rules: not there"
	exit 2
}
offences=$(mktemp) || exit 2
trap 'rm -f "$offences"' EXIT

# Lines of floors.txt are "KEY: floor floor …"; KEY is
#	a floor (a folder under src/, or "main" for src/main.c): whose headers it may include
#	GROUP_*.h: a group of headers in include/cockpit that is no floor: who may include it
#	NAME.h or FOLDER/: a foreign library's: who may include it
includes() {
	grep -nE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null
}

sources=$(find src include -name '*.[ch]' | sort)
[ -n "$sources" ] || {
	echo 'no sources found'
	exit 2
}

# shellcheck disable=SC2086
includes $sources | awk -v rules="$rules" '
function offend(what) {
	print at ": " what
	bad = 1
}

function list(set, owner, words,    i, n, w) {
	n = split(words, w, " ")
	for (i = 1; i <= n; i++)
		set[owner, w[i]] = 1
}

# Whether the file beside the including one is there, or is made by the build.
function beside(name,    path, line, there) {
	if (name == "version.h")
		return 1
	path = file
	sub(/[^\/]*$/, name, path)
	there = (getline line < path) >= 0
	close(path)
	return there
}

# C and POSIX, and what Linux has beside them: everything else belongs to somebody.
function is_system(name) {
	if (name ~ /^(sys|netinet|arpa|net|linux)\/[a-z_0-9]+\.h$/)
		return 1
	return name ~ /^(aio|assert|complex|cpio|ctype|dirent|dlfcn|endian|errno|execinfo|fcntl|fenv|float|fmtmsg|fnmatch|ftw|getopt|glob|grp|iconv|ifaddrs|inttypes|iso646|langinfo|libgen|limits|locale|malloc|math|monetary|netdb|nl_types|poll|pthread|pty|pwd|regex|sched|search|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|tar|termios|tgmath|threads|time|uchar|ulimit|unistd|utime|utmpx|wchar|wctype|wordexp)\.h$/
}

BEGIN {
	while ((getline line < rules) > 0) {
		number++
		if (line ~ /^[ \t]*(#|$)/)
			continue
		if (line !~ /^[A-Za-z0-9_.\/*-]+:( |$)/) {
			print rules ":" number ": not \"name: floor floor …\""
			bad = 1
			continue
		}
		key = line
		sub(/:.*/, "", key)
		sub(/^[^:]*:/, "", line)
		if (key ~ /_\*\.h$/) {
			sub(/_\*\.h$/, "", key)
			group[key] = line
			list(may_group, key, line)
		} else if (key ~ /\.h$|\/$/) {
			foreign[key] = line
			list(may_foreign, key, line)
		} else {
			floor[key] = line
			list(may, key, line)
		}
	}
}

{
	at = $0
	sub(/:[ \t]*#.*/, "", at)
	file = at
	sub(/:[0-9]*$/, "", file)
	name = $0
	quoted = name !~ /include[ \t]*</
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*/, "", name)

	# Which floor the file itself is on.
	is_public = file ~ /^include\//
	if (file == "src/main.c") {
		mine = "main"
	} else if (is_public) {
		mine = file
		sub(/^include\/cockpit\//, "", mine)
		sub(/_.*/, "", mine)
	} else {
		mine = file
		sub(/^src\//, "", mine)
		sub(/\/.*/, "", mine)
	}
	if (!(mine in floor) && !(is_public && (mine in group))) {
		if (!(mine in told))
			offend("floor \"" mine "\" is not in " rules)
		told[mine] = 1
		next
	}

	if (name ~ /^cockpit\//) {
		theirs = name
		sub(/^cockpit\//, "", theirs)
		sub(/_.*/, "", theirs)
		if (theirs in group) {
			if (!((theirs, mine) in may_group) && theirs != mine)
				offend("floor " mine " includes <" name ">, which is for" group[theirs] " alone")
		} else if (!(theirs in floor)) {
			offend("<" name "> is of no floor in " rules)
		} else if (theirs != mine && (mine in group)) {
			# A group of no floor: what all who include it may include.
			n = split(group[mine], users, " ")
			for (i = 1; i <= n; i++)
				if (users[i] != theirs && !((users[i], theirs) in may))
					offend("<" name "> is not open to floor " users[i] ", which includes this header")
		} else if (theirs != mine && !((mine, theirs) in may)) {
			offend("floor " mine " may not include <" name "> (only" (floor[mine] ? floor[mine] : " its own") ")")
		}
		next
	}
	if (quoted) {
		if (name ~ /\//)
			offend("\"" name "\": a private header is included from its own folder alone")
		else if (is_public)
			offend("\"" name "\": a header in include/ cannot need a private one")
		else if (!beside(name))
			offend("\"" name "\" is not beside it")
		next
	}
	for (key in foreign) {
		if (key ~ /\/$/ ? index(name, key) == 1 : (name == key || name ~ ("/" key "$"))) {
			if (is_public)
				offend("<" name ">: foreign headers stay out of include/")
			else if (!((key, mine) in may_foreign))
				offend("<" name "> stops at floor" foreign[key] ", this is " mine)
			next
		}
	}
	if (!is_system(name))
		offend("<" name "> is neither the system\047s nor in " rules)
}

END { exit bad }' >>"$offences"

# A header compiles alone: whoever includes it needs nothing before it.
flags='-std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Wall -Wextra -Wpedantic -Werror'
for header in $(find include/cockpit src -name '*.h' | sort); do
	# shellcheck disable=SC2086
	printf '#include "%s"\nextern int not_empty;\n' "$header" |
		${CC:-cc} $flags -Iinclude -I. -fsyntax-only -x c - >"$offences.cc" 2>&1 || {
		echo "$header:1: does not compile alone:"
		sed 's/^/	/' "$offences.cc"
	} >>"$offences"
	rm -f "$offences.cc"
done

if [ -s "$offences" ]; then
	cat "$offences"
	echo "not ok - floors: $(grep -c '^[^	]' "$offences") offences"
	exit 1
fi
echo "ok - floors: $(echo "$sources" | wc -l) files hold to $rules"

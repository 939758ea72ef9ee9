#!/bin/sh
#
# usage: tests/docs.sh
#
# The documents against the program: commands and options, keys, exit statuses, keys of
# the fleet file and of profiles, roles of themes, the files that README.md names, and the
# fleet files and profiles that stand in the documents as examples. Reads COCKPIT, or
# build/rel/cockpit.

set -u

cd "$(dirname "$0")/.." || exit 1
cockpit=${COCKPIT:-build/rel/cockpit}
page=man/cockpit.1
file_page=man/cockpit.json.5
config_page=man/cockpit-config.5
agent_page=man/cockpit-agent.5
check_page=man/cockpit-check.5
theme_page=man/cockpit-theme.5

tmp=$(mktemp -d "${TMPDIR:-/tmp}/ckdocs.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$tmp/home" "$tmp/state" "$tmp/config"
export HOME="$tmp/home" XDG_STATE_HOME="$tmp/state" XDG_CONFIG_HOME="$tmp/config" LC_ALL=C.UTF-8

failed=0

ok() {
	echo "ok - $1"
}

# not_ok NAME: what is wrong stands in $tmp/why.
not_ok() {
	failed=1
	echo "not ok - $1"
	sed 's/^/#   /' "$tmp/why"
}

# same NAME A B: two lists of lines are the same, and not empty.
same() {
	sort -u "$2" >"$2.sorted"
	sort -u "$3" >"$3.sorted"
	diff "$2.sorted" "$3.sorted" >"$tmp/why"
	if [ ! -s "$2.sorted" ]; then
		echo "nothing to compare with" >"$tmp/why"
		not_ok "$1"
	elif [ -s "$tmp/why" ]; then
		not_ok "$1"
	else
		ok "$1"
	fi
}

# section FILE NAME: the source lines between ".Sh NAME" and the next section.
section() {
	awk -v name=".Sh $2" '/^\.Sh / { on = $0 == name; next } on' "$1"
}

# --- commands and options ---

"$cockpit" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' >"$tmp/commands"

# "COMMAND" and "COMMAND --OPTION" for each item of the manual's list of commands. An item
# begins with ".It Ic NAME" or, over several lines, with ".It Xo" and ".Ic NAME".
section $page COMMANDS | awk '
	before == ".It Xo" && $1 == ".Ic" { name = $2; print name }
	$1 == ".It" && $2 == "Ic" { name = $3; print name }
	{
		before = $0
		for (i = 1; i < NF; i++) {
			# "Fl F , Fl -fleet", "Fl h , -help", ".Op Fl - Ar command"
			flags = $i == "Fl" || $i == ".Fl" || (flags && ($i == "," || $i ~ /^-/))
			word = $(i + 1)
			if (flags && word ~ /^-[a-z]/ && name != "")
				print name " -" word
			else if (flags && word ~ /^[A-Za-z]$/ && name != "")
				print name " -" word
		}
		flags = 0
	}' >"$tmp/in-page"

while read -r name; do
	echo "$name"
	"$cockpit" help "$name" | awk -v name="$name" '
		/^  (-., |    )--/ {
			for (i = 1; i <= 2; i++)
				if ($i ~ /^-/) {
					sub(",$", "", $i)
					print name " " $i
				}
		}'
done <"$tmp/commands" >"$tmp/in-help"

same "commands and options are those of the manual" "$tmp/in-help" "$tmp/in-page"

# --- keys ---

# Those that nobody has changed, and what they do, as the manual has them: "MODE KEYS: HELP".
# Keys without words of their own are those of the row before.
"$cockpit" keys --json | awk -F'"' '
	function done() { if (line != "") print line keys ": " help; line = keys = "" }
	$2 == "mode" { mode = toupper($4); own = "" }
	/^      "/ { own = own " " $2 }
	$2 == "help" && $4 != "" { done(); line = mode; help = $4 }
	$2 == "help" { keys = keys own }
	END { done() }' |
	sed -E ':again; s/^([^:]* )PPage( |:)/\1PgUp\2/; s/^([^:]* )NPage( |:)/\1PgDn\2/; t again
		s/^([^:]* )Escape/\1Esc/' | grep -v '^TYPING ' >"$tmp/all-keys"
cut -d' ' -f1 "$tmp/all-keys" | sort -u >"$tmp/modes"
section $page KEYS | sed -n 's/^\.Ss \([A-Z]*\) mode$/\1/p' >"$tmp/modes-in-page"
same "modes of the screen are those of the manual" "$tmp/modes" "$tmp/modes-in-page"
section $page KEYS | awk '
	function done() { if (line != "") print line ": " help; line = help = "" }
	/^\.(It|El)/ { done() }
	/^\.Ss / { mode = $3 == "mode" ? $2 : "" }
	sub(/^\.It Ic /, "") && mode != "" { gsub(/\\&/, ""); line = mode " " $0; next }
	line != "" { help = help == "" ? $0 : help " " $0 }' >"$tmp/all-keys-in-page"
while read -r mode; do
	grep "^$mode " "$tmp/all-keys" >"$tmp/keys"
	grep "^$mode " "$tmp/all-keys-in-page" >"$tmp/keys-in-page"
	same "keys of $mode mode are those of the manual" "$tmp/keys" "$tmp/keys-in-page"
done <"$tmp/modes.sorted"

# --- exit statuses ---

# "STATUS TEXT" for each row of the errors.
sed -n 's/^[[:blank:]]*X([A-Z_]*, \([0-9]*\), "\([^"]*\)").*/\1 \2/p' include/cockpit/base_err.h \
	>"$tmp/errors"
partial=$(sed -n 's/^#define CMD_PARTIAL //p' src/cmd/cmd.h)
{
	echo 0
	echo "$partial"
	echo 128+n
	cut -d' ' -f1 "$tmp/errors"
} >"$tmp/statuses"
section $page "EXIT STATUS" | sed -n 's/^\.It //p' >"$tmp/statuses-in-page"
same "exit statuses are those of the manual" "$tmp/statuses" "$tmp/statuses-in-page"

# One line a status: "STATUS what the manual says of it".
section $page "EXIT STATUS" | awk '
	/^\.It / { if (line != "") print line; line = $2; next }
	{ line = line " " tolower($0) }
	END { print line }' >"$tmp/said"
while read -r status text; do
	grep "^$status " "$tmp/said" | grep -qF "$text" || echo "$status: $text"
done <"$tmp/errors" >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "the manual says what each exit status stands for"
else
	ok "the manual says what each exit status stands for"
fi

# --- the fleet file ---

sed -n -E 's/^[[:blank:]]*((TEXT|NUMBER|NODE)\(|\{)"([a-z_]*)",? .*/\3/p
	s/^[[:blank:]]*(TEXT|NUMBER|NODE)\("([a-z_]*)".*/\2/p' src/fleet/config_parse.c \
	>"$tmp/file-keys"
sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' $file_page >"$tmp/file-keys-in-page"
same "keys of the fleet file are those of its manual" "$tmp/file-keys" "$tmp/file-keys-in-page"

sed -n 's/^[[:blank:]]*{"\([a-z_]*\)", *JSON_KIND_.*/\1/p' src/fleet/settings.c >"$tmp/settings"
sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' $config_page >"$tmp/settings-in-page"
same "keys of config.json are those of its manual" "$tmp/settings" "$tmp/settings-in-page"

# 7: the profiles, among the kinds of words that completion asks for.
"$cockpit" completion words 7 >"$tmp/profiles"
section $file_page DESCRIPTION | awk '/^\.Ss / { on = $0 == ".Ss Profiles" } on' |
	sed -n 's/^\.It \([a-z]*\) Ta .*/\1/p' >"$tmp/profiles-in-page"
same "profiles are those of the manual" "$tmp/profiles" "$tmp/profiles-in-page"

# --- profiles of agents ---

{
	grep -oE '(TEXT|NUMBER|NODE)\("[a-z_]+"' src/fleet/profile_parse.c src/fleet/rule_parse.c
	sed -n '/define AGENT_ANSWERS/,/^$/p' include/cockpit/fleet_profile.h | grep -oE 'X\("[a-z]+"'
} | sed 's/.*"\(.*\)"/\1/' >"$tmp/agent-keys"
grep -oE '^\.(It )?Cm [a-z_]+' $agent_page | sed 's/.* //' >"$tmp/agent-keys-in-page"
same "keys of profiles are those of their manual" "$tmp/agent-keys" "$tmp/agent-keys-in-page"

{
	sed -n '/define SIGN_SOURCES/,/^$/p; /define SIGN_CLAIMS/,/^$/p; /define AGENT_STATES/,/^$/p' \
		include/cockpit/fleet_detect.h
} | sed -n 's/^[[:blank:]]*X("\([a-z]*\)".*/\1/p' | while read -r word; do
	grep -q "Ql $word\( \|\$\)" $agent_page || echo "$word"
done >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "the manual of profiles has all that rules look at and say"
else
	ok "the manual of profiles has all that rules look at and say"
fi

mkdir -p "$tmp/config/cockpit/agents"
awk '/^\.Bd / { fresh = 1; next } /^\.Ed/ { on = 0 } fresh && /^{/ { on = 1 } { fresh = 0 } on' $agent_page |
	sed 's/\\e/\\/g' >"$tmp/config/cockpit/agents/mine.json"
echo '{}' >"$tmp/config/cockpit/agents/mine.settings.json"
chmod 600 "$tmp/config/cockpit/agents"/*
"$cockpit" completion words 7 >"$tmp/why"
if grep -qx mine "$tmp/why"; then
	ok "$agent_page: its example is a profile"
else
	not_ok "$agent_page: its example is a profile"
fi
rm -r "$tmp/config/cockpit"

# --- rule files for the output of checks ---

grep -oE '(TEXT|NODE)\("[a-z_]+"' src/fleet/kind_parse.c | sed 's/.*"\(.*\)"/\1/' >"$tmp/check-keys"
sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' $check_page >"$tmp/check-keys-in-page"
same "keys of rule files are those of their manual" "$tmp/check-keys" "$tmp/check-keys-in-page"

{
	sed -n '/define KIND_SAYS/,/^$/p; /define KIND_COUNTS/,/^$/p' src/fleet/kind.h |
		sed -n 's/^[[:blank:]]*X("\([a-z]*\)".*/\1/p'
	ls src/data/checks | sed 's/\.json$//'
} | while read -r word; do
	grep -q "Ql $word\( \|\$\)" $check_page || echo "$word"
done >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "the manual of rule files has all kinds and all that lines say"
else
	ok "the manual of rule files has all kinds and all that lines say"
fi

# --- themes ---

sed -n 's/^[[:blank:]]*X("\([a-z-]*\)", [A-Z_]*, ".*/\1/p' src/ui/theme.h >"$tmp/roles"
# subsection TITLE: the names of its items.
subsection() {
	awk -v title=".Ss $1" '/^\.S[sh] / { on = $0 == title } on' $theme_page |
		sed -n 's/^\.It Cm \([a-z0-9-]*\).*/\1/p'
}
subsection Roles >"$tmp/roles-in-page"
same "roles of themes are those of the manual" "$tmp/roles" "$tmp/roles-in-page"
for theme in themes/*.json; do
	basename "$theme" .json
done >"$tmp/themes"
subsection 'Built-in themes' >"$tmp/themes-in-page"
same "built-in themes are those of the manual" "$tmp/themes" "$tmp/themes-in-page"
{
	sed -n 's/^[[:blank:]]*\(COLOUR\|FLAG\)(\([a-z]*\)),.*/\2/p' src/ui/theme.c
	sed -n '/ part_rows\[\]/,/^};/s/^[[:blank:]]*{"\([a-z]*\)",.*/\1/p' src/ui/theme.c
} >"$tmp/theme-keys"
subsection 'The file' >"$tmp/theme-keys-in-page"
same "keys of themes are those of the manual" "$tmp/theme-keys" "$tmp/theme-keys-in-page"

mkdir -p "$tmp/config/cockpit/themes"
awk '/^\.Bd / { fresh = 1; next } /^\.Ed/ { on = 0; if (done) exit } fresh && /^{/ { on = done = 1 }
	{ fresh = 0 } on' $theme_page >"$tmp/config/cockpit/themes/mine.json"
if "$cockpit" theme preview mine >"$tmp/why" 2>&1 && grep -q 'mine: .*quiet' "$tmp/why"; then
	ok "$theme_page: its example is a theme"
else
	not_ok "$theme_page: its example is a theme"
fi
rm -r "$tmp/config/cockpit"

# --- what README.md names ---

awk '/^## / { on = $0 == "## Where things are" } on' README.md | grep -o '`[^`]*`' |
	tr -d '`' >"$tmp/named"
while read -r name; do
	[ -e "$name" ] || echo "$name is not there"
done <"$tmp/named" >"$tmp/why"
[ -s "$tmp/named" ] || echo "it names nothing" >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "README.md: files and folders are where it says"
else
	ok "README.md: files and folders are where it says"
fi

# Not in ```text: that is what the program shows.
sed '/^```text$/,/^```$/d' README.md |
	sed -n 's/^make \([a-z][a-z]*\) .*/\1/p; s/.*`make \([a-z][a-z]*\)`.*/\1/p' >"$tmp/targets"
while read -r target; do
	grep -q "^$target:.* ## " Makefile || echo "make $target"
done <"$tmp/targets" >"$tmp/why"
[ -s "$tmp/targets" ] || echo "it names none" >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "README.md: its make targets are there"
else
	ok "README.md: its make targets are there"
fi

# --- examples of fleet files ---

# examples FILE: each into $tmp/NUMBER/cockpit.json. In README.md they stand between ```json
# and ```, in a manual between .Bd and .Ed and begin with "{".
examples() {
	awk -v dir="$tmp/example" '
		/^```json$/ || /^\.Bd / { fresh = 1; next }
		/^```$/ || /^\.Ed$/ { on = 0; fresh = 0; next }
		fresh && (/^{/) { on = 1; number++ }
		{ fresh = 0 }
		on { print >(dir "-" number ".json") }' "$1"
	for json in "$tmp"/example-*.json; do
		[ -e "$json" ] || continue
		number=${json##*-}
		dir=$tmp/$(basename "$1").${number%.json}
		mkdir -p "$dir/.git" # it lies in a repo
		mv "$json" "$dir/cockpit.json"
		echo "$dir"
	done
}

# A host that no fleet has: said so (4) once the file was found to be right, before anything
# is connected. A wrong file is 78.
status_of() {
	"$cockpit" doctor --fleet "$1/cockpit.json" no-such-host >"$tmp/why" 2>&1
	echo $?
}

mkdir "$tmp/wrong"
echo '{"agents": [{"name": "a", "promt": "x"}]}' >"$tmp/wrong/cockpit.json"
status=$(status_of "$tmp/wrong")
if [ "$status" -eq 78 ]; then
	ok "a wrong fleet file is found"
else
	not_ok "a wrong fleet file is found"
fi

for document in README.md $file_page; do
	examples $document >"$tmp/examples"
	if [ ! -s "$tmp/examples" ]; then
		echo "there are none" >"$tmp/why"
		not_ok "$document: examples"
	fi
	while read -r dir; do
		status=$(status_of "$dir")
		if [ "$status" -eq 4 ] && grep -q 'has no host' "$tmp/why"; then
			ok "$document: example ${dir##*.} is a fleet file"
		else
			not_ok "$document: example ${dir##*.} is a fleet file"
		fi
	done <"$tmp/examples"
done

# A wrong config.json is warned of by every command.
mkdir "$tmp/config/cockpit"
echo '{"notfy": {}}' >"$tmp/config/cockpit/config.json"
"$cockpit" version 2>"$tmp/why" >"$tmp/out"
if grep -q 'warning: .*config.json:1:2: unknown key' "$tmp/why" && [ -s "$tmp/out" ]; then
	ok "a wrong config.json is warned of"
else
	not_ok "a wrong config.json is warned of"
fi
examples $config_page >"$tmp/examples"
[ -s "$tmp/examples" ] || echo "there are none" >"$tmp/why"
[ -s "$tmp/examples" ] || not_ok "$config_page: examples"
while read -r dir; do
	cp "$dir/cockpit.json" "$tmp/config/cockpit/config.json"
	if "$cockpit" version 2>"$tmp/why" >"$tmp/out" && [ ! -s "$tmp/why" ]; then
		ok "$config_page: example ${dir##*.}"
	else
		not_ok "$config_page: example ${dir##*.}"
	fi
done <"$tmp/examples"

exit $failed

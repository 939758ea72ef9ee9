#!/bin/sh
# agent.sh [ROLE [PROMPT]]: a stand-in for a coding agent, run in a work tree of
# the demo's repository. What it says is scripted; what it does is real: it edits
# the files, runs the tests and commits. Like the agents it stands in for, it
# tells its state in the title and by OSC 7501, rings when it asks, and takes
# prompts in a composer at the bottom, typed or pasted.
#
# COCKPIT_DEMO_SPEED: 2 is twice as fast as 1, 0.5 half as fast, 0 never pauses.
#
# The screen is a transcript that scrolls, and under it a few lines, the
# composer, which are wiped before something is printed and drawn again after
# it. The terminal is in raw mode, and each pause is a read with a time limit, so
# that keys are seen while the agent works. An idle agent blocks in one read.
set -u
LC_ALL=C
export LC_ALL

role=${1:-free}
task=${2:-}

esc=$(printf '\033')
bell=$(printf '\007') cr=$(printf '\r')
interrupt=$(printf '\003') end_of_file=$(printf '\004') kill_line=$(printf '\025')
backspace=$(printf '\010') delete=$(printf '\177')
continuation=$(printf '\200')-$(printf '\277') # of a UTF-8 character
newline='
'
off="${esc}[0m" bold="${esc}[1m" dim="${esc}[38;5;245m"
accent="${esc}[38;5;80m" green="${esc}[38;5;78m" red="${esc}[38;5;203m"
said="${esc}[38;5;252;48;5;237m"

# --- the screen ---

mode=idle      # idle, working or blocked
verb=          # what it says it is doing
spin=0 tenths=0
line=          # what stands in the composer
queued=        # a prompt that was sent while it worked
prompt=        # the prompt that it takes next
asked=         # the one that it is at
question='' choice=1
wipe=          # goes to the composer's first line and clears from there
tick_tenths=3

measure()
{
	resized=0
	# shellcheck disable=SC2046 # two words
	set -- $(stty size <&3 2>/dev/null)
	rows=${1:-24} cols=${2:-80}
	test "$rows" -gt 0 || rows=24
	test "$cols" -gt 0 || cols=80
	rule=
	while test ${#rule} -lt "$cols"; do
		rule=$rule-
	done
	rule=$dim$(echo "$rule" | sed 's/-/─/g')$off
}

spinner()
{
	case $((spin % 10)) in
	0) glyph=⠋ ;; 1) glyph=⠙ ;; 2) glyph=⠹ ;; 3) glyph=⠸ ;; 4) glyph=⠼ ;;
	5) glyph=⠴ ;; 6) glyph=⠦ ;; 7) glyph=⠧ ;; 8) glyph=⠇ ;; 9) glyph=⠏ ;;
	esac
	status="$accent$glyph $verb…$off $dim($((tenths / 10))s · esc to interrupt)$off"
}

# Sets block to the composer's lines, ending with the cursor in its place, and
# above to the number of lines over the cursor.
compose()
{
	if test $mode = blocked; then
		first="  1. Yes" second="  2. No, and tell me what to do instead"
		case $choice in
		1) first="$accent❯ 1. Yes$off" ;;
		2) second="$accent❯ 2. No, and tell me what to do instead$off" ;;
		esac
		above=$((choice + 2))
		block="$rule$newline$bold$question$off$newline"
		block="$block$newline$first$newline$second$newline  ${dim}esc to cancel$off"
		block="$block${esc}[$((3 - choice))A$cr"
		if test "$rows" -ge 16; then
			above=$((above + 1)) block=$newline$block
		fi
		return
	fi
	status=
	test $mode = idle || spinner
	typed=${line##*"$newline"}
	room=$((cols - 4))
	while test ${#typed} -gt $room; do
		typed=${typed#?}
	done
	hint="$dim  $role · esc interrupts$off"
	test $mode = working || hint="$dim  $role · ready$off"
	test -z "$queued" || hint="$dim  $role · 1 prompt waits$off"
	above=2 block=$status
	if test $mode = working && test "$rows" -ge 16; then
		above=3 block=$newline$status
	fi
	block="$block$newline$rule$newline$bold>$off $typed$newline$rule$newline$hint"
	block="$block${esc}[2A$cr${esc}[2C$typed"
}

draw()
{
	old=$wipe
	compose
	wipe="$cr${esc}[${above}A${esc}[J"
	printf '%s' "$old${1-}$block"
}

out()
{
	printf '%s\n' "$1" >>"$tmp/transcript"
	draw "$1$newline"
}

# All anew, without making the terminal believe that a full screen was cleared,
# which tmux would push into the history once more.
redraw()
{
	measure
	wipe=
	draw "${esc}[1;1H${esc}[K${esc}[2;1H${esc}[J${esc}[1;1H$(
		tail -n $((rows > 6 ? rows - 6 : 1)) "$tmp/transcript")$newline"
}

title()
{
	printf '\033]2;%s\033\\' "$1"
}

signal()
{
	printf '\033]7501;state=%s:app=demo%s\033\\' "$1" "${2-}"
}

# --- the keys ---

pending='' pasting=0 submitted=0 interrupted=0 closing=0

enter()
{
	case $mode in
	blocked) submitted=1 ;;
	working)
		queued=${queued:+$queued$newline}$line
		line=
		;;
	idle)
		test -n "$line" || return 0
		prompt=$line line='' submitted=1
		;;
	esac
}

cancel()
{
	case $mode in
	blocked) choice=2 submitted=1 ;;
	working) interrupted=1 ;;
	idle) line= ;;
	esac
}

# One key that is not text; what follows it stands in rest.
key()
{
	case $1 in
	"$esc")
		case $rest in
		'[200~'*) pasting=1 rest=${rest#?????} ;;
		'[201~'*) pasting=0 rest=${rest#?????} ;;
		'[A'* | 'OA'*) choice=1 rest=${rest#??} ;;
		'[B'* | 'OB'*) choice=2 rest=${rest#??} ;;
		'['*)
			rest=${rest#'['}
			rest=${rest#"${rest%%[!0-9;:?<>]*}"}
			rest=${rest#?}
			;;
		O?*) rest=${rest#??} ;;
		'') test $pasting = 1 || cancel ;;
		esac
		;;
	"$cr" | "$newline")
		if test $pasting = 1; then
			line=$line$newline
		else
			enter
		fi
		;;
	"$interrupt") cancel ;;
	"$end_of_file") test "$mode$line" != idle || closing=1 ;;
	"$kill_line") line= ;;
	"$backspace" | "$delete")
		# A character of several bytes goes as a whole.
		while :; do
			case $line in
			*[$continuation]) line=${line%?} ;;
			*) break ;;
			esac
		done
		line=${line%?}
		;;
	esac
}

# Takes what was read into $tmp/in. The end of a paste may come in two pieces.
take()
{
	input=$pending$(cat "$tmp/in" && echo x)
	input=${input%x}
	pending=
	while test -n "$input"; do
		text=${input%%[[:cntrl:]]*}
		input=${input#"$text"}
		if test $mode = blocked; then
			case $text in
			[1yY]*) choice=1 submitted=1 ;;
			[2nN]*) choice=2 submitted=1 ;;
			esac
		else
			line=$line$text
		fi
		test -n "$input" || break
		rest=${input#?}
		if test $pasting = 1 && test ${#rest} -lt 5; then
			case "${esc}[201~" in
			"$input"*)
				pending=$input
				break
				;;
			esac
		fi
		key "${input%"$rest"}"
		input=$rest
	done
}

# One beat of work: a turn of the spinner, and the keys typed meanwhile.
tick()
{
	if test $tty = 0; then
		sleep 0.$tick_tenths
		return
	fi
	dd bs=512 count=1 <&3 >"$tmp/in" 2>/dev/null
	spin=$((spin + 1)) tenths=$((tenths + tick_tenths))
	if test -s "$tmp/in"; then
		take
		draw
	elif test $resized = 1; then
		redraw
	else
		spinner
		printf '\0337\033[2A\r\033[K%s\0338' "$status"
	fi
	test $((spin % 3)) -ne 0 || title "$glyph working · $role"
	test $closing = 0 || exit 0
}

# Waits for keys until something is submitted, without turning a hand.
await()
{
	submitted=0
	test $tty = 1 || exit 0
	stty min 1 time 0 <&3
	test -z "$pending" || : >"$tmp/in"
	draw
	while test $submitted = 0; do
		dd bs=512 count=1 <&3 >"$tmp/in" 2>/dev/null &
		reader=$!
		while wait $reader; code=$?; test $code -gt 128; do
			test $resized = 0 || redraw
		done
		reader=
		if test -s "$tmp/in"; then
			take
			draw
		elif test $code -le 1; then
			exit 0 # the terminal is gone
		fi
		test $closing = 0 || exit 0
	done
	stty min 0 time $tick_tenths <&3
}

# --- what an agent does ---

# pause TENTHS WORD: thinks for that long.
pause()
{
	verb=$2
	test "$speed" -gt 0 || return 0
	left=$(($1 * 100 / speed))
	while test $left -gt 0 && test $interrupted = 0; do
		tick
		left=$((left - tick_tenths))
	done
}

say()
{
	test $interrupted = 0 || return 0
	out "$newline● $1"
}

tool()
{
	test $interrupted = 0 || return 0
	out "$newline$green●$off $bold$1$off $2"
}

result()
{
	test $interrupted = 0 || return 0
	out "  $dim⎿$off $1"
}

look()
{
	tool Read "$1"
	pause 6 Reading
	result "$dim$(($(wc -l <"$1"))) lines$off"
}

# edit FILE SED-SCRIPT: changes it and shows how.
edit()
{
	test $interrupted = 0 || return 0
	pause 12 "Editing ${1##*/}"
	test $interrupted = 0 || return 0
	cp "$1" "$tmp/before"
	sed "$2" "$tmp/before" >"$1"
	tool Edit "$1"
	out "$(git diff --no-index --no-color -U1 "$tmp/before" "$1" | awk -v off="$off" -v width=$((cols - 10)) '
		BEGIN { padded = "%-" (width < 44 ? width : 44) "s" }
		/^@@/ {
			if (seen++)
				print "      …"
			split($3, at, ",")
			n = at[1] + 0
			next
		}
		!seen || /^\\/ { next }
		{
			sign = substr($0, 1, 1)
			text = substr($0, 2)
			gsub(/\t/, "    ", text)
			text = substr(text, 1, width)
			colour = "\033[38;5;250m"
			if (sign == "+")
				colour = "\033[38;5;194;48;5;22m"
			if (sign == "-")
				colour = "\033[38;5;224;48;5;52m"
			printf "  %4d %s%s " padded "%s\n", n, colour, sign, text, off
			if (sign != "-")
				n++
		}')"
	pause 9 Thinking
}

# run COMMAND...: runs it, spinning meanwhile; its status is in code.
run()
{
	code=1
	test $interrupted = 0 || return 0
	words=''
	for word; do
		case $word in *" "*) word="'$word'" ;; esac
		words="$words$word "
	done
	tool Run "${words% }"
	verb=Running
	rm -f "$tmp/code"
	{
		"$@" >"$tmp/output" 2>&1
		echo $? >"$tmp/code.new"
		mv "$tmp/code.new" "$tmp/code"
	} </dev/null 3<&- &
	if test "$speed" -eq 0 || test $tty = 0; then
		wait $!
	fi
	until test -e "$tmp/code"; do
		tick
	done
	read -r code <"$tmp/code"
	pause 6 Running
}

show()
{
	test $interrupted = 0 || return 0
	lead="  $dim⎿$off " text=''
	tail -n "$1" "$tmp/output" >"$tmp/shown"
	while IFS= read -r row; do
		case $row in
		FAIL* | *' 1 failed') row=$red$row$off ;;
		*' 0 failed') row=$green$row$off ;;
		*) row=$dim$row$off ;;
		esac
		text=$text$lead$row lead="$newline    "
	done <"$tmp/shown"
	out "$text"
}

tests()
{
	run sh tests/run.sh
	show 14
	pause 9 Thinking
}

commit()
{
	test $interrupted = 0 || return 0
	git add -A
	run git commit -q -m "$1"
	git log -1 --format='%h %s' >"$tmp/output"
	show 1
}

# ask COMMAND...: sets choice to 1 for yes, 2 for no.
ask()
{
	choice=1
	test $interrupted = 0 || return 0
	mode=blocked question="Do you want to run \`$*\`?"
	title "[!] $role asks"
	signal blocked :kind=permission
	printf '%s' "$bell"
	await
	mode=working
	signal working
	draw
}

# new_case BEHIND CASE: where nobody else puts one.
new_case()
{
	edit tests/cases "/^$1 /a\\
$2"
}

# --- the roles, each with the task it gives itself when it gets none ---

role_parser()
{
	pause 15 Thinking
	say "Let me see how a factor is read."
	look src/parser.c
	pause 15 Thinking
	say "A minus in front of a factor is missing. I add it
  to factor(), so that it binds tighter than a product."
	edit src/parser.c '/parser->token.kind != TOKEN_NUMBER/i\
	if (is_operator(parser, '"'-'"')) {\
		advance(parser);\
		factor(parser);\
		fprintf(parser->out, "neg ");\
		return;\
	}'
	new_case parentheses 'unary_minus    | -(1 + 2) * 3  | 1 2 + neg 3 *'
	tests
	commit 'Parse the unary minus'
	say "${bold}Done.$off A factor may start with a minus now; there is
  a test for it, and all of them pass."
	end=idle
}

role_types()
{
	pause 20 Thinking
	say "A quotient is not always whole, so its type should
  be real. The place for that is types_of()."
	look src/types.c
	edit src/types.c '/memchr/i\
	if (*token.text == '"'/'"')\
		return TYPE_REAL;'
	new_case type_of_int 'type_of_half   | -t 1 / 2      | real'
	tests
	say "${red}${bold}The tests failed:$off type_of_ratio still expects 8 / 2
  to be an int. Shall I change that test, or keep exact
  quotients whole?"
	end='done'
}

fix_types()
{
	say "I take the rule as meant: every quotient is real."
	edit tests/cases '/^type_of_ratio/s/int$/real/'
	tests
	commit 'Give every quotient the type real'
	say "${bold}Fixed.$off The tests pass again."
}

role_docs()
{
	pause 12 Thinking
	look docs/guide.md
	say "The guide does not tell about types and errors."
	pause 20 Writing
	edit docs/guide.md '/^Numbers are pushed/c\
Numbers are pushed; an operator takes the top two and\
pushes what comes of them.'
	edit docs/guide.md '$a\
\
## Types\
\
`toy -t` tells the type: `real` if any number has a\
point, else `int`.\
\
## Errors\
\
What is not an expression yields `error` and status 1.'
	commit 'Tell about types and errors in the guide'
	say "${bold}Done.$off The guide has two new sections."
	end='done'
}

role_lexer()
{
	pause 10 Thinking
	look src/lexer.c
	say "Tabs, newlines and comments should be skipped where
  blanks are."
	edit src/lexer.c '/while (\*p == '"' '"')/{
N
c\
	while (*p == '"' ' || *p == '\\\\t' || *p == '\\\\n'"')\
		p++;\
	if (*p == '"'#'"')\
		p += strlen(p);
}'
	new_case number 'comment        | 1 + 2 # three | 1 2 +'
	tests
	commit 'Skip tabs, newlines and comments'
	say "${bold}Done.$off A # starts a comment now."
	end='done'
}

role_format()
{
	pause 16 Thinking
	look src/lexer.c
	say "Two loops in lexer_next() are calls to strspn() in
  disguise."
	edit src/lexer.c '/while (\*p == '"' '"')/{
N
c\
	p += strspn(p, " ");
}
/while (is_digit(\*p) || \*p == /{
N
c\
		p += strspn(p, "0123456789.");
}'
	tests
	say "${bold}Done.$off The lexer is two lines shorter;
  nothing is committed yet, please have a look."
	end='done'
}

role_deploy()
{
	pause 8 Thinking
	look Makefile
	tests
	say "The tests pass, so this can go out."
	pause 6 Thinking
	ask make deploy
	if test "$choice" = 1; then
		run make deploy
		show 4
		test "$code" != 0 || say "${bold}Deployed.$off"
		test "$code" = 0 || say "${red}It did not work.$off Please look at the output."
	else
		say "All right, I leave it. What should I do instead?"
	fi
	end=idle
}

role_flaky()
{
	pause 12 Thinking
	look src/main.c
	say "I move the options into a table first."
	edit src/main.c 's/return 2;/return 64;/'
	tests
	pause 20 Thinking
	test $interrupted = 0 || return 0
	title "$role"
	mode=idle
	printf '%s%s\n' "$wipe" "
$red${bold}agent: fatal: the stream from the model ended too soon$off
$dim    at read_reply (session, reply 7)
    at take_turn (turn 2)
    at main$off
The session was not saved."
	wipe=
	exit 3
}

role_long()
{
	tick_tenths=5
	test $tty = 0 || stty time $tick_tenths <&3
	look tests/cases
	say "I compare the compiler with a model, expression by
  expression. This takes a while."
	run sh tests/run.sh
	show 1
	done_so_far=0
	while test $interrupted = 0; do
		# It never ends, so it never runs without pauses.
		verb="Comparing, $done_so_far so far"
		left=40
		while test $left -gt 0 && test $interrupted = 0; do
			tick
			left=$((left - tick_tenths))
		done
		done_so_far=$((done_so_far + 64))
		result "${dim}expressions up to $done_so_far: no difference$off"
	done
}

# What clashes is taken over as the other side has it, and what of its own still fits is done on top.
fix_clash()
{
	id=$(printf '%s' "$asked" | sed -n 's/.* is commit \([0-9a-f]\{12\}\).*/\1/p' | head -n 1)
	clashing=$(printf '%s' "$asked" | sed -n 's/^- \([a-z/]*[a-z.]*\)[,:].*/\1/p')
	say "I see: we both have changed ${clashing:-the same}. I take
  that over and do mine on top of it."
	case $asked in
	*'merge with the base'*)
		test -z "$(git status --porcelain)" || commit "What $role had so far"
		run git merge -q "$id"
		;;
	esac
	for name in $clashing; do
		git show "$id:$name" >"$tmp/theirs" 2>/dev/null && cp "$tmp/theirs" "$name"
	done
	test "$role" != format || edit src/lexer.c '/while (is_digit(\*p) || \*p == /{
N
c\
		p += strspn(p, "0123456789.");
}'
	tests
	commit 'Do it beside what others do'
	say "${bold}Done.$off Both fit together now, and the tests pass."
}

# What any role does with a prompt that came later.
follow_up()
{
	pause 25 Thinking
	case $asked in
	*'will not merge'* | *'does not merge with the base'*)
		fix_clash
		return
		;;
	esac
	if test "$role" = types && test $fixed = 0; then
		fixed=1
		fix_types
		return
	fi
	say "I write a test for that first."
	turns=$((turns + 1))
	new_case left_to_right "$(printf 'prompt_%-7s | 10 * %-8s | 10 %s *' $turns $turns $turns)"
	tests
	say "Done. The new test is prompt_$turns."
}

# turn FUNCTION: one prompt from its text to its end.
turn()
{
	mode=working tenths=0 interrupted=0 end='done' verb=Thinking
	signal working
	spinner
	title "$glyph working · $role"
	out "$newline$said$bold> $off$said$(printf '%s' "$prompt" | sed '2,$s/^/  /') $off"
	asked=$prompt prompt=
	"$1"
	if test $interrupted = 1; then
		out "  $red⎿ Interrupted.$off What should I do instead?"
		end=idle
	fi
	mode=idle
	title "$role"
	signal $end
	draw
}

# --- the beginning and the end ---

finish()
{
	code=$?
	trap - EXIT
	test -z "${reader-}" || kill "$reader" 2>/dev/null
	if test $tty = 1; then
		test -z "$wipe" || printf '%s' "$wipe"
		printf '\033[?2004l'
		stty "$saved" <&3 2>/dev/null
	fi
	rm -rf "$tmp"
	exit $code
}

case ${COCKPIT_DEMO_SPEED:-1} in
*[!0-9.]* | *.*.*) speed=100 ;;
*.*)
	part=${COCKPIT_DEMO_SPEED#*.}00
	speed=${COCKPIT_DEMO_SPEED%%.*}${part%"${part#??}"}
	speed=$((1$speed - 1$(printf '%s' "$speed" | sed 's/./0/g')))
	;;
*) speed=$((${COCKPIT_DEMO_SPEED:-1} * 100)) ;;
esac

if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	echo "agent: this is not a git work tree" >&2
	exit 1
fi
cd "$(git rev-parse --show-toplevel)" || exit 1
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
export GIT_AUTHOR_NAME="Agent $role" GIT_AUTHOR_EMAIL="$role@example.invalid"
export GIT_COMMITTER_NAME="Agent $role" GIT_COMMITTER_EMAIL="$role@example.invalid"

# Beside this file: what is left where it is killed goes with the demo.
tmp=$(mktemp -d "${0%/*}/agent.XXXXXX" 2>/dev/null || mktemp -d) || exit 1
reader='' tty=0 turns=0 fixed=0 resized=0 saved=
exec 3<&0
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 143' TERM
trap : INT
trap 'resized=1' WINCH
if test -t 3; then
	tty=1
	saved=$(stty -g <&3)
	stty -icanon -echo -isig min 0 time $tick_tenths <&3
	printf '\033[?2004h'
fi
measure
: >"$tmp/transcript"
out "$accent$bold◆ stand-in agent$off  $role
  $dim${PWD##*/} on $(git branch --show-current)$off"

first=role_$role
case $role in
parser) default='Let a factor start with a minus.' ;;
types) default='A quotient should have the type real.' ;;
docs) default='Bring the guide up to date.' ;;
lexer) default='Skip tabs, newlines and # comments.' ;;
format) default='Tidy up the loops of the lexer.' ;;
deploy) default='Check that all is well and deploy.' ;;
flaky) default='Move the options of main() into a table.' ;;
long) default='Compare many expressions with a model.' ;;
*) default='' first=follow_up ;;
esac
prompt=${task:-$default}
if test -n "$prompt"; then
	turn "$first"
else
	title "$role"
	signal idle
fi
while :; do
	if test -n "$queued"; then
		prompt=$queued queued=''
	else
		await
	fi
	turn follow_up
done

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# Tasks: added one by one and many at once, looked at, changed by options and in an editor, put in
# order; by one person, and by two at the same time.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
store=$XDG_STATE_HOME/cockpit/toy/store.db
task() { "$COCKPIT" task "$@"; }
# ids [OPTION…]: those of ls, in its order, on one line.
ids() { task ls "$@" | sed -n 's/^ *\([0-9][0-9]*\)  .*/\1/p' | tr '\n' ' '; }
# One value of "show ID --json".
value() { task show "$1" --json | sed -n "s/^  \"$2\": //p" | sed 's/,$//; s/^"\(.*\)"$/\1/'; }
# fed TEXT COMMAND…
fed() {
	local text=$1
	shift
	printf '%s' "$text" | "$@"
}
# editor SCRIPT: what "edit" runs, with the file as $1.
editor() {
	printf '#!/bin/sh\n%s\n' "$1" >"$T/bin/an-editor" && chmod +x "$T/bin/an-editor"
}
export EDITOR=an-editor
kept() { find "$XDG_STATE_HOME/cockpit/toy" -name 'task-*' | wc -l; }

# --- none yet ---

check 'none yet' says '^no tasks yet: cockpit task add TITLE$' exits 0 task
check 'none as JSON' equal '[]' "$(task ls --json)"
check 'there is none to show' says 'task 1: there is none' exits 4 task show 1
check 'nor to cancel' says 'task 1: there is none' exits 4 task cancel 1
check 'looking makes no store' test ! -e "$store"

# --- one ---

check 'add' equal 'added 1: Write the parser' "$(task add 'Write the parser')"
check 'the store is private' equal 600 "$(stat -c %a "$store")"
check 'with all there is' says '^added 2: Lexer$' exits 0 task add Lexer --text $'one\ntwo' --priority 3 \
	--tag core,lex --needs 1 --base main --check 'make test' --agent web/one
check 'text from standard input' says '^added 3: ' fed $'from\nstdin\n\n' task add Piped --text -
check 'it has it' equal 'from\nstdin' "$(value 3 text)"
check 'ls: in order, what it waits for' says '^2  queued     !3  Lexer  for web/one  #core #lex  waits for 1$' task ls
check 'counted' says '^3 queued$' task ls
check 'in the order of their priority' equal '2 1 3 ' "$(ids)"
check 'show' says '^check +make test$' task show 2
check 'its needs with their state' says '^needs +1 \(queued\)$' task show 2
check 'its text' says '^two$' task show 2
check 'what happened to it' says '^[-0-9]+ [:0-9]+  you: added it$' task show 2
task ls --json >"$T/json" && task show 2 --json >"$T/json.2"
check 'ls as JSON' valid_json "$T/json"
check 'show as JSON' valid_json "$T/json.2"
check 'by tag' equal '2 ' "$(ids --tag lex)"
check 'by agent' equal '2 ' "$(ids --agent one)"
check 'by state: none' says '^none of them$' task ls --state needs-you,failed
check 'no such state' says 'found "lost", expected some of queued, claimed' exits 2 task ls --state lost

# --- refused ---

check 'a word that is none' says 'found "shwo", expected one of .*did you mean "show"' exits 2 task shwo
check 'an option of another verb' says 'task ls takes no --text' exits 2 task ls --text x
check 'no title' says 'found no title' exits 2 task add ''
check 'too long' says 'found 201 bytes, expected 200 at most' exits 1 task add "$(printf %201s x | tr ' ' x)"
check 'an escape sequence' says 'found a control character' exits 2 task add $'a\e[2J'
check 'needs what is not there' says 'task 99: there is none' exits 4 task add x --needs 99
check 'a priority that is none' says -- '--priority: found the priority "high"' exits 2 task add x --priority high
check 'no task has that number' says 'found "x", expected the number of a task' exits 2 task show x
check 'nothing came of it' equal '2 1 3 ' "$(ids --all)"

# --- many: Markdown ---

cat >"$T/plan.md" <<'EOC'
# Plan

Prose.

- [ ] Release #ship !5
  All of it.

  ```sh
  - [ ] no task
  ```
  - [ ] Notes #ship
  - [x] Tag
* [X] Begin
1. [ ] Fix #12
EOC
task add --file "$T/plan.md" >"$T/added"
check 'a check list' equal $'added 4: Notes\nadded 5: Release\nadded 6: Fix #12\nadded 3; 2 done already' "$(cat "$T/added")"
check 'a nested one comes first' says '^5  queued     !5  Release  #ship  waits for 4$' task ls
check 'its text' says '^- \[ \] no task$' task show 5
check 'where it is from' says '^from +file plan.md$' task show 5
printf -- '- [ ] one\n- [ ] two\n- [] three\n' >"$T/wrong.md"
check 'a wrong line' says 'wrong.md:3: found "- \[\] three", expected "\[ \]"' exits 2 task add --file "$T/wrong.md"
check 'nothing of it was added' equal '6' "$(task ls --json | grep -c '"id"')"
check 'a file that is not there' says 'none.md: No such file' exits 4 task add --file "$T/none.md"
head -c 9000000 /dev/zero | tr '\0' 'x' >"$T/large.md"
check 'a file that is too large' says 'more than 8388608 bytes' exits 1 task add --file "$T/large.md"
check 'both a title and a file' says 'wants one TITLE, or --file' exits 2 task add x --file "$T/plan.md"

# --- many: JSON lines ---

check 'JSON lines' says '^added 2$' fed '{"title":"seven","priority":-1}
{"title":"eight","needs":[-1,1],"tags":["a","b"],"agent":"one"}' task add --file -
check 'the second needs the first' says '^needs +1 \(queued\), 7 \(queued\)$' task show 8
check 'a wrong line' says 'standard input:2:10: found 4, expected a string' exits 2 fed '{"title":"a"}
{"title":4}' task add --file -
check 'one that is not there is needed' says 'standard input:2: needs: task 99: there is none' exits 4 \
	fed '{"title":"a"}
{"title":"b","needs":[99]}' task add --file -
check 'a hostile title' says 'standard input:1: title: found a control character' exits 2 \
	fed '{"title":"\u001b]0;x\u0007"}' task add --file -
check 'a hostile tag' says 'found the tag' exits 2 fed '{"title":"a","tags":["\u001b[2J"]}' task add --file -
check 'nothing of that was added' equal '8' "$(task ls --json | grep -c '"id"')"
check 'a hostile text is kept' exits 0 fed '{"title":"nine \u202e enin","text":"\u001b[2J\u009b"}' task add --file -
task ls >"$T/shown" && task show 9 >>"$T/shown" && task show 9 --json >>"$T/shown"
check 'and shown safe' fails grep -q $'[\x1b]\|\u202e\|\u009b' "$T/shown"
check 'so that it can be seen' says '<U\+202E>' task ls

# --- edit ---

check 'by options' says '^changed 1: Parser$' exits 0 task edit 1 --title Parser --tag x,y
check 'what is not given stays' equal '0' "$(value 1 priority)"
check 'a list is emptied' exits 0 task edit 1 --tag ''
check 'it is empty' fails says '#x' task show 1
check 'a circle' says 'needs: task 1 would wait for itself' exits 2 task edit 1 --needs 2
editor 'cat "$1" >"$T/form"; stat -c %a "$1" >"$T/mode"; sed -i -e "s/^title:.*/title: Lexer again/" -e "s/^tags:.*/tags: z/" "$1"; echo three >>"$1"'
export T
check 'in the editor' says '^changed 2: Lexer again$' exits 0 task edit 2
check 'its file is private' equal 600 "$(cat "$T/mode")"
check 'what it shows' equal $'title: Lexer\npriority: 3\ntags: core, lex\nneeds: 1\nbase: main\ncheck: make test\nagent: web/one\n\none\ntwo' "$(cat "$T/form")"
check 'what came of it' says '^2  queued     !3  Lexer again  for web/one  #z  waits for 1$' task ls
check 'its text' equal 'one\ntwo\nthree' "$(value 2 text)"
check 'no more than that is said' says '  you: changed title text tags$' task show 2
editor 'exit 0'
check 'saved unchanged' says '^task 2: nothing was changed$' exits 0 task edit 2
editor 'exit 3'
check 'given up' says 'the editor an-editor ended with status 3' exits 1 task edit 2
check 'nothing lies around' equal 0 "$(kept)"
VISUAL='env X=y an-editor' editor 'test "$X" = y && sed -i "s/^base:.*/base: next/" "$1"'
check 'VISUAL first, with words' says '^changed 2: ' env VISUAL='env X=y an-editor' "$COCKPIT" task edit 2
editor 'sed -i -e "s/^base:/bsae:/" -e "s/three/precious/" "$1"'
check 'a wrong head' says ':5: found "bsae", expected .*did you mean "base".*what you wrote is kept in .*/task-2\.' exits 2 task edit 2
check 'what was written is there' says '^precious$' cat "$XDG_STATE_HOME"/cockpit/toy/task-2.*
rm -f "$XDG_STATE_HOME"/cockpit/toy/task-2.*
editor 'EDITOR= "$COCKPIT" task edit 2 --priority 4 >/dev/null; sed -i "s/three/mine/" "$1"'
check 'somebody changed it meanwhile' says 'what you wrote is kept in .*/task-2\.' exits 1 task edit 2
check 'what was written is there' says '^mine$' cat "$XDG_STATE_HOME"/cockpit/toy/task-2.*
check 'what somebody did stays' equal '4 one\ntwo\nthree' "$(value 2 priority) $(value 2 text)"
rm -f "$XDG_STATE_HOME"/cockpit/toy/task-2.*
check 'one that is not there' says 'task 99: there is none' exits 4 task edit 99

# --- who, what becomes of it, when ---

check 'assign' says '^1 is for two: Parser$' exits 0 task assign 1 two
check 'it is' equal two "$(value 1 agent)"
check 'to whoever is free' says '^1 is for whoever is free: ' exits 0 task assign 1 -
check 'to no name' says 'agent: found "a b", expected AGENT or HOST/AGENT' exits 2 task assign 1 'a b'
task cancel 3 99 6 >"$T/out" 2>"$T/err"
check 'several: the status of the first that failed' equal 4 $?
check 'each is reported' equal $'cancelled 3: Piped\ncancelled 6: Fix #12' "$(cat "$T/out")"
check 'they are not listed' equal '5 2 1 4 8 9 7 ' "$(ids)"
check 'but with --all' says '^3  cancelled  Piped$' task ls --all
check 'counted' says '^7 queued, 2 cancelled$' task ls
check 'retry' says '^queued again 3: Piped$' exits 0 task retry 3
check 'retry of one that is queued' says 'task 3: it is queued, and cannot be made queued' exits 2 task retry 3
check 'done: not from there' says 'task 3: it is queued, and cannot be made merged' exits 2 task 'done' 3
check 'before' says '^9 is before 1$' exits 0 task before 9 1
check 'it is' equal '5 2 9 1 3 4 8 7 ' "$(ids)"
check 'last' exits 0 task before 1 last
check 'it is' equal '5 2 9 3 4 8 1 7 ' "$(ids)"
check 'not of another priority' says 'expected another one of the same priority' exits 2 task before 1 7
check 'words for it' says '  you: put it last$' task show 1
check 'another one' says '  you: queued -> cancelled$' task show 3

# --- two at a time ---

many() { for n in $(seq 200); do echo "- [ ] $1 $n"; done; }
each() { for n in $(seq 10); do task add "$1 one $n" || return 1; done; }
(many a | task add --file - && each a) >"$T/a" 2>&1 &
a=$!
(many b | task add --file - && each b) >"$T/b" 2>&1 &
b=$!
check 'one of two' wait "$a"
check 'the other' wait "$b"
check 'all of them are there' equal 420 "$(task ls --json | grep -c '"title": "[ab] ')"
check 'no number twice' equal '' "$(task ls --all --json | sed -n 's/^    "id": //p' | sort | uniq -d)"
check 'words for completion' says '^assign$' "$COCKPIT" completion words 8

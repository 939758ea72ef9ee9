#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# An agent's work comes here whole and by itself, and nothing of the agent's is touched for that.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
seq 100 >nums && cp /bin/true bin && git add . && git commit -qm 'something to change'
"$COCKPIT" new one -- cat >/dev/null || bail 'an agent starts'
tree=$T/toy-agents/one mirror=$XDG_STATE_HOME/cockpit/toy/mirror.git

diff_of() { "$COCKPIT" diff "$@"; }
json_has() { "$COCKPIT" diff one --json | grep -qF "$1"; }

# --- the main way ---

check 'nothing is changed yet' says '^0 files changed, \+0 -0$' exits 0 diff_of one --stat
(cd "$tree" && sed -i 's/^50$/fifty/' nums && git mv nums numbers && echo z >>bin && git commit -qam work &&
	echo later >"a name" && printf 'no end' >end)
check 'what is committed' says '^R +\+1 +-1  nums → numbers$' exits 0 diff_of one --stat
check 'and what is not' says '^A +\+1 +-0  a name$' diff_of one --stat
check 'alone' says '^2 files changed, \+2 -0$' diff_of one --stat --against head
"$COCKPIT" diff one --json >"$T/json"
check 'as JSON' valid_json "$T/json"
check 'with its files' json_has '"path": "numbers"'
diff_of one >"$T/patch"
check 'a patch that can be applied, binary files too' git apply --check "$T/patch"
check 'no colours where nobody looks' fails grep -q $'\033' "$T/patch"
check 'an unknown side: status 2' exits 2 diff_of one --against moon
check 'an unknown agent: status 4' exits 4 diff_of nobody

# --- hostile text on a terminal ---

printf 'a\033]0;evil\007\342\200\256b\n' >"$tree/evil"
on_a_terminal() { PAGER='cat' script -qec "'$COCKPIT' diff $*" /dev/null; }
check 'in colour for a person' says $'\033\\[32m\\+' on_a_terminal one
check 'what hides is shown' says '<U\+202E>b' on_a_terminal one
check 'and nothing is obeyed' fails says $'\033]0' on_a_terminal one
rm "$tree/evil"

# --- nothing of the agent's is touched, nothing of the repo's is run ---

sums() {
	(cd "$tree" && git rev-parse HEAD && sha1sum "$(git rev-parse --git-dir)/index" && stat -c %Y "$(git rev-parse --git-dir)/index" &&
		find . -type f ! -name .git -print0 | sort -z | xargs -0 sha1sum && git -C "$T/toy" stash list)
}
flag=$T/was-run
cat >"$T/tell" <<EOC
#!/bin/sh
echo "\$0" "\$@" >>$flag
cat
EOC
chmod +x "$T/tell"
mkdir "$T/hooks"
for hook in post-index-change reference-transaction post-commit pre-commit post-checkout; do
	cp "$T/tell" "$T/hooks/$hook"
done
(cd "$tree" && git add "a name" && echo '* filter=evil diff=evil' >.gitattributes)
for key in filter.evil.clean filter.evil.smudge filter.evil.process core.fsmonitor diff.evil.textconv diff.evil.command; do
	git config "$key" "$T/tell"
done
git config filter.evil.required true
git config core.hooksPath "$T/hooks"
rm -f "$flag"
before=$(sums)
check 'it is fetched' says '^A +\+1 +-0  \.gitattributes$' diff_of one --stat
check 'index, HEAD, stash and work tree are as they were' equal "$before" "$(sums)"
check 'no filter, hook or other program was run' test ! -e "$flag"
git config --remove-section filter.evil
git config --remove-section diff.evil
git config --unset core.fsmonitor
git config --unset core.hooksPath
rm "$tree/.gitattributes"

# --- while the agent commits, stashes and rebases ---

busy() {
	cd "$tree" || exit 1
	for ((n = 0; n < 12; n++)); do
		echo $n >"busy$n" && git add . && git commit -qm "busy $n" && echo more >>"busy$n" && git stash -q &&
			git stash pop -q && git commit -qam more && git rebase -q --force-rebase HEAD~1 || exit 1
	done
}
busy >"$T/busy" 2>&1 &
pid=$!
rounds=0
while kill -0 $pid 2>/dev/null; do
	diff_of one --stat >/dev/null 2>>"$T/fetches" || echo "status $?" >>"$T/fetches"
	rounds=$((rounds + 1))
done
wait $pid
check "the agent is not disturbed ($rounds times)" test $? -eq 0 -a $rounds -ge 2
check 'nor are we' test ! -s "$T/fetches"
check 'all is there' says '^A +\+2 +-0  busy11$' diff_of one --stat
# A lock of a git that was killed is not in the way for ever.
locks=$T/toy/.git/refs/cockpit/one
touch -d '2 minutes ago' "$locks/snap.lock" "$locks/base.lock"
echo free >"$tree/zz-free"
check 'an old lock goes' says '^A +\+1 +-0  zz-free$' exits 0 diff_of one --stat
rm "$tree/zz-free"
old=$(git -C "$tree" rev-parse HEAD)
git -C "$tree" commit -q --amend -m 'said anew'
check 'a commit said anew' exits 0 diff_of one --stat
check 'the one that it left behind is kept' says "$old.*/one/" git -C "$mirror" for-each-ref refs/kept
check 'the mirror is whole' git -C "$mirror" fsck --strict

# --- work trees of many kinds ---

(cd "$tree" && git checkout -q --detach)
check 'a detached HEAD' says 'busy11$' exits 0 diff_of one --stat
(cd "$tree" && git checkout -q -b other && git branch -q -D cockpit/one)
check 'another branch' says 'busy11$' exits 0 diff_of one --stat
head -c 70000000 /dev/zero >"$tree/huge"
check 'a huge file is left out' fails says huge diff_of one --stat
check 'the rest is not' says 'busy11$' diff_of one --stat
rm "$tree/huge"
(cd "$tree" && git sparse-checkout set --no-cone '/busy*' 2>/dev/null)
check 'a sparse checkout deletes nothing' fails says '^D' diff_of one --stat
(cd "$tree" && git sparse-checkout disable 2>/dev/null && git init -q sub && cd sub && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x)
check 'a repo in it does no harm' says 'busy11$' exits 0 diff_of one --stat
mkdir "$tree/no" && echo x >"$tree/no/secret" && chmod 0 "$tree/no/secret"
check 'nor does what cannot be read' says 'busy11$' exits 0 diff_of one --stat

# Large files that stand elsewhere (as LFS has it): the pointer is what counts, as long as nothing is changed.
git config filter.lfs.clean "sh -c 'sha1sum | cut -c 1-40'" && git config filter.lfs.smudge 'cat >/dev/null; seq 1000' && git config filter.lfs.required true
(cd "$tree" && echo '*.large filter=lfs' >.gitattributes && seq 1000 >a.large && git add .gitattributes a.large && git commit -qm lfs && echo plain >plain)
check 'a pointer is compared as one' says '^A +\+1 +-0  a\.large$' diff_of one --stat
check 'and is no change against its commit' fails says 'a\.large' diff_of one --stat --against head
check 'the rest is' says '^A +\+1 +-0  plain$' diff_of one --stat --against head
git config --remove-section filter.lfs
(cd "$tree" && git rm -qf --cached a.large && rm a.large plain .gitattributes && git commit -qam 'no lfs')
make_repo "$T/library"
(cd "$tree" && git -c protocol.file.allow=always submodule --quiet add "$T/library" library && git commit -qm 'a submodule' && git -C library -c user.name=x -c user.email=x@x commit -q --allow-empty -m moved)
check 'a submodule is where it is' says '^M +\+1 +-1  library$' exits 0 diff_of one --stat --against head
check 'the mirror has nothing of it' git -C "$mirror" fsck --strict
(cd "$tree" && git submodule --quiet deinit -f library && git rm -qf library .gitmodules && git commit -qm 'no submodule')

# --- on the screen it is shown by itself ---

check 'attach' ui_start 130 30 "$COCKPIT" attach
check 'the edge of the tile tells how much' ui_expect '\+[0-9]+ -[0-9]+ in [0-9]+ files' 15
echo 'one more' >"$tree/zz-more"
ui_keys Enter
ui_type 'done'
ui_keys Enter
check 'and what is new, soon' wait_for 5 eval 'git -C "$mirror" ls-tree --name-only refs/cockpit/local/one/snap | grep -q zz-more'
# A fetch that fails is tried again, though the agent says nothing more: another git's lock is of the moment.
lock=$T/toy/.git/refs/cockpit/one/snap.lock
: >"$lock" && echo 'even more' >"$tree/zz-late"
ui_keys Enter
check 'what did not come is said' wait_for 10 grep -q 'the work of an agent did not come' "$XDG_STATE_HOME/cockpit/toy/log"
rm "$lock"
check 'and comes then' wait_for 10 eval 'git -C "$mirror" ls-tree --name-only refs/cockpit/local/one/snap | grep -q zz-late'
rm "$tree/zz-late"
printf 'a\033[2J\342\200\256b\tc\n' >"$tree/aaa"
ui_keys Enter C-q d
check 'd: its diff' ui_expect '^ DIFF ' 5
check 'beside the inbox' ui_expect 'INBOX ─ TASKS ─ DIFF [0-9]+' 5
check 'with what is new, soon' ui_expect '│A aaa  \+1 -0' 10
check 'what hides in it is shown' ui_expect '1 \+a\^\[\[2J<U\+202E>b +c' 5
ui_keys ']' ']' ']'
check 'file by file' ui_absent '│A aaa' 5
ui_keys G
check 'to its end' ui_expect 'zz-more  \+1 -0|1 \+one more' 5
ui_keys g
check 'and back' ui_expect '│A aaa  \+1 -0' 5

# Comments: on a line, where it goes, and to the agent as one message.
"$COCKPIT" new note -- cat >/dev/null
notes=$T/toy-agents/note/lines
seq 20 >"$notes" && sed -i 's/^9$/nine and more/' "$notes"
ui_expect ' 2 note' 10 >/dev/null
ui_keys C-q 2
ui_expect '▸2 note' 10 >/dev/null
ui_keys Enter x Enter C-q d
check 'a new file' ui_expect '│A lines  \+20 -0' 10
ui_keys ']'
ui_keys j j j j j j j j j j c
check 'c: a comment on a line' ui_expect '─ lines:9 ─' 5
ui_type 'why nine?'
ui_keys Enter
check 'stands under it' eval 'ui_expect "9 \+nine and more" 5 && ui_expect "┃ why nine\?" 5'
ui_keys k c
ui_type 'and this'
ui_keys Enter
check 'another one' ui_expect '┃ and this' 5
printf '0\n00\n' | cat - "$notes" >"$notes.new" && mv "$notes.new" "$notes"
ui_keys Enter y Enter C-q d
check 'it follows its line' ui_expect '11 \+nine and more' 10
check 'still under it' wait_for 5 eval 'ui_text | grep -A1 "11 +nine and more" | grep -q "┃ why nine?"'
sed -i '/^8$/d' "$notes"
ui_keys Enter z Enter C-q d
check 'one whose line is gone is marked' ui_expect '┃ \(its line 10 has' 10
ui_keys q q
ui_ended 0 10 >/dev/null
check 'attach again' ui_start 130 30 "$COCKPIT" attach
ui_expect ' 2 note' 10 >/dev/null
ui_keys 2
ui_expect '▸2 note' 10 >/dev/null
ui_keys d
ui_expect '│A lines' 15 >/dev/null
check 'what is not sent is not lost' ui_expect '┃ why nine' 10
ui_keys C
check 'C: they are sent' wait_for 15 says '^2\. lines:10$' agent_text "$LOCAL_SOCKET" note
check 'with the line' says '^> nine and more$' agent_text "$LOCAL_SOCKET" note
check 'and words' says 'why nine\?' agent_text "$LOCAL_SOCKET" note
check 'once' ui_absent '┃ why nine' 15
ui_keys C
check 'there are none any more' ui_expect 'no comments: c writes one' 10
ui_keys q q
ui_ended 0 10 >/dev/null
ui_start 130 30 "$COCKPIT" attach >/dev/null
ui_expect ' 2 note' 10 >/dev/null
ui_keys 2
ui_expect '▸2 note' 10 >/dev/null
ui_keys d
ui_expect '│A lines' 15 >/dev/null
ui_keys C
check 'nor after another start' ui_expect 'no comments: c writes one' 10
# The same without the screen, which sees it.
comment() { "$COCKPIT" comment note "$@"; }
check 'none' says '^no comments on the work of note$' exits 0 comment
check 'one is written' says '^> nine and more$' exits 0 comment lines:10 $'by\ncommand'
check 'the screen has it' ui_expect '┃ by' 10
check 'another one instead' exits 0 comment lines:10 'by another'
check 'of no line' says 'line 99 of lines is not among those' exits 4 comment lines:99 x
check 'of no file' says '^cockpit: liens is no file that note has changed' exits 4 comment liens:9 x
check 'of no place' exits 2 comment lines x
sed -i 1d "$notes"
check 'it follows its line' equal 'lines:9: by another' "$(comment)"
check 'as JSON' exits 0 eval 'comment --json >"$T/json" && valid_json "$T/json" && grep -q "\"line\": 9,$" "$T/json"'
comment lines:2 'not this' >/dev/null
check 'an empty one is none' exits 0 comment lines:2 ''
check 'which is gone' exits 4 comment lines:2 --clear
# One whose line has changed keeps the number that it was written with; the line there is another.
sed -i 's/^nine and more$/nine, or less/' "$notes"
check 'on the line that is there now' says '^> 10$' exits 0 comment lines:10 'by a third'
check 'both stay' equal 2 "$(comment | grep -cE '^lines:10( \(its line has changed since\))?: by a')"
sed -i 's/^nine, or less$/nine and more/' "$notes"
check 'they are sent' exits 0 comment --send
check 'as one message' wait_for 5 says '^1\. lines:9$' agent_text "$LOCAL_SOCKET" note
check 'and go' equal 'no comments on the work of note' "$(comment)"
check 'from the screen too' ui_absent '┃ by' 10
check 'none are sent' says 'there are no comments' exits 4 comment --send
"$COCKPIT" stop note >/dev/null
ui_keys C-q 1
ui_absent "note" 10 >/dev/null
ui_keys d
ui_expect "^ DIFF " 5 >/dev/null
ui_keys '<' '<'
check '<: wider' ui_expect '┌ INBOX ─ TASKS ─ DIFF [0-9]+ ─ CHECKS ─ CONFLICTS' 5
ui_keys z
check 'z: alone' ui_absent '┌ ▸1 one ' 5
ui_keys z '>' '>'
check 'and back' ui_expect '┌ ▸1 one ' 5
check 'it is remembered' wait_for 5 grep -q '"share":33' "$XDG_STATE_HOME/cockpit/toy/screen.json"
ui_keys o
check 'o: below the tiles' ui_expect '^┌ INBOX ─ TASKS ─ DIFF' 5
check 'that too' wait_for 5 grep -q '"place":"below"' "$XDG_STATE_HOME/cockpit/toy/screen.json"
ui_keys o
check 'o: at their left' ui_expect '^┌ INBOX ─ TASKS ─ DIFF.*┌ ▸1 one ' 5
ui_keys o
check 'o: at their right again' ui_expect '^┌ ▸1 one .*┌ INBOX ─ TASKS ─ DIFF' 5
printf 'a\tb\n' >"$tree/blanks" && git -C "$tree" add blanks && git -C "$tree" commit -qm blanks && printf 'a  b\n' >"$tree/blanks"
ui_keys Enter x Enter C-q d
ui_expect 'A blanks|22 files|21 files' 10 >/dev/null
ui_keys s
check 's: against the base' ui_expect "against the base's tip" 5
ui_keys s
check 'again: against its last commit' ui_expect 'against its last commit' 5
check 'where a line differs in blanks' ui_expect '│M blanks  \+1 -1' 5
ui_keys W
check 'W: they do not count' ui_expect 'blanks do not count' 5
check 'and nothing differs' ui_absent '│M blanks  \+1 -1' 5
ui_keys W s
check 'as before' ui_absent 'against|blanks do not' 5
ui_keys '?'
check 'its keys' ui_expect 'keys in DIFF mode' 5
ui_keys Escape
check 'which go' ui_absent 'keys in DIFF mode' 5
ui_keys d
check 'd again: COMMAND, and it stays' ui_expect '^ COMMAND ' 5
check 'there it is' ui_expect 'INBOX ─ TASKS ─ DIFF' 5
ui_keys Tab
check 'Tab: the inbox' ui_expect '^ INBOX ' 5
# Who leaves in the midst of a fetch leaves no lock: git is not ended while it changes refs.
cat >"$T/bin/git" <<EOC
#!/bin/sh
case " \$* " in
*' update-ref '*)
	echo begun >>$T/refs.begun
	sleep 1
	$(command -v git) "\$@"
	echo done >>$T/refs.done
	;;
*) exec $(command -v git) "\$@" ;;
esac
EOC
chmod +x "$T/bin/git"
tmux -S "$LOCAL_SOCKET" send-keys -t "$(agent_pane "$LOCAL_SOCKET" one)" x Enter
check 'a fetch is on its way' wait_for 15 test -s "$T/refs.begun"
ui_keys q q
check 'q ends it' ui_ended 0 10
check 'and nothing of git half-way' wait_for 5 eval 'equal "$(wc -l <"$T/refs.begun")" "$(wc -l <"$T/refs.done")"'
rm "$T/bin/git" "$tree/aaa"

# --- a home that is a repo is nobody's work ---

git init -q "$HOME" && echo private >"$HOME/private"
echo "{\"name\": \"bare\", \"hosts\": {\"local\": {\"repo\": null, \"socket\": \"$T/bare.sock\"}}}" >"$T/bare.json"
"$COCKPIT" new homely --fleet "$T/bare.json" -- cat >/dev/null
check 'it is not fetched' says 'has no work tree of its own' fails diff_of homely --fleet "$T/bare.json"
check 'and nothing was made of it' fails git -C "$HOME" rev-parse -q --verify refs/cockpit/homely/snap
"$COCKPIT" down --fleet "$T/bare.json" >/dev/null 2>&1

# --- it is here when it is not there any more ---

check 'stop' exits 0 "$COCKPIT" stop one
chmod -R u+w "$tree" && rm -rf "$tree"
check 'the last of it is shown, and said to be that: status 3' says 'busy11$' exits 3 diff_of one --stat
check 'in words' says 'as it was fetched last' eval 'diff_of one --stat 2>&1'

# --- over SSH, with a login that talks, and a host that can reach nothing ---

if PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	start_sshd web || bail 'host web starts'
	make_repo "$T/there"
	git -C "$T/there" remote add origin "ssh://nobody@127.0.0.1:1/none"
	cat >"$T/far.json" <<EOC
{"name": "far", "hosts": {"web": {"repo": "$T/there", "ssh_config": "$T/ssh_config", "socket": "$T/web.sock"}}}
EOC
	check 'an agent on another host' exits 0 "$COCKPIT" new two --fleet "$T/far.json" --host web -- cat
	echo far >"$T/there-agents/two/far"
	check 'its work comes here' says '^A +\+1 +-0  far$' exits 0 diff_of two --fleet "$T/far.json" --stat
	"$COCKPIT" down --fleet "$T/far.json" >/dev/null 2>&1
else
	skip 'there is no sshd here'
fi
"$COCKPIT" down >/dev/null 2>&1

#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# What is stopped or deleted is never lost: it can be had back, at once and later.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
echo ignored >.gitignore && git add . && git commit -qm 'ignore some'
cat >cockpit.json <<EOC
{"name": "toy", "hosts": {"local": {"socket": "$T/agents"}, "far": {"transport": ["env", "HOME=$T/far", "XDG_STATE_HOME=$T/far/state"], "socket": "$T/far.sock"}}}
EOC
mkdir "$T/far"
trees=$T/toy-agents mirror=$XDG_STATE_HOME/cockpit/toy/mirror.git
tree_of() { (cd "$1" && git rev-parse HEAD && find . -type f ! -name .git ! -name ignored -print0 | sort -z | xargs -0 sha1sum && git status --porcelain); }
busy() { (cd "$1" && echo new >new && git add new && git commit -qm work && echo changed >>one.txt && echo x >'un tracked' && echo y >ignored); }

# --- stop: what it left is here ---

"$COCKPIT" new one --fleet ./cockpit.json --host local -- cat >/dev/null || bail 'an agent starts'
busy "$trees/one"
check 'stop' says "^stopped one; its work stays in $trees/one$" exits 0 "$COCKPIT" stop one
check 'what it left is here' git -C "$mirror" cat-file -e 'refs/cockpit/local/one/snap:un tracked'
check 'its work tree is as it was' says '^x$' cat "$trees/one/un tracked"

# --- delete: one that does not run, one that does, one that is not here ---

wanted=$(tree_of "$trees/one")
check 'the trash is empty' says '^the trash is empty$' exits 0 "$COCKPIT" trash
check 'delete one that is stopped' says '^deleted one; its work is in the trash$' exits 0 "$COCKPIT" delete one
check 'its work tree is gone' test ! -e "$trees/one"
check 'so is its branch' fails git show-ref -q --verify refs/heads/cockpit/one
check 'and what git knew of it' fails says one git worktree list
check 'the own repo is as it was' equal '' "$(git status --porcelain -- ':!cockpit.json')"
check 'it is in the trash' says '^[-0-9]+ [:0-9]+  one +local +\+3 -0 in 3 files$' exits 0 "$COCKPIT" trash ls
"$COCKPIT" trash ls --json >"$T/json"
check 'as JSON' valid_json "$T/json"
check 'deleted twice: it is not there' says 'has no agent one|there is no work tree' fails "$COCKPIT" delete one
check 'restore' says "^started one in $trees/one$" exits 0 "$COCKPIT" trash restore one
check 'it is all there' equal "$wanted" "$(tree_of "$trees/one")"
check 'and runs' agent_pane "$T/agents" one
check 'the trash is empty again' says '^the trash is empty$' "$COCKPIT" trash
echo later >>"$trees/one/new"
wanted=$(tree_of "$trees/one")
check 'delete one that runs' exits 0 "$COCKPIT" delete one
check 'it runs no more' fails agent_pane "$T/agents" one
check 'restored elsewhere' says "^started one in $T/far/state/cockpit/toy/work/one$" exits 0 "$COCKPIT" trash restore one --host far
check 'it is all there' equal "$wanted" "$(tree_of "$T/far/state/cockpit/toy/work/one")"
check 'deleted on the other host' exits 0 "$COCKPIT" delete one
check 'it is gone there' test ! -e "$T/far/state/cockpit/toy/work/one"
check 'let go of what is old: nothing' says '^let go of 0$' exits 0 "$COCKPIT" trash empty --older 1
check 'let go of it' says '^let go of 1$' exits 0 "$COCKPIT" trash empty one
check 'that was it' says 'there is no one in the trash' fails "$COCKPIT" trash restore one
check 'let go of one that is not there' says 'there is no one in the trash' exits 4 "$COCKPIT" trash empty one
check 'delete of nobody' says 'fleet [a-z]+ has no agent nobody' exits 4 "$COCKPIT" delete nobody
check 'events of nobody' says 'nothing has happened to nobody yet' exits 0 "$COCKPIT" events nobody
check 'no days' says '0 to 36500' exits 2 "$COCKPIT" trash empty --older x

# --- what cannot be kept is not deleted ---

"$COCKPIT" new two --host local -- cat >/dev/null
head -c 60000000 /dev/zero >"$trees/two/large"
check 'a file that is too large' says '1 of its files are too large to be kept' fails "$COCKPIT" delete two
check 'stays' test -s "$trees/two/large"
rm "$trees/two/large" && git init -q "$trees/two/inner" && git -C "$trees/two/inner" -c user.name=x -c user.email=x@x commit -q --allow-empty -m x
check 'a repo in it' says 'inner in it is a repo of its own' fails "$COCKPIT" delete two
check 'stays' test -d "$trees/two/inner/.git"
rm -rf "$trees/two/inner"
# It goes on with other commits on its branch, which nobody has fetched.
git -C "$trees/two" checkout -q --detach && git branch -qf cockpit/two main~1
check 'another branch of its name' exits 0 "$COCKPIT" delete two
check 'is not touched' equal "$(git rev-parse main~1)" "$(git rev-parse cockpit/two)"

# --- keys ---

"$COCKPIT" new three --host local -- sh -c 'echo three is here; exec cat' >/dev/null
busy "$trees/three"
wanted=$(tree_of "$trees/three")
check 'attach' ui_start 120 30 "$COCKPIT" attach
check 'it is there' ui_expect '┌ ▸1 three ' 10
ui_keys u
check 'nothing to undo yet' ui_expect 'nothing was done in the last 30 s' 5
ui_keys x
check 'x' ui_expect 'Stop three on local\?' 5
ui_keys Tab Enter
check 'says how to undo it' ui_expect 'stopped three.* · u undoes it \((30|2[0-9])s\)' 10
check 'it is gone' ui_absent '┌ ▸1 three ' 5
ui_keys u
check 'u: it is there again' ui_expect '┌ ▸1 three ' 10
check 'and runs what it ran' ui_expect 'three is here' 5
ui_keys D
check 'D asks' ui_expect 'Delete three on local\?' 5
ui_keys Enter
check 'Cancel is the default' ui_absent 'Delete three' 5
check 'nothing was done' test -e "$trees/three"
ui_keys D
ui_expect 'Delete three on local\?' 5 >/dev/null
ui_keys Tab Enter
check 'it is deleted' ui_expect 'deleted three; its work is in the trash · u undoes it' 15
check 'its work tree too' test ! -e "$trees/three"
ui_keys u
check 'u: it is there again' ui_expect '┌ ▸1 three ' 10
check 'with all it had' wait_for 10 eval '[ "$wanted" = "$(tree_of "$trees/three" 2>/dev/null)" ]'
ui_keys q
check 'q ends it' ui_ended 0 10
check 'it is written down' says 'you deleted three on local' "$COCKPIT" events
echo 'at last' >"$trees/three/at-last"
check 'down' says '^ended three on local' exits 0 "$COCKPIT" down
check 'what it left is here, too' git -C "$mirror" cat-file -e refs/cockpit/local/three/snap:at-last
check 'the mirror is whole' git -C "$mirror" fsck --strict

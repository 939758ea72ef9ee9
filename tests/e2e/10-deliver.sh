#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# A host has neither the repo nor an account nor a network: cockpit brings the repo there, and the work back.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

PATH=$PATH:/usr/sbin command -v sshd >/dev/null || bail 'there is no sshd here'
start_sshd web || bail 'host web starts'
make_repo "$T/toy"
git init -q --bare -b main "$T/origin.git"
cd "$T/toy" || exit 1
printf '.env*\nbuild/\n' >.gitignore
printf '.env*\nnotes\n' >.worktreeinclude
git add . && git commit -qm 'ignore some' && git remote add origin ../origin.git && git push -q -u origin main
echo SECRET=1 >.env && echo more >'.env two' && echo private >notes && mkdir build && echo x >build/y
cat >cockpit.json <<EOC
{"name": "toy", "setup": "echo to stderr >&2; ls -a; test ! -e fail && echo is set up", "hosts": {
  "web": {"ssh_config": "$T/ssh_config", "socket": "$T/web.sock", "slots": 20},
  "box": {"transport": ["unshare", "-rn", "env", "HOME=$T/hosts/box", "XDG_STATE_HOME=$T/hosts/box/state", "GIT_SSH=false"], "socket": "$T/box.sock"},
  "cloner": {"transport": ["env", "HOME=$T/hosts/cloner", "XDG_STATE_HOME=$T/hosts/cloner/state"], "clone": "origin", "socket": "$T/cloner.sock"}}}
EOC
mkdir -p "$T/hosts/box" "$T/hosts/cloner"
web=$T/hosts/web/state/cockpit/toy
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
on_web() { git -C "$web/work/$1" "${@:2}"; }

# --- the main way ---

check 'it starts where no repo is' says "^started one in $web/work/one; 2 ignored files went along$" exits 0 \
	"$COCKPIT" new one --fleet cockpit.json --host web -- cat
check 'on a branch of its own' says '^cockpit/one$' on_web one symbolic-ref --short HEAD
check 'from the base' equal "$(git rev-parse main)" "$(on_web one rev-parse HEAD)"
check 'which is there by its name' equal "$(git rev-parse main)" "$(on_web one rev-parse main)"
check 'and as in any clone' equal "$(git rev-parse main)" "$(on_web one rev-parse origin/main)"
check 'its tree is clean' equal '' "$(on_web one status --porcelain)"
check 'it commits as its person' says '^Test Person <test@example.org>$' eval \
	'on_web one commit -q --allow-empty -m x && on_web one log -1 --format="%an <%ae>"'
check 'ignored files that are wanted are there' says '^SECRET=1$' cat "$web/work/one/.env"
check 'whatever they are called' says '^more$' cat "$web/work/one/.env two"
check 'others are not' test ! -e "$web/work/one/build"
check 'nor are such that nobody ignores' test ! -e "$web/work/one/notes"
check 'nothing of them is left' fails ls "$web/agents/one/files.tar"
check 'the set-up command ran in it' agent_says "$T/web.sock" one '^is set up$' 10
# set_up FILE: with success; that is written when it has ended, after its last words.
set_up() {
	[ "$(cat "$1")" = 0 ]
}
check 'with its log' wait_for 5 says '^to stderr$' cat "$web/agents/one/set-up.log"
check 'and exit state' wait_for 5 set_up "$web/agents/one/set-up"
echo changed >>"$web/work/one/one.txt"
check 'its work comes back' says '^M +\+1 +-0  one.txt$' exits 0 ck diff one --stat

# --- more of them share it ---

loose() { git -C "$web/repo.git" count-objects -v | sed -n 's/^in-pack: //p'; }
before=$(loose)
check 'the next one' exits 0 "$COCKPIT" new two --fleet cockpit.json --host web -- cat
check 'brings nothing' equal "$before" "$(loose)"
git commit -q --allow-empty -m 'gone on'
check 'the base goes on' exits 0 "$COCKPIT" new three --fleet cockpit.json --host web -- cat
check 'one starts from there' equal "$(git rev-parse main)" "$(on_web three rev-parse HEAD)"
check 'the others stay where they are' says '^x$' on_web one log -1 --format=%s
check 'and may take it' exits 0 on_web one merge -q main
on_web two checkout -q main && on_web two commit -q --allow-empty -m theirs
git commit -q --allow-empty -m 'further on'
check 'an agent works on the base itself' exits 0 "$COCKPIT" new four --fleet cockpit.json --host web -- cat
check 'that is not moved under it' says '^theirs$' on_web two log -1 --format=%s main
check 'the new one starts from ours' equal "$(git rev-parse main)" "$(on_web four rev-parse HEAD)"

# Ignored files that are many times what a pipe takes.
head -c 30000000 /dev/urandom >.env-large
check 'large ignored files' exits 0 "$COCKPIT" new large --fleet cockpit.json --host web -- cat
check 'are there, whole' cmp .env-large "$web/work/large/.env-large"
"$COCKPIT" stop large --fleet cockpit.json >/dev/null && "$COCKPIT" new large --fleet cockpit.json --host web -- cat >/dev/null
check 'and are not kept beside its work tree' test ! -e "$web/agents/large/files.tar"
rm .env-large

# Two at a time, and a name twice.
"$COCKPIT" new five --fleet cockpit.json --host web -- cat >"$T/five" 2>&1 &
"$COCKPIT" new six --fleet cockpit.json --host web -- cat >"$T/six" 2>&1
wait $!
check 'two at a time' eval 'says "^started five" cat "$T/five" && says "^started six" cat "$T/six"'

# --- its origin is asked from here ---

git push -q && git clone -q "$T/origin.git" "$T/else" && (cd "$T/else" && git config user.name x && git config user.email x@x && git commit -q --allow-empty -m elsewhere && git push -q)
check 'what is new in the origin' exits 0 "$COCKPIT" new seven --fleet cockpit.json --host web -- cat
check 'is where one starts' says '^elsewhere$' on_web seven log -1 --format=%s
check 'ours is as it was' says '^further on$' git log -1 --format=%s main
git remote set-url origin "$T/gone.git"
check 'an origin that is gone is told' says 'its origin could not be asked: git: ' exits 0 \
	"$COCKPIT" new eight --fleet cockpit.json --host web -- cat
git remote set-url origin ../origin.git

# --- a set-up that fails ---

sed -i 's/test ! -e fail/test ! -e .env/' cockpit.json
check 'one whose set-up fails' exits 0 "$COCKPIT" new nine --fleet cockpit.json --host web -- cat
check 'has failed' wait_for 10 eval 'ck ls | grep -q "^nine .*failed: exit 1"'
check 'and shows why' agent_says "$T/web.sock" nine 'the set-up has failed: exit 1' 5
rm "$web/work/nine/.env"
check 'started again' eval 'ck stop nine >/dev/null && "$COCKPIT" new nine --fleet cockpit.json --host web -- cat'
check 'it is tried again' agent_says "$T/web.sock" nine '^is set up$' 10
check 'with success' wait_for 5 set_up "$web/agents/nine/set-up"

# --- a box without any network or account ---

if unshare -rn true 2>/dev/null; then
	box=$T/hosts/box/state/cockpit/toy
	check 'a box that reaches nothing' exits 0 "$COCKPIT" new alone --fleet cockpit.json --host box -- cat
	echo boxed >"$box/work/alone/new" && git -C "$box/work/alone" add new && git -C "$box/work/alone" commit -qm boxed
	check 'its work comes here' says '^A +\+1 +-0  new$' exits 0 ck diff alone --stat
else
	skip 'a namespace without a network cannot be made here'
fi

# --- a host that clones ---

cloner=$T/hosts/cloner/state/cockpit/toy
check 'one that clones, where the origin is not there' says 'which host cloner cannot find' fails \
	"$COCKPIT" new copy --fleet cockpit.json --host cloner -- cat
git remote set-url origin "$T/origin.git"
check 'and where it is' exits 0 "$COCKPIT" new copy --fleet cockpit.json --host cloner -- cat
check 'it has all of it' says '^elsewhere$' git -C "$cloner/work/copy" log -1 --format=%s
check 'its remote is the origin' equal "$T/origin.git" "$(git -C "$cloner/work/copy" remote get-url origin)"
check 'with ignored files too' says '^SECRET=1$' cat "$cloner/work/copy/.env"
echo far >"$cloner/work/copy/far"
check 'its work comes here' says '^A +\+1 +-0  far$' exits 0 ck diff copy --stat

# --- the base goes on by hand, while a cockpit looks ---

echo ours >>one.txt && git commit -qam ours
check 'attach' ui_start 160 50 "$COCKPIT" attach --fleet "$T/toy/cockpit.json"
check 'all are there' ui_expect '1[0-9] agents' 15
ui_keys c
check 'the forecast knows what no host does yet' ui_expect '│one and the base · 1 file' 15
git commit -q --allow-empty -m 'by hand'
check 'and hosts are told' wait_for 10 eval '[ "$(on_web one rev-parse origin/main)" = "$(git rev-parse main)" ]'
ui_keys q q
check 'q ends it' ui_ended 0 10

# --- here, beside the user's own repo ---

echo "{\"name\": \"here\", \"base\": \"main\", \"setup\": \"test -s .env\", \"hosts\": {\"local\": {\"socket\": \"$T/here.sock\"}}}" >here.json
check 'a work tree of our own repo' exits 0 "$COCKPIT" new near --fleet ./here.json -- cat
check 'has the ignored files that are wanted' says '^more$' cat "$T/toy-agents/near/.env two"
check 'and no others' test ! -e "$T/toy-agents/near/build" -a ! -e "$T/toy-agents/near/notes"
check 'and is set up' wait_for 10 set_up "$XDG_STATE_HOME/cockpit/here/agents/near/set-up"
echo mine >"$T/toy-agents/near/.env"
"$COCKPIT" stop near --fleet ./here.json >/dev/null && "$COCKPIT" new near --fleet ./here.json -- cat >/dev/null
check 'what the agent made of them stays' equal mine "$(cat "$T/toy-agents/near/.env")"
"$COCKPIT" down --fleet ./here.json >/dev/null 2>&1
check 'doctor says that it is brought' says 'repo\.git, brought there with the first agent' eval 'ck doctor web'

# --- what cannot be brought ---

git clone -q --depth 1 "file://$T/toy" "$T/part" 2>/dev/null
echo "{\"name\": \"part\", \"hosts\": {\"web\": {\"ssh_config\": \"$T/ssh_config\", \"socket\": \"$T/web.sock\"}}}" >"$T/part/cockpit.json"
check 'a part of a history: how to help' says 'git fetch --unshallow' fails "$COCKPIT" new x --fleet "$T/part/cockpit.json" -- cat
head -c 70000000 /dev/zero >.env
check 'ignored files without end' says 'more than 64 MiB' fails "$COCKPIT" new x --fleet cockpit.json --host web -- cat
check 'nothing came of it' fails agent_pane "$T/web.sock" x
check 'the repo there is whole' git -C "$web/repo.git" fsck --strict
check 'so is the mirror here' git -C "$XDG_STATE_HOME/cockpit/toy/mirror.git" fsck --strict
ck down >/dev/null 2>&1

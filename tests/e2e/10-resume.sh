#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# A sandbox that dies takes nothing with it: what was fetched comes back, there or elsewhere.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
for host in a b; do
	mkdir -p "$T/hosts/$host"
done
cat >cockpit.json <<EOC
{"name": "toy", "hosts": {
  "a": {"transport": ["env", "HOME=$T/hosts/a", "XDG_STATE_HOME=$T/hosts/a/state"], "socket": "$T/a.sock"},
  "b": {"transport": ["env", "HOME=$T/hosts/b", "XDG_STATE_HOME=$T/hosts/b/state"], "socket": "$T/b.sock"},
  "local": {"socket": "$T/here.sock"}}}
EOC
a=$T/hosts/a/state/cockpit/toy/work b=$T/hosts/b/state/cockpit/toy/work
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
tree_of() { (cd "$1" && git rev-parse HEAD && find . -type f ! -name .git -print0 | sort -z | xargs -0 sha1sum && find . -perm -100 -type f | sort && git status --porcelain); }

"$COCKPIT" new one --fleet cockpit.json --host a -- sh -c 'echo one was here; exec cat' >/dev/null || bail 'an agent starts'
(cd "$a/one" && echo committed >new && git add new && git commit -qm 'its work' && echo changed >>one.txt && rm two.txt &&
	printf 'x\n' >"an other" && mkdir -p deep/er && echo y >deep/er/file && chmod +x deep/er/file && ln -s new link && git add deep)
# What was in the index lies in the work tree alone when it is brought back.
wanted=$(cd "$a/one" && git reset -q && tree_of .)
check 'its work is fetched' says 'deep/er/file$' exits 0 ck diff one --stat
check 'one that runs is not brought back' says 'already there, on host a' exits 5 ck resume one
check 'nor one that never was' says 'nothing of its work was fetched' fails ck resume nobody

# --- the sandbox dies ---

tmux -S "$T/a.sock" kill-server
rm -rf "$T/hosts/a" && mkdir "$T/hosts/a"
check 'it comes back, on the same host' says "^started one in $a/one$" exits 0 ck resume one
check 'with all that it had' equal "$wanted" "$(tree_of "$a/one")"
check 'on its branch' equal cockpit/one "$(git -C "$a/one" symbolic-ref --short HEAD)"
check 'as it was started' agent_says "$T/a.sock" one '^one was here$' 5
check 'whole' git -C "$a/one" fsck --strict

# --- its work tree is there still ---

echo newer >"$a/one/newer"
check 'one that runs is not said to be kept' eval 'exits 0 ck ls >"$T/ls" && fails says ^kept cat "$T/ls"'
check 'stopped' exits 0 ck stop one
check 'it is said to be kept' says '^kept, but not running: one ' exits 0 ck ls
check 'it goes on in it' exits 0 ck resume one
check 'as that is now' equal newer "$(cat "$a/one/newer")"

# --- elsewhere ---

ck diff one --stat >/dev/null
tmux -S "$T/a.sock" kill-server
wanted=$(tree_of "$a/one")
rm -rf "$T/hosts/a" && mkdir "$T/hosts/a"
check 'on another host' says "^started one in $b/one$" exits 0 ck resume one --host b
check 'with all that it had' equal "$wanted" "$(tree_of "$b/one")"
check 'nor is one that runs elsewhere' eval 'exits 0 ck ls >"$T/ls" && fails says ^kept cat "$T/ls"'
check 'its work is compared with the same base' says '^A +\+1 +-0  new$' exits 0 ck diff one --stat
# What it does there outdoes what was fetched from the first host.
(cd "$b/one" && echo later >later && git add later && git commit -qm later && echo last >>later)
wanted=$(tree_of "$b/one")
ck stop one >/dev/null
check 'and here, beside the own repo' says "^started one in $T/toy-agents/one$" exits 0 ck resume one --host local
check 'with all that it had' equal "$wanted" "$(tree_of "$T/toy-agents/one")"
check 'where the own repo is as it was' equal main "$(git symbolic-ref --short HEAD)"
ck stop one >/dev/null

# A branch of that name that has other commits is somebody's.
git worktree remove --force "$T/toy-agents/one" && git branch -qf cockpit/one main &&
	(git checkout -q cockpit/one && git commit -q --allow-empty -m other && git checkout -q main)
check 'a branch with other commits is left alone' says 'has other commits than the work that was fetched' fails ck resume one --host local
check 'as it was' says '^other$' git log -1 --format=%s cockpit/one

# Hooks that lie in the tree are the agent's: where its work is brought, they do not run.
git branch -q -D cockpit/one && git config core.hooksPath .hooks
"$COCKPIT" new two --fleet cockpit.json --host a -- cat >/dev/null
mkdir "$a/two/.hooks"
for hook in post-checkout reference-transaction post-index-change; do
	printf '#!/bin/sh\ntouch %s/was-run\n' "$T" >"$a/two/.hooks/$hook" && chmod +x "$a/two/.hooks/$hook"
done
git -C "$a/two" add . && git -C "$a/two" commit -qm hooks && echo more >>"$a/two/one.txt"
rm -f "$T/was-run"
ck stop two >/dev/null
check 'work with hooks of its own' exits 0 ck resume two --host local
check 'comes' says '^more$' cat "$T/toy-agents/two/one.txt"
check 'and they do not run' test ! -e "$T/was-run"
ck stop two >/dev/null
git config --unset core.hooksPath

# --- two on different hosts that clash: what the one has is brought to the other ---

"$COCKPIT" new left --fleet cockpit.json --host a -- cat >/dev/null && "$COCKPIT" new right --fleet cockpit.json --host b -- cat >/dev/null
echo l >>"$a/left/three.txt" && echo r >>"$b/right/three.txt"
check 'attach' ui_start 140 40 "$COCKPIT" attach
check 'they clash' ui_expect 'c clashes: (left|right) ' 20
ui_keys c
ui_expect 'left and right|right and left' 5 >/dev/null
key=F
ui_shows 'left and right' >/dev/null && key=f
ui_keys $key
check 'f: the prompt' ui_expect 'that of agent right will not merge' 15
other=$(git -C "$XDG_STATE_HOME/cockpit/toy/mirror.git" rev-parse refs/cockpit/b/right/snap)
check 'the other side is on this host now' git -C "$a/left" cat-file -e "$other"
check 'with all that belongs to it' says '^r$' git -C "$a/left" show "$other:three.txt"
ui_keys Escape
ui_absent 'will not merge' 5 >/dev/null
ui_keys q q
ui_ended 0 10 >/dev/null
ck stop left right >/dev/null

# --- with its conversation ---

cat >"$T/bin/talker" <<'EOC'
#!/bin/sh
echo c-42 >"$COCKPIT_HOME/conversation"
echo "talker $*"
exec cat
EOC
chmod +x "$T/bin/talker"
mkdir -p "$XDG_CONFIG_HOME/cockpit/agents"
echo '{"name": "talker", "help": "a test", "start": ["'"$T"'/bin/talker", "new"], "resume": ["'"$T"'/bin/talker", "go-on", "{conversation}"]}' >"$XDG_CONFIG_HOME/cockpit/agents/talker.json"
check 'one that talks' exits 0 "$COCKPIT" new talks --fleet cockpit.json --host local --profile talker
check 'begins' agent_says "$T/here.sock" talks '^talker new$' 5
check 'and is stopped' exits 0 ck stop talks
check 'brought back' exits 0 ck resume talks
check 'it goes on with its conversation' agent_says "$T/here.sock" talks '^talker go-on c-42$' 5

# --- restarted, though it runs ---

pane_of() { tmux -S "$T/here.sock" display-message -p -t "$(agent_pane "$T/here.sock" "$1")" "$2"; }
before=$(pane_of talks '#{pane_id}') pid=$(pane_of talks '#{pane_pid}')
echo kept >"$T/toy-agents/talks/kept"
check 'with a place: no' exits 2 ck resume talks --restart --host b
check 'restarted' says '^restarted talks$' exits 0 ck resume talks --restart
check 'the old process is over' wait_for 5 gone "$pid"
check 'nothing had told of a conversation: it begins anew' agent_says "$T/here.sock" talks '^talker new$' 5
check 'in its place' equal "$before" "$(pane_of talks '#{pane_id}')"
check 'with its work' equal kept "$(cat "$T/toy-agents/talks/kept")"
check 'on its branch' equal cockpit/talks "$(git -C "$T/toy-agents/talks" symbolic-ref --short HEAD)"
COCKPIT_HOME=$XDG_STATE_HOME/cockpit/toy/agents/talks COCKPIT_SOCKET=$T/here.sock COCKPIT_PANE=$before COCKPIT_AGENT=talks \
	"$XDG_STATE_HOME/cockpit/toy/agents/talks/hook.sh" Stop '{"session_id": "c-44"}'
pid=$(pane_of talks '#{pane_pid}')

# What it has spent is what it says, summed up over its starts; its hook outdoes its screen.
printf '%s\n' '#!/bin/sh' "echo 'I would have spent \$900'; echo 'spent \$0.25'" 'exec cat' >"$T/bin/payer"
chmod +x "$T/bin/payer"
printf '%s\n' '{"name": "payer", "help": "a test", "start": ["'"$T"'/bin/payer"], "cost": [{"rows": 2, "match": "(?m)^spent \\$([0-9.]+)$"}]}' >"$XDG_CONFIG_HOME/cockpit/agents/payer.json"
ck cost >"$T/cost"
check 'nobody has told what it cost' says '^talks +talker +not told +- ' cat "$T/cost"
check 'one that says it on its screen' exits 0 "$COCKPIT" new payer --fleet cockpit.json --host local --profile payer
agent_says "$T/here.sock" payer '^spent' 5 >/dev/null
check 'cost: is believed' says '^payer +payer +\$0\.2500 .*its screen, [0-9]+s ago$' ck cost
ck resume payer --restart >/dev/null 2>&1
agent_says "$T/here.sock" payer '^spent' 5 >/dev/null
check 'started anew it spends more' says '^payer +payer +\$0\.5000 ' ck cost
COCKPIT_SOCKET=$T/here.sock COCKPIT_PANE=$(agent_pane "$T/here.sock" payer) \
	"$XDG_STATE_HOME/cockpit/toy/agents/payer/hook.sh" -s spent '{"session_id": "p-1", "usd": 1.5, "tokens": 1200}'
check 'its hook outdoes its screen' says '^payer +payer +\$1\.75 +1\.2k .*hook or plugin' ck cost
ck ls --json | tr -d ' \n' >"$T/json"
check 'ls --json has it' grep -q '"cost_usd":1.75,"tokens":1200,' "$T/json"
ck cost --json >"$T/json"
check 'as JSON' valid_json "$T/json"
# In a list nobody sees its screen, which is all that is known of it now.
ck resume payer --restart >/dev/null 2>&1
rm "$XDG_STATE_HOME/cockpit/toy/costs.json"
agent_says "$T/here.sock" payer '^spent' 5 >/dev/null
check 'attach' ui_start 100 30 "$COCKPIT" attach
check 'it is there' ui_expect '1 talks ─' 15
check 'the header has the sum of those that told' ui_expect ' \$0\.25\+ ' 5
ui_keys '$'
check '$: who has spent what' ui_expect '│ payer +payer +\$0\.2500 .* screen ' 5
check 'and who has not told' ui_expect '│ talks +talker +not told ' 1
ui_keys Escape
ui_absent 'not told' 5 >/dev/null
ui_keys R
check 'R asks' ui_expect 'Restart talks on local' 5
check 'and says what comes of the conversation' ui_expect 'Its conversation goes on' 1
ui_keys Enter
check 'Enter is Cancel' ui_absent 'Restart talks on local' 5
check 'it runs on' kill -0 "$pid"
ui_keys R
ui_expect 'Restart talks on local' 5 >/dev/null
ui_keys Right Enter
check 'Restart: it goes on with its conversation' agent_says "$T/here.sock" talks '^talker go-on c-44$' 10
check 'the old process is over' wait_for 5 gone "$pid"
ui_keys q q
ui_ended 0 10 >/dev/null

# Its file goes along to where the agent looks for it there, and what it says there comes back.
cat >"$T/bin/talker" <<'EOC'
#!/bin/sh
folder=$HOME/.talker/$(pwd | sed 's/[^A-Za-z0-9]/-/g')
file=$folder/c-43.jsonl
echo c-43 >"$COCKPIT_HOME/conversation"
mkdir -p "$folder"
echo "talker $* knows $(cat "$file" 2>/dev/null | tr '\n' ' ')"
while read -r line; do
	echo "$line" >>"$file"
	echo "noted $line"
done
EOC
sed -i 's|}$|, "transcript": "~/.talker/{folder}/{conversation}.jsonl"}|' "$XDG_CONFIG_HOME/cockpit/agents/talker.json"
says_to() { tmux -S "$1" send-keys -t "$(tmux -S "$1" list-panes -a -F '#{pane_id} #{@cockpit_agent}' | sed -n 's/ mover$//p')" "$2" Enter; }
talks=$XDG_STATE_HOME/cockpit/toy/talks
check 'one that keeps what is said' exits 0 "$COCKPIT" new mover --fleet cockpit.json --host a --profile talker
says_to "$T/a.sock" apple
check 'it is noted' agent_says "$T/a.sock" mover '^noted apple$' 5
ck stop mover >/dev/null
check 'stop: the conversation is here' says '^apple$' cat "$talks/a/mover"
check 'for nobody else' equal 600 "$(stat -c %a "$talks/a/mover")"
rm -rf "$T/hosts/a" && mkdir "$T/hosts/a"
check 'on another host' exits 0 ck resume mover --host b
check 'it knows what was said' agent_says "$T/b.sock" mover '^talker go-on c-43 knows apple$' 5
check 'attach: what is said comes by itself' ui_start 100 30 "$COCKPIT" attach
ui_expect 'mover' 10 >/dev/null
says_to "$T/b.sock" pear
check 'soon' wait_for 30 says '^pear$' cat "$talks/b/mover"
ui_keys q q
ui_ended 0 10 >/dev/null
says_to "$T/b.sock" plum
check 'it is noted too' agent_says "$T/b.sock" mover '^noted plum$' 5
ck down >/dev/null 2>&1
check 'down: all of it is here' says '^plum$' cat "$talks/b/mover"
check 'it grew' equal 'apple pear plum ' "$(sed 1,2d "$talks/b/mover" | tr '\n' ' ')"
check 'and back' exits 0 ck resume a/mover
check 'it knows all' agent_says "$T/a.sock" mover '^talker go-on c-43 knows apple pear plum$' 5
# What a host says of its place is not believed.
printf 'evil\n' >"$T/hosts/a/authorized"
folder=$(printf %s "$a/mover" | sed 's/[^A-Za-z0-9]/-/g')
rm "$talks"/*/mover "$T/hosts/a/.talker/$folder/c-43.jsonl" && ln -s ../../authorized "$T/hosts/a/.talker/$folder/c-43.jsonl"
ck stop mover >/dev/null
rm -rf "$T/hosts/b" && mkdir "$T/hosts/b"
check 'a link there' exits 0 ck resume mover --host b
check 'is a file of its own name here' says '^evil$' cat "$T/hosts/b/.talker/$(printf %s "$b/mover" | sed 's/[^A-Za-z0-9]/-/g')/c-43.jsonl"
ck stop mover >/dev/null

# --- what happened ---

check 'it is written down who did what' says 'you brought one back on b$' ck events one
check 'who restarted it too' equal 2 "$(ck events talks | grep -c 'you restarted talks on local$')"
check 'that its process ended for that is no news' fails says 'talks (failed|ended)' ck events talks
check 'of one agent' fails says 'talks' ck events one
check 'of all' says 'you stopped talks on local$' ck events
ck events --json >"$T/json"
check 'as JSON' valid_json "$T/json"
ck down >/dev/null 2>&1
check 'and that it ended' says 'you took the fleet down on local$' ck events

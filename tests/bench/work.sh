#!/usr/bin/env bash
# shellcheck disable=SC2016
#
# usage: tests/bench/work.sh BINDIR [OUT]
#
# What agents' work costs, in a repo with 10,000 files and on a host over loopback ssh: to bring
# it there, from a change to the diff on the screen, from a turn's end to what it broke and to the
# prompt for that, to forecast clashes, and what all that does to keys; what the store of tasks takes. BINDIR holds tileworker, keyecho, radarbench and
# storebench. Prints lines of Markdown, also to OUT.

bin=$(cd "${1:?}" && pwd) || exit 1
out=${2:-/dev/null}
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
: >"$out"

say() { echo "$*" | tee -a "$out"; }
ms() { echo $((($(date +%s%N) - $1) / 1000000)); }
kib() { du -sk --apparent-size "$@" | awk '{ n += $1 } END { print n }'; }
# p50 and p99 of lines.
spread() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.99)] }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[NR] }'; }

start_sshd web || bail 'host web starts'
web=$T/hosts/web/state/cockpit/big
git init -q -b main "$T/big" && cd "$T/big" || exit 1
git config user.name x && git config user.email x@x
for d in $(seq 100); do
	mkdir -p "d$d/e" && for f in $(seq 100); do
		printf 'file %s %s\n%s\n' "$d" "$f" "$(seq 120 | sed "s/\$/ of $d $f/")" >"d$d/e/f$f"
	done
done
git add . && git commit -qm 'ten thousand files'
echo "{\"name\": \"big\", \"hosts\": {\"web\": {\"ssh_config\": \"$T/ssh_config\", \"socket\": \"$T/web.sock\", \"slots\": 30}}}" >cockpit.json
ck() { "$COCKPIT" "$@"; }
say "- Repo: $(git ls-files | wc -l) files, $(kib .git) KiB of git objects, $(($(kib .) - $(kib .git))) KiB of files."

# --- to bring it there ---

start=$(date +%s%N)
ck new a1 --fleet ./cockpit.json -- cat >/dev/null || bail 'the first agent'
say "- The first agent on a host, repo and all: $(ms "$start") ms."
for n in $(seq 2 9); do ck new "a$n" -- cat >/dev/null; done
before=$(kib "$web")
start=$(date +%s%N)
ck new a10 -- cat >/dev/null
took=$(ms "$start")
tree=$(kib "$web/work/a10")
all=$(($(kib "$web") - before))
start=$(date +%s%N)
git clone -q "$T/big" "$T/plain"
clone=$(ms "$start")
say "- The tenth: $took ms, of which a plain \`git clone\` on this disk takes $clone; $((all - tree)) KiB beside its files, which are $tree KiB (target: 3 s, 20 MB)."

# --- from a change to the diff on the screen ---

check 'attach' ui_start 200 60 "$COCKPIT" attach >/dev/null
ui_expect '┌ ▸1 a1 ' 20 >/dev/null
ui_keys d
ui_expect '^ DIFF ' 10 >/dev/null
sleep 8 # until the first fetches are over
pane=$(agent_pane "$T/web.sock" a1)
for n in $(seq 12); do
	sleep 2
	echo "mark $n of a change" >>"$web/work/a1/d1/e/f1"
	start=$(date +%s%N)
	tmux -S "$T/web.sock" send-keys -t "$pane" x Enter
	while ! ui capture-pane -p | grep -q "mark $n of a change"; do
		[ "$(ms "$start")" -lt 20000 ] || break
	done
	ms "$start"
done >"$T/diffs"
read -r middle worst <<<"$(median <"$T/diffs")"
start=$(date +%s%N)
git -C "$web/work/a1" status --porcelain >/dev/null
say "- From a change to the diff on the screen: median $middle ms, worst $worst ms of $(wc -l <"$T/diffs") (target 2 s); a plain \`git status\` there takes $(ms "$start") ms."
ui_keys q q
ui_ended 0 10 >/dev/null

# --- keys meanwhile ---

mkdir "$T/keys"
# A declared one is the first, which has the focus.
sed -i "s|\"hosts\"|\"agents\": [{\"name\": \"echo\", \"host\": \"web\", \"command\": [\"$bin/tileworker\", \"$T/keys\", \"0\", \"echo\"]}], \"hosts\"|" cockpit.json
ck new echo --fleet ./cockpit.json >/dev/null
for n in $(seq 3 10); do ck stop "a$n" >/dev/null; done
ck stop a1 a2 >/dev/null
ck new churn -- cat >/dev/null
pane=$(agent_pane "$T/web.sock" churn)
"$bin/keyecho" "$T/keys" 160x45 "$COCKPIT" attach >"$T/keys/out" 2>&1 &
pid=$!
sleep 5
phase() { echo "$1" >"$T/keys/phase"; }
phase still
sleep 8
# As the others, but nothing changes: what printing itself costs is not the fetch's.
phase prints
for n in $(seq 32); do
	tmux -S "$T/web.sock" send-keys -t "$pane" x Enter
	sleep 0.25
done
phase fetched
for n in $(seq 60); do
	echo "line $n" >>"$web/work/churn/d$((n % 50 + 1))/e/f$n"
	tmux -S "$T/web.sock" send-keys -t "$pane" x Enter
	sleep 0.25
done
phase brought
for n in 1 2 3; do
	head -c 8000000 /dev/urandom >"$T/big/large$n" && git add "large$n" && git commit -qm "large $n"
	ck new "late$n" -- cat >/dev/null
done
phase end
: >"$T/keys/stop"
wait $pid
while read -r line; do
	case $line in *phase=end*) continue ;; esac
	say "- Keys: $line"
done <"$T/keys/out"
ck down >/dev/null 2>&1

# --- from broken to the words for it, and to the prompt ---

rounds=20
cat >check <<'EOC'
read -r name <value
[ "$name" != good ] || { echo '2 passed, 0 failed'; exit; }
echo 'ok    first                                0.10 s'
echo "FAIL  $name                               0.10 s"
echo '1 passed, 1 failed'
exit 1
EOC
echo good >value && git add check value && git commit -qm 'a check'
# It says itself when it works and when it rests; its turn ends when it has said so.
cat >"$T/breaker" <<EOC
printf '\\033]7501;state=idle\\007'
while read -r name; do
	printf '\\033]7501;state=working\\007\\033]0;%s\\007' "\$name"
	echo "\$name" >value
	printf '\\033]7501;state=idle\\007'
	date +%s%N >"$T/ended"
done
EOC
echo "{\"name\": \"broken\", \"check\": \"sh ./check\", \"hosts\": {\"web\": {\"ssh_config\": \"$T/ssh_config\", \"socket\": \"$T/web2.sock\"}}}" >broken.json
"$COCKPIT" new breaker --fleet ./broken.json -- sh "$T/breaker" >/dev/null
tree=$T/hosts/web/state/cockpit/broken/work/breaker
ui_start 200 60 "$COCKPIT" attach --fleet ./broken.json
ui_expect '┌ ▸1 breaker ' 20 >/dev/null
pane=$(agent_pane "$T/web2.sock" breaker)
until_seen() { # until_seen TEXT SINCE: how long it took, in ms
	while ! ui capture-pane -p | grep -qF -e "$1"; do
		[ "$(ms "$2")" -lt 20000 ] || break
	done
	ms "$2"
}
for n in $(seq $rounds); do
	rm -f "$T/ended"
	tmux -S "$T/web2.sock" send-keys -t "$pane" "round_$n" Enter
	wait_for 5 test -s "$T/ended" >/dev/null
	until_seen "f fix: 1 of 2 failed: round_$n" "$(cat "$T/ended")" >>"$T/words"
	start=$(date +%s%N)
	ui_keys f
	until_seen "- round_$n" "$start" >>"$T/prompts"
	ui_keys Escape
	ui_absent "- round_$n" 5 >/dev/null
	start=$(date +%s%N)
	ssh -F "$T/ssh_config" web "cd '$tree' && sh ./check; git diff" >/dev/null 2>&1
	ms "$start" >>"$T/by-hand"
	start=$(date +%s%N)
	(cd "$tree" && {
		sh ./check
		git diff
	}) >/dev/null
	ms "$start" >>"$T/by-hand-here"
done
read -r words_50 words_99 <<<"$(spread <"$T/words")"
read -r prompt_50 prompt_99 <<<"$(spread <"$T/prompts")"
read -r hand_50 hand_99 <<<"$(spread <"$T/by-hand")"
read -r here_50 here_99 <<<"$(spread <"$T/by-hand-here")"
say "- From a turn's end to what it broke, on the tile: p50 $words_50 ms, p99 $words_99 ms of $rounds; from f to the prompt: p50 $prompt_50 ms, p99 $prompt_99 ms; by hand in the same tree, the check and \`git diff\`: p50 $hand_50 ms, p99 $hand_99 ms by ssh, p50 $here_50 ms, p99 $here_99 ms in a shell that is there."
ui_keys q
ui_ended 0 10 >/dev/null
"$COCKPIT" down --fleet ./broken.json >/dev/null 2>&1

# --- forecasts ---

git clone -q --bare "$T/big" "$T/radar.git"
branch() { # branch NAME SEED: 30 files, some of which others change too
	{
		echo "commit refs/heads/$1"
		echo 'committer x <x@x> 1700000000 +0000'
		echo 'data 1'
		echo 'x'
		echo 'from refs/heads/main^0'
		for k in $(seq 30); do
			d=$((($2 * 37 + k * 13) % 100 + 1)) f=$((($2 * 11 + k * 29) % 100 + 1))
			text=$(git --git-dir="$T/radar.git" show "main:d$d/e/f$f" | sed "$((k + 2))s/\$/ changed by $2/")
			echo "M 100644 inline d$d/e/f$f"
			printf 'data %s\n%s\n' "${#text}" "$text"
		done
	} | git --git-dir="$T/radar.git" fast-import --quiet --force
}
for n in $(seq 0 64); do branch "s$n" "$n"; done
for n in 16 64; do
	[ "$n" = 64 ] || git --git-dir="$T/radar.git" branch -qf keep s16
	say "- Forecast: $("$bin/radarbench" "$T/radar.git" "$n")"
done
start=$(date +%s%N)
for a in $(seq 0 15); do
	for b in $(seq $((a + 1)) 15); do
		git --git-dir="$T/radar.git" merge-tree --write-tree "s$a" "s$b" >/dev/null
	done
done
say "- \`git merge-tree\` for the 120 pairs of 16: $(ms "$start") ms."

# --- tasks ---

say "- Store: $("$bin/storebench" "$T/store.db") (target: 10,000 tasks listed in 50 ms)."
check 'all was measured' test -s "$T/keys/out"

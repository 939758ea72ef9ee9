#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# What tiles show of real programs is what tmux itself says that they show.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_repo "$T/toy"
cd "$T/toy" || exit 1
cp "$ROOT/tests/e2e/lib.sh" long.txt
for branch in left right; do
	git checkout -q -b $branch main~1
	echo $branch >$branch.txt
	git add $branch.txt
	git commit -q -m "Change on the $branch"
done
git checkout -q main
git merge -q --no-ff -m 'Merge both' left right
git add long.txt
git commit -q -m 'A file to look at'
cat >"$T/words" <<'EOC'
printf '漢字かな交じり文 한국어\n|漢|字|ab|\n'
printf 'emoji: 😀 👍🏽 👨‍👩‍👧 🇩🇪 ❤️ ☎ end\n'
printf 'combining: e\xcc\x81 n\xcc\x83 o\xcc\x88\xcc\xa3 end\n'
printf '\033[1mbold\033[22;3m italic\033[23;4m under\033[24;7m reverse\033[27;9m struck\033[29;38;5;208m orange\033[38;2;1;2;3m rgb\033[m\n'
printf '┌──┐\tTab\tTab\r\nwide at the edge: '
printf '漢%.0s' $(seq 120)
printf '\n\033[20;10Hfar\033[1;60H\033[Kgone\033[s\033[25;1Hbottom\033[u'
exec cat
EOC
socket=$T/agents
echo '{"name": "true", "hosts": {"local": {"socket": "'"$socket"'", "slots": 20}}}' >"$T/true.json"
export LESS='' VIMINIT=''
# Nothing that changes while we compare it: slow clocks, and no more than can be seen twice.
programs=(
	'vim=vim -u NONE -N -c "syntax on" -c "set number hlsearch" -c "/check" long.txt'
	'split=vim -u NONE -N -c "set laststatus=2" -c "split one.txt" -c "vsplit two.txt" long.txt'
	'less=less -N +20 long.txt'
	'top=top -d 100'
	'htop=htop -d 100'
	'log=git -c core.pager="less -R" log --color=always --graph --stat'
	'words=sh $T/words'
)

# shown: the inside of the only tile, without blanks at line ends
shown() {
	"$COCKPIT" attach --once --size 140x40 -F "$T/true.json" | sed -n 's/^│\(.*\)│ *$/\1/p' | sed 's/ *$//'
}
real() {
	agent_text "$socket" "$agent" | sed 's/ *$//'
}

has_size() {
	equal "$1" "$(tmux -S "$socket" display-message -p -t "$(agent_pane "$socket" "$agent")" '#{pane_width}x#{pane_height}')"
}

# Twice the truth, and the same both times: the tile in between must be it.
same() {
	local before tile after
	before=$(real)
	tile=$(shown)
	after=$(real)
	[ "$before" = "$after" ] || {
		echo "it changes"
		return 1
	}
	equal "$after" "$tile"
}

for program in "${programs[@]}"; do
	agent=${program%%=*} command=${program#*=}
	[[ $command == sh* ]] || command -v "${command%% *}" >/dev/null || {
		skip "$agent: it is not installed here"
		continue
	}
	check "$agent starts" exits 0 "$COCKPIT" new -F "$T/true.json" "$agent" -- \
		sh -c "export LESS= T=$T; cd $T/toy && exec $command"
	shown >/dev/null # now it has the tile's size
	check "$agent has the size of the tile" wait_for 5 has_size 138x36
	check "$agent draws something" wait_for 5 says '[^ ~]' real
	check "$agent: the tile is the truth" wait_for 12 same
	check "$agent stops" exits 0 "$COCKPIT" stop -F "$T/true.json" "$agent"
done

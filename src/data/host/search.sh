# shellcheck shell=sh
# What an agent's terminal has shown, looked through here: only numbers of lines go over the network.

# Arguments: AGENT FOLD AT END. Reads the text to look for, one line. "cockpit-found TOTAL LIMIT BEFORE AFTER", then
# the numbers of lines before END that hold it, from 0: the last 200 up to AT, the first 200 behind it; BEFORE and
# AFTER tell how many are left out. FOLD 1: A to Z is as good as a to z.
search() {
	need_tmux
	find_agent "$1"
	[ -n "$pane" ] || die "no agent named $1 is there"
	IFS= read -r wanted || exit 1
	t display-message -p -t "$pane" '#{history_size} #{history_limit}' \; capture-pane -p -t "$pane" -S - |
		wanted=$wanted LC_ALL=C awk -v fold="$2" -v at="$3" -v end="$4" '
		BEGIN { wanted = ENVIRON["wanted"] }
		NR == 1 { sizes = $0; next }
		NR - 2 >= end { exit }
		index(fold + 0 ? tolower($0) : $0, wanted) {
			if (NR - 2 <= at)
				early[early_count++ % 200] = NR - 2
			else if (late_count++ < 200)
				late[late_count] = NR - 2
		}
		END {
			first = early_count > 200 ? early_count - 200 : 0
			print "cockpit-found", sizes, first, (late_count > 200 ? late_count - 200 : 0)
			for (i = first; i < early_count; i++)
				print early[i % 200]
			for (i = 1; i <= late_count && i <= 200; i++)
				print late[i]
		}'
}

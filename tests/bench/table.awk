# Lines of WORD=VALUE become a table: medians over the runs, and medians of the ratios to tmux
# in the same run. A target stands behind the ratio that has one.

function median(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# The median of a value, or of its ratio to another; "" if there is none.
function middle(work, name, key, by_name, by_key,    run, n, a, b, list) {
	n = 0
	for (run = 1; run <= runs; run++) {
		a = value[run, work, name, key]
		if (a == "" || a + 0 < 0)
			continue
		if (by_name != "") {
			b = value[run, work, by_name, by_key]
			if (b + 0 <= 0)
				continue
			a /= b
		}
		list[++n] = a + 0
	}
	return n ? median(list, n) : ""
}

# Three digits of it, and no more.
function short(x) {
	if (x == "")
		return "–"
	if (x >= 99.5)
		return sprintf("%.0f", x)
	return x >= 9.95 ? sprintf("%.1f", x) : sprintf("%.2f", x)
}

function row(work, title, key, target,    i, line, x, ratio) {
	if (!(work in measured))
		return
	line = "| " title " |"
	for (i = 1; i <= programs; i++) {
		x = middle(work, program[i], key)
		line = line " " (work SUBSEP program[i] in failed && x == "" ? "failed" : short(x)) " |"
	}
	ratio = middle(work, "cockpit", key, "tmux", key)
	line = line " " (ratio == "" ? "–" : sprintf("%.3g", ratio)) " |"
	if (target != "")
		line = line " ≤ " target (ratio == "" ? "" : ratio <= target + 0 ? " ✓" : " ✗")
	print line " |"
}

function flood(work, title) {
	row(work, title ": CPU, s", "cpu_s", "0.7")
	row(work, "… until all is read, s", "written_s", "")
	row(work, "… until the last line is on screen, s", "shown_s", "0.7")
	row(work, "… key echo meanwhile, p50, ms", "busy_p50_ms", "0.5")
	row(work, "… key echo meanwhile, p99, ms", "busy_p99_ms", "0.5")
	row(work, "… key echo before, p50, ms", "idle_p50_ms", "1.3")
	row(work, "… key echo before, p99, ms", "idle_p99_ms", "1.0")
	row(work, "… drawn, kB", "drawn_kb", "0.5")
}

function attach(work, title,    x) {
	if (!(work in measured))
		return
	x = middle(work, "cockpit", "attach_ms", "cockpit", "login_ms")
	printf "%s: %s ms; the slowest plain `ssh HOST true`: %s ms; ratio %s, target ≤ 1.5 %s; of all 8 hosts at once: %s ms\n", title,
		short(middle(work, "cockpit", "attach_ms")), short(middle(work, "cockpit", "login_ms")),
		short(x), x != "" && x <= 1.5 ? "✓" : "✗", short(middle(work, "cockpit", "logins_ms"))
}

function fault(part, title,    p50, p99, ratio) {
	p50 = middle("faults", "cockpit", part "_p50_ms")
	p99 = middle("faults", "cockpit", part "_p99_ms")
	ratio = middle("faults", "cockpit", part "_p99_ms", "cockpit", "before_p99_ms")
	printf "%s: %s ms, p99 %s ms", title, short(p50), short(p99)
	if (part != "before")
		printf "; p99 to that before: %s, target ≤ 1.2 %s", short(ratio),
			ratio != "" && ratio <= 1.2 ? "✓" : "✗"
	print ""
}

function faults() {
	if ("lab:" in head)
		print "- Key echo while a host behind a jump host is cut: not measured, " head["lab:"]
	if (!("faults" in measured))
		return
	fault("before", "- Key echo, p50, on one of 8 hosts behind one jump host")
	fault("cut", "- … while another one of them is cut")
	fault("silent", "- … while one more neither hears nor answers")
}

BEGIN {
	programs = split("cockpit tmux tmux-unseen relay dvtm screen", program, " ")
}

/^# / {
	key = $2
	sub(/^# [a-z]*: /, "")
	head[key] = $0
	next
}

{
	split("", got)
	for (i = 1; i <= NF; i++) {
		at = index($i, "=")
		got[substr($i, 1, at - 1)] = substr($i, at + 1)
	}
	if (got["run"] > runs)
		runs = got["run"] + 0
	measured[got["work"]] = 1
	if (got["ok"] != 1) {
		failed[got["work"], got["name"]] = 1
		next
	}
	if (got["others_percent"] > others + 0)
		others = got["others_percent"] + 0
	for (key in got)
		value[got["run"], got["work"], got["name"], key] = got[key]
}

END {
	printf "%s; %s; %s; medians of %s runs.\n\n", head["machine:"], head["date:"], head["programs:"],
		head["runs:"]
	print "| | cockpit | tmux | tmux, nobody attached | bare relay | dvtm | screen | cockpit : tmux | target |"
	print "|---|--:|--:|--:|--:|--:|--:|--:|---|"
	flood("lines", "16 tiles, 64 MB of coloured lines")
	flood("redraw", "16 tiles, 64 MB of redraws")
	flood("ssh", "16 tiles on 4 hosts, 64 MB of lines")
	row("storm", "200 changes of size in 2 s: CPU, s", "cpu_s", "")
	row("storm", "… from the last until calm, ms", "calm_ms", "")
	row("idle", "64 idle agents: CPU, ‰ of a core", "cpu_permille", "")
	row("idle", "… processes started in 10 s", "processes", "")
	if (others >= 20)
		printf "\nOther processes took up to %d %% of a core meanwhile: to be measured again.\n", others
	if ("page" in measured || "all" in measured || "faults" in measured || "lab:" in head)
		print ""
	attach("page", "- Attach to 64 agents on 8 hosts until the first page (16 tiles) is drawn")
	attach("all", "- Attach to 64 agents on 8 hosts until all 64 are drawn (488x136)")
	faults()
}

# shellcheck shell=sh
# An agent's conversation on its way here and there: one file, that only grows with most agents.

# Says TEXT with what stands in it for a work tree's path and for a conversation. Arguments: TEXT DIR ID.
at_place() {
	text=$1 id=${3-} folder=$(printf %s "$2" | sed 's/[^A-Za-z0-9]/-/g') path=$(printf %s "${2#/}" | sed 's,[/:],-,g') awk '
	function put(text, mark, value, done, at) {
		while (at = index(text, mark)) {
			done = done substr(text, 1, at - 1) value
			text = substr(text, at + length(mark))
		}
		return done text
	}
	BEGIN { print put(put(put(ENVIRON["text"], "{conversation}", ENVIRON["id"]), "{folder}", ENVIRON["folder"]), "{path}", ENVIRON["path"]) }'
}

# Sets id: of the agent's conversation, or nothing. What keeps it is a hook's.
read_conversation() {
	id=
	[ ! -f "$home/conversation" ] || id=$(head -n 1 "$home/conversation" 2>/dev/null | tr -cd 'A-Za-z0-9._-')
}

# Arguments: AGENT DIR PATTERN, which is below the home folder. Reads how many bytes of it are known, and what
# git calls them. Says "ID FROM SIZE PATH", and the bytes from there on; "- 0 0 -" for none.
talk() {
	agent_home "$1"
	echo cockpit-talk
	read -r known sum || exit 1
	read_conversation
	file=
	if [ -n "$id" ]; then
		names=$(at_place "$3" "$2" "$id")
		cd "$HOME" || exit 1
		IFS=
		# shellcheck disable=SC2086 # a pattern; no blank parts it
		file=$(ls -td -- $names 2>/dev/null | head -n 1)
		unset IFS
	fi
	[ -n "$file" ] && [ -f "$file" ] && [ -r "$file" ] || {
		echo - 0 0 -
		exit
	}
	size=$(($(wc -c <"$file"))) from=0
	[ "$known" -gt "$size" ] || [ "$(head -c "$known" "$file" | (cd / && git hash-object --stdin))" != "$sum" ] || from=$known
	printf '%s %s %s %s\n' "$id" "$from" "$size" "$file"
	tail -c "+$((from + 1))" "$file" | head -c $((size - from))
}

# Arguments: AGENT ANYWAY. Reads ID, PATH (below the home folder, with its marks) and SIZE, a line each; says
# "want" and takes so many bytes, for spawn to put there, or "no" where the agent has a conversation. ANYWAY "1":
# even then.
tell() {
	agent_home "$1"
	echo cockpit-tell
	read -r id && read -r place && read -r size || exit 1
	if [ -z "$2" ] && [ -s "$home/conversation" ]; then
		echo no
		exit
	fi
	(umask 077 && mkdir -p "$home" && printf '%s\n%s\n' "$id" "$place" >"$home/told") || die "cannot write to $home"
	echo want
	(umask 077 && head -c "$size" >"$home/told.file") || die "cannot write to $home"
	[ $(($(wc -c <"$home/told.file"))) -eq "$size" ] || {
		rm -f "$home/told" "$home/told.file"
		die "what was sent ended too soon"
	}
	echo cockpit-taken
}

# The conversation that tell brought goes where the agent, whose folder is known by now, looks for it; one that
# is there and longer stays.
place_talk() {
	{ read -r id && read -r place; } <"$home/told" || return
	place=$HOME/$(at_place "$place" "$dir" "$id")
	old=$(wc -c 2>/dev/null <"$place") || old=-1
	if [ "$old" -lt $(($(wc -c <"$home/told.file"))) ]; then
		(umask 077 && mkdir -p "${place%/*}" && mv "$home/told.file" "$place" && echo "$id" >"$home/conversation") ||
			die "cannot write to ${place%/*}"
	fi
} 2>/dev/null

#!/bin/sh
# cockpit: an agent a tile, here or on its host. COCKPIT names the program.
set -eu
verb=$1 dir=$2
cockpit=${COCKPIT:-build/rel/cockpit}
export HOME="$dir/home" XDG_STATE_HOME="$dir/state" XDG_CONFIG_HOME="$dir/config"
mkdir -p "$HOME"
# Where its hosts can be reached from.
inside=
[ ! -e "$dir/inside" ] || inside="ip netns exec $(cat "$dir/inside")"

# write_fleet TILES HOSTS
write_fleet()
{
	printf '{"name": "bench", "hosts": {'
	if [ "$2" -eq 0 ]; then
		printf '"local": {"repo": null, "socket": "%s/local.sock", "slots": 64}' "$dir"
	fi
	i=0
	while [ $i -lt "$2" ]; do
		printf '%s"h%d": {"repo": null, "ssh_config": "%s/ssh_config", "socket": "%s/h%d.sock", "slots": 64}' \
			"$comma" $i "$dir" "$dir" $i
		i=$((i + 1)) comma=,
	done
	printf '},\n"agents": ['
	i=0 comma=
	while [ $i -lt "$1" ]; do
		host=local
		[ "$2" -eq 0 ] || host=h$((i % $2))
		printf '%s\n{"name": "t%02d", "host": "%s", "command": ["%s/work-%d"]}' \
			"$comma" $i "$host" "$dir" $i
		i=$((i + 1)) comma=,
	done
	printf ']}\n'
}

case $verb in
prepare)
	comma=
	write_fleet "$3" "$4" >"$dir/cockpit.json"
	printf '\r\n' >"$dir/keys"
	# shellcheck disable=SC2086 # words, maybe none
	$inside "$cockpit" up --fleet "$dir/cockpit.json" --detach
	;;
show)
	# shellcheck disable=SC2086
	exec $inside "$cockpit" attach --fleet "$dir/cockpit.json"
	;;
leave)
	for socket in "$dir"/*.sock; do
		[ ! -S "$socket" ] || tmux -S "$socket" kill-server || :
	done
	;;
esac

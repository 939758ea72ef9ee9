#!/bin/sh
# dvtm: the newest window has the keyboard, so the first tile is started last; C-g g is "grid".
set -eu
verb=$1 dir=$2
case $verb in
prepare)
	printf '\007g\n\0071\n' >"$dir/keys"
	;;
show)
	tiles=$3
	set --
	i=1
	while [ $i -lt "$tiles" ]; do
		set -- "$@" "$dir/tile-$i"
		i=$((i + 1))
	done
	exec dvtm -m ^g "$@" "$dir/tile-0"
	;;
esac

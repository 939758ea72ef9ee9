#!/bin/sh
# GNU screen: regions in as many rows as columns.
set -eu
verb=$1 dir=$2
export SCREENDIR="$dir/screens"

# write_config TILES
write_config()
{
	printf '%s\n' 'startup_message off' 'defutf8 on' 'term screen-256color' 'vbell off' \
		'defscrollback 2000'
	i=0
	while [ $i -lt "$1" ]; do
		echo "screen -t t$i $i $dir/tile-$i"
		i=$((i + 1))
	done
	side=1
	while [ $((side * side)) -lt "$1" ]; do
		side=$((side + 1))
	done
	row=1
	while [ $row -lt $side ]; do
		echo split
		row=$((row + 1))
	done
	i=0
	while [ $i -lt $((side * side)) ]; do
		if [ $((i % side)) -eq 0 ]; then
			column=1
			while [ $column -lt $side ]; do
				echo 'split -v'
				column=$((column + 1))
			done
		fi
		[ $i -ge "$1" ] || echo "select $i"
		echo focus
		i=$((i + 1))
	done
	echo 'focus top'
}

case $verb in
prepare)
	mkdir -m 700 "$SCREENDIR"
	write_config "$3" >"$dir/screenrc"
	;;
show)
	exec screen -U -S bench -c "$dir/screenrc"
	;;
leave)
	screen -S bench -X quit
	;;
esac

#!/bin/sh
# Plain tmux: a window with a pane a tile.
set -eu
verb=$1 dir=$2

t()
{
	tmux -S "$dir/tmux.sock" -f /dev/null "$@"
}

case $verb in
prepare)
	# The size of the terminal comes with the first client; until then there is room.
	t new-session -d -s bench -x 240 -y 64 "$dir/tile-0"
	t set-option -g default-terminal screen-256color
	t set-option -g status off
	i=1
	while [ "$i" -lt "$3" ]; do
		t split-window -d -t bench:0 "$dir/tile-$i"
		t select-layout -t bench:0 tiled
		i=$((i + 1))
	done
	t select-pane -t bench:0.0
	;;
show)
	exec tmux -S "$dir/tmux.sock" attach-session -t bench
	;;
leave)
	t kill-server
	;;
esac

#!/bin/sh
# The way through tmux by itself (relay.c), with a window an agent as cockpit has it.
set -eu
verb=$1 dir=$2

t()
{
	tmux -S "$dir/tmux.sock" -f /dev/null "$@"
}

case $verb in
prepare)
	t new-session -d -s bench -x 60 -y 16 "$dir/tile-0"
	t set-option -g default-terminal screen-256color
	t set-option -g default-size 60x16
	i=1
	while [ "$i" -lt "$3" ]; do
		t new-window -d -t bench "$dir/tile-$i"
		i=$((i + 1))
	done
	;;
show)
	exec "$RELAY" "$dir/tmux.sock" "$3"
	;;
leave)
	t kill-server
	;;
esac

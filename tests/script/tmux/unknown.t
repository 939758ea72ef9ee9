# A newer tmux, or something that is not tmux at all: passed on, counted, never an error.
< %paste-buffer-changed buffer0
< %output2 %1 x
< no server running on /tmp/x
<
< %
< % output %1 x
< output %1 x
<x 50 1b 00 ff 0a
= other "%paste-buffer-changed buffer0"
= other "%output2 %1 x"
= other "no server running on /tmp/x"
= other ""
= other "%"
= other "% output %1 x"
= other "output %1 x"
= other "P<1b><00><ff>"
= counters 0 0 8 0

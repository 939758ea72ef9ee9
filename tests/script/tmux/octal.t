# Escapes undone; what is none stays as it stands and is counted.
< %output %1 \033[1m\134\000x\377\\y
< %output %1 \777 \1 \08 \400 \
< %output %1 \12
< %output %1 \01\012
<x 25 6f 75 74 70 75 74 20 25 31 20 c3 28 ff 80 0a
= output %1 "<1b>[1m\<00>x<ff>\y"
= output %1 "\777 \1 \08 \400 \"
= output %1 "\12"
= output %1 "\01<0a>"
= output %1 "<c3>(<ff><80>"
= counters 7 0 0 0

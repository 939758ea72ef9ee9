# Ids are checked: one spelling, the right sigil, 32 bits. Anything else is dropped and counted.
< %output %4294967295 a
< %output %4294967296 a
< %output %00 a
< %output %0 a
< %output %01 a
< %output %+1 a
< %output %-1 a
< %output %1x a
< %output % a
< %output 1 a
< %output @1 a
< %output %99999999999999999999 a
< %output  %1 a
< %output
< %extended-output %1 a
< %extended-output %1 x : a
< %extended-output %1  : a
< %extended-output %1 5 more words : a
< %extended-output %1 5 :a
< %layout-change %1 x
< %window-add $1
< %session-changed @1 x
< %pause %1;kill-server
= output %4294967295 "a"
= output %0 "a"
= extended-output %1 "a"
= counters 0 20 0 0

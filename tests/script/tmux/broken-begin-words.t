# Malformed: given up, and nothing after it counts.
> 1 list-panes
< %output %1 a
< %begin 1 2
< %output %1 b
> 1 list-panes
= output %1 "a"
= feed PROTOCOL
= sent CLOSED
= reply 1 CANCELED ""

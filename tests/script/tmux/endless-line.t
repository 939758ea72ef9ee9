# No newline at all: given up at the limit, not when the newline comes.
> 1 list-panes
<* 3000000 7a
= feed LIMIT
= reply 1 CANCELED ""

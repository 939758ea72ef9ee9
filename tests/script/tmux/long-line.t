# The longest line that is taken, and one byte more: with and without its newline.
<- %output %1 
<* 1048565 61
<x 0a
<* 1048577 62
<x 0a
= output %1 "aaaaaaaaaaaaaaaaaaaa" of 1048565
= feed LIMIT

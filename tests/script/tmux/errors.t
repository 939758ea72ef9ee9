# A parse error: one block for the line. A runtime error: the later commands get none.
> 3 display -p a ; bogus ; display -p c
> 3 display -p a ; kill-pane -t '%99' ; display -p c
> 2 kill-pane -t '%99' ; display -p c
> 1 display -p after
< %begin 1795416353 274 1
< parse error: unknown command: bogus
< %error 1795416353 274 1
< %begin 1795416353 275 1
< a
< %end 1795416353 275 1
< %begin 1795416353 276 1
< can't find pane: %99
< %error 1795416353 276 1
< %begin 1795416353 277 1
< %error 1795416353 277 1
< %begin 1795416353 278 1
< after
< %end 1795416353 278 1
= reply 1 REMOTE "parse error: unknown command: bogus"
= reply 2 REMOTE "can't find pane: %99"
= reply 3 REMOTE ""
= reply 4 OK "after"

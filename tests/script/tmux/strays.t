# Blocks that are not answers: the command line of tmux itself, hooks, and answers to nothing.
< %begin 1795416353 260 0
< %end 1795416353 260 0
< %begin 1795416353 261 1
< nobody asked
< %end 1795416353 261 1
> 2 display -p a ; display -p b
< %begin 1795416353 262 0
< from a hook
< %end 1795416353 262 0
< %begin 1795416353 263 1
< a
< %end 1795416353 263 1
< %begin 1795416353 264 0
< %pause %1
< two lines
< %error 1795416353 264 0
< %begin 1795416353 265 1
< b
< %end 1795416353 265 1
< %begin 1795416353 266 0
< no sessions
< %error 1795416353 266 0
< %exit
= stray OK ""
= stray OK "nobody asked"
= stray OK "from a hook"
= stray REMOTE "%pause %1<0a>two lines"
= reply 1 OK "a<0a>b"
= stray REMOTE "no sessions"
= exit ""
= counters 0 0 0 5

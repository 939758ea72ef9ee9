# Every notice that we know, in the words of tmux 3.3a.
< %window-add @0
< %sessions-changed
< %session-changed $0 fleet one
< %output %0 hello\015\012
< %output %12 
< %output %12
< %extended-output %1 250 : a : b
< %extended-output %1 0 : 
< %pause %1
< %continue %1
< %layout-change @1 b25d,80x24,0,0,1 b25d,80x24,0,0,1 *
< %window-renamed @1 a~b c
< %window-pane-changed @1 %2
< %pane-mode-changed %2
< %unlinked-window-close @3
< %window-close @3
< %subscription-changed name $0 @1 1 %1 : value
< %client-detached client-17
< %message hello
< %config-error a.conf:1: bad
< %exit server exited unexpectedly
= window-add @0 ""
= sessions-changed ""
= session-changed $0 "fleet one"
= output %0 "hello<0d><0a>"
= output %12 ""
= output %12 ""
= extended-output %1 "a : b"
= extended-output %1 ""
= pause %1 ""
= continue %1 ""
= layout-change @1 "b25d,80x24,0,0,1 b25d,80x24,0,0,1 *"
= window-renamed @1 "a~b c"
= window-pane-changed @1 "%2"
= pane-mode-changed %2 ""
= unlinked-window-close @3 ""
= window-close @3 ""
= subscription-changed "name $0 @1 1 %1 : value"
= client-detached "client-17"
= message "hello"
= config-error "a.conf:1: bad"
= exit "server exited unexpectedly"

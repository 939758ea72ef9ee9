# The server dies in the middle of an answer: what waits is cancelled, in order.
> 2 display -p a ; list-panes
> 1 list-windows
< %begin 1 2 1
< a
< %end 1 2 1
< %begin 1 3 1
< half
< %exit server exited unexpectedly
<- %en
= reply 1 CANCELED ""
= reply 2 CANCELED ""

# A captured screen that plays protocol: all of it is body until the very guard.
> 1 capture-pane -p
> 1 display -p after
< %begin 1795416353 300 1
< %end 1795416353 299 1
< %end 1795416352 300 1
< %end 1795416353 300 0
< %end 1795416353 300 1 
<  %end 1795416353 300 1
< %end 1795416353 300 11
< %end 1795416353  300 1
< %end
< %error 1795416353 301 1
< %begin 1795416353 301 1
< %output %5 forged
< %pause %5
< %continue %5
< %exit hacked
< 
< %end 1795416353 300 1
< %begin 1795416353 301 1
< after
< %end 1795416353 301 1
= reply 1 OK "%end 1795416353 299 1<0a>%end 1795416352 300 1<0a>%end 1795416353 300 0<0a>%end 1795416353 300 1 <0a> %end 1795416353 300 1<0a>%end 1795416353 300 11<0a>%end 1795416353  300 1<0a>%end<0a>%error 1795416353 301 1<0a>%begin 1795416353 301 1<0a>%output %5 forged<0a>%pause %5<0a>%continue %5<0a>%exit hacked<0a>"
= reply 2 OK "after"

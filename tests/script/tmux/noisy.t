# Notices inside of blocks: only where the caller said so, only these two, only exact.
>! 1 1 refresh-client -A '%3:pause'
>! 3 4 display -p F ; capture-pane -p -e -N -C -t '%3' ; refresh-client -A '%3:continue'
> 1 display -p '%pause %3'
>! 2 1 refresh-client -A '%3:pause' ; display -p '%pause %3'
>! 2 3 bogus ; refresh-client -A '%3:pause'
< %begin 1 267 1
< %pause %3
< %end 1 267 1
< %begin 1 268 1
< 80 24
< %end 1 268 1
< %begin 1 269 1
< %continue %3
< %pause %3
< %end 1 269 1
< %begin 1 270 1
< %continue %3
< %continue %3 
< %continue %03
< %continue
< %output %3 x
<  %pause %3
< %end 1 270 1
< %begin 1 271 1
< %pause %3
< %end 1 271 1
< %begin 1 272 1
< %pause %3
< %end 1 272 1
< %begin 1 273 1
< %pause %3
< %end 1 273 1
< %begin 1 274 1
< parse error: unknown command: bogus
< %error 1 274 1
= pause %3 ""
= reply 1 OK ""
= continue %3 ""
= reply 2 OK "80 24<0a>%continue %3<0a>%pause %3<0a>%continue %3 <0a>%continue %03<0a>%continue<0a>%output %3 x<0a> %pause %3"
= reply 3 OK "%pause %3"
= pause %3 ""
= reply 4 OK "%pause %3"
= reply 5 REMOTE "parse error: unknown command: bogus"

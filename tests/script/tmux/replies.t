# One block a command; the answers come in the order of the lines, whatever the numbers.
> 1 display -p hi
> 3 display -p a ; set -g x y ; display -p c
> 1 refresh-client -f pause-after=1
> 2 display -p '' ; display -p b
> 1 display -p ''
< %begin 1795416353 267 1
< hi
< %end 1795416353 267 1
< %begin 1795416353 272 1
< a
< %end 1795416353 272 1
< %output %1 between
< %begin 1795416353 273 1
< %end 1795416353 273 1
< %begin 1795416354 290 1
< c1
< c2
< %end 1795416354 290 1
< %begin 1795416354 291 1
< %end 1795416354 291 1
< %begin 1795416354 292 1
< 
< %end 1795416354 292 1
< %begin 1795416354 293 1
< b
< %end 1795416354 293 1
< %begin 1795416354 294 1
< 
< %end 1795416354 294 1
= reply 1 OK "hi"
= output %1 "between"
= reply 2 OK "a<0a>c1<0a>c2"
= reply 3 OK ""
= reply 4 OK "<0a>b"
= reply 5 OK ""

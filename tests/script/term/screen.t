# Bytes in, screen out. A case is fed whole, byte by byte, and cut at every point.
#   case NAME / size COLS ROWS / in "BYTES" (several are joined; \e \a \b \t \r \n \\ \" \xNN)
#   row Y "TEXT" / cursor X Y / cell X Y WIDTH ATTR FG BG (hexadecimal) / said KIND "TEXT"
# Rows that are not named are blank; what was said must all be named, in order.

case pending wrap
size 5 3
in "abcde"
row 0 "abcde"
cursor 5 0

case pending wrap survives a line feed but not a move left
size 5 3
in "abcde\nf\e[1;5HX\b\bY"
row 0 "abcYX"
row 2 "f"
cursor 4 0

case backspace goes back over a wrap
size 5 3
in "abcdef\b\bX"
row 0 "abcdX"
row 1 "f"
cursor 5 0

case REP repeats the character just before, to the margin
size 6 2
in "\e[5bab\e[99b"
row 0 "abbbbb"
cursor 6 0

case wide characters wrap whole
size 5 2
in "abcd\xe4\xb8\xad"
row 0 "abcd"
row 1 "\xe4\xb8\xad"
cell 0 1 2 0 0 0
cell 1 1 0 0 0 0
cursor 2 1

case a family is one cell
size 8 1
in "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7x"
row 0 "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7x"
cursor 3 0

case bad UTF-8 is dropped
size 20 1
in "a\xffb\xc3(c\xc0\x80d\xed\xa0\x80e\xf4\x90\x80\x80f\xe4Ag\xc2\x9bh"
row 0 "ab(cdefAgh"
cursor 10 0

case half a wide character takes the other half with it
size 8 1
in "a\xe4\xb8\xad\xe6\x96\x87z\e[3GX"
row 0 "a X\xe6\x96\x87z"
cursor 3 0

case erased cells take the background
size 6 2
in "abcdef\e[1;3H\e[44m\e[K\e[31mx"
row 0 "abx"
cell 2 0 1 0 1000001 1000004
cell 5 0 1 0 0 1000004
cursor 3 0

case colours and underlines with colons
size 8 1
in "\e[4:3;38:2::1:2:3;48:5:9mA\e[0;1;2;53mB\e[4:9;24mC\e[38;5mD"
row 0 "ABCD"
cell 0 0 1 300 2010203 1000009
cell 1 0 1 83 0 0
cell 2 0 1 83 0 0
cell 3 0 1 83 0 0
cursor 4 0

case line drawing, and who remembers it
size 12 1
in "\e(0q\e7\e(Bq\e8q\e)0\e(B\x0ex\x0fx"
row 0 "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x82x"
cursor 4 0

case scroll region and origin mode
size 4 5
in "1\r\n2\r\n3\r\n4\r\n5\e[2;4r\e[?6h\e[9Hx\r\ny\e[?6l"
row 0 "1"
row 1 "3"
row 2 "x"
row 3 "y"
row 4 "5"
cursor 0 0

case the alternate screen gives back what was
size 6 2
in "one\e[?1049h\e[Htwo\e[?1049lX"
row 0 "oneX"
cursor 4 0

case what is refused shows nothing
size 8 1
in "a\e[>0c\e[!p\e[5n\eP$qm\e\\\e]52;c;eA==\a\e_x\e\\\e^y\e\\\e#3b"
row 0 "ab"
cursor 2 0

case what is said
size 8 1
in "\e]2;title\a\a\e]9;4;1;5\e\\\e]133;C\aok"
row 0 "ok"
cursor 2 0
said 0 "title"
said 1 ""
said 2 "1;5"
said 5 "C"

case controls work inside a sequence
size 8 2
in "ab\e[1\n;3Hc\e[\x18d"
row 0 "abcd"
cursor 4 0

case too many parameters, too long a number
size 8 1
in "\e[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;31ma\e[99999999999Cb"
row 0 "ab"
cell 0 0 1 0 0 0
cursor 2 0

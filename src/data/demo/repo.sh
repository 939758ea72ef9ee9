#!/bin/sh
# repo.sh DIR: makes DIR, the git repository that the demo's agents work on: a
# toy compiler from sums to stack code, with tests that really run. It needs
# git alone, takes nothing from the user's git configuration, and makes the
# same commits each time.
set -eu

dir=${1:?usage: repo.sh DIR}
mkdir -p "$dir"
cd "$dir"

# shellcheck disable=SC2046 # a list of names
unset $(git rev-parse --local-env-vars)
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

git init -q --template=
git symbolic-ref HEAD refs/heads/main
git config user.name 'Ada Demo'
git config user.email ada@example.invalid
git config commit.gpgSign false
git config gc.auto 0

day=1
commit()
{
	day=$((day + 1))
	git add -A
	GIT_AUTHOR_DATE="2024-05-0$day 10:00:00 +0000" \
		GIT_COMMITTER_DATE="2024-05-0$day 10:00:00 +0000" git commit -q -m "$1"
}

mkdir src docs tests
printf '/build/\n/dist/\n' >.gitignore

cat >src/lexer.h <<'END'
#ifndef LEXER_H
#define LEXER_H

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_OPERATOR, TOKEN_BAD };

struct token {
	enum token_kind kind;
	const char *text;
	int length;
};

/* Reads one token at *at and moves *at behind it. */
struct token lexer_next(const char **at);

#endif
END

cat >src/lexer.c <<'END'
#include <string.h>

#include "lexer.h"

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct token
lexer_next(const char **at)
{
	const char *p = *at;
	struct token token = {TOKEN_BAD, p, 0};

	while (*p == ' ')
		p++;
	token.text = p;

	if (*p == '\0') {
		token.kind = TOKEN_END;
	} else if (is_digit(*p)) {
		token.kind = TOKEN_NUMBER;
		while (is_digit(*p) || *p == '.')
			p++;
	} else {
		if (strchr("+-*/()", *p))
			token.kind = TOKEN_OPERATOR;
		p++;
	}
	token.length = (int)(p - token.text);
	*at = p;
	return token;
}
END

cat >Makefile <<'END'
CC = cc

build/toy: src/*.c src/*.h
	@mkdir -p build
	$(CC) -o $@ src/*.c

test:
	sh tests/run.sh

deploy: build/toy
	@mkdir -p dist
	cp build/toy dist/toy
	@echo "toy is live in dist/"

.PHONY: test deploy
END
cat >src/main.c <<'END'
int
main(void)
{
	return 0;
}
END
commit 'Read numbers and operators'

cat >src/parser.h <<'END'
#ifndef PARSER_H
#define PARSER_H

#include <stdio.h>

/* Writes text as stack code; -1 if text is not an expression. */
int parser_compile(const char *text, FILE *out);

#endif
END

cat >src/parser.c <<'END'
#include "lexer.h"
#include "parser.h"

struct parser {
	const char *at;
	struct token token;
	FILE *out;
	int failed;
};

static void
advance(struct parser *parser)
{
	parser->token = lexer_next(&parser->at);
}

static int
is_operator(struct parser *parser, char c)
{
	return parser->token.kind == TOKEN_OPERATOR && *parser->token.text == c;
}

static void sum(struct parser *parser);

static void
factor(struct parser *parser)
{
	if (is_operator(parser, '(')) {
		advance(parser);
		sum(parser);
		if (!is_operator(parser, ')'))
			parser->failed = 1;
		advance(parser);
		return;
	}
	if (parser->token.kind != TOKEN_NUMBER)
		parser->failed = 1;
	fprintf(parser->out, "%.*s ", parser->token.length, parser->token.text);
	advance(parser);
}

static void
product(struct parser *parser)
{
	factor(parser);
	while (!parser->failed && (is_operator(parser, '*') || is_operator(parser, '/'))) {
		char c = *parser->token.text;
		advance(parser);
		factor(parser);
		fprintf(parser->out, "%c ", c);
	}
}

static void
sum(struct parser *parser)
{
	product(parser);
	while (!parser->failed && (is_operator(parser, '+') || is_operator(parser, '-'))) {
		char c = *parser->token.text;
		advance(parser);
		product(parser);
		fprintf(parser->out, "%c ", c);
	}
}

int
parser_compile(const char *text, FILE *out)
{
	struct parser parser = {text, {TOKEN_END, text, 0}, out, 0};

	advance(&parser);
	sum(&parser);
	return parser.failed || parser.token.kind != TOKEN_END ? -1 : 0;
}
END

cat >src/main.c <<'END'
#include <string.h>

#include "parser.h"

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (parser_compile(argv[1], stdout) != 0) {
		puts("error");
		return 1;
	}
	puts("");
	return 0;
}
END

cat >tests/cases <<'END'
number         | 42            | 42
two_numbers    | 1 + 2         | 1 2 +
precedence     | 1 + 2 * 3     | 1 2 3 * +
left_to_right  | 9 - 4 - 3     | 9 4 - 3 -
parentheses    | (1 + 2) * 3   | 1 2 + 3 *
nested         | ((7))         | 7
END

cat >tests/run.sh <<'END'
#!/bin/sh
# Builds the compiler and runs tests/cases: a name, what goes in, what comes out.
cd "$(dirname "$0")/.." || exit 2
mkdir -p build
if ! ${CC:-cc} -o build/toy src/*.c; then
	echo "FAIL build"
	echo "0 passed, 1 failed"
	exit 1
fi
set -f # a product is not a file name
passed=0 failed=0
while IFS='|' read -r name input expected; do
	name=${name%% *}
	case $input in
	" -t "*) got=$(build/toy -t "${input# -t }") ;;
	*) got=$(build/toy "$input") ;;
	esac
	got=$(echo $got) expected=$(echo $expected) # whatever stands between the words
	if test "$got" = "$expected"; then
		echo "ok   $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name: expected '$expected', got '$got'"
		failed=$((failed + 1))
	fi
done <tests/cases
echo "$passed passed, $failed failed"
test $failed = 0
END
commit 'Turn sums and products into stack code'

cat >src/types.h <<'END'
#ifndef TYPES_H
#define TYPES_H

enum type { TYPE_INT, TYPE_REAL };

/* The type of text's value: a real number anywhere makes it real. */
enum type types_of(const char *text);

#endif
END

cat >src/types.c <<'END'
#include <string.h>

#include "lexer.h"
#include "types.h"

static enum type
type_of_token(struct token token)
{
	if (memchr(token.text, '.', (size_t)token.length))
		return TYPE_REAL;
	return TYPE_INT;
}

enum type
types_of(const char *text)
{
	enum type type = TYPE_INT;
	struct token token;

	while ((token = lexer_next(&text)).kind != TOKEN_END)
		if (type_of_token(token) == TYPE_REAL)
			type = TYPE_REAL;
	return type;
}
END

cat >src/main.c <<'END'
#include <string.h>

#include "parser.h"
#include "types.h"

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "-t") == 0) {
		puts(types_of(argv[2]) == TYPE_REAL ? "real" : "int");
		return 0;
	}
	if (argc != 2)
		return 2;
	if (parser_compile(argv[1], stdout) != 0) {
		puts("error");
		return 1;
	}
	puts("");
	return 0;
}
END

cat >>tests/cases <<'END'
type_of_int    | -t 1 + 2      | int
type_of_real   | -t 1 + 2.5    | real
type_of_ratio  | -t 8 / 2      | int
END

commit 'Tell the type of an expression'

cat >docs/guide.md <<'END'
# The toy compiler

`toy` turns a sum into stack code.

    $ build/toy '1 + 2 * 3'
    1 2 3 * +

## What it reads

Numbers, `+ - * /` and parentheses.

## What it writes

Numbers are pushed, operators take two.
END
commit 'Write the guide'

/* SPDX-License-Identifier: MIT */
#include "cockpit/base_mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*abort_hook)(void);

void
mem_set_abort_hook(void (*hook)(void))
{
	abort_hook = hook;
}

void
mem_run_abort_hook(void)
{
	void (*hook)(void) = abort_hook;
	abort_hook = NULL;
	if (hook)
		hook();
}

_Noreturn static void
die(const char *what)
{
	mem_run_abort_hook();
	fprintf(stderr, "cockpit: %s\n", what);
	abort();
}

_Noreturn void
mem_bug(const char *file, int line, const char *what)
{
	char text[512];
	snprintf(text, sizeof(text), "bug at %s:%d: %s", file, line, what);
	die(text);
}

void *
mem_alloc(size_t size)
{
	return mem_alloc_array(1, size);
}

void *
mem_alloc_array(size_t count, size_t size)
{
	void *ptr = calloc(count ? count : 1, size ? size : 1);
	if (!ptr)
		die("out of memory");
	return ptr;
}

void *
mem_grow(void *ptr, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		die("out of memory (overflow)");
	size_t bytes = count * size;
	ptr = realloc(ptr, bytes ? bytes : 1);
	if (!ptr)
		die("out of memory");
	return ptr;
}

void *
mem_room(void *rows, size_t count, size_t size)
{
	if (count & (count - 1))
		return rows; /* between two powers of two there is room */
	return mem_grow(rows, count ? count * 2 : 1, size);
}

char *
mem_strdup(const char *cstr)
{
	return mem_strndup(cstr, strlen(cstr));
}

char *
mem_strndup(const char *ptr, size_t len)
{
	char *copy = mem_alloc(len + 1);
	if (len)
		memcpy(copy, ptr, len);
	return copy;
}

char **
mem_copy_words(const char *const words[])
{
	size_t count = 0;
	while (words && words[count])
		count++;
	char **ret = words ? mem_alloc_array(count + 1, sizeof(*ret)) : NULL;
	for (size_t i = 0; i < count; i++)
		ret[i] = mem_strdup(words[i]);
	return ret;
}

void
mem_free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		mem_free(words[i]);
	mem_free(words);
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	BUG_ON(len < 0);
	char *text = mem_alloc((size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

void
mem_free(void *ptr)
{
	free(ptr);
}

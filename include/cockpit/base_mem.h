/*
 * base_mem: allocation that cannot fail, and the way out for bugs.
 *
 * Out of memory and broken invariants end the program, after the hook has put
 * the terminal back. What a stranger can make grow must be bounded elsewhere
 * (struct buf), so that this is never reached by input.
 */
#ifndef COCKPIT_BASE_MEM_H
#define COCKPIT_BASE_MEM_H

#include <stddef.h>

/* All zeroed. mem_grow() zeroes nothing and may move; sizes are checked for overflow. */
void *mem_alloc(size_t size);
void *mem_alloc_array(size_t count, size_t size);
void *mem_grow(void *ptr, size_t count, size_t size);
/* Room for one more behind count rows: doubled when they are full, so that count alone tells.
 */
void *mem_room(void *rows, size_t count, size_t size);
char *mem_strdup(const char *cstr);
char *mem_strndup(const char *ptr, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *ptr);
/* Words that end with NULL, as of a command; NULL for NULL. */
char **mem_copy_words(const char *const words[]);
void mem_free_words(char **words); /* accepts NULL */

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

/* Runs once, first, when the program must end at once; must be async-signal-safe. */
void mem_set_abort_hook(void (*hook)(void));
/* Runs the hook alone: for fatal-signal handlers. */
void mem_run_abort_hook(void);
_Noreturn void mem_bug(const char *file, int line, const char *what);

#define BUG_ON(cond) ((cond) ? mem_bug(__FILE__, __LINE__, #cond) : (void)0)

#endif

/* ui/field: a text that a person edits, on one row or several, or a secret, of which only dots
 * are shown. */
#ifndef COCKPIT_UI_FIELD_H
#define COCKPIT_UI_FIELD_H

#include "cockpit/base_buf.h"
#include "cockpit/term_keys.h"
#include "stroke.h"
#include "surface.h"

struct view;

#define FIELD_MAX        (64u << 10)
#define FIELD_SECRET_MAX 4000

enum field_kind {
	FIELD_TEXT,  /* may hold new lines */
	FIELD_PLAIN, /* one line, shown as it is typed */
	FIELD_SECRET /* one line; its bytes stay in one place and are wiped there */
};

struct field {
	enum field_kind kind;
	struct buf text;
	size_t cursor; /* bytes */
	int cols;      /* as it was drawn last on several rows; else 0 */
};

void field_init(struct field *f, enum field_kind kind);
/* Wiped first, unless it is FIELD_TEXT. */
void field_release(struct field *f);
/* False: there is no room for all of it, and none of it was taken. */
bool field_insert(struct field *f, struct str text);
/* Moves and erases; what has no sense in a field does nothing. False: as field_insert(). */
bool field_do(struct field *f, enum stroke stroke);
/* A character, if the key is one. False: as field_insert(). */
bool field_type(struct field *f, struct key key);
/* How many rows of so many columns all of it takes, most at most. */
int field_rows(const struct field *f, int cols, int most);
/* The part around its cursor; on one row with new lines as "⏎". */
void field_draw(struct view *view, struct field *f, struct rect r, bool active);

#endif

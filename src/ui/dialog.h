/* ui/dialog: one box that asks: a form of text fields, a list of which one is chosen, or a
 * question with Cancel as default. */
#ifndef COCKPIT_UI_DIALOG_H
#define COCKPIT_UI_DIALOG_H

#include "stroke.h"
#include "view.h"

#define DIALOG_FIELDS_MAX 5

/* values: one text a field, that of what was chosen; none for a question. Borrowed. */
typedef void dialog_fn(struct view *view, uint32_t agent, const char *const values[]);

/* Takes the place of an open one. agent: whom it is about, 0: nobody. labels end with NULL. */
void dialog_form(struct view *view, const char *title, uint32_t agent,
	const char *const labels[], const char *const defaults[], dialog_fn *submit);
/* One of them; value: what submit is given, text: a row, safe. Both are copied. At least one,
 * the first is selected. */
struct dialog_choice {
	const char *value, *text;
};
void dialog_choose(struct view *view, const char *title, uint32_t agent,
	const struct dialog_choice choices[], size_t count, dialog_fn *submit);
#define DIALOG_NO "Cancel"
/* text may have several lines. */
void dialog_ask(struct view *view, const char *title, uint32_t agent, const char *text,
	const char *yes, dialog_fn *submit);
/* The question that was just opened is left by that word: what cancels something has no
 * "Cancel" that leaves it. no lives as long as it. */
void dialog_no(struct view *view, const char *no);
/* The one that was just opened came by itself, some time after the key that asked for it: keys
 * that are typed on do nothing until there is a pause. */
void dialog_late(struct view *view);
void dialog_close(struct view *view);
/* overlay.c. */
bool dialog_takes_keys(const struct view *view, enum view_mode *ret);
void dialog_do(struct view *view, enum stroke stroke);
void dialog_type(struct view *view, struct key key);
void dialog_paste(struct view *view, struct str text);
void dialog_draw(struct view *view);

#endif

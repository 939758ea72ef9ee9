/*
 * base_peek: one value out of JSON that a stranger sent and that may be cut off anywhere: what
 * stands in front of the cut is still found. Nothing is checked that is not on the way to the
 * value. For what people write, and for whole texts, there is base_json.h.
 */
#ifndef COCKPIT_BASE_PEEK_H
#define COCKPIT_BASE_PEEK_H

#include "cockpit/base_buf.h"

/*
 * path: keys from the outermost object inwards, and places in arrays,
 * "tool_input.questions.0.text". Strings are added with their escapes undone (a NUL becomes
 * U+FFFD; half a surrogate pair too), everything else as it stands. False if it is not there;
 * into is unchanged then. A value that is cut off is added as far as it goes, and *cut (may be
 * NULL) says so. Adding stops at the limit of into.
 */
bool json_peek(struct str text, const char *path, struct buf *into, bool *cut);

#endif

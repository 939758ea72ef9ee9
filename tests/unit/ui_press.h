/* A key, by its name, to whatever has the keys. */
#ifndef COCKPIT_TESTS_UI_PRESS_H
#define COCKPIT_TESTS_UI_PRESS_H

#include "ui/keymap.h"
#include "ui_deck.h"

static inline void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
}

#endif

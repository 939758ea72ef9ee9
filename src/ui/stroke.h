/*
 * ui/stroke: what a key stroke does in what lies over the tiles and has the keys: a form, a
 * question, a list, a text. Each box does those that have a sense in it, and leaves the others
 * alone.
 */
#ifndef COCKPIT_UI_STROKE_H
#define COCKPIT_UI_STROKE_H

enum stroke {
	STROKE_ACCEPT, /* what the box is for */
	STROKE_CLOSE,
	STROKE_YES,
	STROKE_NO,
	STROKE_OTHER, /* of two answers */
	STROKE_CANCEL,
	STROKE_NEXT_FIELD,
	STROKE_FIELD_BEFORE,
	STROKE_DOWN,
	STROKE_UP,
	STROKE_PAGE_DOWN,
	STROKE_PAGE_UP,
	STROKE_HALF_DOWN,
	STROKE_HALF_UP,
	STROKE_TOP,
	STROKE_END,
	STROKE_LEFT,
	STROKE_RIGHT,
	STROKE_SEARCH,
	STROKE_AGAIN,
	STROKE_AGAIN_UP,
	/* In a field. */
	STROKE_NEW_LINE,
	STROKE_LINE_START,
	STROKE_LINE_END,
	STROKE_ERASE,
	STROKE_ERASE_NEXT,
	STROKE_ERASE_TO_START,
	STROKE_ERASE_WORD
};

#endif

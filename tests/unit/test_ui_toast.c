/* SPDX-License-Identifier: MIT */
/* What is said for a few seconds: where it lies, how it is broken, and that the keys stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui_press.h"

static const char much[] =
	"docs was not sent to web-1: the link went down while it was on its way; it is neither "
	"known whether it is there nor whether it was begun; look at it before it is sent "
	"again "
	"(cockpit explain docs)";

static void
test_places(void **state)
{
	(void)state;
	view_refresh(&view);
	view_toast(&view, ROLE_NOTICE, "checking parser…");
	assert_frame("toast-120x40", 120, 40);
	/* Never by colour alone, on several rows, and not on more than three. */
	view_toast(&view, ROLE_ERROR, "%s", much);
	assert_frame("toast-error-60x20", 60, 20);
	assert_frame("toast-error-200x60", 200, 60);
	/* A box has its keys below. */
	press("n");
	assert_frame("toast-box-60x20", 60, 20);
	press("Escape");
	/* What a tile says of where one is stays to be read. */
	press("[");
	assert_int_equal(view.mode, VIEW_COPY);
	view_toast(&view, ROLE_NOTICE, "wrapped: from the first line on");
	assert_frame("toast-copy-60x20", 60, 20);
	press("q");
	/* One row lies over a frame: more would lie over what one types into, or answers. */
	static const char *const keys[] = {"Enter", "C-q Tab", "z", "C-q : f i x"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct str rest = str_from(keys[i]);
		while (rest.len > 0) {
			char key[16];
			text_copy(key, sizeof(key), str_cut(&rest, ' '));
			press(key);
		}
		view_toast(&view, ROLE_ERROR, "%s", much);
		surface_resize(view.surface, 60, 20);
		frame_draw(&view);
		assert_int_equal(view.toast_rect.h, 1);
	}
	press("Escape");
	view.toast_at = 0;
}

/* It goes by itself, and what it lay over is there again. */
static void
test_goes(void **state)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	(void)state;
	surface_resize(view.surface, 120, 40);
	view.toast_at = 0;
	frame_draw(&view);
	frame_draw(&view);
	surface_text(view.surface, false, &before);
	view_toast(&view, ROLE_NOTICE, "something");
	frame_draw(&view);
	assert_int_equal(view.toast_rect.h, 1);
	assert_int_equal(view.toast_rect.y, 38);
	clock_skip(TOAST_MS + 1);
	frame_draw(&view);
	assert_int_equal(view.toast_rect.h, 0);
	surface_text(view.surface, false, &after);
	assert_string_equal(buf_cstr(&after) + 130, buf_cstr(&before) + 130);
	buf_release(&before);
	buf_release(&after);
	/* Nothing is drawn where there is no room at all. */
	view_toast(&view, ROLE_ERROR, "%s", much);
	for (int cols = 1; cols < 50; cols += 3) {
		for (int rows = 1; rows < 12; rows++) {
			surface_resize(view.surface, cols, rows);
			view.whole = true;
			frame_draw(&view);
			assert_true(view.toast_rect.y >= 0 && view.toast_rect.h <= 1);
		}
	}
	view.toast_at = 0;
}

/* The key that undoes is on the key line for as long as it does. */
static void
test_undo(void **state)
{
	(void)state;
	view.undo.deleted = true;
	undo_offer(&view, "deleted docs; its work is in the trash");
	clock_skip(noon - clock_ms());
	view.undo.at = view.toast_at = noon;
	assert_frame("undo-60x20", 60, 20);
	assert_int_equal(undo_left(&view), 30);
	/* The first key of all has its room. */
	surface_resize(view.surface, 30, 8);
	view.whole = true;
	frame_draw(&view);
	struct buf text = BUF_INIT;
	surface_text(view.surface, false, &text);
	assert_non_null(strstr(buf_cstr(&text), "⏎ type  "));
	buf_release(&text);
	clock_skip(noon + 29500 - clock_ms());
	assert_int_equal(undo_left(&view), 1);
	clock_skip(500);
	assert_int_equal(undo_left(&view), 0);
	view.undo.at = view.toast_at = 0;
	clock_skip(noon - clock_ms());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_goes),
		cmocka_unit_test(test_undo),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_toast", tests, deck_setup, deck_teardown);
}

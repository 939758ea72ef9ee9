/* SPDX-License-Identifier: MIT */
#include "border.h"

#include "view.h"

void
border_draw(struct view *view, struct rect r, enum theme_role role)
{
	struct surface *s = view->surface;
	struct style style = theme_style(view->theme, role);
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	for (int x = r.x + 1; x < right; x++) {
		surface_put(s, x, r.y, 1, style, STR("─"));
		surface_put(s, x, bottom, 1, style, STR("─"));
	}
	for (int y = r.y + 1; y < bottom; y++) {
		surface_put(s, r.x, y, 1, style, STR("│"));
		surface_put(s, right, y, 1, style, STR("│"));
	}
	surface_put(s, r.x, r.y, 1, style, STR("┌"));
	surface_put(s, right, r.y, 1, style, STR("┐"));
	surface_put(s, r.x, bottom, 1, style, STR("└"));
	surface_put(s, right, bottom, 1, style, STR("┘"));
}

int
border_words(struct view *view, int x, int y, int end, enum theme_role role, const char *words)
{
	int cols = end - x - 2;
	if (cols < 2 || !words[0])
		return x;
	struct style style = theme_style(view->theme, role);
	surface_put(view->surface, x, y, 1, style, STR(" "));
	int used = surface_put(view->surface, x + 1, y, cols, style, str_from(words));
	surface_put(view->surface, x + 1 + used, y, 1, style, STR(" "));
	return x + used + 2;
}

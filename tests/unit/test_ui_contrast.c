/* SPDX-License-Identifier: MIT */
/*
 * What the built-in themes promise, computed: that words can be read (the contrast of WCAG 2),
 * and that states stay apart for eyes that lack one kind of cone (the matrices of Machado,
 * Oliveira and Fernandes, 2009; the distance of CIE 1976).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/ui/caps.h"
#include "../../src/ui/theme.h"
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_path.h"
#include "cockpit/base_str.h"
#include "cockpit/base_text.h"

#define TEXT      4.5
#define GRAPHICS  3.0
#define HIGH      7.0
#define APART     20.0 /* states that a person acts on, for anybody */
#define NAMES_MAX 32

struct linear {
	double r, g, b;
};

static char names[NAMES_MAX][64];
static int name_count;
static char home[] = "/tmp/cockpit-contrast-XXXXXX";

static double
to_linear(unsigned level)
{
	double c = level / 255.0;
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static struct linear
linear_of(unsigned rgb)
{
	return (struct linear){
		to_linear(rgb >> 16 & 0xff), to_linear(rgb >> 8 & 0xff), to_linear(rgb & 0xff)};
}

static double
luminance(struct linear c)
{
	return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
}

static double
contrast(unsigned a, unsigned b)
{
	double one = luminance(linear_of(a)) + 0.05, two = luminance(linear_of(b)) + 0.05;
	return one > two ? one / two : two / one;
}

/* Of the cube and the greys, which all terminals have alike. */
static unsigned
palette_rgb(unsigned index)
{
	static const unsigned steps[] = {0, 95, 135, 175, 215, 255};
	unsigned grey = 8 + 10 * (index - 232), at = index - 16;
	if (index >= 232)
		return grey << 16 | grey << 8 | grey;
	return steps[at / 36] << 16 | steps[at / 6 % 6] << 8 | steps[at % 6];
}

/* False for what the terminal's owner decides: its default, and the sixteen colours. */
static bool
rgb_of(uint32_t colour, unsigned *ret)
{
	unsigned kind = CELL_COLOUR_KIND(colour);
	if (kind == 0 || (kind == 1 && (colour & 0xff) < 16))
		return false;
	*ret = kind == 1 ? palette_rgb(colour & 0xff) : colour & 0xffffff;
	return true;
}

static double
needed(const char *name, enum theme_role role)
{
	if (strcmp(name, "high-contrast") == 0)
		return HIGH;
	switch (role) {
	case ROLE_BORDER:
	case ROLE_BORDER_FOCUS:
	case ROLE_BORDER_TYPING:
	case ROLE_DIALOG_BORDER:
	case ROLE_STATE_STALE: /* not live, and to be seen as that */
		return GRAPHICS;
	default:
		return TEXT;
	}
}

static struct theme *
load(const char *name)
{
	struct theme *theme = NULL;
	struct err err = ERR_INIT;
	if (theme_load(name, &theme, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	return theme;
}

/* On a terminal of that depth; 256 colours are the nearest ones, which may cost a little. */
static void
check_contrast(const char *name, enum caps_depth depth, double part)
{
	const struct caps caps = {.depth = depth};
	struct theme *theme = load(name);
	enum theme_ground ground = theme_ground(theme);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style style = theme_style(theme, (enum theme_role)i);
		double want = needed(name, (enum theme_role)i) * part;
		unsigned fg, bg = ground == THEME_LIGHT ? THEME_LIGHT_RGB : THEME_DARK_RGB;
		bool known = rgb_of(caps_colour(&caps, style.bg), &bg);
		if (!rgb_of(caps_colour(&caps, style.fg), &fg) ||
			(!known && ground == THEME_ANY))
			continue;
		if (contrast(fg, bg) < want)
			fail_msg("%s: %s: #%06x on #%06x is %.2f, want %.2f", name,
				theme_role_name((enum theme_role)i), fg, bg, contrast(fg, bg),
				want);
		/* How much a terminal takes away for it nobody can say. */
		if (style.attr & CELL_DIM)
			fail_msg("%s: %s: a colour, and dim", name,
				theme_role_name((enum theme_role)i));
	}
	theme_free(theme);
}

static void
readable(void **state)
{
	(void)state;
	assert_true(name_count >= 5);
	for (int i = 0; i < name_count; i++) {
		check_contrast(names[i], CAPS_RGB, 1);
		check_contrast(names[i], CAPS_256, 0.85);
	}
}

/* States and messages on the grounds that they come to stand on. */
static void
readable_over(void **state)
{
	static const enum theme_role on[] = {ROLE_HEADER, ROLE_KEYS, ROLE_SELECTION};
	(void)state;
	for (int i = 0; i < name_count * ROLE_COUNT * 3; i++) {
		const char *name = names[i / 3 / ROLE_COUNT];
		enum theme_role role = (enum theme_role)(i / 3 % ROLE_COUNT);
		struct theme *theme = load(name);
		struct style style =
			theme_over(theme_style(theme, on[i % 3]), theme_style(theme, role));
		unsigned fg, bg;
		if (rgb_of(style.fg, &fg) && rgb_of(style.bg, &bg) &&
			contrast(fg, bg) < needed(name, role) * 0.85)
			fail_msg("%s: %s on %s: #%06x on #%06x is %.2f", name,
				theme_role_name(role), theme_role_name(on[i % 3]), fg, bg,
				contrast(fg, bg));
		theme_free(theme);
	}
}

/* What needs no colours of its own must have none, on one side at least. */
static void
sixteen(void **state)
{
	struct theme *theme = load("ansi16");
	(void)state;
	assert_int_equal(theme_ground(theme), THEME_ANY);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style style = theme_style(theme, (enum theme_role)i);
		const uint32_t colours[] = {style.fg, style.bg};
		for (int side = 0; side < 2; side++) {
			if (CELL_COLOUR_KIND(colours[side]) == 0)
				continue;
			assert_int_equal(CELL_COLOUR_KIND(colours[side]), 1);
			assert_true((colours[side] & 0xff) < 16);
		}
		/* A background is only sure to go with a foreground that was chosen as well. */
		if (style.bg != CELL_DEFAULT)
			assert_int_not_equal(style.fg, CELL_DEFAULT);
		assert_true(style.fg == CELL_DEFAULT || style.fg != style.bg);
	}
	theme_free(theme);
}

static void
to_lab(struct linear c, double ret[3])
{
	double xyz[3] = {(0.4124 * c.r + 0.3576 * c.g + 0.1805 * c.b) / 0.9505,
		0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b,
		(0.0193 * c.r + 0.1192 * c.g + 0.9505 * c.b) / 1.089};
	for (int i = 0; i < 3; i++)
		xyz[i] = xyz[i] > 0.008856 ? cbrt(xyz[i]) : 7.787 * xyz[i] + 16.0 / 116;
	ret[0] = 116 * xyz[1] - 16;
	ret[1] = 500 * (xyz[0] - xyz[1]);
	ret[2] = 200 * (xyz[1] - xyz[2]);
}

static double
within(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* What a person sees. */
static const struct eyes {
	const char *name;
	double m[9];
} eyes[] = {
	{"all cones",    {1, 0, 0, 0, 1, 0, 0, 0, 1}                                   },
	{"protanopia",   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882,
			       -0.048116, 1.051998}              },
	{"deuteranopia", {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413,
				 -0.011820, 0.042940, 0.968881}},
	{"tritanopia",   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733,
			       0.691367, 0.303900}               },
};
#define EYES (sizeof(eyes) / sizeof(eyes[0]))

static struct linear
seen(const struct eyes *by, struct linear c)
{
	const double *m = by->m;
	return (struct linear){within(m[0] * c.r + m[1] * c.g + m[2] * c.b),
		within(m[3] * c.r + m[4] * c.g + m[5] * c.b),
		within(m[6] * c.r + m[7] * c.g + m[8] * c.b)};
}

static double
distance(const struct eyes *by, unsigned a, unsigned b)
{
	double one[3], two[3], sum = 0;
	to_lab(seen(by, linear_of(a)), one);
	to_lab(seen(by, linear_of(b)), two);
	for (int i = 0; i < 3; i++)
		sum += (one[i] - two[i]) * (one[i] - two[i]);
	return sqrt(sum);
}

static void
for_all_eyes(void **state)
{
	static const enum theme_role groups[][6] = {
		{ROLE_STATE_WORKING, ROLE_STATE_ASKS,   ROLE_STATE_FAILED,  ROLE_STATE_DONE,
                 ROLE_STATE_IDLE,								       ROLE_STATE_STALE},
		{ROLE_ERROR,         ROLE_NOTICE,       ROLE_TEXT,          ROLE_TEXT,       ROLE_TEXT, ROLE_TEXT       },
		{ROLE_BORDER,        ROLE_BORDER_FOCUS, ROLE_BORDER_TYPING, ROLE_TEXT,       ROLE_TEXT,
                 ROLE_TEXT											      },
	};
	struct theme *theme = load("colour-blind");
	(void)state;
	for (size_t e = 0; e < EYES; e++) {
		for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
			for (int i = 0; i < 6; i++) {
				for (int j = 0; j < i; j++) {
					unsigned a, b;
					enum theme_role one = groups[g][i], two = groups[g][j];
					if (!rgb_of(theme_style(theme, one).fg, &a) ||
						!rgb_of(theme_style(theme, two).fg, &b))
						continue;
					if (distance(&eyes[e], a, b) < APART)
						fail_msg("%s: %s and %s are %.1f apart, want "
							 "%.1f",
							eyes[e].name, theme_role_name(one),
							theme_role_name(two),
							distance(&eyes[e], a, b), APART);
				}
			}
		}
	}
	theme_free(theme);
}

/* The arithmetic itself, against known values. */
static void
arithmetic(void **state)
{
	(void)state;
	assert_true(fabs(contrast(0x000000, 0xffffff) - 21) < 0.01);
	assert_true(fabs(contrast(0x777777, 0xffffff) - 4.48) < 0.01);
	assert_true(distance(&eyes[0], 0xff0000, 0x00ff00) > 150);
	/* Red and green of the same brightness, which is what this is about. */
	assert_true(distance(&eyes[2], 0xd05050, 0x808030) < APART);
	assert_true(distance(&eyes[0], 0xd05050, 0x808030) > 2 * APART);
}

/* Few colours must not make words vanish: of any theme, on any terminal. */
static void
fitted(void **state)
{
	static const enum caps_depth depths[] = {CAPS_MONO, CAPS_8, CAPS_16};
	(void)state;
	for (int i = 0; i < name_count * 3; i++) {
		const struct caps caps = {.depth = depths[i % 3]};
		struct theme *theme = load(names[i / 3]);
		theme_fit(theme, &caps);
		for (int r = 0; r < ROLE_COUNT; r++) {
			struct style style = theme_style(theme, (enum theme_role)r);
			uint32_t fg = caps_colour(&caps, style.fg);
			uint32_t bg = caps_colour(&caps, style.bg);
			if (bg != CELL_DEFAULT && fg == bg)
				fail_msg("%s: %s vanishes", names[i / 3],
					theme_role_name((enum theme_role)r));
		}
		assert_true(theme_style(theme, ROLE_SELECTION).attr & CELL_REVERSE ||
			    theme_style(theme, ROLE_SELECTION).bg != CELL_DEFAULT);
		theme_free(theme);
	}
}

static int
set_up(void **state)
{
	(void)state;
	unsetenv("NO_COLOR");
	if (!mkdtemp(home))
		return -1;
	for (const struct data_file *file = data_files; file->name; file++) {
		struct str name = str_from(file->name);
		if (!str_starts(name, STR("themes/")) || name_count == NAMES_MAX)
			continue;
		name = str_slice(name, strlen("themes/"), name.len - strlen(".json"));
		snprintf(names[name_count++], sizeof(names[0]), "%.*s", STR_ARG(name));
	}
	return setenv("XDG_CONFIG_HOME", home, 1);
}

static int
tear_down(void **state)
{
	(void)state;
	return path_remove_tree(home, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic),
		cmocka_unit_test(readable),
		cmocka_unit_test(readable_over),
		cmocka_unit_test(sixteen),
		cmocka_unit_test(for_all_eyes),
		cmocka_unit_test(fitted),
	};

	text_init();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

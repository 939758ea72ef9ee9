/* SPDX-License-Identifier: MIT */
/*
 * What an agent can ask of its screen: a row each, nothing else is passed. The
 * rows are what tmux 3.3a acts on, less the questions: those are answered by
 * the tmux on the host and by nobody here. Here stand
 * the tables, and the verbs that are neither a move nor an edit.
 */
#include "verbs.h"

static void
rep(struct screen *s, const struct guard_seq *seq)
{
	char run[SCREEN_MAX_COLS];
	int n = lesser(verb_count(seq), s->cols - screen_x(s));

	if (s->guard.last == 0)
		screen_rests_on(s, DOUBT_LAST);
	if (n <= 0 || s->guard.last == 0)
		return;
	memset(run, s->guard.last, (size_t)n);
	vt_ascii(s, (struct str){run, (size_t)n});
	vt_flush(s);
}

static void
sgr(struct screen *s, const struct guard_seq *seq)
{
	/* A nought further back may belong to a colour. */
	if (guard_get(seq, 0, 0, 0) == 0)
		s->unknown &= ~(unsigned)DOUBT_PEN;
	pen_sgr(&s->pen, seq, false);
}

static void
sm(struct screen *s, const struct guard_seq *seq)
{
	modes_set(s, seq, true);
}

static void
rm(struct screen *s, const struct guard_seq *seq)
{
	modes_set(s, seq, false);
}

static void
decstbm(struct screen *s, const struct guard_seq *seq)
{
	int top = guard_get(seq, 0, 1, 1), bottom = guard_get(seq, 1, 1, s->rows);

	if (top < 0 || bottom < 0)
		return;
	top = lesser(top, s->rows) - 1;
	bottom = lesser(bottom, s->rows) - 1;
	if (top >= bottom)
		return;
	vt_region(s, top, bottom);
	vt_move(s, 0, 0);
}

static void
decscusr(struct screen *s, const struct guard_seq *seq)
{
	int n = guard_get(seq, 0, 0, 0);

	if (n >= 0 && n <= 6)
		s->shape = n;
}

static void
save(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	s->saved = (struct saved_cursor){
		.x = screen_x(s),
		.y = s->vt.y,
		.pen = s->pen,
		.charsets = s->charsets,
		.origin = s->modes & SCREEN_ORIGIN,
		.unknown = s->unknown & (DOUBT_PEN | DOUBT_CHARSETS),
	};
	s->unknown &= ~(unsigned)DOUBT_SAVED;
}

static void
unsave(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	screen_rests_on(s, DOUBT_SAVED);
	s->unknown &= ~(unsigned)(DOUBT_PEN | DOUBT_CHARSETS);
	s->unknown |= s->saved.unknown;
	screen_set_pen(s, s->saved.pen);
	s->charsets = s->saved.charsets;
	s->modes &= ~(unsigned)SCREEN_ORIGIN;
	if (s->saved.origin)
		s->modes |= SCREEN_ORIGIN;
	vt_move(s, lesser(s->saved.x, s->cols - 1), lesser(s->saved.y, s->rows - 1));
}

static void
ind(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	vt_control(s, "\n");
}

static void
cr(struct screen *s)
{
	vt_move(s, 0, s->vt.y);
}

static void
nel(struct screen *s, const struct guard_seq *seq)
{
	ind(s, seq);
	cr(s);
}

static void
ri(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	vt_control(s, "\033M");
}

static void
hts(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	if (s->pending)
		return;
	vt_control(s, "\033H");
	s->vt.tabs_changed = true;
}

static void
deckpam(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	s->modes |= SCREEN_APP_KEYPAD;
}

static void
deckpnm(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	s->modes &= ~(unsigned)SCREEN_APP_KEYPAD;
}

static void
scs(struct screen *s, const struct guard_seq *seq)
{
	bool drawing = seq->final == '0';

	s->unknown &= ~(unsigned)(seq->marks[0] == '(' ? DOUBT_G0 : DOUBT_G1);
	if (seq->marks[0] == '(')
		s->charsets.g0 = drawing;
	else
		s->charsets.g1 = drawing;
}

static void
full_region(struct screen *s)
{
	vt_region(s, 0, s->rows - 1);
	vt_move(s, 0, 0);
}

static void
decaln(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	full_region(s);
	grid_fill(&s->grid, 'E');
}

/* As tmux has it: the alternate screen stays, if it shows. */
static void
ris(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	screen_set_pen(s, (struct pen){0});
	s->pen.link = 0;
	s->charsets = (struct charsets){false};
	s->saved = (struct saved_cursor){.origin = s->saved.origin};
	s->modes &= SCREEN_ALTERNATE;
	s->modes |= SCREEN_CURSOR | SCREEN_WRAP;
	s->held = false;
	s->unknown &= DOUBT_ALT_PEN;
	vt_reset_tabs(s);
	full_region(s);
	grid_erase_rows(&s->grid, 0, s->rows, CELL_DEFAULT);
}

/* tmux answers it, on the host. */
static void
question(struct screen *s, const struct guard_seq *seq)
{
	(void)seq;
	s->counters.sequences++;
}

static void
nothing(struct screen *s, const struct guard_seq *seq)
{
	(void)s;
	(void)seq;
}

static verb_fn *const csi_rows[128] = {
	['@'] = edit_ich,
	['A'] = move_cuu,
	['B'] = move_cud,
	['C'] = move_cuf,
	['D'] = move_cub,
	['E'] = move_cnl,
	['F'] = move_cpl,
	['G'] = move_hpa,
	['H'] = move_cup,
	['J'] = edit_ed,
	['K'] = edit_el,
	['L'] = edit_il,
	['M'] = edit_dl,
	['P'] = edit_dch,
	['S'] = edit_su,
	['T'] = edit_sd,
	['X'] = edit_ech,
	['Z'] = move_cbt,
	['`'] = move_hpa,
	['b'] = rep,
	['c'] = question,
	['d'] = move_vpa,
	['f'] = move_cup,
	['g'] = move_tbc,
	['h'] = sm,
	['l'] = rm,
	['m'] = sgr,
	['n'] = question,
	['r'] = decstbm,
	['s'] = save,
	['t'] = question,
	['u'] = unsave,
};

static verb_fn *const escape_rows[128] = {
	['7'] = save,
	['8'] = unsave,
	['='] = deckpam,
	['>'] = deckpnm,
	['D'] = ind,
	['E'] = nel,
	['H'] = hts,
	['M'] = ri,
	['\\'] = nothing, /* the end of a string */
	['c'] = ris,
};

static const struct marked_row {
	const char *marks;
	char final;
	verb_fn *verb;
} marked_csi_rows[] = {
	{"?", 'h', sm      },
	{"?", 'l', rm      },
	{">", 'c', question},
	{">", 'm', question},
	{">", 'n', question},
	{">", 'q', question},
	{" ", 'q', decscusr},
};

static const struct marked_row marked_escape_rows[] = {
	{"(", '0', scs   },
	{"(", 'B', scs   },
	{")", '0', scs   },
	{")", 'B', scs   },
	{"#", '8', decaln},
};

static verb_fn *
find(const struct marked_row *rows, size_t count, const struct guard_seq *seq)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].final == seq->final && strcmp(rows[i].marks, seq->marks) == 0)
			return rows[i].verb;
	}
	return NULL;
}

static void
run(struct screen *s, verb_fn *verb, const struct guard_seq *seq)
{
	if (!verb) {
		s->counters.sequences++;
		return;
	}
	if (verb != sgr || s->vt.run.count > 0)
		vt_flush(s);
	verb(s, seq);
	s->guard.last = 0;
}

static void
on_csi(void *ctx, const struct guard_seq *seq)
{
	verb_fn *verb =
		seq->marks[0]
			? find(marked_csi_rows,
				  sizeof(marked_csi_rows) / sizeof(marked_csi_rows[0]), seq)
			: csi_rows[(unsigned char)seq->final];

	run(ctx, verb, seq);
}

static void
on_escape(void *ctx, const struct guard_seq *seq)
{
	verb_fn *verb =
		seq->marks[0]
			? find(marked_escape_rows,
				  sizeof(marked_escape_rows) / sizeof(marked_escape_rows[0]),
				  seq)
			: escape_rows[(unsigned char)seq->final];

	run(ctx, verb, seq);
}

/* Over the left margin it goes back onto a row that was wrapped into this one. */
static void
backspace(struct screen *s)
{
	int x = screen_x(s), y = s->vt.y;

	if (x > 0)
		vt_move(s, x - 1, y);
	else if (y > 0 && s->grid.row[y - 1].wrapped)
		vt_move(s, s->cols - 1, y - 1);
	else if (y > 0)
		screen_rests_on(s, DOUBT_WRAPS);
}

static void
on_control(void *ctx, unsigned char c)
{
	struct screen *s = ctx;

	vt_flush(s);
	switch (c) {
	case '\a':
		screen_signal(s, SCREEN_SIGNAL_BELL, (struct str){"", 0});
		break;
	case '\b':
		backspace(s);
		break;
	case '\t':
		vt_tab(s, 1);
		break;
	case '\n':
	case '\v':
	case '\f':
		vt_control(s, "\n");
		break;
	case '\r':
		cr(s);
		break;
	case 0x0e:
	case 0x0f:
		s->charsets.shifted = c == 0x0e;
		s->unknown &= ~(unsigned)DOUBT_SHIFT;
		break;
	}
}

static void
on_ascii(void *ctx, struct str bytes)
{
	vt_ascii(ctx, bytes);
}

static void
on_glyph(void *ctx, uint32_t cp)
{
	vt_glyph(ctx, cp);
}

static void
on_string(void *ctx, enum guard_string kind, struct str text)
{
	vt_flush(ctx);
	strings_take(ctx, kind, text);
}

const struct guard_ops verbs_ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
	.string = on_string,
};

/* SPDX-License-Identifier: MIT */
/*
 * One enum, one function a state. Each takes one byte and may change the state;
 * only plain text is taken in runs, since that is nearly all there is. ESC, CAN
 * and SUB work in every state but inside a DCS body, as in tmux.
 */
#include "guard.h"

#include <limits.h>

#include "cockpit/base_text.h"

enum state {
	GROUND,
	ESCAPE,
	ESCAPE_MARK,
	CSI,
	CSI_PARAM,
	CSI_MARK,
	CSI_IGNORE,
	DCS,
	DCS_PARAM,
	DCS_MARK,
	DCS_BODY,
	DCS_BODY_ESCAPE,
	DCS_IGNORE,
	STRING
};

enum { BEL = 0x07, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, DEL = 0x7f };

void
guard_init(struct guard *g, const struct guard_ops *ops, void *ctx,
	struct screen_counters *counters)
{
	g->ops = ops;
	g->ctx = ctx;
	g->counters = counters;
	g->state = GROUND;
	g->utf8_need = 0;
	g->over = false;
	g->last = 0;
}

static void
begin(struct guard *g, enum state state)
{
	g->state = state;
	g->over = false;
	g->marks = 0;
	g->params_len = 0;
	g->seq.marks[0] = '\0';
}

static void
begin_string(struct guard *g, enum guard_string kind)
{
	begin(g, STRING);
	g->kind = kind;
	g->string_len = 0;
}

static void
mark(struct guard *g, unsigned char c)
{
	if (g->marks == GUARD_MAX_INTERMEDIATES) {
		g->over = true;
		return;
	}
	g->seq.marks[g->marks++] = (char)c;
	g->seq.marks[g->marks] = '\0';
}

static void
param(struct guard *g, unsigned char c)
{
	if (g->params_len == GUARD_MAX_PARAM_BYTES)
		g->over = true;
	else
		g->params[g->params_len++] = (char)c;
}

static void
collect(struct guard *g, unsigned char c)
{
	if (g->string_len < sizeof(g->string)) {
		g->string[g->string_len++] = (char)c;
	} else if (!g->over) {
		g->over = true;
		g->counters->strings++;
		g->counters->limits++;
	}
}

static void
end_string(struct guard *g)
{
	g->state = GROUND;
	g->last = 0;
	if (!g->over)
		g->ops->string(g->ctx, g->kind, (struct str){g->string, g->string_len});
}

static bool
parse_params(struct guard *g)
{
	struct guard_seq *seq = &g->seq;
	int64_t exact = 0;
	int total = 0;
	bool fresh = true;

	seq->count = 0;
	if (g->params_len == 0)
		return true;
	for (unsigned i = 0; i <= g->params_len; i++) {
		char c = i < g->params_len ? g->params[i] : ';';

		if (fresh) {
			if (seq->count == GUARD_MAX_PARAMS)
				return false;
			seq->params[seq->count].first = (uint8_t)total;
			seq->params[seq->count].values = 1;
			seq->values[total++] = -1;
			seq->count++;
			fresh = false;
		}
		if (c == ';') {
			fresh = true;
		} else if (c == ':') {
			seq->params[seq->count - 1].values++;
			seq->values[total++] = -1;
		} else {
			exact = seq->values[total - 1] < 0 ? c - '0' : exact * 10 + (c - '0');
			if (exact > INT_MAX)
				return false; /* tmux ignores the whole sequence */
			seq->values[total - 1] =
				(int16_t)(exact > GUARD_MAX_VALUE ? GUARD_MAX_VALUE : exact);
		}
	}
	return true;
}

int
guard_get(const struct guard_seq *seq, int index, int min, int def)
{
	int value;

	if (index >= seq->count)
		return def;
	if (seq->params[index].values != 1)
		return -1;
	value = seq->values[seq->params[index].first];
	if (value < 0)
		return def;
	return value < min ? min : value;
}

static void
finish(struct guard *g, unsigned char c, void (*op)(void *ctx, const struct guard_seq *seq))
{
	g->state = GROUND;
	g->seq.final = (char)c;
	if (g->over || !parse_params(g)) {
		g->counters->sequences++;
		g->counters->limits++;
		return;
	}
	op(g->ctx, &g->seq);
}

static void
drop_utf8(struct guard *g)
{
	if (g->utf8_need) {
		g->utf8_need = 0;
		g->counters->utf8++;
	}
}

static void
control(struct guard *g, unsigned char c)
{
	drop_utf8(g);
	g->last = 0;
	g->ops->control(g->ctx, c);
}

/*
 * tmux takes as many bytes as the first one promises before it judges them, so
 * a broken sequence may swallow what follows; the same is done here.
 */
static void
utf8(struct guard *g, unsigned char c)
{
	struct str s;
	uint32_t cp;

	g->last = 0;
	if (!g->utf8_need) {
		g->utf8_need = text_need(c);
		g->utf8_have = 0;
		if (g->utf8_need < 2) {
			g->utf8_need = 0;
			g->counters->utf8++;
			return;
		}
	}
	g->utf8[g->utf8_have++] = c;
	if (g->utf8_have < g->utf8_need)
		return;
	s = (struct str){(const char *)g->utf8, g->utf8_have};
	g->utf8_need = 0;
	cp = text_next(&s);
	if (s.len != 0 || cp < 0xa0 || (cp == TEXT_BAD && g->utf8[0] != 0xef))
		g->counters->utf8++;
	else
		g->ops->glyph(g->ctx, cp);
}

static size_t
ground(struct guard *g, const unsigned char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] >= 0x20 && bytes[n] < DEL)
		n++;
	if (n > 0) {
		drop_utf8(g);
		g->ops->ascii(g->ctx, (struct str){(const char *)bytes, n});
		g->last = bytes[n - 1];
		return n;
	}
	if (bytes[0] >= 0x80)
		utf8(g, bytes[0]);
	else if (bytes[0] != DEL)
		control(g, bytes[0]);
	return 1;
}

static void
escape(struct guard *g, unsigned char c)
{
	if (c < 0x20) {
		control(g, c);
	} else if (c >= DEL) {
		return;
	} else if (c < 0x30) {
		mark(g, c);
		g->state = ESCAPE_MARK;
	} else if (g->state == ESCAPE_MARK) {
		finish(g, c, g->ops->escape);
	} else {
		switch (c) {
		case '[':
			begin(g, CSI);
			break;
		case 'P':
			begin(g, DCS);
			g->counters->strings++;
			break;
		case ']':
			begin_string(g, GUARD_OSC);
			break;
		case '_':
			begin_string(g, GUARD_APC);
			break;
		case 'k':
			begin_string(g, GUARD_TITLE);
			break;
		case 'X':
		case '^':
			begin_string(g, GUARD_CONSUMED);
			break;
		default:
			finish(g, c, g->ops->escape);
		}
	}
}

static void
csi(struct guard *g, unsigned char c)
{
	if (c < 0x20) {
		control(g, c);
	} else if (c >= DEL) {
		return;
	} else if (c >= 0x40) {
		if (g->state == CSI_IGNORE)
			g->over = true;
		finish(g, c, g->ops->csi);
	} else if (g->state == CSI_IGNORE) {
		return;
	} else if (c < 0x30) {
		mark(g, c);
		g->state = CSI_MARK;
	} else if (g->state == CSI_MARK) {
		g->state = CSI_IGNORE;
	} else if (c < 0x3c) {
		param(g, c);
		g->state = CSI_PARAM;
	} else if (g->state == CSI) {
		mark(g, c);
		g->state = CSI_PARAM;
	} else {
		g->state = CSI_IGNORE;
	}
}

static void
dcs_head(struct guard *g, unsigned char c)
{
	if (c < 0x20 || c >= DEL)
		return;
	if (c >= 0x40)
		g->state = DCS_BODY;
	else if (c < 0x30)
		g->state = DCS_MARK;
	else if (g->state == DCS_MARK || c == ':' || (c >= 0x3c && g->state == DCS_PARAM))
		g->state = DCS_IGNORE;
	else
		g->state = c >= 0x3c ? DCS_MARK : DCS_PARAM;
}

static void
string(struct guard *g, unsigned char c)
{
	if (c == BEL && g->kind == GUARD_OSC)
		end_string(g);
	else if (c >= 0x20)
		collect(g, c);
}

/* ESC, CAN, SUB: true when the byte is dealt with. */
static bool
anywhere(struct guard *g, unsigned char c)
{
	if (c != ESC && c != CAN && c != SUB)
		return false;
	if (g->state == STRING)
		end_string(g);
	else if (g->state != GROUND && g->state < DCS)
		g->counters->sequences++;
	begin(g, c == ESC ? ESCAPE : GROUND);
	if (c != ESC)
		control(g, c);
	return true;
}

/* Nothing of a DCS is wanted: only its end is looked for. */
static void
dcs_body(struct guard *g, unsigned char c)
{
	if (g->state == DCS_BODY) {
		if (c == ESC)
			g->state = DCS_BODY_ESCAPE;
	} else {
		g->state = c == '\\' ? GROUND : DCS_BODY;
	}
}

static void
step(struct guard *g, unsigned char c)
{
	switch ((enum state)g->state) {
	case GROUND:
		break; /* taken in runs */
	case ESCAPE:
	case ESCAPE_MARK:
		escape(g, c);
		break;
	case CSI:
	case CSI_PARAM:
	case CSI_MARK:
	case CSI_IGNORE:
		csi(g, c);
		break;
	case DCS:
	case DCS_PARAM:
	case DCS_MARK:
		dcs_head(g, c);
		break;
	case DCS_BODY:
	case DCS_BODY_ESCAPE:
		dcs_body(g, c);
		break;
	case DCS_IGNORE:
		break;
	case STRING:
		string(g, c);
		break;
	}
}

void
guard_feed(struct guard *g, struct str bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	size_t left = bytes.len;

	while (left > 0) {
		size_t used = 1;

		if (g->state == DCS_BODY || g->state == DCS_BODY_ESCAPE)
			dcs_body(g, *at);
		else if (anywhere(g, *at))
			;
		else if (g->state == GROUND)
			used = ground(g, at, left);
		else
			step(g, *at);
		at += used;
		left -= used;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * A state machine over single bytes. Two rules where terminals leave a choice:
 *
 * - DEL and ^H are both BackSpace. Terminals differ in which of them the key
 *   sends; C-h stays apart wherever CSI u or modifyOtherKeys is spoken.
 * - A pause makes ESC, ESC [, ESC O and the like what a person would have typed: Escape, Alt-[,
 *   Alt-O. A sequence that has gone further is never given up for a pause: on a
 *   slow line its rest would be typed into an agent. The key that ends it is lost
 *   with it. Strings (OSC, DCS, …) are given up: nobody asked for them, and
 *   they could swallow everything that follows.
 *   A paste whose begin is torn by such a pause is a paste all the same: what is in it must
 *   never be typed. It is not handed on either: the agent has got the ESC, and readline takes
 *   ESC and another mark for Alt-Escape and the text "[200~", whose lines it would run.
 */
#include "input.h"

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "sequence.h"

#define PASTE_MAX    (4u << 20)
#define SEQUENCE_MAX 1024 /* bytes of a sequence or string before we stop believing in it */
#define ESC          '\033'

enum state {
	GROUND,
	ESCAPE,     /* after ESC */
	CSI,        /* after ESC [ */
	SS3,        /* after ESC O */
	STRING,     /* OSC, DCS, APC */
	STRING_ESC, /* ESC within it */
	CONSOLE,    /* ESC [ [ : F1 to F5 of the Linux console */
	X10,        /* three bytes of an old mouse report */
	UTF8,
	PASTE
};

struct input {
	const struct input_ops *ops;
	void *ctx;
	enum state state;
	bool alt;      /* an ESC came in front */
	size_t length; /* of the string so far, after its introducer */
	char intro;    /* that introducer's last byte */
	struct sequence sequence;
	char bytes[4]; /* UTF8, X10 */
	unsigned have, need;
	struct buf paste;
	size_t mark; /* bytes of the end mark seen */
	/* Bytes of the begin mark that were seen, and those of them that a pause has made keys
	 * of; 0: none. */
	size_t late, late_keys;
	bool truncated, torn;
	bool feeding, dead;
};

static const struct str paste_begin = {"\033[200~", 6};
static const struct str paste_end = {"\033[201~", 6};

struct input *
input_new(const struct input_ops *ops, void *ctx)
{
	struct input *in = MEM_NEW(struct input);

	in->ops = ops;
	in->ctx = ctx;
	in->paste = BUF_INIT_MAX(PASTE_MAX);
	return in;
}

void
input_free(struct input *in)
{
	if (!in)
		return;
	if (in->feeding) {
		in->dead = true;
		return;
	}
	buf_release(&in->paste);
	mem_free(in);
}

static void
emit(struct input *in, enum key_special special, uint32_t code, unsigned mods)
{
	struct key key = {special, code, mods | (in->alt ? KEY_ALT : 0u)};

	in->alt = false;
	if (!in->dead && in->ops->key)
		in->ops->key(in->ctx, key);
}

static void
emit_control(struct input *in, unsigned char c)
{
	switch (c) {
	case '\0':
		emit(in, KEY_NONE, ' ', KEY_CTRL);
		break;
	case '\b':
	case 0x7f:
		emit(in, KEY_BACKSPACE, 0, 0);
		break;
	case '\t':
		emit(in, KEY_TAB, 0, 0);
		break;
	case '\r':
		emit(in, KEY_ENTER, 0, 0);
		break;
	default:
		emit(in, KEY_NONE, c + (c <= 26 ? 'a' - 1u : (uint32_t)'@'), KEY_CTRL);
		break;
	}
}

static void
emit_focus(struct input *in, bool focused)
{
	if (!in->dead && in->ops->focus)
		in->ops->focus(in->ctx, focused);
}

static void
emit_paste(struct input *in)
{
	struct str text = buf_str(&in->paste), rest = text;

	/* A character that the limit cut is left out. */
	if (in->truncated) {
		size_t back = 0;

		while (back < 3 && (text.ptr[text.len - 1 - back] & 0xc0) == 0x80)
			back++;
		rest = str_slice(text, text.len - 1 - back, text.len);
		if (text_need((unsigned char)rest.ptr[0]) > rest.len)
			text.len -= rest.len;
	}
	if (!in->dead && in->torn && in->ops->torn)
		in->ops->torn(in->ctx);
	if (!in->dead && !in->torn && in->ops->paste)
		in->ops->paste(in->ctx, text, in->truncated);
	buf_release(&in->paste);
}

static void
start_paste(struct input *in, bool torn)
{
	in->state = PASTE;
	in->mark = 0;
	in->truncated = false;
	in->torn = torn;
	in->alt = false;
}

/* What a finished sequence means. */
static void
act(struct input *in, struct event event)
{
	in->state = GROUND;
	switch (event.kind) {
	case EVENT_NONE:
		break;
	case EVENT_KEY:
		emit(in, event.key.special, event.key.code, event.key.mods);
		break;
	case EVENT_MOUSE:
		if (!in->dead && in->ops->mouse)
			in->ops->mouse(in->ctx, event.mouse);
		break;
	case EVENT_FOCUS_IN:
	case EVENT_FOCUS_OUT:
		emit_focus(in, event.kind == EVENT_FOCUS_IN);
		break;
	case EVENT_PASTE:
		start_paste(in, false);
		return;
	case EVENT_CONSOLE:
		in->state = CONSOLE;
		return;
	case EVENT_X10:
		in->state = X10;
		in->have = 0;
		return;
	}
	in->alt = false;
}

static void add_byte(struct input *in, unsigned char c);

static void
add_csi(struct input *in, unsigned char c)
{
	if (c < 0x20 || c >= 0x7f) {
		/* No part of a sequence: that one was cut off, this is a key. */
		in->state = GROUND;
		in->alt = false;
		if (c != 0x18 && c != 0x1a)
			add_byte(in, c);
		return;
	}
	if (sequence_ends(&in->sequence, c)) {
		act(in, sequence_event(&in->sequence, (char)c));
		return;
	}
	sequence_add(&in->sequence, c);
	if (in->sequence.length > SEQUENCE_MAX)
		in->state = GROUND;
}

static void
add_ss3(struct input *in, unsigned char c)
{
	if (c < 0x20 || c >= 0x7f || (c >= '0' && c <= '9') || c == ';')
		add_csi(in, c);
	else
		act(in, sequence_ss3(&in->sequence, (char)c));
}

static void
add_escape(struct input *in, unsigned char c)
{
	in->intro = (char)c;
	in->length = 0;
	in->sequence = (struct sequence){0};
	switch (c) {
	case '[':
		in->state = CSI;
		return;
	case 'O':
		in->state = SS3;
		return;
	case ']':
	case 'P':
	case '_':
		/* The strings that terminals send; ESC X and ESC ^ can only be keys. */
		in->state = STRING;
		return;
	case ESC:
		/* Of three in a row the first is a key of its own. */
		if (in->alt) {
			in->alt = false;
			emit(in, KEY_ESCAPE, 0, 0);
		}
		in->alt = true;
		return;
	default:
		/* ESC ESC x is Escape, then Alt-x. */
		if (in->alt) {
			in->alt = false;
			emit(in, KEY_ESCAPE, 0, 0);
		}
		in->alt = true;
		in->state = GROUND;
		add_byte(in, c);
		return;
	}
}

static void
add_string(struct input *in, unsigned char c)
{
	if (c == ESC) {
		in->state = STRING_ESC;
		return;
	}
	if (c == '\a' || c == 0x18 || c == 0x1a || ++in->length > SEQUENCE_MAX) {
		in->state = GROUND;
		in->alt = false;
	}
}

static void
add_utf8(struct input *in, unsigned char c)
{
	struct str s = {in->bytes, 0};
	uint32_t cp;

	if ((c & 0xc0) != 0x80) {
		in->state = GROUND;
		in->alt = false;
		add_byte(in, c);
		return;
	}
	in->bytes[in->have++] = (char)c;
	if (in->have < in->need)
		return;
	s.len = in->have;
	in->state = GROUND;
	cp = text_next(&s);
	if (cp != TEXT_BAD && cp >= 0xa0)
		emit(in, KEY_NONE, cp, 0);
	in->alt = false;
}

static void
add_x10(struct input *in, unsigned char c)
{
	const unsigned char *b = (const unsigned char *)in->bytes;

	in->bytes[in->have++] = (char)c;
	if (in->have < 3)
		return;
	if (b[0] < 32 || b[1] < 33 || b[2] < 33)
		act(in, (struct event){.kind = EVENT_NONE});
	else /* which button was let go is not told */
		act(in, sequence_mouse(b[0] - 32u, b[1] - 32u, b[2] - 32u, (b[0] & 3) == 3));
}

static void
add_ground(struct input *in, unsigned char c)
{
	if (c == ESC) {
		in->state = ESCAPE;
	} else if (c < 0x20 || c == 0x7f) {
		emit_control(in, c);
	} else if (c < 0x80) {
		emit(in, KEY_NONE, c, 0);
	} else {
		in->need = text_need(c);
		in->bytes[0] = (char)c;
		in->have = 1;
		if (in->need > 1)
			in->state = UTF8;
		else
			in->alt = false;
	}
}

static void
add_byte(struct input *in, unsigned char c)
{
	switch (in->state) {
	case GROUND:
		add_ground(in, c);
		break;
	case ESCAPE:
		add_escape(in, c);
		break;
	case CSI:
		add_csi(in, c);
		break;
	case SS3:
		add_ss3(in, c);
		break;
	case STRING:
		add_string(in, c);
		break;
	case STRING_ESC:
		in->alt = false;
		in->state = c == '\\' ? GROUND : ESCAPE;
		if (c != '\\')
			add_byte(in, c);
		break;
	case CONSOLE:
		in->state = GROUND;
		if (c >= 'A' && c <= 'E')
			emit(in, (enum key_special)(KEY_F1 + (c - 'A')), 0, 0);
		in->alt = false;
		break;
	case X10:
		add_x10(in, c);
		break;
	case UTF8:
		add_utf8(in, c);
		break;
	case PASTE:
		break; /* see add_paste() */
	}
}

static void
add_pasted(struct input *in, struct str bytes)
{
	size_t room = PASTE_MAX - in->paste.len;

	if (bytes.len > room) {
		bytes.len = room;
		in->truncated = true;
	}
	buf_add(&in->paste, bytes);
}

/*
 * Some terminals let a paste hold its own end mark: what stands behind it would then be typed,
 * and run. A second end without a new begin in the same read shows that the first was content.
 */
static bool
is_pasted_mark(struct str behind)
{
	ptrdiff_t end = str_find_str(behind, paste_end);
	ptrdiff_t begin = str_find_str(behind, paste_begin);

	return end >= 0 && (begin < 0 || begin > end);
}

/* Takes pasted bytes off the front of *bytes, up to and with the end mark, which may come in
 * parts. */
static void
add_paste(struct input *in, struct str *bytes)
{
	while (bytes->len > 0) {
		ptrdiff_t plain;

		if (in->mark > 0 && bytes->ptr[0] == paste_end.ptr[in->mark]) {
			*bytes = str_slice(*bytes, 1, bytes->len);
			if (++in->mark < paste_end.len)
				continue;
			if (!is_pasted_mark(*bytes)) {
				in->state = GROUND;
				emit_paste(in);
				return;
			}
		}
		add_pasted(in, str_slice(paste_end, 0, in->mark));
		in->mark = 0;
		if (bytes->len == 0)
			return;
		plain = str_find(*bytes, ESC);
		if (plain < 0)
			plain = (ptrdiff_t)bytes->len;
		else
			in->mark = 1;
		add_pasted(in, str_slice(*bytes, 0, (size_t)plain));
		*bytes = str_slice(*bytes, (size_t)plain + in->mark, bytes->len);
	}
}

/* What was held, in the hope that it begins a paste, is what it looks like. */
static void
give_up_late(struct input *in)
{
	struct str held = str_slice(paste_begin, in->late_keys, in->late);
	in->late = in->late_keys = 0;
	for (size_t i = 0; i < held.len && !in->dead; i++)
		add_byte(in, (unsigned char)held.ptr[i]);
}

/* After a pause had made keys of its first bytes. */
static void
add_late(struct input *in, struct str *bytes)
{
	while (bytes->len > 0 && in->late < paste_begin.len) {
		if (bytes->ptr[0] != paste_begin.ptr[in->late]) {
			give_up_late(in);
			return;
		}
		in->late++;
		*bytes = str_slice(*bytes, 1, bytes->len);
	}
	if (in->late < paste_begin.len)
		return;
	in->late = in->late_keys = 0;
	start_paste(in, true);
}

static void
leave(struct input *in)
{
	in->feeding = false;
	if (in->dead)
		input_free(in);
}

void
input_feed(struct input *in, struct str bytes)
{
	BUG_ON(in->feeding);
	in->feeding = true;
	while (bytes.len > 0 && !in->dead) {
		if (in->state == PASTE) {
			add_paste(in, &bytes);
			continue;
		}
		if (in->late > 0) {
			add_late(in, &bytes);
			continue;
		}
		add_byte(in, (unsigned char)bytes.ptr[0]);
		bytes = str_slice(bytes, 1, bytes.len);
	}
	leave(in);
}

bool
input_pending(const struct input *in)
{
	switch (in->state) {
	case ESCAPE:
	case STRING:
	case STRING_ESC:
	case CONSOLE:
	case X10:
		return true;
	case CSI:
	case SS3:
		return in->sequence.length == 0;
	case GROUND:
		return in->late > in->late_keys;
	case UTF8:
	case PASTE:
		break;
	}
	return false;
}

void
input_flush(struct input *in)
{
	enum state was = in->state;
	bool lone = (was == CSI || was == SS3) || (was == STRING && in->length == 0);

	if (!input_pending(in))
		return;
	BUG_ON(in->feeding);
	in->feeding = true;
	in->state = GROUND;
	if (was == GROUND) {
		give_up_late(in);
	} else if (was == ESCAPE) {
		emit(in, KEY_ESCAPE, 0, 0);
		in->late = in->late_keys = 1;
	} else if (lone) {
		in->alt = true;
		emit(in, KEY_NONE, (unsigned char)in->intro, 0);
		in->late = in->late_keys = was == CSI ? 2 : 0;
	}
	in->alt = false;
	leave(in);
}

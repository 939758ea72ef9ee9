/*
 * verbs: what an agent can ask of its screen, split over moves.c and edits.c;
 * the tables of all of them stand in verbs.c.
 */
#ifndef COCKPIT_TERM_VERBS_H
#define COCKPIT_TERM_VERBS_H

#include "local.h"

typedef void verb_fn(struct screen *s, const struct guard_seq *seq);

/* The first number, at least 1; -1 when there stands something else. */
static inline int
verb_count(const struct guard_seq *seq)
{
	return guard_get(seq, 0, 1, 1);
}

static inline int
lesser(int a, int b)
{
	return a < b ? a : b;
}

/* moves.c, by their names in ECMA-48 */
verb_fn move_cuu;
verb_fn move_cud;
verb_fn move_cuf;
verb_fn move_cub;
verb_fn move_cnl;
verb_fn move_cpl;
verb_fn move_hpa;
verb_fn move_vpa;
verb_fn move_cup;
verb_fn move_cbt;
verb_fn move_tbc;

/* edits.c */
verb_fn edit_ich;
verb_fn edit_dch;
verb_fn edit_ech;
verb_fn edit_il;
verb_fn edit_dl;
verb_fn edit_su;
verb_fn edit_sd;
verb_fn edit_ed;
verb_fn edit_el;

#endif

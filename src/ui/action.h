/* ui/action: what keys do. The argument is the binding's. */
#ifndef COCKPIT_UI_ACTION_H
#define COCKPIT_UI_ACTION_H

#include "cockpit/term_keys.h"

struct agent_view;
struct view;

void action_type(struct view *view, int argument);
void action_command(struct view *view, int argument);
void action_needs_you(struct view *view, int argument); /* needs.c */
void action_new(struct view *view, int argument);
void action_new_with(struct view *view, int argument);
void action_prompt(struct view *view, int argument);
void action_zoom(struct view *view, int argument);
void action_restart(struct view *view, int argument);
void action_restart_running(struct view *view, int argument); /* ending.c */
void action_stop(struct view *view, int argument);            /* ending.c */
void action_delete(struct view *view, int argument);          /* ending.c */
void action_undo(struct view *view, int argument);            /* ending.c */
void action_merge(struct view *view, int argument);           /* merge.c */
void action_push(struct view *view, int argument);            /* merge.c */
void action_answer(struct view *view, int argument);
void action_explain(struct view *view, int argument);
void action_left(struct view *view, int argument);
void action_right(struct view *view, int argument);
void action_up(struct view *view, int argument);
void action_down(struct view *view, int argument);
void action_page(struct view *view, int argument);
void action_jump(struct view *view, int argument);
void action_redraw(struct view *view, int argument);
void action_suspend(struct view *view, int argument);
void action_shell(struct view *view, int argument); /* shell.c */
void action_tags(struct view *view, int argument);  /* tags.c */
void action_palette(struct view *view, int argument);
void action_help(struct view *view, int argument);
void action_detach(struct view *view, int argument);

struct err;
/* A pilot_fn with the view as ctx: says what was done, or what went wrong. */
void action_report(void *ctx, const char *text, const struct err *err);
void action_complain(struct view *view, const struct err *err);
void action_focus(struct view *view, uint32_t agent);
/* The agent that a key is about; false: there is none, and that is said. */
bool action_focused(struct view *view, struct agent_view *ret);
void action_explain_agent(struct view *view, uint32_t agent);
void action_left_prompts(struct view *view);
/* text NULL: an empty one. */
void action_prompt_with(struct view *view, const struct agent_view *agent, const char *text);
void action_prompt_agent(struct view *view, const struct agent_view *agent);
void action_restart_agent(struct view *view, const struct agent_view *agent);
/* A key in TYPING mode. */
void action_typed(struct view *view, struct key key);
void action_paste(struct view *view, struct str text, bool truncated);
void action_mouse(struct view *view, struct mouse mouse); /* mouse.c */
/* Starts every declared agent of a host that does not run; host -1: of all hosts. */
void action_start_declared(struct view *view, int host);
/* The size that a tile gives its agent; 80x24 without one. */
void action_tile_size(const struct view *view, int index, int *ret_cols, int *ret_rows);

#endif

/* SPDX-License-Identifier: MIT */
/* What the operator types, pastes and points at, on its way into a pane. */
#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"
#include "local.h"

int
pilot_key(struct pilot *pilot, uint32_t agent, struct key key)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	int rc = key_encode(key, &text, &name)
			 ? act_agent_bytes(pilot->fleet, agent, buf_str(&text))
			 : act_agent_key(pilot->fleet, agent, buf_str(&name));
	buf_release(&text);
	buf_release(&name);
	return rc;
}

int
pilot_paste(struct pilot *pilot, uint32_t agent, struct str text)
{
	struct buf clean = BUF_INIT;
	text_typable(&clean, text);
	int rc = act_agent_paste(pilot->fleet, agent, buf_str(&clean), NULL, NULL);
	buf_release(&clean);
	return rc;
}

int
pilot_mouse(struct pilot *pilot, uint32_t agent, struct mouse mouse)
{
	struct agent_view view;
	struct buf bytes = BUF_INIT;
	int rc = 0;
	if (!fleet_agent(pilot->fleet, agent, &view) || !view.screen)
		return ERR_NOT_FOUND;
	mouse_encode(mouse, screen_modes(view.screen), &bytes);
	if (bytes.len)
		rc = act_agent_bytes(pilot->fleet, agent, buf_str(&bytes));
	buf_release(&bytes);
	return rc;
}

void
pilot_resize(struct pilot *pilot, uint32_t agent, int cols, int rows)
{
	act_agent_resize(pilot->fleet, agent, cols, rows);
}

void
pilot_attend(struct pilot *pilot, uint32_t agent, enum pilot_attention attention)
{
	static const enum act_attention as[] = {[PILOT_HIDDEN] = ACT_HIDDEN,
		[PILOT_SHOWN] = ACT_SHOWN,
		[PILOT_FOCUSED] = ACT_FOCUSED};
	if (attention == PILOT_FOCUSED)
		pilot->focused = agent;
	act_agent_attention(pilot->fleet, agent, as[attention]);
}

int
pilot_history(struct pilot *pilot, uint32_t agent, int first, int rows, pilot_history_fn *done,
	void *ctx)
{
	return act_agent_history(pilot->fleet, agent, first, rows, done, ctx);
}

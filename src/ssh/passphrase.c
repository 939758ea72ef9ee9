/* SPDX-License-Identifier: MIT */
#include "passphrase.h"

#include <stdio.h>

#include "cockpit/base_text.h"

void
passphrase_question(struct passphrase_question *ret, struct str path, int wrong)
{
	char safe[300];
	int left = PASSPHRASE_TRIES - wrong;
	snprintf(ret->title, sizeof(ret->title), "passphrase of %s",
		text_safe_tmp(safe, sizeof(safe), path));
	ret->text[0] = '\0';
	if (wrong > 0)
		snprintf(ret->text, sizeof(ret->text),
			"That was not its passphrase. %d %s left.", left,
			left == 1 ? "try is" : "tries are");
	ret->ask = (struct link_ask){.kind = LINK_ASK_SECRET,
		.title = ret->title,
		.text = ret->text,
		.prompts = {{"Passphrase", false}},
		.count = 1};
}

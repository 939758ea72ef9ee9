/* ui/hook: a person's own command, run when something happened. Nothing waits for it. */
#ifndef COCKPIT_UI_HOOK_H
#define COCKPIT_UI_HOOK_H

struct hook;
struct loop;

/* argv ends with NULL. Copied. */
struct hook *hook_new(struct loop *loop, char *const argv[]);
/* From the next run on. */
void hook_use(struct hook *hook, char *const argv[]);
/* What runs is ended. Accepts NULL. */
void hook_free(struct hook *hook);
/* With these in its environment: entries "NAME=value", then NULL. Too many at once are dropped.
 */
void hook_run(struct hook *hook, const char *const environment[]);

#endif

/* ui_sign: signs in what commands print. */
#ifndef COCKPIT_UI_SIGN_H
#define COCKPIT_UI_SIGN_H

#define UI_SIGN_MAX 8

/* A sign of one column ("✓"), or, on a terminal that does not show it, what stands for it ("v",
 * in ret). What goes to a file or a program is UTF-8 always. */
const char *ui_sign(const char *sign, char ret[UI_SIGN_MAX]);

#endif

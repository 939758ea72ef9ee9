/*
 * wire: the small encodings that SSH files and messages share: big-endian
 * numbers, strings with a length in front, base64, and key fingerprints.
 */
#ifndef COCKPIT_SSH_WIRE_H
#define COCKPIT_SSH_WIRE_H

#include "cockpit/base_buf.h"

/* Each takes one item off the front of *from; false, with *from as it was, if it is cut short.
 */
bool wire_take_u32(struct str *from, uint32_t *ret);
bool wire_take_string(struct str *from, struct str *ret);
void wire_put_u32(struct buf *into, uint32_t value);
void wire_put_string(struct buf *into, struct str s);

/* Appends the bytes; false, with nothing appended, if text is not padded base64. */
bool wire_base64(struct buf *into, struct str text);

/* "SHA256:…" as ssh-keygen -l writes it. */
#define WIRE_FINGERPRINT_MAX 64
void wire_fingerprint(struct str blob, char ret[WIRE_FINGERPRINT_MAX]);
/* The type's name, which every public key begins with; empty if blob is no key. */
struct str wire_key_type(struct str blob);

#endif

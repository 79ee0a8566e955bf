/* SPDX-License-Identifier: MIT
 *
 * tls_record.c - see tls_record.h.
 *
 * No number is used twice with a key: one is taken for each record that is
 * sealed, sent or not, and given back to the library with the session.
 *
 * THREADS, MEMORY: see tls_record.h.
 */
#include "config.h"

#include "net/tls_record.h"

#include <gnutls/crypto.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TAG = 16,
	NONCE = 12,
	TYPE_DATA = 23,
	/* Where the library is to renew the keys: it does at 2^24. */
	TIRED = 1 << 23,
};

struct way {
	gnutls_aead_cipher_hd_t cipher;
	uint8_t iv[NONCE];
	uint64_t number; /* of the next record */
};

struct tls_records {
	struct way in, out;
};

static void
put_number(uint8_t p[8], uint64_t number)
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		p[i] = (uint8_t)number;
}

static int
take_way(struct way *w, gnutls_session_t session, unsigned reads)
{
	gnutls_datum_t iv, key;
	uint8_t number[8];
	int rc =
	    gnutls_record_get_state(session, reads, NULL, &iv, &key, number);

	if (rc < 0)
		return rc;
	if (iv.size != NONCE)
		return GNUTLS_E_UNIMPLEMENTED_FEATURE;
	memcpy(w->iv, iv.data, NONCE);
	for (int i = 0; i < 8; i++)
		w->number = w->number << 8 | number[i];
	return gnutls_aead_cipher_init(
	    &w->cipher, gnutls_cipher_get(session), &key);
}

struct tls_records *
tls_records_new(gnutls_session_t session)
{
	struct tls_records *r;

	if (gnutls_protocol_get_version(session) != GNUTLS_TLS1_3 ||
	    gnutls_cipher_get_tag_size(gnutls_cipher_get(session)) != TAG)
		return NULL;
	r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	if (take_way(&r->in, session, 1) < 0 ||
	    take_way(&r->out, session, 0) < 0)
		tls_records_free(&r);
	return r;
}

void
tls_records_free(struct tls_records **rp)
{
	struct tls_records *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	if (r->in.cipher)
		gnutls_aead_cipher_deinit(r->in.cipher);
	if (r->out.cipher)
		gnutls_aead_cipher_deinit(r->out.cipher);
	gnutls_memset(r, 0, sizeof *r);
	free(r);
}

int
tls_records_back(struct tls_records **rp, gnutls_session_t session)
{
	uint8_t in[8], out[8];
	int rc;

	put_number(in, (*rp)->in.number);
	put_number(out, (*rp)->out.number);
	tls_records_free(rp);
	rc = gnutls_record_set_state(session, 1, in);
	if (rc == 0)
		rc = gnutls_record_set_state(session, 0, out);
	return rc == 0 ? 0 : -EPROTO;
}

ssize_t
tls_record_length(const uint8_t *p, size_t n)
{
	size_t sealed;

	if (n < TLS_RECORD_HEAD)
		return 0;
	sealed = (size_t)p[3] << 8 | p[4];
	if (p[0] != TYPE_DATA || p[1] != 3 || p[2] != 3 || sealed <= TAG ||
	    sealed > TLS_RECORD_SEALED_MAX - TLS_RECORD_HEAD)
		return -1;
	return (ssize_t)(TLS_RECORD_HEAD + sealed);
}

static void
nonce_of(const struct way *w, uint8_t nonce[NONCE])
{
	uint8_t number[8];

	put_number(number, w->number);
	memcpy(nonce, w->iv, NONCE);
	for (int i = 0; i < 8; i++)
		nonce[NONCE - 8 + i] ^= number[i];
}

ssize_t
tls_record_open(struct tls_records *r, const uint8_t *p, size_t n, uint8_t *out,
    size_t room)
{
	uint8_t nonce[NONCE];
	size_t len = room;

	if (n <= TLS_RECORD_HEAD + TAG)
		return -1;
	nonce_of(&r->in, nonce);
	if (gnutls_aead_cipher_decrypt(r->in.cipher, nonce, NONCE, p,
		TLS_RECORD_HEAD, TAG, p + TLS_RECORD_HEAD, n - TLS_RECORD_HEAD,
		out, &len) < 0)
		return -1;
	while (len > 0 && out[len - 1] == 0)
		len--;
	/* One that is empty is the library's, which counts those. */
	if (len < 2 || out[len - 1] != TYPE_DATA || len > TLS_RECORD_MAX + 1)
		return -1;
	r->in.number++;
	return (ssize_t)len - 1;
}

size_t
tls_record_seal(struct tls_records *r, const void *p, size_t n, uint8_t *out)
{
	static const uint8_t type = TYPE_DATA;
	size_t len = n + 1 + TAG;
	uint8_t nonce[NONCE];
	giovec_t head = { out, TLS_RECORD_HEAD };
	giovec_t data[2] = { { (void *)(uintptr_t)p, n },
		{ (void *)(uintptr_t)&type, 1 } };

	if (n == 0 || n > TLS_RECORD_MAX)
		return 0;
	out[0] = TYPE_DATA;
	out[1] = out[2] = 3;
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
	nonce_of(&r->out, nonce);
	r->out.number++;
	if (gnutls_aead_cipher_encryptv(r->out.cipher, nonce, NONCE, &head, 1,
		TAG, data, 2, out + TLS_RECORD_HEAD, &len) < 0)
		return 0;
	return TLS_RECORD_HEAD + len;
}

bool
tls_records_tired(const struct tls_records *r)
{
	return r->out.number >= TIRED;
}

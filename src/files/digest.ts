/** Digests: sha256 of bytes, and the one text of a JSON value that a digest of it is taken over. */

import { createHash } from 'node:crypto';

/** sha256 as 64 hexadecimal digits; of several parts, as of one after another. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * A value as JSON without spaces, the keys of every object sorted by UTF-16 code units, as in RFC 8785. What JSON cannot
 * say becomes what JSON.stringify makes of it, so that a value and the same value read back have the same text.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

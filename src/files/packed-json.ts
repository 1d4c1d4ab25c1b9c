/**
 * JSON with its long regular parts in fewer bytes, without loss: outcomes of examples are a digit each, and lists of examples
 * rise.
 *
 *   "0110...", of at most 16 different characters     { "packed": "text", "alphabet": "01", "length": 5000, "data": base64 }
 *   [3, 7, 8, ...], rising whole numbers of 0 or more  { "packed": "rising", "length": 5000, "data": base64 }
 *
 * A character takes as many bits as tell the alphabet apart, the first of a byte being its highest; a number is the difference from
 * the one before it (the first from -1), less one, in groups of seven bits, the lowest first, each but the last with 128 added.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';

/** Shorter ones stay as they are, to be read by people. */
const least = 48;
const most = 10_000_000;

const packedSchema = z.discriminatedUnion('packed', [
  z.strictObject({
    packed: z.literal('text'),
    alphabet: z.string().min(1).max(16),
    length: z.int().min(0).max(most),
    data: z.base64(),
  }),
  z.strictObject({ packed: z.literal('rising'), length: z.int().min(0).max(most), data: z.base64() }),
]);

/** @throws RangeError for an object that has a key `packed` of its own, which could not be told apart. */
export function packJson(value: unknown): unknown {
  if (typeof value === 'string') return packedText(value) ?? value;
  if (Array.isArray(value)) return packedRising(value) ?? value.map(packJson);
  if (typeof value !== 'object' || value === null) return value;
  if ('packed' in value) throw new RangeError('an object with a key `packed` cannot be packed');
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, packJson(each)]));
}

/** @throws InputError ('damaged') that names `file` for what packJson does not make. */
export function unpackJson(file: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => unpackJson(file, each));
  if (typeof value !== 'object' || value === null) return value;
  if (!('packed' in value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unpackJson(file, each)]));
  const { success, data } = packedSchema.safeParse(value);
  const found = success && (data.packed === 'text' ? unpackedText(data) : unpackedRising(data));
  if (found === undefined || found === false)
    throw new InputError(`${file} is damaged: a packed part of it cannot be unpacked`, [], {
      code: 'damaged',
    });
  return found;
}

const bitsFor = (alphabet: string) => Math.max(1, Math.ceil(Math.log2(alphabet.length)));

function packedText(text: string) {
  if (text.length < least) return undefined;
  const alphabet = [...new Set(text.split(''))].sort().join('');
  // Surrogates would be torn apart; no outcome has any.
  if (alphabet.length > 16 || /[^ -~]/.test(alphabet)) return undefined;
  const bits = bitsFor(alphabet);
  const bytes = new Uint8Array(Math.ceil((text.length * bits) / 8));
  for (let at = 0; at < text.length; at += 1) {
    const code = alphabet.indexOf(text[at]);
    for (let bit = 0; bit < bits; bit += 1) {
      const place = at * bits + bit;
      if ((code >> (bits - 1 - bit)) & 1) bytes[place >> 3] |= 128 >> (place & 7);
    }
  }
  return { packed: 'text', alphabet, length: text.length, data: Buffer.from(bytes).toString('base64') };
}

function unpackedText({ alphabet, length, data }: { alphabet: string; length: number; data: string }) {
  const bits = bitsFor(alphabet);
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length !== Math.ceil((length * bits) / 8)) return undefined;
  let text = '';
  for (let at = 0; at < length; at += 1) {
    let code = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const place = at * bits + bit;
      code = 2 * code + ((bytes[place >> 3] >> (7 - (place & 7))) & 1);
    }
    if (code >= alphabet.length) return undefined;
    text += alphabet[code];
  }
  return text;
}

function packedRising(values: readonly unknown[]) {
  if (values.length < least) return undefined;
  const bytes: number[] = [];
  let last = -1;
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value <= last || value > most)
      return undefined;
    let rest = value - last - 1;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
    bytes.push(rest);
    last = value;
  }
  return { packed: 'rising', length: values.length, data: Buffer.from(bytes).toString('base64') };
}

function unpackedRising({ length, data }: { length: number; data: string }) {
  const values: number[] = [];
  let [last, rest, factor] = [-1, 0, 1];
  for (const byte of Buffer.from(data, 'base64')) {
    rest += (byte % 128) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    last += rest + 1;
    if (last > most) return undefined;
    values.push(last);
    [rest, factor] = [0, 1];
  }
  return values.length === length && factor === 1 ? values : undefined;
}

/** Pickles by hand, byte by byte: what they hold, and that what would run code is only told. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { integers } from '../random/index.ts';
import { arrayOf, bytesOf, calleeOf, entriesOf, itemsOf, type PickleValue, unpickle, walk } from './index.ts';

type Piece = string | number | readonly number[] | Buffer;
const piece = (part: Piece): Buffer => {
  if (typeof part === 'string') return Buffer.from(part, 'latin1');
  return typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part);
};
const bytes = (...parts: readonly Piece[]): Buffer => Buffer.concat(parts.map(piece));
const text = (value: string) => bytes('X', [value.length, 0, 0, 0], value);
const read = (...parts: readonly Piece[]): PickleValue => unpickle('it', bytes(...parts, '.')).value;

describe('a pickle', () => {
  it.each<[string, Buffer, PickleValue]>([
    ['None', bytes('N'), null],
    ['True', bytes(0x88), true],
    ['an integer of one byte', bytes('K', 200), 200],
    ['of two', bytes('M', [1, 2]), 513],
    ['of four, negative', bytes('J', [0xfe, 0xff, 0xff, 0xff]), -2],
    [
      'a long one',
      bytes(0x8a, 10, [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
      0x1950a86a20f9469cfc6cn,
    ],
    ['a long one that is negative', bytes(0x8a, 1, 0xff), -1],
    ['a long one of no bytes', bytes(0x8a, 0), 0],
    ['a float', bytes('G', [0x40, 0x04, 0, 0, 0, 0, 0, 0]), 2.5],
    ['text', text('hello'), 'hello'],
    ['bytes', bytes('C', 2, [1, 2]), Buffer.from([1, 2])],
    ["Python 2's str", bytes('U', 2, 'ab'), Buffer.from('ab')],
  ])('holds %s', (_, given, expected) => {
    expect(unpickle('it', bytes(given, '.')).value).toEqual(expected);
  });

  it('holds lists, tuples, sets and dicts, and what is shared is shared', () => {
    const value = read(']', 'q', 0, '(', 'K', 1, 'h', 0, 'e');
    expect(itemsOf(value)?.[0]).toBe(1);
    expect(itemsOf(value)?.[1]).toBe(value);
    const dict = read('}', '(', text('a'), 'K', 1, text('a'), 'K', 2, 'u');
    expect([...(entriesOf(dict) ?? [])]).toEqual([['a', 2]]);
    expect(itemsOf(read('K', 1, 'K', 2, 'K', 3, 0x87))).toEqual([1, 2, 3]);
    expect(read(0x8f, '(', 'K', 1, 0x90)).toMatchObject({ kind: 'set', items: [1] });
  });

  it('says what it would call, and calls nothing', () => {
    const value = read('cos\nsystem\n', text('touch /tmp/called'), 0x85, 'R');
    expect(calleeOf(value)).toBe('os.system');
    expect(value).toMatchObject({ kind: 'call', args: { kind: 'tuple', items: ['touch /tmp/called'] } });
    expect(read(0x8c, 2, 'os', 0x8c, 6, 'system', 0x93)).toEqual({ kind: 'global', name: 'os.system' });
  });

  it('may stand before something else', () => {
    expect(unpickle('it', bytes('N.rest'), 0)).toEqual({ value: null, end: 2 });
    expect(unpickle('it', bytes('N.K', 7, '.'), 2)).toEqual({ value: 7, end: 5 });
  });

  it('nested a million deep is read, and walked', () => {
    const deep = unpickle(
      'it',
      Buffer.concat([Buffer.alloc(1e6, ']'), Buffer.alloc(1e6 - 1, 'a'), bytes('.')]),
    ).value;
    expect([...walk(deep)]).toHaveLength(1e6);
  });

  it('of things that hold each other many times is walked once each', () => {
    // Thirty lists, each twice in the next: 2^30 places.
    const doubling = Array.from({ length: 30 }, (_, at) => bytes('q', at, ']', '(', 'h', at, 'h', at, 'e'));
    const value = unpickle('it', Buffer.concat([bytes(']'), ...doubling, bytes('.')])).value;
    expect([...walk(value)].length).toBeLessThan(100);
  });
});

describe('what is refused, with the byte where it is', () => {
  it.each([
    ['nothing', bytes(), /ends too early, at byte 0/],
    ['no end', bytes('N'), /ends too early, at byte 1/],
    ['an opcode of text', bytes('I1\n.'), /opcode 0x49 .* at byte 0/],
    ['an extension', bytes(0x82, 1, '.'), /opcode 0x82/],
    ['a length beyond the file', bytes('X', [0xff, 0xff, 0xff, 0x7f], 'a.'), /ends too early/],
    [
      'a length of eight bytes beyond everything',
      bytes(0x8d, [255, 255, 255, 255, 255, 255, 255, 255], '.'),
      /too early/,
    ],
    ['an integer of a megabyte', bytes(0x8b, [0, 0, 16, 0], '.'), /an integer of 1048576 bytes/],
    ['a value that is missing', bytes('.'), /a value is missing/],
    ['a mark for a value', bytes('(.'), /a value is missing/],
    ['a mark that is missing', bytes('t.'), /a mark is missing/],
    ['something that was not kept', bytes('h', 3, '.'), /not kept \(3\)/],
    ['items for a number', bytes('K', 1, '(', 'K', 2, 'e.'), /holds none/],
    ['a key without a value', bytes('}(', 'K', 1, 'u.'), /a key without a value/],
    ['a name without an end', bytes('cos'), /a name without an end/],
  ])('%s', (_, data, message) => {
    expect(() => unpickle('it', data)).toThrow(message);
    expect(() => unpickle('it', data)).toThrow(InputError);
  });

  it('whatever is cut or altered, with a reason', () => {
    const whole = bytes(
      ...[0x80, 2, 'ccollections\nOrderedDict\n', ')R', 'q', 1, '('],
      ...[text('a'), 'ctorch\nFloatStorage\n', 'K', 7, 0x86, 'Q', 'u', '}b.'],
    );
    expect(entriesOf(unpickle('it', whole).value)?.has('a')).toBe(true);
    const outcomes = new Set<string>();
    const tryIt = (data: Buffer) => {
      try {
        unpickle('it', data);
        outcomes.add('read');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        outcomes.add('refused');
      }
    };
    for (let length = 0; length < whole.length; length += 1) tryIt(whole.subarray(0, length));
    const drawn = integers({ seed: 0, purpose: 'noise' }, 4000, 65536);
    for (let at = 0; at < 4000; at += 2) {
      const altered = Buffer.from(whole);
      altered[drawn[at] % whole.length] = drawn[at + 1] % 256;
      tryIt(altered);
    }
    expect([...outcomes].sort()).toEqual(['read', 'refused']);
  });
});

describe("NumPy's arrays", () => {
  const dtype = (type: string, order: string) =>
    bytes('cnumpy\ndtype\n', text(type), 'K', 0, 'K', 1, 0x87, 'R(K', 3, text(order), 'tb');
  const array = (content: Buffer, shape: readonly number[], type = dtype('u1', '|')) =>
    unpickle(
      'it',
      bytes(
        ...[
          'cnumpy.core.multiarray\n_reconstruct\n',
          'cnumpy\nndarray\n',
          'K',
          0,
          0x85,
          'U',
          1,
          'b',
          0x87,
          'R',
        ],
        ...['(K', 1, '(', ...shape.flatMap((extent) => ['K', extent]), 't', type],
        ...[0x89, content, 'tb.'],
      ),
    ).value;

  it('are read, of Python 2 and of Python 3 for it', () => {
    const content = bytes('U', 6, [0, 1, 2, 3, 4, 255]);
    expect(arrayOf(array(content, [2, 3]))).toEqual({
      ...{ shape: [2, 3], type: 'u1', littleEndian: true, fortranOrder: false },
      data: Buffer.from([0, 1, 2, 3, 4, 255]),
    });
    const encoded = bytes('c_codecs\nencode\n', text('ab'), text('latin1'), 0x86, 'R');
    expect(bytesOf(unpickle('it', Buffer.concat([encoded, bytes('.')])).value)).toEqual(Buffer.from('ab'));
    expect(arrayOf(array(encoded, [2]))?.data).toEqual(Buffer.from('ab'));
    expect(arrayOf(array(bytes('U', 4, [0, 0, 0, 1]), [1], dtype('i4', '>')))?.littleEndian).toBe(false);
  });

  it('are none where their parts do not fit', () => {
    expect(arrayOf(array(bytes('U', 5, [0, 1, 2, 3, 4]), [2, 3]))).toBeUndefined();
    expect(arrayOf(array(bytes('U', 2, 'ab'), [2], dtype('O8', '|')))).toBeUndefined();
    expect(arrayOf(read('}'))).toBeUndefined();
  });
});

import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson, checkSchema, parseJson, readableJson, readJson, sha256 } from './json.ts';

describe('canonical JSON', () => {
  it('sorts keys at every depth, and keeps the order of lists', () => {
    expect(canonicalJson({ b: [3, { z: 1, a: null }], a: 'é"' })).toBe(
      '{"a":"é\\"","b":[3,{"a":null,"z":1}]}',
    );
  });

  it('is the same for a value and for what is read back', () => {
    const value = {
      nan: Number.NaN,
      minusZero: -0,
      left: undefined,
      tiny: 1e-300,
      __proto__: null,
      '10': 1,
      '9': 2,
    };
    expect(canonicalJson(JSON.parse(readableJson(value)))).toBe(canonicalJson(value));
  });
});

it('sha256 is that of the standard, and of parts that of the whole', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('a', new TextEncoder().encode('bc'))).toBe(sha256('abc'));
});

describe('JSON from anywhere', () => {
  it.each(['['.repeat(100_000), '{"a":'.repeat(5000), `${'['.repeat(101)}${']'.repeat(101)}`])(
    'is refused in a line when it is nested too deep (%#)',
    (text) => {
      expect(() => parseJson('a.json', text)).toThrow(
        expect.objectContaining({
          code: 'damaged',
          message: 'a.json is damaged: its JSON is nested more than 100 deep',
        }),
      );
    },
  );

  it('may have brackets in its strings', () => {
    const value = ['['.repeat(200), '\\"[[', { '{{': ']' }];
    expect(parseJson('a.json', JSON.stringify(value))).toEqual(value);
  });

  it('with a thousand problems is refused with a dozen, cut', () => {
    const many = {
      ['x'.repeat(10_000)]: 'a',
      ...Object.fromEntries(Array.from({ length: 999 }, (_, i) => [i, 'a'])),
    };
    const check = () => checkSchema('a.json', many, z.record(z.string(), z.number()));
    expect(check).toThrow('...: and 988 more');
    try {
      check();
    } catch (error) {
      expect(String(error).length).toBeLessThan(5000);
    }
  });

  it('is read from regular files of bounded size alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dualbn-json-'));
    const path = join(folder, 'a.json');
    await writeFile(path, '{"a": 1}');
    await symlink('a.json', join(folder, 'link.json'));
    const schema = z.object({ a: z.int() });
    expect(readJson(path, schema)).toEqual({ a: 1 });
    expect(() => readJson(path, schema, 7)).toThrow('it has 8 bytes, the limit is 7');
    expect(() => readJson(join(folder, 'link.json'), schema)).toThrow('it is a symbolic link');
    expect(() => readJson('/dev/zero', schema)).toThrow('it is not a regular file');
    expect(() => readJson(join(folder, 'b.json'), schema)).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });
});

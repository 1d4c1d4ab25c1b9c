import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { frameDocument, openSealed, parseSealed, readDocuments, sealDocument } from './documents.ts';
import { readableJson } from './json.ts';
import { writeNumbered } from './write-atomically.ts';

const schema = z.object({
  document: z.literal('evaluation'),
  version: z.literal(2),
  created: z.iso.datetime(),
  accuracy: z.number(),
});
const documentOf = (created: string, accuracy = 0.5) => ({
  document: 'evaluation',
  version: 2,
  created,
  accuracy,
  subject: { regime: null, nested: [1, 2.5, -0, 1e-9] },
});
const sealed = (created = '2026-01-01T00:00:00.000Z') => sealDocument(documentOf(created));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-documents-'));
});

describe('a sealed document', () => {
  it('is opened from the file that it was written to', async () => {
    const path = await writeNumbered(folder, 'last', sealed());
    expect(openSealed(path, schema)).toEqual({
      document: 'evaluation',
      version: 2,
      created: '2026-01-01T00:00:00.000Z',
      accuracy: 0.5,
    });
  });

  it('of new content is framed with when it was made', async () => {
    const path = await writeNumbered(folder, 'new', frameDocument('evaluation', { accuracy: 1 }));
    const { created, ...rest } = openSealed(path, schema);
    expect(rest).toEqual({ document: 'evaluation', version: 2, accuracy: 1 });
    expect(Math.abs(Date.now() - Date.parse(created))).toBeLessThan(60_000);
  });

  it('may be written with its keys in another order and other spaces', () => {
    const { digest, ...rest } = sealed();
    const text = JSON.stringify({ digest, ...Object.fromEntries(Object.entries(rest).reverse()) });
    expect(parseSealed('a.json', text, schema).accuracy).toBe(0.5);
  });

  it('is refused when any of it was altered, also what the schema does not look at', () => {
    const text = readableJson(sealed());
    const alterations = [
      ['0.5', '0.6'],
      ['2026-', '2025-'],
      ['null', '"dual-bn"'],
      ['2.5', '2.25'],
      ['"digest": "', '"digest": "0'],
      ['"version": 2,', '"version": 2, "more": 1,'],
    ];
    for (const [before, after] of alterations) {
      const altered = text.replace(before, after);
      expect(altered).not.toBe(text);
      expect(() => parseSealed('a.json', altered, schema, 'evaluate again')).toThrow(
        expect.objectContaining({
          code: 'damaged',
          message: 'a.json is damaged: it does not have the digest that it carries; evaluate again',
        }),
      );
    }
  });

  it('of another version is refused with the way out', () => {
    expect(() => parseSealed('a.json', '{ "grid": [] }', schema, 'evaluate again')).toThrow(
      expect.objectContaining({
        code: 'mismatch',
        message: 'a.json was made by an older version of dualbn: evaluate again',
      }),
    );
    const later = JSON.stringify(sealDocument({ version: 3 }));
    expect(() => parseSealed('a.json', later, schema)).toThrow('was made by a newer version');
  });

  it('that is no document is refused by name', () => {
    expect(() => parseSealed('a.json', '[]', schema)).toThrow('a.json is damaged');
    expect(() => parseSealed('a.json', 'null', schema)).toThrow('a.json is damaged');
    const other = JSON.stringify(
      sealDocument({ version: 2, document: 'analysis', created: '2026-01-01T00:00:00.000Z' }),
    );
    expect(() => parseSealed('a.json', other, schema)).toThrow('document: ');
    const undated = JSON.stringify(sealDocument({ ...documentOf('soon') }));
    expect(() => parseSealed('a.json', undated, schema)).toThrow('created: ');
  });
});

describe('the documents of a folder', () => {
  const write = (name: string, created: string) =>
    writeFile(join(folder, name), JSON.stringify(sealed(created)));

  it('come by when they were created, then by name, whatever the times of their files', async () => {
    await write('c.json', '2026-01-03T00:00:00.000Z');
    await write('x-10.json', '2026-01-02T00:00:00.000Z');
    await write('x-9.json', '2026-01-02T00:00:00.000Z');
    await write('a.json', '2026-01-04T00:00:00.000Z');
    await utimes(join(folder, 'a.json'), 1, 1);
    const { found, problems } = await readDocuments(folder, schema);
    expect(found.map(({ name }) => name)).toEqual(['x-9', 'x-10', 'c', 'a']);
    expect(problems).toEqual([]);
  });

  it('leave out what is no regular file, damaged or old, and name it', async () => {
    await write('good.json', '2026-01-03T00:00:00.000Z');
    await write('notes.txt', '2026-01-03T00:00:00.000Z');
    await symlink('loop.json', join(folder, 'loop.json'));
    await symlink('good.json', join(folder, 'other.json'));
    await mkdir(join(folder, 'folder.json'));
    execFileSync('mkfifo', [join(folder, 'fifo.json')]);
    await writeFile(join(folder, 'old.json'), '{"grid": []}');
    await writeFile(join(folder, 'deep.json'), '['.repeat(200_000));
    await writeFile(join(folder, 'empty.json'), '');
    const { found, problems } = await readDocuments(folder, schema, 'evaluate again');
    expect(found.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toEqual([
      `left out: ${folder}/deep.json is damaged: its JSON is nested more than 100 deep`,
      `left out: ${folder}/empty.json is damaged: it is not JSON`,
      `left out: cannot read ${folder}/fifo.json: it is not a regular file`,
      `left out: cannot read ${folder}/folder.json: it is a folder, not a file`,
      `left out: cannot read ${folder}/loop.json: it is a symbolic link, which is not followed`,
      `left out: ${folder}/old.json was made by an older version of dualbn: evaluate again`,
      `left out: cannot read ${folder}/other.json: it is a symbolic link, which is not followed`,
    ]);
  });

  it('are none where there is no folder', async () => {
    expect(await readDocuments(join(folder, 'none'), schema)).toEqual({ found: [], problems: [] });
  });
});

describe('numbered files', () => {
  it('lose nothing when many are written at once', async () => {
    const paths = await Promise.all(
      Array.from({ length: 12 }, (_, i) => writeNumbered(folder, 'last', { writer: i })),
    );
    expect(new Set(paths).size).toBe(12);
    const written = await Promise.all(
      paths.map(async (path) => JSON.parse(await readFile(path, 'utf8')).writer),
    );
    expect(written).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect((await readdir(folder)).every((name) => /^last(-\d+)?\.json$/.test(name))).toBe(true);
  });

  it('take the next number where a writer was killed half way', async () => {
    await writeFile(join(folder, '.last.json.partial'), '{');
    expect(await writeNumbered(folder, 'last', {})).toBe(join(folder, 'last-2.json'));
  });
});

/** The plan of the house holds: a room imports only from rooms above it in CONTRIBUTING.md's list, and enters them by their index. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const source = import.meta.dirname;
const plan = readFileSync(join(source, '..', 'CONTRIBUTING.md'), 'utf8');
const listed = /^ {4}src\/\n((?: {6}.*\n)+)/m.exec(plan)?.[1] ?? '';
const rooms = [...listed.matchAll(/^ {6}(\S+?)(?:\/|\.ts)? /gm)].map(([, name]) => name);

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const isTest = (name: string) => name.endsWith('.test.ts') || name.split(sep).includes('testing');
const roomOf = (name: string) => name.split(sep)[0].replace(/\.ts$/, '');

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: readonly Import[] = files
  .filter((name) => !isTest(name))
  .flatMap((from) => {
    const code = readFileSync(join(source, from), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    return [...code.matchAll(/(?:from|import\() ?'(\.[^']+\.ts)'/g)].map(([, path]) => ({
      from,
      to: relative(source, resolve(source, dirname(from), path)),
    }));
  });
const between = imports.filter(({ from, to }) => roomOf(from) !== roomOf(to) && roomOf(from) !== 'index');

test('every room is in the list of CONTRIBUTING.md, and the list names no other', () => {
  expect(
    [...new Set(files.filter((name) => !isTest(name)).map(roomOf))].filter((room) => room !== 'index').sort(),
  ).toEqual([...rooms].sort());
});

test('a room imports only from rooms above it in the list', () => {
  const upward = between.filter(({ from, to }) => rooms.indexOf(roomOf(to)) >= rooms.indexOf(roomOf(from)));
  expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('rooms are entered through their index', () => {
  const inside = between.filter(({ to }) => to.includes(sep) && !/^[^/\\]+[/\\]index\.ts$/.test(to));
  expect(inside.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('files do not import each other in circles', () => {
  const graph = new Map<string, Import[]>();
  for (const each of imports) graph.set(each.from, [...(graph.get(each.from) ?? []), each]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const { to } of graph.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('comments name files that are there', () => {
  const names = new Set(files.map((name) => basename(name)));
  const gone = files.flatMap((file) => {
    const comments =
      readFileSync(join(source, file), 'utf8').match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm) ?? [];
    const named = comments.flatMap(
      (comment) => comment.match(/(?<![\w.*/-])[a-z][\w-]*(?:\.test)?\.ts\b/g) ?? [],
    );
    return named.filter((name) => !names.has(name)).map((name) => `${file}: ${name}`);
  });
  expect(gone).toEqual([]);
});

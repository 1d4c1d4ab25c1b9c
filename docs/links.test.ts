/** Every link of the documentation leads to a file that is there, and to a heading that is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const inFolder = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'examples', 'results'].filter((folder) => existsSync(join(root, folder))).flatMap(inFolder),
];

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchor of a heading, as web hosts of Markdown make it. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const anchorsOf = (path: string) =>
  new Set(
    readFileSync(path, 'utf8')
      .replaceAll(/^```[\s\S]*?^```/gm, '')
      .split('\n')
      .flatMap((line) => /^#+ (.+)$/.exec(line)?.[1] ?? [])
      .map(anchorOf),
  );

test.each(pages)('%s', (page) => {
  const path = join(root, page);
  const links = withoutCode(readFileSync(path, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g);
  const broken = [...links].flatMap(([, link]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file, anchor] = link.split('#');
    const target = file === '' ? path : resolve(dirname(path), file);
    if (!existsSync(target)) return [`${link}: there is no ${relative(root, target)}`];
    if (anchor !== undefined && !anchorsOf(target).has(anchor)) return [`${link}: no such heading`];
    return [];
  });
  expect(broken).toEqual([]);
});

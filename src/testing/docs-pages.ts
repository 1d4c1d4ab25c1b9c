/** The pages that users read, for tests that hold them to what the program does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

const names = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** README and the pages of docs/, but not the decisions. */
export const docsPages: readonly { readonly page: string; readonly text: string }[] = names.map((page) => ({
  page,
  text: readFileSync(join(root, page), 'utf8'),
}));

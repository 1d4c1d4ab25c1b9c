/** What the docs import from dualbn is there. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { docsPages, root } from '../src/testing/docs-pages.ts';

const imported = docsPages.flatMap(({ page, text }) =>
  [...text.matchAll(/^import \{([^}]+)\} from '(dualbn[^']*)';$/gm)].map(([, names, from]) => ({
    page,
    from,
    names: names.split(',').map((name) => name.trim()),
  })),
);

async function exported(from: string): Promise<object> {
  const room = from.replace(/^dualbn\/?/, '');
  const file = ['', 'errors'].includes(room) ? `${room || 'index'}.ts` : `${room}/index.ts`;
  return import(pathToFileURL(join(root, 'src', file)).href);
}

test.each(imported)('$page: $names of $from', async ({ names, from }) => {
  const found = Object.keys(await exported(from));
  expect(found).toEqual(expect.arrayContaining(names.filter((name) => !name.startsWith('type '))));
});

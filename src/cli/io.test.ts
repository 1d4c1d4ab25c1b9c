import { expect, it } from 'vitest';
import { formatTable } from './io.ts';

it('aligns columns and ends lines without spaces', () => {
  const columns = [
    { title: 'NS' },
    { title: 'AP' },
    { title: 'clean', align: 'right' as const },
    { title: 'note' },
  ];
  const rows = [
    ['adv', 'adv', '48.9', ''],
    ['clean', 'adv', '8.1', 'raw swap'],
  ];
  expect(formatTable(columns, rows)).toBe(
    ['NS     AP   clean  note', 'adv    adv   48.9', 'clean  adv    8.1  raw swap', ''].join('\n'),
  );
});

it('without rows shows the titles', () => {
  expect(formatTable([{ title: 'name' }, { title: 'where' }], [])).toBe('name  where\n');
});

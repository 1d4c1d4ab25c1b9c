import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyses } from './analysis-table.ts';
import type { AnyAnalysis } from './definition.ts';
import { describeOptions } from './option-schemas.ts';

/** The options of an analysis as docs/analysis.md has them. */
function optionTable(definition: AnyAnalysis): string {
  const rows = describeOptions(definition).map(
    ({ flag, value, list, boolean, description, takes, usual, fromRun }) => {
      const written = boolean ? flag : `${flag} <${value}${list ? '...' : ''}>`;
      const what = takes === 'a text' ? description : `${description}; ${takes}`;
      return `| \`${written}\` | ${what} | ${fromRun ?? usual ?? ''} |`;
    },
  );
  return ['| option | what | default |', '|---|---|---|', ...rows].join('\n');
}

test.each(analyses.map((each): [string, AnyAnalysis] => [each.name, each]))(
  'docs/analysis.md has every option of %s',
  async (name, definition) => {
    const docs = await readFile(join(import.meta.dirname, '../../docs/analysis.md'), 'utf8');
    const section = docs.split(/^## /m).find((each) => each.startsWith(`${name}: `)) ?? '';
    if (describeOptions(definition).length === 0) expect(section).toContain('It has no options.');
    else expect(section).toContain(optionTable(definition));
  },
);

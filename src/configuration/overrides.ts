/** Overrides as they are typed, `key=value` with dotted keys and YAML values, as a layer above all files. */

import { parseDocument } from 'yaml';
import { InputError, type Problem } from '../errors.ts';
import type { Layer } from './layer.ts';

const FORM = /^([\w-]+(?:\.[\w-]+)*)=(.*)$/s;

/**
 * Reads overrides such as `attack.epsilon=16/255` and `schedule.milestones=[50, 52]`; a later one wins.
 *
 * @throws InputError that lists every one that is not of this form.
 */
export function overridesLayer(overrides: readonly string[]): Layer {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = Object.create(null);
  const written = new Map<string, string>();
  for (const override of overrides) {
    const match = FORM.exec(override);
    if (match === null) {
      problems.push({ where: `--set ${override}`, what: 'expected key=value, such as attack.epsilon=8/255' });
      continue;
    }
    const document = parseDocument(match[2], { prettyErrors: false });
    if (document.errors.length > 0 || document.contents === null) {
      const found = match[2] === '' ? 'nothing' : `'${match[2]}'`;
      problems.push({
        where: `--set ${override}`,
        what: `expected a YAML value after the =, found ${found}`,
      });
      continue;
    }
    setAt(values, match[1].split('.'), document.toJS());
    written.set(match[1], override);
  }
  if (problems.length > 0) throw new InputError('cannot read the overrides:', problems);
  return { name: '--set', values, locate: (path) => locate(written, path) };
}

// The override that set this path, something inside it, or the mapping around it.
function locate(written: ReadonlyMap<string, string>, path: readonly string[]): string | undefined {
  const dotted = path.join('.');
  const related = [...written.keys()].filter(
    (key) => key === dotted || key.startsWith(`${dotted}.`) || dotted.startsWith(`${key}.`),
  );
  return related.length === 0 ? undefined : `--set ${written.get(related[related.length - 1])}`;
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let section = root;
  for (const part of path.slice(0, -1)) {
    const inner = section[part];
    // Null prototypes: a key named like a member of Object is a key like any other, and unknown.
    const next: Record<string, unknown> = Object.create(null);
    section[part] = typeof inner === 'object' && inner !== null ? Object.assign(next, inner) : next;
    section = next;
  }
  section[path[path.length - 1]] = value;
}

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { configurationHash, writeConfiguration } from './canonical.ts';
import { resolveConfiguration } from './resolve.ts';
import { regimeOf } from './schema/regime.ts';

const folder = mkdtempSync(join(tmpdir(), 'dualbn-renamed-'));

function file(text: string): string {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** What version 0.1 wrote into a run directory, as far as it differs from today's defaults and keys, with its hash there. */
const formerRun = {
  hash: '9a4e1618a45cb6f2',
  text: `
extends: small
regime:
  name: branch-per-epsilon
  alpha: 0.5
  row:
    summary: two bounds
    sets: { statistics: [shared], affine: [clean, adv, far] }
    sources:
      clean: { kind: clean }
      adv: { kind: attack, through: { statistics: shared, affine: adv } }
      far: { kind: attack, through: { affine: far }, loss: kl, reference: { affine: clean }, epsilon: { times: 2 } }
    passes:
      clean: { statistics: { batch: [clean, adv, far] }, affine: clean }
      adv: { statistics: { batch: [clean, adv, far] }, affine: adv }
      far: { statistics: { batch: [clean, adv, far] }, affine: far }
    moves: [{ branch: shared, from: [clean, adv, far] }]
    terms:
      - { weight: 0.4, loss: ce, pass: clean }
      - { weight: 0.3, loss: ce, pass: adv }
      - { weight: 0.3, loss: ce, pass: far }
    keeps: [{ role: head }]
    start: { fresh: [{ role: affine, branch: clean }] }
start: { run: runs/madry, checkpoint: best }
attack: { restarts: 1 }
`,
};

function problemsOf(preset: string, ...overrides: string[]): string {
  try {
    resolveConfiguration({ preset, overrides });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a key of version 0.1', () => {
  test('is refused where it was written, with its name of today', () => {
    const path = file(formerRun.text);
    expect(problemsOf(path).split('\n')).toEqual([
      'the configuration has 9 problems:',
      `  regime.row: is called regime.definition now (${path}:6)`,
      `  regime.row.sources.adv.through: is called regime.definition.sources.adv.cell now (${path}:11)`,
      `  regime.row.sources.far.through: is called regime.definition.sources.far.cell now (${path}:12)`,
      `  regime.row.moves: is called regime.definition.statisticsUpdates now (${path}:17)`,
      `  regime.row.keeps: is called regime.definition.frozen now (${path}:22)`,
      `  regime.row.start: is called regime.definition.init now (${path}:23)`,
      `  regime.row.start.fresh: is called regime.definition.init.reinitialized now (${path}:23)`,
      `  start: is called init now (${path}:24)`,
      `  attack.restarts: restarts have no effect in training: leave it out; a test attack is given restarts by its name (${path}:25)`,
    ]);
    expect(problemsOf('small', 'start.run=runs/madry')).toContain(
      'start: is called init now (--set start.run=runs/madry)',
    );
    expect(problemsOf('small', 'attack.restarts=2')).toContain('restarts have no effect in training');
  });

  test('is read where a run of then has it, and its hash is that of then', () => {
    const { configuration } = resolveConfiguration({ preset: file(formerRun.text), isStored: true });
    expect(configuration.init).toEqual({ run: 'runs/madry', checkpoint: 'best' });
    expect(regimeOf(configuration.regime)).toMatchObject({
      sources: { far: { cell: { statistics: 'shared', affine: 'far' } } },
      statisticsUpdates: [{ branch: 'shared', from: ['clean', 'adv', 'far'] }],
      frozen: [{ role: 'head' }],
      init: { reinitialized: [{ role: 'affine', branch: 'clean' }] },
    });
    expect(configurationHash(configuration)).toBe(formerRun.hash);
    const today = resolveConfiguration({ preset: file(writeConfiguration(configuration)), isStored: true });
    expect(configurationHash(today.configuration)).toBe(formerRun.hash);
  });

  test('of restarts other than the one that did nothing is refused in such a run, too', () => {
    const preset = file('extends: small\nattack: { restarts: 3 }\n');
    expect(() => resolveConfiguration({ preset, isStored: true })).toThrow(
      'restarts have no effect in training',
    );
  });
});

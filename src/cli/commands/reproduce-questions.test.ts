/**
 * Every experiment by its name, from training to its verdict, at the scale that shows that all of it works. What the verdicts are is
 * chance there: networks of a few thousand weights, one seed.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questions, type ReproductionDocument } from '../../reproduction/index.ts';
import { invoke } from '../testing/invoke.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dualbn-questions-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

// One directory: what an experiment has trained serves the next.
describe.sequential('dualbn reproduce --questions', () => {
  it.each(questions.map(({ id, title }) => [id.replace('experiment ', ''), title]))(
    '%s: %s',
    async (letter, title) => {
      const asked = ['--questions', letter, '--seeds', '1', '--epsilons', '8/255'];
      const { status, stdout, stderr } = await invoke([
        ...['reproduce', ...asked, '--dir', directory, '--jobs', '1', '--json'],
      ]);
      expect(status, stderr).toBe(0);
      const { claims, notes }: ReproductionDocument = JSON.parse(stdout);
      // What other experiments have measured of the same network.
      expect(notes.filter((note) => !note.endsWith('is passed over: it was not asked for'))).toEqual([]);
      expect(claims.map(({ id }) => id)).toEqual([`experiment ${letter}`]);
      const found = claims.flatMap(({ stages }) => stages.filter(({ stage }) => stage === 'exploratory'));
      const statements = found.flatMap(({ epsilons }) =>
        epsilons.flatMap(({ parts }) => parts.flatMap((part) => part.statements)),
      );
      expect(statements).not.toEqual([]);
      for (const { says, verdict, estimate, reason } of statements) {
        // One seed shows nothing; a share of no effect is not decidable, and says so.
        expect(['not shown', 'not decidable'], says).toContain(verdict);
        if (verdict === 'not shown') expect(estimate?.value, says).toEqual(expect.any(Number));
        else expect(reason, says).toMatch(/no effect|below 5 %|of guessing/);
      }
      expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain(title);
    },
    600_000,
  );

  it('and all of them again from their results, without training', async () => {
    const again = join(directory, 'again');
    const asked = ['--questions', '--seeds', '1', '--epsilons', '8/255'];
    const { status, stdout } = await invoke([
      ...['reproduce', '--no-train', ...asked, '--from', directory, '--dir', again],
    ]);
    expect(status).toBe(0);
    expect(stdout.match(/^experiment [A-K] /gm)).toHaveLength(questions.length);
    expect(stdout).not.toContain('are missing');
  });
});

import { expect, test } from 'vitest';
import { renderFigures } from './render-report.ts';
import { syntheticRun } from './testing/synthetic-run.ts';

test.each(['light', 'dark'] as const)(
  'every figure of a run is a drawing that stands alone (%s)',
  async (theme) => {
    const files = await renderFigures(syntheticRun('dual-bn, seed 0', 'dual-bn'), theme);
    expect(files.map(({ name }) => name)).toEqual([
      'dual-bn-seed-0-grid',
      'dual-bn-seed-0-curves',
      'dual-bn-seed-0-gap-samples-training',
      'dual-bn-seed-0-gap-branches-training',
      'dual-bn-seed-0-images',
    ]);
    for (const { svg } of files) {
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toMatch(/<svg [^>]*aria-label="[^"]+/);
      expect(svg).not.toContain('var(--');
    }
  },
);

test('a drawing that stands alone has its title, those of its panels, and its key', async () => {
  const files = await renderFigures(syntheticRun('run', 'hybrid'));
  const curves = files.find(({ name }) => name === 'run-curves');
  for (const text of ['Training of run', 'Training loss', 'Accuracy', 'adversarial images', 'validation'])
    expect(curves?.svg).toContain(`>${text}</text>`);
});

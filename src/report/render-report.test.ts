import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { analysisDocument, defineAnalysis, analyses as definitions } from '../analysis/index.ts';
import { inventedAnalyses } from '../analysis/testing/invented-analyses.ts';
import { html } from '../figures/index.ts';
import { renderReport } from './render-report.ts';
import type { Report } from './report-data.ts';
import { syntheticRun } from './testing/synthetic-run.ts';

const report: Report = {
  title: 'Hybrid & dual <BN>',
  runs: [syntheticRun('hybrid-0', 'hybrid'), syntheticRun('dual-bn-0', 'dual-bn')],
  generated: { version: '0.1.0', command: 'dualbn report "a" <b>', date: '2026-01-31' },
};

/** Links that hold their file, by the name it is saved under. */
const downloads = (page: string): Map<string, string> =>
  new Map(
    [...page.matchAll(/<a download="([^"]+)" href="data:[^,]+,([^"]*)">/g)].map(([, name, content]) => [
      name,
      decodeURIComponent(content),
    ]),
  );

describe('a report of two runs', () => {
  let page: string;
  beforeAll(async () => {
    page = await renderReport(report);
  });

  test('refers to nothing outside itself and runs no script', () => {
    const withoutNamespaces = page
      .replace(/xmlns(:xlink)?="[^"]*"/g, '')
      .replace(/xmlns[^&]{0,80}w3\.org[^&]*?%22/g, '');
    expect(withoutNamespaces).not.toMatch(/https?:(\/\/|%3A%2F%2F)/i);
    expect(page).not.toMatch(/<script|<iframe|@import|url\(|\son[a-z]+="/i);
    const references = [...page.matchAll(/\s(?:src|href)="([^"]{0,12})/g)].map(([, start]) => start);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(reference).toMatch(/^(#|data:)/);
  });

  test('escapes what it is given', () => {
    expect(page).toContain('<title>Hybrid &amp; dual &lt;BN&gt;</title>');
    expect(page).toContain('dualbn report &quot;a&quot; &lt;b&gt;');
    expect(page).toContain('epsilon: 8/255 # &lt;as written&gt;');
  });

  test('has every figure, each anchor once', () => {
    const anchors = [...page.matchAll(/<(?:figure|section) id="([^"]+)"/g)].map(([, id]) => id);
    expect(anchors).toEqual([
      'overview',
      'results',
      'tradeoff',
      'training',
      'curves',
      'run-hybrid-0',
      'hybrid-0-grid',
      'hybrid-0-curves',
      'hybrid-0-images',
      'run-dual-bn-0',
      'dual-bn-0-grid',
      'dual-bn-0-curves',
      'dual-bn-0-gap-samples-training',
      'dual-bn-0-gap-branches-training',
      'dual-bn-0-images',
      'reading',
    ]);
  });

  test('offers the data of every figure, and the drawings', () => {
    const files = downloads(page);
    const names = [...files.keys()];
    for (const figure of ['tradeoff', 'curves', 'dual-bn-0-grid', 'dual-bn-0-curves', 'dual-bn-0-images']) {
      expect(names).toContain(`${figure}.csv`);
      expect(names.some((name) => name === `${figure}.svg`)).toBe(true);
    }
    expect(files.get('results-table.csv')?.split('\r\n')).toContain(
      'dual-bn-0,last,CIFAR-10 (other copy than the official one),1000,L-infinity,8/255,adv,clean,pgd-10,0.122,0.092,0.152',
    );
    expect(files.get('dual-bn-0-grid.svg')).toMatch(/^<svg .*<\/svg>$/s);
  });

  test('states facts that runs share once, and those that differ by run', () => {
    expect(page).toMatch(/<dt>data set<\/dt><dd>CIFAR-10 \(other copy than the official one\)<\/dd>/);
    expect(page).toMatch(/<dt>training images<\/dt><dd>10,000<\/dd>/);
    expect(page).not.toContain('<dt>regime</dt>');
    expect(page).toMatch(/<th scope="row">dual-bn-0<\/th><td>dual-bn<\/td>/);
  });

  test('shows accuracies in per cent with their intervals', () => {
    expect(page).toContain('<span class="value">12.2</span> <small>9.2–15.2</small>');
  });

  test('shows failedChecks at the top and with the run, and explains raw swaps', () => {
    const failedCheck = 'PGD-20 is 2.1 points below PGD-10: not converged';
    expect(page.split(failedCheck)).toHaveLength(3);
    expect(page.indexOf(failedCheck)).toBeLessThan(page.indexOf('id="overview"'));
    expect(page).toContain('decide nothing about AP by themselves');
  });

  test('keeps small images sharp and says what is predicted before and after', () => {
    expect(page).toContain('image-rendering: pixelated');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2 * 4 * 3);
    expect(page).toContain('change × 16');
    expect(page).toMatch(/<b>cat<\/b> ✓/);
    expect(page).toMatch(/<b>deer<\/b> ✗/);
  });

  test('uses only colors that both themes define', () => {
    const defined = new Set([...page.matchAll(/(--[a-z0-9-]+):/g)].map(([, name]) => name));
    const used = new Set([...page.matchAll(/var\((--[a-z0-9-]+)\)/g)].map(([, name]) => name));
    expect(used.size).toBeGreaterThan(15);
    expect([...used].filter((name) => !defined.has(name))).toEqual([]);
  });

  test('is the same file for the same report', async () => {
    const single = { ...report, runs: [syntheticRun('hybrid-0', 'hybrid', 2)] };
    expect(await renderReport(single)).toBe(await renderReport(single));
  });
});

test('more runs than colors can tell apart are shown in panels', async () => {
  const runs = Array.from({ length: 9 }, (_, at) => ({
    ...syntheticRun(`run-${at}`, 'hybrid', 2),
    recipe: `recipe ${at}`,
    images: undefined,
  }));
  const page = await renderReport({ ...report, runs });
  const figures = [...page.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id);
  expect(figures.slice(0, 2)).toEqual(['seed-tradeoff', 'seed-curves']);
  expect(figures).not.toContain('curves');
});

test('runs of several seeds are averaged, with the lowest and the highest', async () => {
  const [low, high] = [0, 1].map((seed) => syntheticRun(`hybrid-${seed}`, 'hybrid', 2, seed));
  const [evaluation] = high.evaluations;
  const better = {
    ...evaluation,
    grid: evaluation.grid.map((cell) => ({ ...cell, clean: { value: cell.clean.value + 0.1 } })),
  };
  const page = await renderReport({ ...report, runs: [low, { ...high, evaluations: [better] }] });
  expect(page).toContain('<span class="value">57.4</span> <small>52.4–62.4</small>');
});

describe('a run that has little to show', () => {
  const bare = { ...syntheticRun('new', 'hybrid'), evaluations: [], images: undefined };

  test('says what is missing, without empty figures or swaps it does not have', async () => {
    const page = await renderReport({ ...report, runs: [{ ...bare, epochs: [] }] });
    expect(page).toContain('Not evaluated yet');
    expect(page).toContain('No epoch was finished.');
    expect(page).not.toContain('<figure');
    expect(page).not.toContain('raw swap');
    expect(page).not.toContain('class="failed-checks"');
  });

  test('of one epoch still shows it, as points', async () => {
    const [epoch] = syntheticRun('new', 'hybrid', 1).epochs;
    const page = await renderReport({ ...report, runs: [{ ...bare, epochs: [epoch] }] });
    expect(page).toContain('id="new-curves"');
    expect(page).toContain('mark-symbol');
  });
});

test('analyses are shown by their definitions, in their order, those of others too', async () => {
  const analyses = inventedAnalyses('hybrid', 0, '8/255');
  const run = { ...syntheticRun('hybrid-0', 'hybrid', 2), images: undefined, analyses };
  const page = await renderReport({ ...report, runs: [run] });
  const headings = [...page.matchAll(/<h3>([^<]+)<\/h3>/g)].map(([, heading]) => heading);
  const known = new Set(definitions.map(({ heading }) => heading));
  expect(headings.filter((heading) => known.has(heading))).toEqual([...known]);
  const own = defineAnalysis({
    name: 'sharpness',
    summary: 'how sharp a minimum is',
    heading: 'The sharpness of the minimum',
    options: z.strictObject({}),
    result: z.object({ sharpness: z.number() }),
    run: () => ({ sharpness: 0.5 }),
    tables: () => [],
    sectionTables: ({ id, documents }) => [
      {
        kind: 'table',
        table: {
          id,
          body: html`<p>sharpness ${documents[0].result.sharpness}</p>`,
          data: [{ sharpness: documents[0].result.sharpness }],
        },
      },
    ],
  });
  const { subject, created } = analyses[0];
  const request = { analysis: 'sharpness', evaluationCells: analyses[0].request.evaluationCells } as const;
  const document = analysisDocument({ request, result: { sharpness: 0.5 } }, subject, created);
  const runs = [{ ...run, analyses: [document] }];
  const other = await renderReport({ ...report, runs, definitions: [...definitions, own] });
  expect(other).toContain('<h3>The sharpness of the minimum</h3>');
  expect(other).toContain('sharpness 0.5');
  expect(await renderReport({ ...report, runs })).not.toContain('sharpness');
});

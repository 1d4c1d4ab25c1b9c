import { beforeAll, describe, expect, test } from 'vitest';
import type { RenderedReport } from '../../report/index.ts';
import { combinedRegimes } from '../scales.ts';
import { inventedDocument, inventedReproduction } from '../testing/invented-reproduction.ts';
import { drawReproduction, renderReproduction } from './render-reproduction.ts';

describe('a reproduction', () => {
  let report: RenderedReport;
  beforeAll(async () => {
    report = await drawReproduction(inventedReproduction());
  }, 120_000);

  test('has its sections in the order in which it is read, and every anchor once', () => {
    const sections = [...report.html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual([
      'verdicts',
      'setting',
      ...[1, 2, 3, 4, 5, 6].map((number) => `claim-${number}`),
      'accuracies',
      'combinations',
      'reestimated',
      'raw',
      'interpolation',
      'transfer',
      'epsilon',
      'gap',
      'training',
      'images',
      'runs',
      'reading',
    ]);
    const ids = [...report.html.matchAll(/<(?:section|figure) id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('refers to nothing outside itself and runs no script', () => {
    const page = report.html
      .replace(/xmlns(:xlink)?="[^"]*"/g, '')
      .replace(/xmlns[^&]{0,80}w3\.org[^&]*?%22/g, '');
    expect(page).not.toMatch(/https?:(\/\/|%3A%2F%2F)/i);
    expect(page).not.toMatch(/<script|<iframe|@import|url\(|\son[a-z]+="/i);
  });

  test('says each verdict in words with a sign of its own', () => {
    for (const { number, verdict } of inventedDocument.claims) {
      const heading = new RegExp(`<section id="claim-${number}"[^>]*>\\s*<h2>.*?</h2>`, 's').exec(
        report.html,
      );
      expect(heading?.[0]).toContain(`</b> ${verdict}</span>`);
      expect(heading?.[0]).toMatch(/[✓✗?]<\/b>/);
    }
  });

  test('gives a statement its estimate, interval, rule, p and seeds, and says which are only reported', () => {
    const [first] = inventedDocument.claims[0].statements;
    const row = report.html
      .split('<tr>')
      .find((text) => text.includes(`${first.says}</th><td>${first.epsilon}`));
    for (const part of ['+5.8', '+3.1 to +8.5', first.rule, '<td>3</td>', 'not shown'])
      expect(row).toContain(part);
    expect(report.html).toContain('<span class="tag">reported only</span>');
  });

  test('names the runs that are missing, and statements without runs', () => {
    expect(report.html).toContain('54 of 57 runs are done.');
    expect(report.html).toContain('<li><code>trades-16-255-seed-1</code></li>');
    expect(report.html).toContain('no runs');
  });

  test('has every figure as a drawing that stands alone, and its data under the same name', () => {
    const figures = report.figures.map(({ name }) => name);
    for (const name of [
      'claim-1-figure',
      'tradeoff',
      'tradeoff-robust',
      'reestimated-dual-bn-8-255',
      'raw-dual-bn-8-255',
    ])
      expect(figures).toContain(name);
    for (const name of ['interpolate', 'transfer', 'gap', 'affine'])
      expect(figures.some((figure) => figure.startsWith(`${name}-dual-bn-16-255`))).toBe(true);
    const tables = report.tables.map(({ name }) => name);
    expect(figures.filter((name) => !tables.includes(name))).toEqual([]);
    expect(new Set(tables).size).toBe(tables.length);
    for (const { svg } of report.figures) {
      expect(svg).toMatch(/^<svg [^>]*xmlns=/);
      expect(svg).not.toContain('var(--');
    }
  });

  test('has a place for every combination of NS and AP, trained or not', () => {
    const figure = report.html.split('<figure id="combinations-8-255"')[1].split('</figure>')[0];
    for (const regime of combinedRegimes) expect(figure).toContain(`>${regime}<`);
    expect(figure).toContain('A dash: not trained.');
    const rows =
      report.tables
        .find(({ name }) => name === 'combinations-8-255')
        ?.csv.trim()
        .split('\r\n') ?? [];
    // Four of the ten are among what the claims compare, with clean and robust accuracy.
    expect(rows).toHaveLength(1 + 4 * 2);
  });

  test('shows the yardstick beside the gap', () => {
    const gaps = report.tables.find(({ name }) => name === 'gap-table')?.csv.split('\r\n') ?? [];
    expect(gaps[0]).toBe('regime,epsilon,affine,statistic,pair,mean,low,high,seed 0,seed 1,seed 2');
    expect(gaps.filter((line) => line.includes('clean-clean'))).toHaveLength(8);
  });
});

test('sections appear only where their data is there', async () => {
  const { document, ...rest } = inventedReproduction();
  const claims = document.claims.map((claim) => ({
    ...claim,
    statements: claim.statements.map(({ estimate: _, ...statement }) => statement),
  }));
  const bare = { ...document, claims, accuracies: [], reestimated: [], gaps: [] };
  const page = await renderReproduction({
    ...rest,
    document: bare,
    runs: [],
    problems: ['dual-bn: no such file'],
  });
  const sections = [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
  expect(sections).toEqual([
    'verdicts',
    'setting',
    ...[1, 2, 3, 4, 5, 6].map((n) => `claim-${n}`),
    'runs',
    'reading',
  ]);
  expect(page).toContain('What could not be read');
  expect(page).not.toContain('<figure');
});

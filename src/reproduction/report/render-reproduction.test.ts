import { beforeAll, describe, expect, test } from 'vitest';
import type { RenderedReport } from '../../report/index.ts';
import { combinedRegimes } from '../scales.ts';
import { inventedReport, inventedResults } from '../testing/invented-results.ts';
import { reproductionReport } from '../write-report.ts';

const command = 'dualbn reproduce --scale small';
const made = inventedResults(undefined, { seeds: [0, 1, 3, 4] });
// trades at 16/255 is missing.
const results = made.results.filter(({ run }) => !run.name.startsWith('trades-16'));
const invented = inventedReport({ ...made, results });

describe('a reproduction', () => {
  let report: RenderedReport;
  beforeAll(async () => {
    report = await reproductionReport({ ...invented, command });
  }, 240_000);

  const sectionOf = (id: string) => report.html.split(`<section id="${id}"`)[1]?.split('</section>')[0] ?? '';

  test('has its sections in the order in which it is read, and every anchor once', () => {
    const sections = [...report.html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual([
      'found',
      'verdicts',
      'questions',
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
      'setting',
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

  test('says first what was found, by which seeds, with numbers and what guessing gives', () => {
    const found = sectionOf('found');
    expect(found).toMatch(/Of 6 claims.*by the confirmatory seeds \(2 of 7 so far\)/s);
    expect(found).toMatch(/separate AP in training: clean accuracy \+\d+\.\d points \(\+\d/);
    expect(found).toContain('guessing gives 10.0 %');
    expect(found).toContain('<figure id="found-figure"');
  });

  test('answers each question of the paper with numbers', () => {
    const questions = sectionOf('questions');
    for (const words of ['Why is the domain gap', 'Why does separating NS', 'How do the two tasks'])
      expect(questions.split(words)[1]?.split('<h3>')[0]).toMatch(/<b>[^<]*\d\.\d[^<]*<\/b>/);
  });

  test('says each verdict in words with a sign of its own, and keeps the two kinds of seeds apart', () => {
    for (const { id, stages } of invented.document.claims) {
      const section = sectionOf(id.replace(' ', '-'));
      const confirmatory = stages.find(({ stage }) => stage === 'confirmatory');
      expect(section.split('</h2>')[0]).toContain(
        `</b> ${confirmatory?.verdict} (2 of 7 seeds so far)</span>`,
      );
      expect(section.split('</h2>')[0]).toMatch(/[✓✗?∅]<\/b>/);
      expect(section).toContain('<h3>Confirmatory seeds</h3>');
      expect(section).toContain('<h3>Exploratory seeds</h3>');
    }
  });

  test('gives a statement its estimate, interval, range, p and seeds, and says which parts are only reported', () => {
    const statement = invented.document.claims[0].stages[1].epsilons[0].parts[0].statements[0];
    const row = report.html.split('<tr>').find((text) => text.includes(`${statement.says}</th><td>8/255`));
    for (const part of ['between −2.0 and +2.0', '<td>2</td>', 'holds']) expect(row).toContain(part);
    expect(report.html).toContain('<span class="tag">reported only</span>');
  });

  test('counts the runs that are missing and names them, and statements without runs', () => {
    expect(report.html).toMatch(/<b>\d+ of \d+ runs are done\.<\/b>/);
    expect(report.html).toContain('<li><code>trades-16-255-seed-1</code></li>');
    expect(report.html).toContain('no runs');
  });

  test('has every figure as a drawing that stands alone, and its data under the same name', () => {
    const figures = report.figures.map(({ name }) => name);
    for (const name of [
      'found-figure',
      'claim-1-confirmatory-figure',
      'claim-1-exploratory-figure',
      'tradeoff',
      'tradeoff-all',
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

  test('draws the front of hybrid training through the trade-off', () => {
    const figure = report.html.split('<figure id="tradeoff"')[1].split('</figure>')[0];
    expect(figure).toContain('The line is hybrid training over alpha');
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

  test('is the same whenever it is made', async () => {
    const again = await reproductionReport({ ...invented, command });
    expect(again.html).toBe(report.html);
  }, 240_000);
});

test('sections appear only where there are results', async () => {
  const none = inventedReport({ ...inventedResults(undefined, { seeds: [0] }), results: [] });
  const { html } = await reproductionReport({ ...none, command });
  const sections = [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
  expect(sections).toEqual([
    'found',
    'verdicts',
    ...[1, 2, 3, 4, 5, 6].map((n) => `claim-${n}`),
    'setting',
    'reading',
  ]);
  expect(html).toContain('Nothing that it needs was run.');
  expect(html).not.toContain('<figure');
});

describe('a reproduction of experiments', () => {
  const made = inventedResults(undefined, { seeds: [0, 1, 3], epsilons: ['8/255'], questions: true });
  let report: RenderedReport;
  beforeAll(async () => {
    report = await reproductionReport({ ...inventedReport(made), command });
  }, 240_000);
  const sectionOf = (id: string) => report.html.split(`<section id="${id}"`)[1]?.split('</section>')[0] ?? '';

  test.each([
    { id: 'exchange', letter: 'E', shows: 'The AP of some layers exchanged' },
    { id: 'channels', letter: 'F', shows: 'The AP of some channels exchanged' },
    { id: 'gauge', letter: 'G', shows: 'Normalization as y = a x + b' },
    { id: 'shift', letter: 'H', shows: 'The shift of activations' },
    { id: 'displace', letter: 'I', shows: 'NS displaced' },
    { id: 'ns-error', letter: 'J', shows: 'The error of running NS' },
  ])('draws the analysis $id, which experiment $letter is decided by', ({ id, letter, shows }) => {
    const section = sectionOf(id);
    expect(section.split('</h2>')[0]).toContain(shows);
    const anchor = `experiment-${letter.toLowerCase()}`;
    expect(section).toContain(`<a href="#${anchor}">experiment ${letter}</a> is decided by it`);
    expect(section).toMatch(/Of 3 networks/);
    expect(section).toMatch(/<figure id="[^"]+"/);
    expect(sectionOf(anchor)).not.toBe('');
  });

  test('leads to what is there, and has every anchor once', () => {
    const ids = [...report.html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of report.html.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(id);
  });

  test('keeps the experiments apart from the claims in the table of verdicts', () => {
    const table = sectionOf('verdicts').split('</table>')[0];
    const rows = [...table.matchAll(/<th scope="rowgroup"[^>]*>([^<]*)<|<a href="#([a-z]+)-/g)];
    const kinds = rows.map(([, heading, row]) => heading ?? row);
    expect([...new Set(kinds)]).toEqual(['Experiments on what it leaves open', 'experiment']);
  });

  test('says how many of the seeds are there', () => {
    expect(sectionOf('found')).toMatch(/Of 11 experiments.*by the confirmatory seeds \(1 of 7 so far\)/s);
  });
});

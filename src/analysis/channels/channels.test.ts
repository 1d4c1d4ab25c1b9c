import { expect, test } from 'vitest';
import { namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { apExchange } from '../ap-exchange.ts';
import { counterparts, placeOf } from '../branches.ts';
import type { AnalysisProgress } from '../definition.ts';
import { reestimate } from '../reestimate/reestimate.ts';
import { tinySubject } from '../testing/subject.ts';
import { channelExchanges, exchangeChannels } from './channels.ts';
import { readShare, sharesOf } from './document.ts';
import { effectsOf } from './effects.ts';
import { orderOf } from './orders.ts';

test('every share is exchanged in every order, controls as often as they are drawn', () => {
  const asked = { shares: sharesOf(['1/2', '.01']), controls: ['random'], draws: 2 } as const;
  expect(
    channelExchanges(31, asked).map(({ order, share = '', draw = '', count }) =>
      [order, share, draw, count].join(' ').replace(/ +/g, ' '),
    ),
  ).toEqual([
    ...['none 0', 'top .01 1', 'random .01 0 1', 'random .01 1 1'],
    ...['top 1/2 16', 'random 1/2 0 16', 'random 1/2 1 16', 'all 31'],
  ]);
});

test.each(['0', '1', '1/1', '-1/2', '2/0', '1/2/3', 'half', ''])('%j is no share', (text) => {
  expect(readShare(text)).toBeUndefined();
});

test('the network that is evaluated has the chosen channels of the donor, and NS through them', async () => {
  const subject = await tinySubject();
  const before = subject.values();
  const attack = namedAttack('pgd-1', 8 / 255);
  const estimation = { training: tinyExamples(10), batchSize: 5, attack };
  const options = { ...subject, attacks: ['pgd-2'], epsilon: 8 / 255, seed: 5, estimation };
  const done: number[] = [];
  const { attributions, rows } = await exchangeChannels([apExchange(options, 'clean')], {
    ...{ engine: subject.engine, network: subject.network, training: estimation.training, attack, seed: 5 },
    ...{ statisticsBatch: 5, shares: sharesOf(['1/4']), controls: [], draws: 1 },
    onProgress: (progress: AnalysisProgress) => done.push(progress.done / progress.total),
  });
  expect(subject.values()).toEqual(before);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(1);

  const [, top] = rows;
  const [layers] = attributions;
  const chosen = orderOf('top', layers, { seed: 5, draw: 0 }).slice(0, top.count);
  const other = await tinySubject();
  for (const { start, end } of counterparts(other.network, 'affine', 'clean', 'adv')) {
    const [own, donor] = [other.engine.read(start), other.engine.read(end)];
    const at = layers.findIndex(({ layer }) => layer === placeOf(start).layer);
    const takes = (c: number) => chosen.some(({ layer, channel }) => layer === at && channel === c);
    other.engine.write(
      start,
      own.map((value, c) => (takes(c) ? donor[c] : value)),
    );
  }
  const { reestimated } = await reestimate({ ...options, ...other, estimation, sources: ['clean'] });
  const [cell] = reestimated[0].evaluation.cells;
  const [found] = top.evaluation.cells;
  expect({ clean: found.clean, robust: found.robust }).toEqual({ clean: cell.clean, robust: cell.robust });
});

test('what some channels carry is their share of the gain of all, of draws the mean', () => {
  const flags = (right: number) => '1'.repeat(right) + '0'.repeat(40 - right);
  const row = (order: 'none' | 'top' | 'random' | 'all', right: number, draw?: number) => ({
    ...({ into: 'robust', order, count: 1 } as const),
    ...(order === 'top' || order === 'random' ? { share: '1/16' } : {}),
    ...(draw === undefined ? {} : { draw }),
    ...{ clean: 0.5, cleanInterval: [0, 1] as [number, number], failedChecks: [] },
    ...{ robust: { 'pgd-1': right / 40 }, robustInterval: { 'pgd-1': [0, 1] as [number, number] } },
    outcomes: { clean: flags(20), robust: { 'pgd-1': flags(right) } },
  });
  const rows = [row('none', 30), row('top', 12), row('random', 24, 0), row('random', 30, 1), row('all', 6)];
  const { gain, carried, rows: gained } = effectsOf(rows, { attack: 'pgd-1', seed: 0 });
  expect(gain).not.toHaveProperty('clean');
  expect(gain.robust?.robust.value).toBe(-0.6);
  expect(gained.map((each) => each.gain.robust.value)).toEqual([0, -0.45, -0.15, 0, -0.6]);
  expect(carried.robust).not.toHaveProperty('clean');
  expect(carried.robust?.robust).toMatchObject({
    '1/16': { top: { value: 0.75, draws: [0.75] }, random: { value: 0.125, draws: [0.25, 0] } },
  });
});

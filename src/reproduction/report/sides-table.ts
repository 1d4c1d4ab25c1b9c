/** What a claim's statements compare: every side with its mean over seeds and the single values. */
import { type Block, type Html, html, percent, percentInterval, table } from '../../figures/index.ts';
import type { Claim, Statement } from './model.ts';

type Side = Statement['sides'][number];

export function sidesTable({ number, statements }: Claim): Block[] {
  const compared = statements.filter(({ sides }) => sides.length > 0);
  if (compared.length === 0) return [];
  const columns = ['side', 'times', 'mean', '95% interval', 'seeds'];
  return table({
    id: `claim-${number}-sides`,
    body: html`<table class="cells"><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      ${compared.map(
        ({ says, epsilon, unit, sides }) => html`<tbody>
          <tr class="group"><th scope="rowgroup" colspan="${columns.length}">${says}, ε\u00a0=\u00a0${epsilon}</th></tr>
          ${sides.map((side) => sideRow(side, unit))}</tbody>`,
      )}</table>`,
    data: compared.flatMap(({ says, epsilon, sides }) =>
      sides.flatMap(({ label, weight, value, interval: [low, high], seeds }) =>
        seeds.map((single, at) => ({
          claim: number,
          statement: says,
          epsilon,
          side: label,
          weight,
          mean: value,
          low,
          high,
          seed: at,
          value: single,
        })),
      ),
    ),
  });
}

function sideRow({ label, weight, value, interval, seeds }: Side, unit: Statement['unit']): Html {
  const shown = (each: number) => (unit === 'accuracy' ? percent(each) : each.toPrecision(3));
  const ends = unit === 'accuracy' ? percentInterval(interval) : interval.map(shown).join('–');
  return html`<tr><td>${label}</td><td>${weight > 0 ? '+' : '−'}${Math.abs(weight)}</td><td>${shown(value)}</td><td>${ends}</td><td>${seeds.map(shown).join(', ')}</td></tr>`;
}

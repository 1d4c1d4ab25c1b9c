/** The estimates of a claim against what its rules allow: a panel for each epsilon and unit, on scales that they share. */

import {
  type Figure,
  type ForestRow,
  forest,
  forestDomain,
  groupBy,
  html,
  type KeyEntry,
  type Panel,
  paint,
  slug,
  verdictLooks,
} from '../../figures/index.ts';
import type { Claim, Statement } from './model.ts';
import { estimateInterval, estimateText } from './numbers.ts';

/** @returns undefined where nothing was estimated. */
export function claimForest({ number, title, statements }: Claim): Figure | undefined {
  const rows = statements.flatMap((statement) => {
    const { estimate, says, allowed, verdict, decides } = statement;
    if (!estimate) return [];
    const label = decides ? says : `${says} (told only)`;
    const row: ForestRow = { label, ...pick(estimate), allowed, verdict, decides };
    return [{ statement, row }];
  });
  if (rows.length === 0) return undefined;
  const units = [...new Set(rows.map(({ statement }) => statement.unit))];
  const panels = units.flatMap((unit) => {
    const ofUnit = rows.filter(({ statement }) => statement.unit === unit);
    const domain = forestDomain(
      ofUnit.map(({ row }) => row),
      unit,
    );
    return [...groupBy(ofUnit, ({ statement }) => statement.epsilon)].map(
      ([epsilon, group]): Panel => ({
        name: slug(`${units.length > 1 ? unit : ''} ${epsilon}`),
        title: `ε = ${epsilon}`,
        description: group.map(({ statement }) => described(statement)).join('; '),
        chart: forest({ rows: group.map(({ row }) => row), unit, domain }),
      }),
    );
  });
  const found = new Set(rows.map(({ row }) => row.verdict));
  const verdicts = Object.entries(verdictLooks).filter(([name]) => [...found].some((each) => each === name));
  return {
    id: `claim-${number}-figure`,
    title: `Claim ${number}: ${title}`,
    caption: html`Estimates with 95% intervals against what the rules allow. The thin mark is no
      difference; a band that reaches the end of the scale goes on beyond it.`,
    key: [
      ...verdicts.map(([label, { color, mark }]): KeyEntry => ({ label, color, mark })),
      { label: 'allowed', color: paint('band'), mark: 'bar' },
    ],
    panels,
    data: rows.map(({ statement: { says, epsilon, unit, rule }, row }) => ({
      statement: says,
      epsilon,
      unit,
      estimate: row.value,
      low: row.interval[0],
      high: row.interval[1],
      rule,
      allowedFrom: row.allowed[0] ?? undefined,
      allowedTo: row.allowed[1] ?? undefined,
      verdict: row.verdict,
      decides: String(row.decides),
    })),
  };
}

const pick = ({ value, interval }: NonNullable<Statement['estimate']>) => ({ value, interval });

const described = ({ says, estimate, unit, rule, verdict }: Statement): string =>
  estimate
    ? `${says}: ${estimateText(estimate.value, unit)}, ${estimateInterval(estimate.interval, unit)}, allowed ${rule}: ${verdict}`
    : says;

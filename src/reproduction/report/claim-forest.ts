/** The estimates of a claim's statements against the ranges that they are said to lie in, as a figure. */
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
import type { ClaimVerdict, StageVerdict, StatementVerdict } from '../verdicts/document.ts';
import {
  estimateInterval,
  estimateText,
  rangeText,
  type StatementRow,
  sentence,
  stageText,
} from './model.ts';

/** The estimates against what is said of them: a panel for each epsilon and unit, on scales that they share. */
export function claimForest(
  id: string,
  { title, id: claim }: Pick<ClaimVerdict, 'title' | 'id'>,
  { stage }: Pick<StageVerdict, 'stage'>,
  all: readonly StatementRow[],
): Figure | undefined {
  const rows = all.flatMap(({ statement, decides }) => {
    const { estimate, says, range, verdict } = statement;
    if (!estimate?.interval) return [];
    const { value, interval } = estimate;
    const label = decides ? says : `${says} (reported only)`;
    const row: ForestRow = { label, value, interval, allowed: range, verdict, decides };
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
  return {
    id,
    title: `${sentence(claim)}: ${title}`,
    caption: html`Estimates with 95% intervals over ${stageText(stage)} and test images, against the range that each is said to lie in. The
      thin mark is no difference; a band that reaches the end of the scale goes on beyond it.`,
    key: verdictKey(rows.map(({ row }) => row.verdict)),
    panels,
    data: rows.map(({ statement: { says, epsilon, unit }, row }) => ({
      statement: says,
      epsilon,
      unit,
      estimate: row.value,
      low: row.interval[0],
      high: row.interval[1],
      from: row.allowed[0] ?? undefined,
      to: row.allowed[1] ?? undefined,
      verdict: row.verdict,
      decides: String(row.decides),
    })),
  };
}

export const verdictKey = (found: readonly string[]): KeyEntry[] => [
  ...Object.entries(verdictLooks)
    .filter(([name]) => found.includes(name))
    .map(([label, { color, mark }]) => ({ label, color, mark })),
  { label: 'said to lie in', color: paint('band'), mark: 'bar' },
];

const described = (statement: StatementVerdict): string => {
  const { says, estimate, unit, verdict } = statement;
  return estimate?.interval
    ? `${says}: ${estimateText(estimate.value, unit)}, ${estimateInterval(estimate.interval, unit)}, ${rangeText(statement)}: ${verdict}`
    : says;
};

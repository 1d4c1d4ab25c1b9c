/** The mean over seeds of a number that an analysis found, or of a ratio of two, in logarithms where it is one of sizes. */
import { meanOfSeeds } from '../../statistics/index.ts';
import type { AnalysisNumber, Path } from '../hypotheses/statements.ts';
import { analysisNamedOf } from '../results/run-results.ts';
import { overSeedsOf } from './estimate.ts';
import type { Estimated, Setting, Side } from './layout.ts';

export function numberEstimate(
  { variant, analysis, value, over }: AnalysisNumber,
  scale: 'linear' | 'logarithmic',
  { epsilon, seeds, find }: Setting,
): Estimated {
  const found = seeds.flatMap((seed) => {
    const results = find(variant, seed);
    const document = results && analysisNamedOf(results, analysis, epsilon);
    if (!document) return [];
    return [
      {
        run: results.run.name,
        numerator: numberAt(document, value),
        scale: over ? numberAt(document, over) : 1,
      },
    ];
  });
  const runs = found.map(({ run }) => run);
  if (found.length === 0) return { sides: [], runs };
  const measured = found.flatMap(({ numerator, scale: of }) =>
    numerator === undefined || of === undefined ? [] : [{ numerator, scale: of }],
  );
  if (measured.length < found.length)
    return {
      sides: [],
      runs,
      undecidable: `in some seed the ${analysis} has no ${pathLabel(value)}: there is no effect to divide`,
    };
  const numbers = measured.map((each) => each.numerator / each.scale);
  const sides: Side[] = over
    ? [
        { label: pathLabel(value), weight: 1, ...overSeedsOf(measured.map((each) => each.numerator)) },
        { label: pathLabel(over), weight: -1, ...overSeedsOf(measured.map((each) => each.scale)) },
      ]
    : [{ label: pathLabel(value), weight: 1, ...overSeedsOf(numbers) }];
  if (scale === 'linear')
    return { estimate: { ...meanOfSeeds(numbers), seeds: numbers.length, examples: 0 }, sides, runs };
  if (numbers.some((each) => !(each > 0) || !Number.isFinite(each)))
    return { sides, runs, undecidable: 'in some seed one of them is not told from its sampling error' };
  return {
    estimate: { ...meanOfSeeds(numbers.map(Math.log)), seeds: numbers.length, examples: 0 },
    sides,
    runs,
  };
}

const pathLabel = (path: Path) =>
  path
    .filter((step) => typeof step !== 'string' || !['result', 'value', 'average'].includes(step))
    .map((step) => (typeof step === 'string' ? step : Object.values(step).join(' ')))
    .join(' ');

/** Undefined where a document has none: analyses leave out the share of an effect that is not there. */
function numberAt(document: unknown, path: Path): number | undefined {
  let at: unknown = document;
  for (const step of path) {
    if (typeof step === 'string') at = isRecord(at) ? at[step] : undefined;
    else
      at = Array.isArray(at)
        ? at.find(
            (each) => isRecord(each) && Object.entries(step).every(([key, value]) => each[key] === value),
          )
        : undefined;
  }
  return typeof at === 'number' ? at : undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the sections of the report are made from, and how they write estimates and verdicts. */
import { type AnalysisName, epsilonOf } from '../../analysis/index.ts';
import {
  type FigureSubject,
  type Generated,
  groupBy,
  type Html,
  html,
  type Interval,
  percent,
  slug,
  type VerdictName,
  verdictLooks,
} from '../../figures/index.ts';
import { type AnalysisOf, analysesOf, type ReportRun } from '../../report/index.ts';
import type { Stage } from '../scales.ts';
import type {
  ClaimVerdict,
  ReproductionDocument,
  StageVerdict,
  StatementVerdict,
} from '../verdicts/document.ts';

export interface ReproductionReport {
  readonly document: ReproductionDocument;
  /** Those that have results, named as in the document. */
  readonly runs: readonly ReportRun[];
  readonly generated: Generated;
}

/** A statement with where it stands. */
export interface StatementRow {
  readonly part: string;
  /** Whether the part and the statement decide the claim. */
  readonly decides: boolean;
  readonly statement: StatementVerdict;
}

export const rowsOf = ({ epsilons }: StageVerdict): StatementRow[] =>
  epsilons.flatMap(({ parts }) =>
    parts.flatMap(({ title, decides, statements }) =>
      statements.map((statement) => ({ part: title, decides: decides && statement.decides, statement })),
    ),
  );

/** The stage that a claim is judged by: the confirmatory one where anything of it was run. */
export function leadingStage({ stages }: ClaimVerdict): StageVerdict | undefined {
  const found = [...stages].reverse().filter(({ verdict }) => verdict !== 'not run');
  return found[0] ?? stages[0];
}

/** 'exploratory seeds': rules were made looking at them. */
export const stageText = (stage: Stage) => `${stage} seeds`;

/** Runs that differ in the seed alone: a variant at an epsilon. */
export interface Group {
  readonly variant: string;
  /** Of training; absent where the variant trains without an attack. */
  readonly epsilon: string | undefined;
  readonly runs: readonly ReportRun[];
}

export const variantAt = (variant: string, epsilon: string | undefined): string =>
  epsilon === undefined ? variant : `${variant}, ε\u00a0=\u00a0${epsilon}`;

/** In the order of the document. */
export function groupsOf({ document, runs }: ReproductionReport): Group[] {
  const listed = [
    ...groupBy(document.runs, ({ variant, epsilon }) => `${variant} ${epsilon ?? ''}`).values(),
  ];
  return listed.flatMap((group): Group[] => {
    const read = group.flatMap(({ name }) => runs.filter((run) => run.name === name));
    const [{ variant, epsilon }] = group;
    return read.length === 0 ? [] : [{ variant, epsilon, runs: read }];
  });
}

export interface GroupSubject<Name extends AnalysisName> extends FigureSubject<AnalysisOf<Name>> {
  readonly variant: string;
  readonly epsilon: string | undefined;
}

/** Analyses of a kind, by variant and by the epsilon that they were made at; the latest of each run. */
export function subjectsOf<Name extends AnalysisName>(
  report: ReproductionReport,
  name: Name,
): GroupSubject<Name>[] {
  return groupsOf(report).flatMap(({ variant, epsilon, runs }) => {
    const found = runs.flatMap(({ seed, analyses }) =>
      analysesOf(analyses, name).map((document) => ({
        seed,
        document,
        size: epsilonOf(document) ?? epsilon,
      })),
    );
    return [...groupBy(found, ({ size }) => size ?? '')].map(([, all]): GroupSubject<Name> => {
      const [{ size }] = all;
      const latest = new Map(all.map(({ seed, document }) => [seed, document]));
      return {
        id: slug(`${name} ${variant} ${size ?? ''}`),
        label: variantAt(variant, size),
        variant,
        epsilon: size,
        documents: [...latest.values()],
      };
    });
  });
}

/** 'claim 2' -> 'Claim 2' */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

type Unit = StatementVerdict['unit'];

/** 0.0123 -> '+1.2'; a ratio of 1.234 -> '1.23'. */
export const estimateText = (value: number, unit: Unit): string =>
  unit === 'accuracy' ? signed(value) : value.toPrecision(3).replace('-', '−');

/** '−0.4 to +2.8' */
export const estimateInterval = ([low, high]: Interval, unit: Unit): string =>
  `${estimateText(low, unit)} to ${estimateText(high, unit)}`;

/** '+9.9 points (+8.1 to +11.7)' */
export function sizeText({ estimate, unit }: StatementVerdict): string {
  if (!estimate) return 'not measured';
  const { value, interval } = estimate;
  const size = `${estimateText(value, unit)}${unit === 'accuracy' ? ' points' : ''}`;
  return interval ? `${size} (${estimateInterval(interval, unit)})` : `${size} (one seed)`;
}

/** 'between −1.0 and +1.0', of what a statement says its value lies in. */
export function rangeText({ range: [low, high], unit }: StatementVerdict): string {
  const [from, to] = [low, high].map((end) => (end === null ? undefined : estimateText(end, unit)));
  if (from !== undefined && to !== undefined) return `between ${from} and ${to}`;
  if (from !== undefined) return `above ${from}`;
  return to === undefined ? 'anything' : `below ${to}`;
}

/** 0.0004 -> '< 0.001' */
export const pText = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const signed = (value: number): string => {
  const text = percent(Math.abs(value));
  if (text === '0.0') return '0.0';
  return `${value < 0 ? '−' : '+'}${text}`;
};

/** A verdict in words, with a sign and a color that repeat them. */
export const verdictHtml = (verdict: VerdictName, words: string = verdict): Html => {
  const { sign, color } = verdictLooks[verdict];
  return html`<span class="verdict" style="color:${color}"><b aria-hidden="true">${sign}</b> ${words}</span>`;
};

/** Of a claim, with the seeds that it is of: of confirmatory ones only where some are still to come. */
export const leadHtml = (stage: StageVerdict): Html => verdictHtml(stage.verdict, leadText(stage));

export function leadText({ verdict, stage, seeds: { least, planned } }: StageVerdict): string {
  if (verdict === 'not run') return verdict;
  const sofar = least < planned ? `${least} of ${planned} ` : '';
  if (stage === 'confirmatory') return sofar === '' ? verdict : `${verdict} (${sofar}seeds so far)`;
  return `${verdict} (${sofar}${stageText(stage)})`;
}

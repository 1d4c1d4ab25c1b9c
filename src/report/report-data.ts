/**
 * What a report is made of: plain data. Reading it from run directories is for the caller; nothing here touches a file.
 */
import type { AnyAnalysis, AnyAnalysisDocument } from '../analysis/index.ts';
import type { Accuracy, Generated, SectionMaker } from '../figures/index.ts';
import type { Cell } from '../nn/index.ts';

/** One cell of the grid, attacked white-box through itself. */
export interface ReportCell extends Cell {
  readonly clean: Accuracy;
  /** By attack, such as 'pgd-10'. */
  readonly robust: Readonly<Record<string, Accuracy>>;
}

export interface ReportEvaluation {
  /** Its file, without extension. */
  readonly name: string;
  readonly checkpoint: string;
  readonly dataset: string;
  readonly examples: number;
  /** As written, such as '8/255'. */
  readonly epsilon: string;
  /** Of epsilon. */
  readonly size: number;
  readonly norm: string;
  readonly grid: readonly ReportCell[];
  readonly failedChecks: readonly string[];
}

/** One image before and after the attack. Pixels in [0, 1], [C, H, W], one channel or three. */
export interface ReportImage {
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly clean: Float32Array;
  readonly adversarial: Float32Array;
  /** Names of classes, as they are shown. */
  readonly label: string;
  readonly predictedClean: string;
  readonly predictedAdversarial: string;
}

export interface ReportImages {
  /** The cell that was attacked and evaluated, and how: such as 'NS adv, AP adv, PGD-10 at 8/255'. */
  readonly through: string;
  readonly examples: readonly ReportImage[];
}

/** One epoch, in the shape the trainer reports it. */
export interface ReportEpoch {
  /** Epochs done: 1 after the first. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly train: {
    readonly loss: number;
    /** Cross-entropy and accuracy of each pass of the regime: 'clean', 'adv', ... */
    readonly passes: Readonly<Record<string, { readonly loss: number; readonly accuracy: number }>>;
  };
  /** Absent in epochs that were not validated. */
  readonly validation?: { readonly clean: number; readonly robust: number };
}

/** A distance that training recorded, averaged over BN layers. */
export interface ReportGap {
  /** Optimizer steps done. */
  readonly step: number;
  /** Of batch statistics of two types of sample, or of what two branches own: their AP and running NS. */
  readonly between: 'samples' | 'branches';
  /** 'mu', 'sigma', 'gamma' or 'beta'. */
  readonly quantity: string;
  /** 'adv-clean' */
  readonly pair: string;
  /** 1-Wasserstein, between the sets of channel values. */
  readonly wasserstein: number;
}

export interface ReportRun {
  readonly name: string;
  readonly regime: string;
  readonly seed: number;
  /** The same for runs that differ in nothing but the seed. */
  readonly recipe: string;
  /** Regime, network, data set as it is (copy and subset sizes included), seed, epochs, engine, ... in reading order. */
  readonly summary: Readonly<Record<string, string | number>>;
  /** The resolved configuration as text. */
  readonly configuration: string;
  readonly epochs: readonly ReportEpoch[];
  /** In the order of steps; empty where training recorded none. */
  readonly gaps: readonly ReportGap[];
  /** The latest last: it is the one that runs are compared by. */
  readonly evaluations: readonly ReportEvaluation[];
  /** The latest last. */
  readonly analyses: readonly AnyAnalysisDocument[];
  /** What was there and could not be read. */
  readonly problems: readonly string[];
  readonly images?: ReportImages | undefined;
}

export interface Report {
  readonly title: string;
  /** Of the analyses that are shown, in their order; those of this program unless given. */
  readonly definitions?: readonly AnyAnalysis[] | undefined;
  readonly runs: readonly ReportRun[];
  readonly generated: Generated;
}

/** The evaluation that a run is compared by. */
export const latestEvaluation = ({ evaluations }: ReportRun): ReportEvaluation | undefined =>
  evaluations.at(-1);

/**
 * Whether a cell pairs AP with the NS of another branch, gathered through other AP. In a grid with one NS or one AP nothing
 * can be mispaired.
 */
export function isRawSwap({ statistics, affine }: ReportCell, grid: readonly ReportCell[]): boolean {
  const branches = new Set(grid.map((cell) => cell.affine));
  return statistics !== affine && branches.size > 1 && branches.has(statistics);
}

/** The attacks of an evaluation, in the order in which they were given. */
export const attacksOf = ({ grid }: ReportEvaluation): string[] => [
  ...new Set(grid.flatMap(({ robust }) => Object.keys(robust))),
];

export const sharedAttacks = ([first = [], ...rest]: readonly (readonly string[])[]): string[] =>
  first.filter((attack) => rest.every((attacks) => attacks.includes(attack)));

/** Makes the sections of one part of the report of runs. */
export type ReportPart = SectionMaker<Report>;

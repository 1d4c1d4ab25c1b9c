/**
 * What a network is told about each batch that goes through it. Several batches pass through a network in one joint forward
 * pass, layer by layer, so that at every normalization each can be given the statistics of any of them.
 *
 * Statistics (NS) and affine parameters (AP) are two independent choices; nothing here says "BN_adv".
 */
import type { Tensor, Update } from '../graph/index.ts';
import type { Branch, NetworkVariable } from './variables.ts';

/** Whose statistics normalize a pass: a branch's running ones, or those of the named passes' batches, merged. */
export type StatisticsChoice = { readonly running: Branch } | { readonly batch: readonly string[] };

/** How one pass is normalized. */
export interface PassChoice {
  /** The name by which other passes, updates and losses refer to this one, such as 'clean' or 'adv'. */
  readonly name: string;
  readonly statistics: StatisticsChoice;
  readonly affine: Branch;
  /** Said where the network has several. */
  readonly adapter?: Branch;
  readonly head?: Branch;
}

/** A batch on its way through a network. */
export interface Pass extends PassChoice {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Tensor;
}

/** A running NS is updated by the merged batch statistics of the named passes. Updates of one branch follow each other. */
export interface StatisticsUpdate {
  readonly branch: Branch;
  readonly from: readonly string[];
}

/** The tensor that stands for a variable: its value, unless somebody puts another in its place. */
export type ReadVariable = (variable: NetworkVariable) => Tensor;

/** What the layers see in a joint forward pass: the choices, the updates of NS asked for, and where they are put. */
export interface JointForward {
  readonly passes: readonly PassChoice[];
  readonly statisticsUpdates: readonly StatisticsUpdate[];
  readonly updates: Update[];
  readonly read: ReadVariable;
}

/** A layer maps one tensor a pass to one tensor a pass. */
export type Layer = (tensors: readonly Tensor[], joint: JointForward) => readonly Tensor[];

/** A layer that looks at one pass at a time. */
export const each =
  (map: (x: Tensor, read: ReadVariable, pass: PassChoice) => Tensor): Layer =>
  (tensors, { read, passes }) =>
    tensors.map((x, at) => map(x, read, passes[at]));

/** Layers one after another. */
export const sequence =
  (...layers: readonly Layer[]): Layer =>
  (tensors, joint) =>
    layers.reduce((current, layer) => layer(current, joint), tensors);

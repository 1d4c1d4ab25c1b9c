/** How the normalizations of a network work, whatever its branches; and which wishes cannot be combined. */
import { InputError } from '../errors.ts';
import type { BranchSets } from './cell.ts';
import { shared } from './variables.ts';

export const normalizationKinds = ['batch', 'group', 'instance', 'layer'] as const;

/**
 * Whose values are normalized together: those of a channel over the batch (Ioffe & Szegedy 2015, arXiv 1502.03167), or of
 * one example those of a group of channels (Wu & He 2018, arXiv 1803.08494), of a channel (Ulyanov et al. 2016, arXiv
 * 1607.08022), or all (Ba et al. 2016, arXiv 1607.06450; as group normalization with one group).
 */
export type NormalizationKind = (typeof normalizationKinds)[number];

export interface NormalizationOptions {
  readonly kind: NormalizationKind;
  /** Of kind 'group'. 8 unless said otherwise, which divides the channels of every network at its own width. */
  readonly groups?: number | undefined;
  /** How far running NS follow a batch, of kind 'batch'; 0.1 unless said otherwise. */
  readonly momentum?: number | undefined;
  /** Whether gamma and beta are learned; otherwise they are 1 and 0, and no variables. */
  readonly affine: boolean;
  /** One shared affine before that of each branch (Gong et al. 2022, arXiv 2102.11382). */
  readonly sandwich: boolean;
}

export const plainNormalization: NormalizationOptions = { kind: 'batch', affine: true, sandwich: false };

export const defaultGroups = 8;

/** PyTorch's constant. */
export const defaultMomentum = 0.1;

/** PyTorch's constant, of every kind. */
export const normalizationEpsilon = 1e-5;

const key = 'network.normalization';

/** @throws InputError with every reason why these normalizations cannot be had with these branches. */
export function checkNormalization(
  { kind, groups, momentum = defaultMomentum, affine, sandwich }: NormalizationOptions,
  sets: BranchSets,
): void {
  const apart = (branches: readonly string[]) => branches.join(', ');
  const problems = [
    kind !== 'batch' &&
      sets.statistics.length > 1 && {
        where: `${key}.kind`,
        what: `${kind} normalization takes each image's own statistics, so there are no NS of ${apart(sets.statistics)} to keep apart: choose a regime with one NS, or batch`,
      },
    !affine &&
      sets.affine.length > 1 && {
        where: `${key}.affine`,
        what: `without affine parameters there are no AP of ${apart(sets.affine)} to keep apart: choose a regime with one AP, or true`,
      },
    sandwich &&
      !affine && { where: `${key}.sandwich`, what: 'a shared affine needs affine parameters after it' },
    sandwich &&
      affine &&
      sets.affine.length < 2 && {
        where: `${key}.sandwich`,
        what: 'a shared affine is followed by one of each branch: choose a regime with AP apart, or false',
      },
    sandwich &&
      sets.affine.length > 1 &&
      sets.affine.includes(shared) && {
        where: `${key}.sandwich`,
        what: `the affine that comes first is called ${shared}: call the branch otherwise`,
      },
    groups !== undefined &&
      kind !== 'group' && {
        where: `${key}.groups`,
        what: `only group normalization has groups; the kind is ${kind}`,
      },
    groups !== undefined &&
      !(Number.isInteger(groups) && groups >= 1) && {
        where: `${key}.groups`,
        what: `expected a whole number of at least 1, found ${groups}`,
      },
    !(momentum > 0 && momentum <= 1) && {
      where: `${key}.momentum`,
      what: `expected a number above 0, at most 1, found ${momentum}`,
    },
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new InputError('such a normalization cannot be had:', problems);
}

/** How many groups the channels of a layer fall into, each normalized by itself. */
export function groupsOf(
  { kind, groups = defaultGroups }: NormalizationOptions,
  layer: string,
  channels: number,
): number {
  if (kind === 'instance') return channels;
  if (kind === 'layer') return 1;
  if (channels % groups === 0) return groups;
  const divisors = Array.from({ length: channels }, (_, at) => at + 1).filter((n) => channels % n === 0);
  throw new InputError(`${groups} groups do not divide the ${channels} channels of ${layer}`, [
    { where: `${key}.groups`, what: `choose one of ${divisors.join(', ')}, or another network.width` },
  ]);
}

/**
 * The experiment matrix a second time, written as what must come of each row: a row and its line here were made apart, and
 * the losses are worked out in numbers.
 */
import type { LossName } from '../../attacks/index.ts';
import type { Cell } from '../../nn/index.ts';
import type { RegimeName } from '../regimes.ts';
import { labels } from './tiny-step.ts';

/** Logits a row, by pass. */
export type Logits = Readonly<Record<string, readonly (readonly number[])[]>>;

type BatchName = 'clean' | 'adv';
type Choices = readonly [by: string, affine: string, more?: Pick<Cell, 'adapter' | 'head'>];

const softmax = (z: readonly number[]) => {
  const powers = z.map(Math.exp);
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
};
export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const ce = (z: Logits[string]) => mean(z.map((row, at) => -Math.log(softmax(row)[labels[at]])));
const divergences = (p: Logits[string], q: Logits[string]) =>
  p.map((row, at) =>
    softmax(row).reduce((sum, each, j) => sum + each * Math.log(each / softmax(q[at])[j]), 0),
  );

const madry = ({ adv }: Logits) => ce(adv);
const hybrid = ({ clean, adv }: Logits) => 0.3 * ce(clean) + 0.7 * ce(adv);
const trades = ({ clean, adv }: Logits) => ce(clean) + 6 * mean(divergences(clean, adv));

export interface Line {
  /** The cell that the attack looks through, what it climbs, and where it sees clean images for that. */
  readonly attack?: readonly [cell: Cell, loss?: LossName, reference?: Cell];
  /** Whose batch normalizes each half (a branch of running NS where it starts with ~), and the rest of its choices. */
  readonly clean?: Choices;
  readonly adv?: Choices;
  /** Passes besides these two, and whose images they take. */
  readonly others?: Readonly<Record<string, readonly [images: string, ...Choices]>>;
  /** The cells of further attacks, by the name of their images; within a share of the bound where there is one. */
  readonly attacks?: Readonly<Record<string, Cell & { readonly share?: number }>>;
  /** What each running NS is updated towards, one after another; every other one must stay. */
  readonly statisticsUpdates: Readonly<Record<string, readonly string[]>>;
  /** Every role and branch that receives gradients; every other variable must stay. */
  readonly trains: readonly string[];
  readonly loss: (logits: Logits) => number;
  /** The cells it is evaluated through: clean, robust. */
  readonly judged: readonly [Cell, Cell];
}

const at = (statistics: string, affine = statistics, more: Pick<Cell, 'adapter' | 'head'> = {}): Cell => ({
  statistics,
  affine,
  ...more,
});
const [shared, clean, adv] = [at('shared'), at('clean'), at('adv')];
const plain = ['weight', 'head', 'affine shared'];
const apart = ['weight', 'head', 'affine clean', 'affine adv'];
const mixed = 'adv+clean';
const oneBn = { attack: [shared], trains: plain, judged: [shared, shared] } as const;
const hybridOne = { ...oneBn, loss: hybrid } as const;
const twoBn = {
  attack: [adv],
  clean: ['clean', 'clean'],
  adv: ['adv', 'adv'],
  statisticsUpdates: { clean: ['clean'], adv: ['adv'] },
  trains: apart,
  loss: hybrid,
  judged: [clean, adv],
} as const;
const inTurn = {
  ...oneBn,
  clean: ['clean', 'shared'],
  adv: ['adv', 'shared'],
  statisticsUpdates: { shared: ['clean', 'adv'] },
} as const;
const both = (by: string) =>
  ({ ...oneBn, clean: [by, 'shared'], adv: [by, 'shared'], statisticsUpdates: { shared: [by] } }) as const;
const onClean = {
  trains: ['affine clean'],
  loss: ({ clean }: Logits) => ce(clean),
  judged: [clean, clean],
} as const;

const ownPart = (axis: 'adapter' | 'head') => {
  const own = (half: BatchName) => ({ [axis]: half });
  return {
    attack: [at('shared', 'shared', own('adv'))],
    clean: [mixed, 'shared', own('clean')],
    adv: [mixed, 'shared', own('adv')],
    statisticsUpdates: { shared: [mixed] },
    loss: hybrid,
    judged: [at('shared', 'shared', own('clean')), at('shared', 'shared', own('adv'))],
  } as const;
};

const dualAp = {
  ...hybridOne,
  attack: [at('shared', 'adv')],
  clean: [mixed, 'clean'],
  adv: [mixed, 'adv'],
  statisticsUpdates: { shared: [mixed] },
  trains: apart,
  judged: [at('shared', 'clean'), at('shared', 'adv')],
} as const;

/** Both AP on both batches: `own` is the share of each AP's own kind. */
const crossed = (own: number, attackedThere = 'adv'): Line => {
  const all = 'clean+adv-through-clean+clean-through-adv+adv';
  return {
    ...dualAp,
    clean: [all, 'clean'],
    adv: [all, 'adv'],
    others: {
      'adv-through-clean': [attackedThere, all, 'clean'],
      'clean-through-adv': ['clean', all, 'adv'],
    },
    statisticsUpdates: { shared: [all] },
    loss: (z) =>
      0.5 * (own * ce(z.clean) + (1 - own) * ce(z['adv-through-clean'])) +
      0.5 * ((1 - own) * ce(z['clean-through-adv']) + own * ce(z.adv)),
  };
};
const withNoise = ({ clean, noise }: Logits) => 0.3 * ce(clean) + 0.7 * ce(noise);

const onAdv = { attack: [adv], trains: ['affine adv'], loss: madry, judged: [adv, adv] } as const;

const severalBounds = ({ clean, adv, half }: Logits) => 0.5 * ce(clean) + 0.25 * ce(adv) + 0.25 * ce(half);
const three = 'clean+adv+half';

export const matrix: Record<RegimeName, Line> = {
  standard: {
    clean: ['clean', 'shared'],
    statisticsUpdates: { shared: ['clean'] },
    trains: plain,
    loss: ({ clean }) => ce(clean),
    judged: [shared, shared],
  },
  madry: { ...oneBn, adv: ['adv', 'shared'], statisticsUpdates: { shared: ['adv'] }, loss: madry },
  hybrid: { ...both(mixed), loss: hybrid },
  'hybrid-two-pass': { ...inTurn, loss: hybrid },
  'dual-bn': twoBn,
  'dual-ns': {
    ...twoBn,
    attack: [at('adv', 'shared')],
    clean: ['clean', 'shared'],
    adv: ['adv', 'shared'],
    trains: plain,
    judged: [at('clean', 'shared'), at('adv', 'shared')],
  },
  'dual-ap': dualAp,
  'dual-ap-two-pass': {
    ...twoBn,
    attack: [at('shared', 'adv')],
    statisticsUpdates: { shared: ['clean', 'adv'] },
    judged: [at('shared', 'clean'), at('shared', 'adv')],
  },
  'cross-at-clean': { ...both('clean'), loss: madry },
  'cross-at-adv': { ...both('adv'), loss: madry },
  'cross-at-all': { ...both(mixed), loss: madry },
  'cross-hybrid-clean': { ...both('clean'), loss: hybrid },
  'cross-hybrid-adv': { ...both('adv'), loss: hybrid },
  'dual-bn-cross-clean': {
    ...twoBn,
    adv: ['clean-through-adv', 'adv'],
    others: { 'clean-through-adv': ['clean', 'clean-through-adv', 'adv'] },
    statisticsUpdates: { clean: ['clean'], adv: ['clean-through-adv'] },
  },
  'dual-bn-cross-adv': {
    ...twoBn,
    clean: ['adv-through-clean', 'clean'],
    others: { 'adv-through-clean': ['adv', 'adv-through-clean', 'clean'] },
    statisticsUpdates: { clean: ['adv-through-clean'], adv: ['adv'] },
  },
  'dual-bn-clamped': twoBn,
  'madry-dual-bn': { ...twoBn, trains: ['weight', 'head', 'affine adv'], loss: madry, judged: [adv, adv] },
  'bn-on-clean': { ...onClean, clean: ['clean', 'clean'], statisticsUpdates: { clean: ['clean'] } },
  'bn-on-clean-copied': { ...onClean, clean: ['~clean', 'clean'], statisticsUpdates: {} },
  'bn-on-adv': { ...onAdv, adv: ['adv', 'adv'], statisticsUpdates: { adv: ['adv'] } },
  'bn-on-adv-copied': { ...onAdv, adv: ['~adv', 'adv'], statisticsUpdates: {} },
  'hybrid-random-weights': { ...both(mixed), loss: hybrid, trains: ['affine shared'] },
  'dual-bn-random-weights': { ...twoBn, trains: ['affine clean', 'affine adv'] },
  trades: { ...inTurn, attack: [shared, 'kl', shared], loss: trades },
  'trades-dual-bn': { ...twoBn, attack: [adv, 'kl', clean], loss: trades },
  'trades-adv': {
    ...inTurn,
    attack: [shared, 'kl', shared],
    loss: ({ clean, adv }) => ce(adv) + 6 * mean(divergences(clean, adv)),
  },
  mart: {
    ...inTurn,
    loss: ({ clean, adv }) => {
      const second = (row: readonly number[], y: number) =>
        Math.max(...softmax(row).filter((_, j) => j !== y));
      const boosted = adv.map((row, i) => -Math.log(1 - second(row, labels[i])));
      const weighted = divergences(clean, adv).map((each, i) => each * (1 - softmax(clean[i])[labels[i]]));
      return ce(adv) + mean(boosted) + 5 * mean(weighted);
    },
  },
  'adapters-parallel': { ...ownPart('adapter'), trains: [...plain, 'adapter clean', 'adapter adv'] },
  'adapters-serial': { ...ownPart('adapter'), trains: [...plain, 'adapter clean', 'adapter adv'] },
  'dual-linear': { ...ownPart('head'), trains: ['weight', 'affine shared', 'head clean', 'head adv'] },
  'sandwich-dual-bn': { ...twoBn, trains: [...apart, 'affine shared'] },
  'hybrid-gn': { ...both(mixed), loss: hybrid, statisticsUpdates: {} },
  'dual-ap-gn': { ...dualAp, statisticsUpdates: {} },
  'two-tasks-one-domain': crossed(0.9),
  'two-tasks-own-attacks': {
    ...crossed(0.9, 'adv-on-clean'),
    attacks: { 'adv-on-clean': at('shared', 'clean') },
  },
  'one-task-one-domain': crossed(0.5),
  'hybrid-noise': {
    clean: ['noise+clean', 'shared'],
    others: { noise: ['noise', 'noise+clean', 'shared'] },
    statisticsUpdates: { shared: ['noise+clean'] },
    trains: plain,
    loss: withNoise,
    judged: [shared, shared],
  },
  'dual-bn-noise': {
    clean: ['clean', 'clean'],
    others: { noise: ['noise', 'noise', 'noise'] },
    statisticsUpdates: { clean: ['clean'], noise: ['noise'] },
    trains: ['weight', 'head', 'affine clean', 'affine noise'],
    loss: withNoise,
    judged: [clean, clean],
  },
  'epsilon-branches': {
    ...twoBn,
    others: { half: ['half', 'half', 'half'] },
    attacks: { half: { ...at('half'), share: 0.5 } },
    statisticsUpdates: { clean: ['clean'], adv: ['adv'], half: ['half'] },
    trains: [...apart, 'affine half'],
    loss: severalBounds,
  },
  'epsilon-mixture': {
    ...both(three),
    others: { half: ['half', three, 'shared'] },
    attacks: { half: { ...shared, share: 0.5 } },
    loss: severalBounds,
  },
};

/**
 * What is trained: a regime, or a regime with settings of its own. A variant that is not in the table is the regime of its name.
 */
import { attacksOf, type Regime, type RegimeName, regimeNamed, regimeNames } from '../../training/index.ts';

export interface Variant {
  readonly regime: RegimeName;
  /** As after --set. */
  readonly overrides: readonly string[];
  /** The variant whose network of the same seed and epsilon it starts from. */
  readonly start?: string;
}

/** The share of the clean loss in hybrid training, besides the usual one half. */
export const frontAlphas = [0.1, 0.25, 0.75, 0.9] as const;

const frontName = (alpha: number) => `hybrid-alpha-${alpha}`;

const settings: Readonly<Record<string, Variant>> = {
  ...Object.fromEntries(
    frontAlphas.map((alpha) => [
      frontName(alpha),
      { regime: 'hybrid' as const, overrides: [`regime.alpha=${alpha}`] },
    ]),
  ),
  'bn-on-adv': { regime: 'bn-on-adv', overrides: [], start: 'standard' },
  'bn-on-clean': { regime: 'bn-on-clean', overrides: [], start: 'madry' },
};

/** One network with one set of everything, from all weight on clean images to none: what a trade-off costs without separation. */
export const frontVariants: readonly string[] = [
  'standard',
  ...frontAlphas
    .filter((alpha) => alpha > 0.5)
    .reverse()
    .map(frontName),
  'hybrid',
  ...frontAlphas
    .filter((alpha) => alpha < 0.5)
    .reverse()
    .map(frontName),
  'madry',
];

/** @throws RangeError for a name that is neither in the table nor a regime. */
export function variantNamed(name: string): Variant {
  const found = settings[name];
  if (found) return found;
  const regime = regimeNames.find((each) => each === name);
  if (!regime) throw new RangeError(`there is no variant ${name}`);
  return { regime, overrides: [] };
}

/** Whether what it trains on depends on epsilon, by an attack or by noise; otherwise one run serves every epsilon. */
export function knowsEpsilon(name: string): boolean {
  const { regime, start } = variantNamed(name);
  const { sources }: Pick<Regime, 'sources'> = regimeNamed(regime);
  const own =
    attacksOf({ sources }).length > 0 || Object.values(sources).some(({ kind }) => kind === 'noise');
  return own || (start !== undefined && knowsEpsilon(start));
}

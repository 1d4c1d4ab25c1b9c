/**
 * What is trained: a regime, or a regime with settings of its own. A variant that is not in the table is the regime of its name.
 */
import { type RegimeName, regimeNames } from '../training/index.ts';

export interface Variant {
  readonly regime: RegimeName;
  /** As after --set. */
  readonly overrides: readonly string[];
}

/** The share of the clean loss in hybrid training, besides the usual one half. */
export const frontAlphas = [0.1, 0.25, 0.75, 0.9] as const;

const frontName = (alpha: number) => `hybrid-alpha-${alpha}`;

const settings: Readonly<Record<string, Variant>> = Object.fromEntries(
  frontAlphas.map((alpha) => [
    frontName(alpha),
    { regime: 'hybrid' as const, overrides: [`regime.alpha=${alpha}`] },
  ]),
);

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

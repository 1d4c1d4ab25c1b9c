/** How verdicts look: a word, a shape and a color each, the shape and the word saying all that the color says. */
import { paint } from '../drawing/palette.ts';
import type { KeyEntry } from './figure.ts';

export type VerdictName = 'holds' | 'does not hold' | 'not shown at this scale';

export interface VerdictLook {
  readonly color: string;
  /** Of Vega. */
  readonly symbol: string;
  readonly mark: KeyEntry['mark'];
  /** Before the words. */
  readonly sign: string;
}

export const verdictLooks: Readonly<Record<VerdictName, VerdictLook>> = {
  holds: { color: paint('holds'), symbol: 'circle', mark: 'circle', sign: '✓' },
  'does not hold': { color: paint('fails'), symbol: 'square', mark: 'square', sign: '✗' },
  'not shown at this scale': { color: paint('open'), symbol: 'diamond', mark: 'diamond', sign: '?' },
};

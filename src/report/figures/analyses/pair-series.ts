/** How pairs of sample types are drawn, wherever they are. */
import { paint } from '../../drawing/palette.ts';
import type { Series } from '../series.ts';

export const pairSeries: readonly Series[] = [
  { name: 'adv-clean', color: paint('adv'), shape: 'square' },
  { name: 'noise-clean', color: paint('noise'), shape: 'triangle', dash: [6, 3] },
  { name: 'clean-clean', color: paint('clean'), shape: 'circle', dash: [2, 3] },
];

/** Numbers of statements as a reader meets them: differences in points of per cent, ratios as they are. */

import { type Interval, percent } from '../../figures/index.ts';
import type { Statement } from './model.ts';

type Unit = Statement['unit'];

/** 0.0123 -> '+1.2'; a ratio of 1.234 -> '1.23'. */
export const estimateText = (value: number, unit: Unit): string =>
  unit === 'accuracy' ? signed(value) : value.toPrecision(3);

/** '−0.4 to +2.8' */
export const estimateInterval = ([low, high]: Interval, unit: Unit): string =>
  `${estimateText(low, unit)} to ${estimateText(high, unit)}`;

/** 0.0004 -> '< 0.001' */
export const pText = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const signed = (value: number): string => {
  const text = percent(Math.abs(value));
  if (text === '0.0') return '0.0';
  return `${value < 0 ? '−' : '+'}${text}`;
};

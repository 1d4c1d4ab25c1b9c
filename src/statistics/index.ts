/** Statistics of plain numbers, without any of what they are measured of. */
export {
  type Interval,
  mean,
  standardDeviation,
  studentTCdf,
  studentTQuantile,
  variance,
  wilsonInterval,
} from './intervals.ts';

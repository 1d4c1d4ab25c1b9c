/** Statistics of plain numbers, without any of what they are measured of. */
export { mean, standardDeviation, variance } from './moments.ts';
export { studentTCdf, studentTQuantile } from './student-t.ts';
export { type Interval, wilsonInterval } from './wilson.ts';

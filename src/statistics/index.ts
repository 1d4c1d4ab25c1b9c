/** Statistics of plain numbers, without any of what they are measured of. */
export { type Interval, mean, standardDeviation, variance, wilsonInterval } from './moments.ts';
export { studentTCdf, studentTQuantile } from './student-t.ts';

/** Statistics of plain numbers, without any of what they are measured of. */
export { fiellerShare, holm, pInside, pOutside, type Range, type Share } from './decisions.ts';
export {
  type Interval,
  mean,
  pairedInterval,
  standardDeviation,
  studentTCdf,
  studentTQuantile,
  variance,
  wilsonInterval,
} from './intervals.ts';
export {
  halfWidth,
  intervalOf,
  meanOfSeeds,
  pAbove,
  pBelow,
  twoWayMean,
  type UncertainMean,
  type VariancePart,
} from './two-way.ts';

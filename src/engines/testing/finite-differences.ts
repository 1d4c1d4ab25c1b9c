/**
 * Central differences, dL/dx_i = (L(x + h e_i) - L(x - h e_i)) / 2h, against which gradient rules are checked.
 * In float64 with h = 1e-5, truncation and rounding are both below 1e-9 for functions of moderate curvature.
 */
const STEP = 1e-5;

/** The gradient of a scalar function of several arrays, by each array. */
export function finiteDifferences(
  f: (values: readonly Float64Array[]) => number,
  at: readonly Float64Array[],
): Float64Array[] {
  return at.map((values, which) =>
    values.map((value, i) => {
      const moved = (by: number) =>
        f(at.map((each, other) => (other === which ? each.with(i, value + by) : each)));
      return (moved(STEP) - moved(-STEP)) / (2 * STEP);
    }),
  );
}

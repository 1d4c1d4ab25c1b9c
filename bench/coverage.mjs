/**
 * How often the 95 % interval of a mean over seeds and examples covers the truth, by simulation: for joined bounds
 * (src/statistics/two-way.ts), for the same with what both have counted taken from the seeds, for Student's with the degrees of
 * freedom of Satterthwaite, and for seed variances pooled over regimes of which one varies more. See docs/decisions/seed-variance.md.
 *
 * The three mean squares of a normal two-way layout are independent and chi-squared, so they are drawn themselves.
 */
import { normals } from '../dist/random/index.js';
import { studentTCdf, studentTQuantile } from '../dist/statistics/index.js';
import { checkWholeNumber, readOptions } from './options.mjs';

const options = readOptions(
  import.meta.url,
  /** @type {const} */ ({ experiments: { type: 'string', default: '20000' } }),
);
checkWholeNumber(import.meta.url, 'experiments', options.experiments);
const experiments = Number(options.experiments);
const examples = 2000;

/** A source of standard normals, and of chi-squares over their freedom. */
function source(seed) {
  const pool = new Float32Array(1 << 16);
  let [round, next] = [0, pool.length];
  const normal = () => {
    if (next === pool.length) {
      normals({ seed, purpose: 'noise', epoch: round }, pool);
      [round, next] = [round + 1, 0];
    }
    return pool[next++];
  };
  const meanSquare = (freedom) => {
    // Wilson and Hilferty's cube root, where there are many.
    if (freedom > 50) return (1 - 2 / (9 * freedom) + normal() * Math.sqrt(2 / (9 * freedom))) ** 3;
    let sum = 0;
    for (let at = 0; at < freedom; at += 1) sum += normal() ** 2;
    return sum / freedom;
  };
  return { normal, meanSquare };
}

const quantile = (freedom) => studentTQuantile(0.975, freedom);
const shares = [0, 0.2, 0.5, 1, 2, 5];

console.log(
  'seeds  var examples  var seeds  joined  v_se from the seeds  Satterthwaite   (variances as multiples of v_se)',
);
for (const seeds of [3, 7, 10]) {
  const [t, z] = [quantile(seeds - 1), quantile(examples - 1)];
  const least = [1, 1, 1];
  for (const ofExamples of [0, 0.5, 3])
    for (const ofSeeds of shares) {
      const { normal, meanSquare } = source(seeds);
      const covered = [0, 0, 0];
      const both = (seeds - 1) * (examples - 1);
      for (let at = 0; at < experiments; at += 1) {
        const vs = (ofSeeds + 1) * meanSquare(seeds - 1);
        const ve = (ofExamples + 1) * meanSquare(examples - 1);
        const vse = meanSquare(both);
        const off = Math.abs(normal()) * Math.sqrt(ofSeeds + ofExamples + 1);
        if (off <= Math.sqrt(t * t * vs + z * z * Math.max(ve - vse, 0))) covered[0] += 1;
        if (off <= Math.sqrt(t * t * Math.max(vs - vse, 0) + z * z * ve)) covered[1] += 1;
        const total = Math.max(vs + ve - vse, vs, ve);
        const freedom = total ** 2 / (vs ** 2 / (seeds - 1) + ve ** 2 / (examples - 1) + vse ** 2 / both);
        if (2 * studentTCdf(-off / Math.sqrt(total), freedom) > 0.05) covered[2] += 1;
      }
      const rates = covered.map((count) => count / experiments);
      for (const [which, rate] of rates.entries()) least[which] = Math.min(least[which], rate);
      console.log(
        `${String(seeds).padStart(5)} ${String(ofExamples).padStart(13)} ${String(ofSeeds).padStart(10)}  ${rates.map((rate) => rate.toFixed(3)).join('   ')}`,
      );
    }
  console.log(
    `${String(seeds).padStart(5)}         the least:       ${least.map((rate) => rate.toFixed(3)).join('   ')}`,
  );
}

console.log(
  '\npooled over four regimes, one of which varies more by seed; the difference of that one and another',
);
console.log('seeds  its standard deviation over that of the others   pooled   own');
for (const seeds of [3, 7])
  for (const ratio of [1, 2, 3]) {
    const { normal } = source(10 * seeds + ratio);
    const [own, pooled] = [quantile(seeds - 1), quantile(3 * (seeds - 1))];
    const covered = [0, 0];
    for (let at = 0; at < experiments; at += 1) {
      const rows = [ratio, 1, 1, 1].map((deviation) =>
        Array.from({ length: seeds }, () => deviation * normal()),
      );
      const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
      const ofSeed = Array.from({ length: seeds }, (_, s) => mean(rows.map((row) => row[s])));
      const grand = mean(ofSeed);
      let residual = 0;
      for (const row of rows)
        for (let s = 0; s < seeds; s += 1) residual += (row[s] - mean(row) - ofSeed[s] + grand) ** 2;
      const differences = rows[0].map((each, s) => each - rows[1][s]);
      const off = Math.abs(mean(differences));
      const variance =
        differences.reduce((sum, each) => sum + (each - mean(differences)) ** 2, 0) / (seeds - 1);
      if (off <= pooled * Math.sqrt((2 * residual) / (3 * (seeds - 1)) / seeds)) covered[0] += 1;
      if (off <= own * Math.sqrt(variance / seeds)) covered[1] += 1;
    }
    console.log(
      `${String(seeds).padStart(5)} ${String(ratio).padStart(48)}   ${covered.map((count) => (count / experiments).toFixed(3)).join('    ')}`,
    );
  }

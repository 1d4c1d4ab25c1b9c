/**
 * The known name that a misspelt one is nearest to, for "did you mean": of attacks, data sets, networks, regimes, presets, runs and
 * keys of a configuration alike.
 */

/**
 * The candidate with the smallest edit distance to `word`, or undefined when none is near enough to be meant.
 *
 * Near enough: at most a third of the letters differ, at least two, and case does not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // A word of two letters is within two edits of every other.
    if (distance < bestDistance && distance < Math.max(word.length, candidate.length) - 1) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean X?`, or the empty text. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** `there is no regime 'hybird'; did you mean hybrid?`: how an error about an unknown name begins; which are known it says next. */
export const thereIsNo = (what: string, name: string, known: Iterable<string>): string =>
  `there is no ${what} '${name}'${didYouMean(name, known)}`;

// Optimal string alignment: insertions, deletions, substitutions, and swaps of neighbours ("pdg") count one each.
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}

/** Analyses of networks that differ in nothing but the seed, drawn together: what their figures are told. */
export interface Subject<Document> {
  /** Unique in the report: figures are named after it. */
  readonly id: string;
  /** For people: a run, or a regime at an epsilon. */
  readonly label: string;
  /** One for each seed. */
  readonly documents: readonly Document[];
}

/** 'mean of 3 seeds, thin lines the single ones'; nothing for one seed. */
export const seedsText = (count: number, singles = 'thin lines the single ones'): string =>
  count > 1 ? `Means of ${count} seeds${singles && `, ${singles}`}.` : '';

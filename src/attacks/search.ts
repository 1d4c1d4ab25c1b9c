/** What a search by queries is: where its candidates come from. Who asks the network is queries.ts; one that searches is square.ts. */

/** Which random numbers: those of an example, and of one of its restarts. */
export interface SearchKey {
  readonly seed: number;
  /** Index in the data set. */
  readonly example: number;
  readonly restart: number;
}

/** Where candidates come from: images [C, H, W] inside the ball around a clean one and in [0, 1], written to `out`. */
export interface Search {
  start(key: SearchKey, clean: Float32Array, out: Float32Array): void;
  /** The candidate of query 1, 2, ..., from the best image so far. */
  propose(key: SearchKey, query: number, clean: Float32Array, best: Float32Array, out: Float32Array): void;
}

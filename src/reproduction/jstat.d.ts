/** The part of jstat that is used; it brings no types of its own. */
declare module 'jstat' {
  const jstat: {
    readonly studentt: {
      /** The quantile of probability p. */
      inv(p: number, freedom: number): number;
      cdf(x: number, freedom: number): number;
    };
  };
  export = jstat;
}

/**
 * What a change of batch normalization consists of. At test time it is an affine map of each channel,
 *
 *   y = a x + b      a = gamma / sigma      b = beta - gamma mu / sigma      sigma = sqrt(running variance + 1e-5)
 *
 * and only a and b reach the output: gamma and sigma may grow together, or beta and mu, and nothing changes. So what is of AP
 * and what of NS depends on a choice of gauge, while a and b do not. Of a change from one cell to another (d), over the
 * channels of a layer:
 *
 *   d log|a| = d log|gamma| - d log sigma
 *   share of gamma = cov(d log|gamma|, d log|a|) / var(d log|a|)      of sigma = -cov(d log sigma, d log|a|) / var(d log|a|)
 *
 * which sum to 1; either may be negative, or above 1, where the two work against each other. For b, which is no sum of its
 * parts, a channel's change is split by Shapley values (Shapley 1953): the mean, over all orders in which the four parameters
 * could be exchanged one after another, of what b changes by when it is the parameter's turn. With u = (gamma, mu, 1/sigma) before
 * and v after, the first of a product of three has
 *
 *   phi_1 = (v1 - u1) ((u2 u3 + v2 v3) / 3 + (v2 u3 + u2 v3) / 6)
 *
 * and beta, which is added, d beta. The four sum to d b, and their shares cov(phi, d b) / var(d b) to 1.
 *
 * This is the algebra of one layer. It does not say what caused a change: sigma follows the gamma of the layers before.
 */

/** The channels of a layer in one cell. */
export interface LayerNormalization {
  readonly layer: string;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly mu: Float64Array;
  /** With the constant of normalization: never 0. */
  readonly sigma: Float64Array;
}

export const shareNames = [
  'gammaShare',
  'sigmaShare',
  'bGammaShare',
  'bBetaShare',
  'bMuShare',
  'bSigmaShare',
] as const;

/** Of log|a|: gamma and sigma. Of b: gamma, beta, mu and sigma. Null where nothing changed. */
export type Shares = Readonly<Record<(typeof shareNames)[number], number | null>>;

export interface LayerDecomposition extends Shares {
  readonly layer: string;
  readonly channels: number;
  /** Channels whose gamma is zero in either cell, which have no log|a| and are left out of its shares. */
  readonly zeros: number;
  /** Channels whose a changes its sign. */
  readonly signChanges: number;
  /** Means over channels of d log|gamma|, d log sigma, d log|a|. */
  readonly logGamma: number;
  readonly logSigma: number;
  readonly logA: number;
  /** Standard deviations over channels, of what the shares are of: d log|a| and d b. */
  readonly logASpread: number;
  readonly bSpread: number;
}

export interface Decomposition {
  readonly layers: readonly LayerDecomposition[];
  /** The mean over layers of each share. */
  readonly average: Shares;
  /** Covariances summed over the channels of all layers before they are divided, so that layers that change more count more. */
  readonly pooled: Shares;
}

/** Each layer's a and b. */
export function affineMap({ gamma, beta, mu, sigma }: LayerNormalization) {
  const a = gamma.map((value, at) => value / sigma[at]);
  return { a, b: beta.map((value, at) => value - a[at] * mu[at]) };
}

/** Decompose the change from one cell to another, both given layer by layer in the same order. */
export function decompose(
  from: readonly LayerNormalization[],
  to: readonly LayerNormalization[],
): Decomposition {
  const measured = from.map((layer, at) => measureLayer(layer, to[at]));
  const parts = measured.map(({ products }) => products);
  return {
    layers: measured.map(({ layer, products }) => ({ ...layer, ...sharesOf([products]) })),
    average: averageShares(parts.map((one) => sharesOf([one]))),
    pooled: sharesOf(parts),
  };
}

type ShareName = (typeof shareNames)[number];

/** Sums over channels of the centered products of parts with wholes. */
interface Products {
  readonly ofParts: Readonly<Record<ShareName, number>>;
  readonly logA: number;
  readonly b: number;
}

function measureLayer(from: LayerNormalization, to: LayerNormalization) {
  const [mapFrom, mapTo] = [affineMap(from), affineMap(to)];
  const channels = Array.from(from.gamma.keys());
  const nonzero = channels.filter((at) => from.gamma[at] !== 0 && to.gamma[at] !== 0);
  const logGamma = nonzero.map((at) => Math.log(Math.abs(to.gamma[at] / from.gamma[at])));
  const logSigma = nonzero.map((at) => Math.log(to.sigma[at] / from.sigma[at]));
  const logA = logGamma.map((value, at) => value - logSigma[at]);

  const b = channels.map((at) => mapTo.b[at] - mapFrom.b[at]);
  // Of -gamma mu / sigma: what each of the three adds, negated.
  const phi = channels.map((at) => shapleyOfProduct(factors(from, at), factors(to, at)));
  const ofFactor = (which: 0 | 1 | 2) => phi.map((parts) => -parts[which]);
  const beta = channels.map((at) => to.beta[at] - from.beta[at]);
  const products: Products = {
    ofParts: {
      gammaShare: centered(logGamma, logA),
      sigmaShare: -centered(logSigma, logA),
      bGammaShare: centered(ofFactor(0), b),
      bBetaShare: centered(beta, b),
      bMuShare: centered(ofFactor(1), b),
      bSigmaShare: centered(ofFactor(2), b),
    },
    logA: centered(logA, logA),
    b: centered(b, b),
  };
  const layer = {
    layer: from.layer,
    channels: channels.length,
    zeros: channels.length - nonzero.length,
    signChanges: nonzero.filter((at) => mapFrom.a[at] * mapTo.a[at] < 0).length,
    logGamma: meanOf(logGamma),
    logSigma: meanOf(logSigma),
    logA: meanOf(logA),
    logASpread: Math.sqrt(products.logA / Math.max(nonzero.length, 1)),
    bSpread: Math.sqrt(products.b / channels.length),
  };
  return { layer, products };
}

const factors = ({ gamma, mu, sigma }: LayerNormalization, at: number): Triple => [
  gamma[at],
  mu[at],
  1 / sigma[at],
];

type Triple = readonly [number, number, number];

/** The Shapley values of the factors of a product of three that goes from u to v; they sum to the change of the product. */
export function shapleyOfProduct([u1, u2, u3]: Triple, [v1, v2, v3]: Triple): [number, number, number] {
  const others = (p: number, q: number, r: number, s: number) => (p * q + r * s) / 3 + (r * q + p * s) / 6;
  return [
    (v1 - u1) * others(u2, u3, v2, v3),
    (v2 - u2) * others(u1, u3, v1, v3),
    (v3 - u3) * others(u1, u2, v1, v2),
  ];
}

const meanOf = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;

/** sum (x - mean x) (y - mean y) */
function centered(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  return x.reduce((total, value, at) => total + (value - meanX) * (y[at] - meanY), 0);
}

/** Below this a whole has not changed: what is left is rounding of float32 values near 1. */
const unchanged = 1e-13;

function sharesOf(all: readonly Products[]): Shares {
  const whole = (name: 'logA' | 'b') => all.reduce((total, each) => total + each[name], 0);
  const [logA, b] = [whole('logA'), whole('b')];
  const share = (name: ShareName, of: number) =>
    of > unchanged ? all.reduce((total, { ofParts }) => total + ofParts[name], 0) / of : null;
  return {
    gammaShare: share('gammaShare', logA),
    sigmaShare: share('sigmaShare', logA),
    bGammaShare: share('bGammaShare', b),
    bBetaShare: share('bBetaShare', b),
    bMuShare: share('bMuShare', b),
    bSigmaShare: share('bSigmaShare', b),
  };
}

/** Over the layers that have one. */
function averageShares(all: readonly Shares[]): Shares {
  const of = (name: ShareName) => {
    const known = all.flatMap((each) => each[name] ?? []);
    return known.length === 0 ? null : meanOf(known);
  };
  return {
    gammaShare: of('gammaShare'),
    sigmaShare: of('sigmaShare'),
    bGammaShare: of('bGammaShare'),
    bBetaShare: of('bBetaShare'),
    bMuShare: of('bMuShare'),
    bSigmaShare: of('bSigmaShare'),
  };
}

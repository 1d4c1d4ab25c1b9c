/**
 * How few channels carry the effect of an AP: gamma and beta of k channels of all layers are exchanged between the two branches, NS
 * re-estimated each time (ap-exchange.ts), and the network attacked as it then is. Of n channels in all, k = max(1, round(share n)):
 *
 *   none   nothing is exchanged: the receiving cell, its NS re-estimated
 *   all    every channel
 *   else   the first k of an order: those that matter most by attribution, or drawn ones as a control (orders.ts)
 *
 * Attributions are of training images that are attacked through the receiving cell, NS re-estimated; accuracies are of test images.
 */
import type { AttackOptions, Examples } from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import type { GridEvaluation } from '../../evaluation/index.ts';
import type { Network } from '../../nn/index.ts';
import type { ApExchange, Chosen, Direction } from '../ap-exchange.ts';
import { apBranchOf } from '../branches.ts';
import { type OnProgress, type Phases, phasesOf } from '../definition.ts';
import { attackedSamples, wholeBatches } from '../images.ts';
import { attributeChannels, type LayerAttribution } from './attribution.ts';
import { type Control, type Order, type OrderName, orderOf } from './orders.ts';

export interface ChannelsOptions {
  readonly engine: Engine;
  readonly network: Network;
  /** That attributions are of. */
  readonly training: Examples;
  /** That they are attacked with. */
  readonly attack: AttackOptions;
  /** Images a batch of theirs. */
  readonly statisticsBatch: number;
  /** Above 0 and below 1, as written. */
  readonly shares: readonly Share[];
  readonly controls: readonly Control[];
  /** How often a control is drawn. */
  readonly draws: number;
  readonly seed: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Of all channels, as written: 1/16. */
export interface Share {
  readonly text: string;
  readonly value: number;
}

/** One network to evaluate. */
export interface ChannelExchange {
  readonly order: OrderName | 'none' | 'all';
  /** As written; not of none and all. */
  readonly share?: string;
  /** Of a control, from 0. */
  readonly draw?: number;
  /** k */
  readonly count: number;
}

export interface EvaluatedChannels extends ChannelExchange {
  readonly into: Direction['into'];
  readonly evaluation: GridEvaluation;
}

export interface ChannelsFound {
  /** Of the layers of each direction. */
  readonly attributions: readonly (readonly LayerAttribution[])[];
  readonly rows: readonly EvaluatedChannels[];
}

/** k: at least one channel. */
export const countOf = (channels: number, { value }: Share): number =>
  Math.max(1, Math.round(value * channels));

/** Everything to evaluate in one direction. */
export function channelExchanges(
  channels: number,
  { shares, controls, draws }: Pick<ChannelsOptions, 'shares' | 'controls' | 'draws'>,
): ChannelExchange[] {
  const drawn = Array.from({ length: draws }, (_, draw) => draw);
  return [
    { order: 'none', count: 0 },
    ...shares.flatMap((share): ChannelExchange[] => {
      const of = { share: share.text, count: countOf(channels, share) };
      return [
        { order: 'top', ...of },
        ...controls.flatMap((order) => drawn.map((draw) => ({ order, ...of, draw }))),
      ];
    }),
    { order: 'all', count: channels },
  ];
}

export async function exchangeChannels(
  exchanges: readonly ApExchange[],
  options: ChannelsOptions,
): Promise<ChannelsFound> {
  const { network, onProgress, signal } = options;
  const training = wholeBatches(network, options.training, options.statisticsBatch);
  const plans = exchanges.map((each) => {
    const channels = each.layers.reduce((total, layer) => total + layer.channels, 0);
    return { each, channels, rows: channelExchanges(channels, options) };
  });
  const images = ({ each, rows }: (typeof plans)[number]) =>
    each.receivedImages + 2 * training.count + rows.length * each.images;
  const phases = phasesOf(
    plans.reduce((total, plan) => total + images(plan), 0),
    onProgress,
  );
  const attributions: LayerAttribution[][] = [];
  const found: EvaluatedChannels[] = [];
  for (const { each, rows } of plans) {
    const { into } = each.direction;
    const layers = await attributionOf(each, training.examples, options, phases);
    attributions.push(layers);
    for (const row of rows) {
      signal?.throwIfAborted();
      const evaluation = await each.evaluate(
        chosenBy(row, layers, options.seed),
        `${labelOf(row)} into ${into}`,
        phases,
      );
      found.push({ into, ...row, evaluation });
    }
  }
  return { attributions, rows: found };
}

async function attributionOf(
  { direction: { into, receiver, donor }, network: received, receive }: ApExchange,
  training: Examples,
  { engine, network, attack, statisticsBatch: batchSize, seed, signal }: ChannelsOptions,
  phases: Phases,
): Promise<LayerAttribution[]> {
  const count = training.labels.length;
  await receive(() => false, `nothing into ${into}`, phases);
  const onProgress = phases(count, `attacking training images, ${into} cell`);
  const settings = { attack, seed, batchSize, onProgress, ...(signal ? { signal } : {}) };
  const images = await attackedSamples({ engine, network: received, cell: receiver }, training, settings);
  return attributeChannels({
    ...{ engine, network, receiver: apBranchOf(receiver), donor, batchSize, signal },
    attacked: { ...training, images },
    onProgress: phases(count, `attribution, ${into} cell`),
  });
}

const labelOf = ({ order, share, draw }: ChannelExchange) =>
  [order, share, draw === undefined ? undefined : `draw ${draw + 1}`]
    .filter((part) => part !== undefined)
    .join(' ');

function chosenBy(
  { order, draw = 0, count }: ChannelExchange,
  layers: readonly LayerAttribution[],
  seed: number,
): Chosen {
  if (order === 'none' || order === 'all') return () => order === 'all';
  const first: Order = orderOf(order, layers, { seed, draw }).slice(0, count);
  const chosen = new Set(first.map(({ layer, channel }) => `${layers[layer].layer} ${channel}`));
  return (layer, channel) => chosen.has(`${layer} ${channel}`);
}

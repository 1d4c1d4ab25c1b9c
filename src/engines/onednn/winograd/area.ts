/**
 * The few bytes each thread owns in the shared memory: a half-transformed tile, then zeros that stand for what is not
 * there (pixels beyond the image, an absent bias).
 */
import { INPUT_TILE } from '../../winograd-matrices.ts';

const VECTOR_BYTES = 16;
/** Pixels of a tile row in the largest block, 16 channels. */
const ZERO_BYTES = INPUT_TILE * 16 * 4;

export const AREA_ZEROS = INPUT_TILE * INPUT_TILE * VECTOR_BYTES;
/** A multiple of 64, so that two threads never share a cache line. */
export const AREA_BYTES = AREA_ZEROS + ZERO_BYTES;

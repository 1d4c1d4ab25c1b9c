/** How to read the report, and what it does not show. */
import { isRawSwap } from '../cells.ts';
import { html } from '../html.ts';
import { text } from './blocks.ts';
import type { SectionMaker } from './section.ts';

export const notes: SectionMaker = ({ runs }) => {
  const swapped = runs.some(({ evaluations }) =>
    evaluations.some(({ grid }) => grid.some((cell) => isRawSwap(cell, grid))),
  );
  const body = html`
    <p><b>NS</b> are the normalization statistics, mean and variance of each channel; here the running ones. <b>AP</b> are
      the affine parameters, scale and shift, that follow. A network may have one set of each, or one for clean and one
      for adversarial images; the two choices are independent, and a cell of the grid is one NS with one AP.</p>
    ${
      swapped &&
      html`<p><b>Raw swaps</b> decide nothing about AP by themselves. NS are gathered through the AP that were in use, so a
      raw swap pairs AP with the statistics of what is another network, and accuracy may fall to chance whichever AP are
      better. The fair question re-estimates the statistics through the AP that will use them.</p>`
    }
    <p><b>Intervals</b> cover the choice of test images alone, not the choice of seed: two runs that differ in nothing but
      the seed may differ by more. <b>Robust accuracy</b> under an attack is an upper bound: a stronger attack may find
      more.</p>`;
  return [{ id: 'reading', heading: 'How to read this', blocks: text(body) }];
};

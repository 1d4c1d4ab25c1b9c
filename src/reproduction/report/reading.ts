/** The words that the report uses, and what it does not show. */
import { html, type SectionMaker, text } from '../../figures/index.ts';
import type { ReproductionReport } from './model.ts';

export const reading: SectionMaker<ReproductionReport> = () => {
  const body = html`
    <p><b>NS</b> are the normalization statistics, mean and variance of each channel. <b>AP</b> are the affine parameters,
      scale and shift, that follow. A branch, clean or adv, may have its own of either; a <b>cell</b> is one NS with one AP.</p>
    <p><b>NS_x^y</b> are statistics of samples of type x (clean, adversarial, noisy), gathered through the network with the AP of
      branch y, which then use them. A <b>raw swap</b> instead pairs AP of one branch with running NS that were gathered through
      the other's.</p>
    <p><b>Intervals</b> of statements and accuracies cover both the choice of the seed and that of the test images, as far as the
      number of seeds allows. <b>Robust accuracy</b> under an attack is an upper bound: a stronger attack may find more.</p>`;
  return [{ id: 'reading', heading: 'How to read this', blocks: text(body) }];
};

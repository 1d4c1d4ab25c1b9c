/** A verdict as words with a sign and a color of its own: the color repeats what the others say. */
import { type Html, html, type VerdictName, verdictLooks } from '../../figures/index.ts';

export const verdictHtml = (verdict: VerdictName, words: string = verdict): Html => {
  const { sign, color } = verdictLooks[verdict];
  return html`<span class="verdict" style="color:${color}"><b aria-hidden="true">${sign}</b> ${words}</span>`;
};

/** In tables, where 'at this scale' need not be said in every row. */
export const shortVerdictHtml = (verdict: VerdictName): Html =>
  verdictHtml(verdict, verdict === 'not shown at this scale' ? 'not shown' : verdict);

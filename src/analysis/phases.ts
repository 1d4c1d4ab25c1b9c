/** How far an analysis of several phases is, as one count that only rises. */

export interface AnalysisProgress {
  /** Images done of all, each counted once for every pass or attack that it goes through. */
  readonly done: number;
  readonly total: number;
  /** What is done to them now: 'NS of noise, AP adv'. */
  readonly phase: string;
}

export type OnProgress = (progress: AnalysisProgress) => void;

/** Begin a phase of so many images; what it gives is told how many of them are done. */
export type Phases = (images: number, phase: string) => (done: number) => void;

export function phasesOf(total: number, onProgress: OnProgress = () => {}): Phases {
  let before = 0;
  return (images, phase) => {
    const start = before;
    before += images;
    const report = (done: number) => onProgress({ done: start + Math.min(done, images), total, phase });
    report(0);
    return report;
  };
}

/** How far a long job is, as whoever does it tells whoever shows it. Showing it is for the command line. */

export interface Progress {
  /** Of `total`, in whatever the job counts: steps, images, bytes. */
  readonly done: number;
  /** 0 where it is not known. */
  readonly total: number;
  /** The same as effort, where things take unequal time: share and remaining time are told by it. */
  readonly work?: { readonly done: number; readonly total: number };
  /** For people: what is being done now, or how it goes. */
  readonly phase?: string;
}

export type OnProgress = (progress: Progress) => void;

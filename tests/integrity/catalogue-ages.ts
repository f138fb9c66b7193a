import type { HttpClient } from '../support/http-client.js';

/** Something that is shown and only ever grows, such as the number of edits of a product. */
type Subject = string;

interface Write {
  readonly progress: number;
  readonly server: HttpClient;
  /** When it was acknowledged, in milliseconds of this process. */
  readonly at: number;
}

export interface Ages {
  /** Notes that a write was acknowledged by now. */
  wrote(subject: Subject, progress: number, server: HttpClient): void;
  /** Judges what a read has shown that was sent at that time. */
  saw(
    subject: Subject,
    progress: number,
    read: { readonly server: HttpClient; readonly sentAt: number },
  ): void;
  readonly anomalies: string[];
  /** How old what was shown had been at most, in milliseconds. */
  readonly oldest: () => number;
}

/**
 * Compares reads with the writes that were acknowledged before they were sent. A read may miss those of other servers for the
 * time of the bound, and those of its own server never.
 */
export const agesOfReads = (boundMs: number): Ages => {
  const writes = new Map<Subject, Write[]>();
  const anomalies: string[] = [];
  let oldest = 0;
  return {
    anomalies,
    oldest: () => oldest,
    wrote: (subject, progress, server) => {
      const all = writes.get(subject) ?? [];
      all.push({ progress, server, at: performance.now() });
      writes.set(subject, all);
    },
    saw: (subject, progress, { server, sentAt }) => {
      for (const missed of (writes.get(subject) ?? []).filter((write) => write.progress > progress)) {
        const age = sentAt - missed.at;
        oldest = Math.max(oldest, age);
        if (age > boundMs) anomalies.push(`${subject} was shown ${age.toFixed()} ms after its change`);
        else if (age > 0 && missed.server === server)
          anomalies.push(`${subject} was shown ${age.toFixed()} ms after its change by the same server`);
      }
    },
  };
};

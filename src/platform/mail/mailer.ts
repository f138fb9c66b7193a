/** A plain-text message to one address. */
export interface Mail {
  /** An address alone, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Passes messages to a mail server. */
export interface Mailer {
  /**
   * `refused` means that the server will never accept mail for this address. Rejects if another attempt may succeed, and when
   * `signal` aborts; the mail may have been sent nevertheless.
   */
  send(mail: Mail, signal: AbortSignal): Promise<'sent' | 'refused'>;
}

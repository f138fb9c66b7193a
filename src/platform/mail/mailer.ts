/** A letter in plain text to one address. */
export interface Mail {
  /** An address alone, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands letters over to whoever carries them. */
export interface Mailer {
  /**
   * `refused` means that no mail will ever be taken for this address. Rejects when another try may succeed, and when `signal`
   * aborts; the mail may have gone out nevertheless.
   */
  send(mail: Mail, signal: AbortSignal): Promise<'sent' | 'refused'>;
}

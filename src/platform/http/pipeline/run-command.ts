import { isKey, type Actor, type Scope } from '#src/kernel/actor.js';
import type { AuditEvent, Origin, WithAudit } from '#src/kernel/audit.js';
import type { Brand } from '#src/kernel/brand.js';
import { isDone, perform, type Unfinished } from '#src/kernel/command.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import type { IdempotencyKey, WithIdempotency } from '../../idempotency/idempotency-store.js';
import { runIdempotent, type Recall, type UnderKey } from './run-idempotent.js';
import type { Reply } from '../routes/reply.js';

/** Ports of every command's transaction, in addition to the command's own. */
export type CommandPorts = WithIdempotency & WithAudit;

/**
 * The audit event of a command, which every route for administrators declares: the command did `action` to the subject; or the
 * command records it by itself, because only the command knows what has changed.
 */
export type Audited<Input, Result> =
  | 'recorded'
  | {
      readonly action: AuditEvent['action'];
      readonly subject: (result: Result, input: Input) => Brand<string, string>;
    };

/** The caller of a command, their address, and the Idempotency-Key if any. */
export interface CommandRequest {
  readonly actor?: Actor<Scope> | undefined;
  readonly client: { readonly address: string };
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

/** The part of a route that writes. */
export interface Command<Input, Ports extends CommandPorts, Result, Rendered extends Reply = Reply> {
  readonly transact: Transact<Ports>;
  /**
   * Prepares what must happen once (ids, times, hashes) and returns the work of one transaction. `reference` is the id that `recall`
   * has made; empty without one.
   */
  readonly command: (
    input: Input,
    reference: string,
  ) => Work<Ports, Result | Unfinished> | Promise<Work<Ports, Result | Unfinished>>;
  readonly audit?: Audited<Input, Result>;
  /** How the reply to an Idempotency-Key is stored if it consists of immutable facts; see `Recall`. */
  readonly recall?: Recall<Ports, Result>;
  /** Runs inside the transaction, whose work may run twice: it only renders. */
  readonly reply: (result: Result, input: Input) => Rendered;
  /** Runs once the transaction has committed, unless the process dies in between. */
  readonly afterwards?: (result: Result, input: Input) => Promise<void>;
}

const originOf = ({ actor, client: { address } }: CommandRequest): Origin =>
  actor === undefined
    ? { actor: null, address }
    : { actor: actor.id, actorType: isKey(actor) ? 'api_key' : 'user', address };

/** The reply, with the result of the work unless it is a replay. */
type Outcome<Result> = { readonly reply: Reply } | { readonly reply: Reply; readonly result: Result };

/**
 * Runs a command in one transaction: claims the Idempotency-Key, does the work, records the audit event, stores the reply,
 * commits.
 */
export const runCommand = async <Input extends CommandRequest, Ports extends CommandPorts, Result>(
  route: Command<Input, Ports, Result>,
  input: Input,
): Promise<Reply> => {
  const { transact, command, audit = 'recorded', recall, afterwards } = route;
  const { idempotencyKey: key } = input;
  const render = (result: Result): Reply => route.reply(result, input);

  const run = async (underKey: UnderKey<Ports> | null): Promise<Reply> => {
    const done = await perform<Ports, Outcome<Result>>(underKey?.transact ?? transact, async () => {
      const reference = recall?.newReference() ?? '';
      const work = await command(input, reference);
      return async (ports: Ports) => {
        const earlier = (await underKey?.begin(ports, reference)) ?? null;
        if (earlier !== null) return { reply: earlier };
        const log = ports.audit.from(originOf(input));
        const result = await work({ ...ports, audit: log });
        if (!isDone(result)) {
          if (underKey === null) return result;
          throw new Error('a claimed key would be committed without its answer');
        }
        const event =
          audit === 'recorded' ? null : { action: audit.action, subject: audit.subject(result, input) };
        if (event !== null) await log.record(event);
        const reply = render(result);
        await underKey?.finish(ports, reply, event?.subject ?? null);
        return { reply, result };
      };
    });
    if ('result' in done) await afterwards?.(done.result, input);
    return done.reply;
  };

  return key === undefined ? run(null) : runIdempotent(transact, key, { reply: render, recall }, run);
};

import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { RequireTarget, Secrets, WebhooksPorts, WebhooksReaders } from '../../application/ports.js';

export interface WebhookRouteDeps extends WebhooksReaders {
  readonly transact: Transact<WebhooksPorts & CommandPorts>;
  readonly secrets: Secrets;
  readonly requireTarget: RequireTarget;
  readonly newId: NewId;
  readonly now: Now;
}

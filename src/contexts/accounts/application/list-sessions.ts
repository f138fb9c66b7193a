import type { Actor } from '../../../kernel/actor.js';
import type { Now } from '../../../kernel/clock.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Session } from '../domain/session.js';
import type { SessionRepository } from './ports.js';

/** The user's sessions that have neither ended nor expired. */
export const listSessions =
  ({ sessions, now }: { sessions: SessionRepository; now: Now }) =>
  ({ id }: Actor, page: PageRequest): Promise<Page<Session>> =>
    sessions.listLive(id, now(), page);

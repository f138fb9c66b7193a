import type { Actor } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import { Session } from '../domain/session.js';
import type { SessionReader } from './ports.js';

/** The user's sessions that have neither ended nor expired, as they are shown. */
export const listSessions =
  ({ sessions, now }: { sessions: SessionReader; now: Now }) =>
  async ({ id }: Actor, page: PageRequest): Promise<Page<Session>> => {
    const at = now();
    const { items, next } = await sessions.listLive(id, at, page);
    return { items: items.map((session) => Session.show(session, at)), next };
  };

/** What a tab knows of being looked at, and what it puts outside itself: a headless browser shows all its tabs, and no notification. */

import type { Person } from './person.ts';

/** A notification as the page asked for it. */
export interface Told {
  title: string;
  body: string;
  tag: string;
  silent: boolean;
}

/** The person turns to another tab, or back to this one. */
export async function look(someone: Person, where: 'here' | 'elsewhere'): Promise<void> {
  await someone.page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, where === 'here' ? 'visible' : 'hidden');
}

/**
 * Notes what is put on the app's icon and what is notified, from the next page on. `answer` is what the person says when
 * the browser asks, `permission` what it knows already. Like a phone's, a notifier of the kind `worker` cannot be made.
 */
export async function noteOutside(
  someone: Person,
  { permission = 'default', answer = 'granted', kind = 'page' }: { permission?: NotificationPermission; answer?: NotificationPermission; kind?: 'page' | 'worker' } = {},
): Promise<void> {
  await someone.context.addInitScript(
    ([permission, answer, kind]) => {
      const outside = { told: [] as Notification[], asked: 0, focused: 0 };
      // What the person answered outlives the page.
      const known = () => (localStorage.getItem('test.permission') ?? permission) as NotificationPermission;
      class Notification {
        onclick: (() => void) | null = null;
        closed = false;
        constructor(readonly title: string, readonly options: NotificationOptions = {}) {
          if (kind === 'worker') throw new TypeError('Illegal constructor');
          if (known() === 'granted') outside.told.push(this);
        }
        close() {
          this.closed = true;
        }
        static get permission() {
          return known();
        }
        static async requestPermission() {
          outside.asked += 1;
          if (known() === 'default') localStorage.setItem('test.permission', answer);
          return known();
        }
      }
      window.focus = () => void (outside.focused += 1);
      Object.assign(window, { outside, Notification });
      Object.assign(navigator, {
        // One icon for all tabs, whatever becomes of them.
        setAppBadge: async (count: number) => localStorage.setItem('test.badge', String(count)),
        clearAppBadge: async () => localStorage.removeItem('test.badge'),
      });
    },
    [permission, answer, kind] as const,
  );
}

interface Outside {
  told: { title: string; options: NotificationOptions; closed: boolean; onclick: (() => void) | null }[];
  asked: number;
  focused: number;
}

declare global {
  interface Window {
    outside: Outside;
  }
}

export async function told(someone: Person): Promise<Told[]> {
  return someone.page.evaluate(() =>
    window.outside.told.map(({ title, options }) => ({ title, body: options.body ?? '', tag: options.tag ?? '', silent: options.silent ?? false })),
  );
}

/** What stands on the app's icon. */
export async function badge(someone: Person): Promise<number> {
  return someone.page.evaluate(() => Number(localStorage.getItem('test.badge')));
}

/** Stands in for what a headless browser lacks: a tab's visibility, its window's focus, notifications, and the app's badge. */

import type { Locator } from '@playwright/test';

import type { Person } from './person.ts';

/** A notification as the page asked for it. */
interface Shown {
  title: string;
  body: string;
  tag: string;
  silent: boolean;
}

/**
 * Turns to another tab (`hidden`), or back to this one. A page that is really hidden renders nothing, and this one does, so a page
 * that is turned back to has told its observers first where its elements are by then.
 */
export async function setVisibility(someone: Person, state: DocumentVisibilityState): Promise<void> {
  await someone.page.evaluate(async (state) => {
    const frame = () => new Promise(requestAnimationFrame);
    if (state === 'visible') await frame().then(frame);
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, state);
}

/** Works in another window, or in this one again. */
export async function setFocus(someone: Person, isHere: boolean): Promise<void> {
  await someone.page.evaluate((isHere) => {
    document.hasFocus = () => isHere;
    window.dispatchEvent(new Event(isHere ? 'focus' : 'blur'));
  }, isHere);
}

/** The button of a room that turns notifications on and off. */
export function bell(someone: Person): Locator {
  return someone.button(['새 메시지 알림', 'Notify me of new messages']);
}

interface StubOptions {
  /** The permission that the browser has on record at first. */
  permission?: NotificationPermission;
  /** What the person answers when the browser asks. */
  answer?: NotificationPermission;
  /** With `worker`, a page cannot make a notification itself, as on a phone. */
  kind?: 'page' | 'worker';
}

/** Replaces notifications and the badge, from the next page on, by stubs that record what the page does with them. */
export async function stubNotifications(
  someone: Person,
  { permission = 'default', answer = 'granted', kind = 'page' }: StubOptions = {},
): Promise<void> {
  await someone.context.addInitScript(
    ([permission, answer, kind]) => {
      const stub = { shown: [] as Notification[], asked: 0, focused: 0 };
      // What the person answered outlives the page.
      const known = () => (localStorage.getItem('test.permission') ?? permission) as NotificationPermission;
      class Notification {
        onclick: (() => void) | null = null;
        closed = false;
        constructor(readonly title: string, readonly options: NotificationOptions = {}) {
          if (kind === 'worker') throw new TypeError('Illegal constructor');
          if (known() === 'granted') stub.shown.push(this);
        }
        close() {
          this.closed = true;
        }
        static get permission() {
          return known();
        }
        static async requestPermission() {
          stub.asked += 1;
          if (known() === 'default') localStorage.setItem('test.permission', answer);
          return known();
        }
      }
      window.focus = () => void (stub.focused += 1);
      Object.assign(window, { notificationStub: stub, Notification });
      Object.assign(navigator, {
        // All tabs share one icon, which outlives them.
        setAppBadge: async (count: number) => localStorage.setItem('test.badge', String(count)),
        clearAppBadge: async () => localStorage.removeItem('test.badge'),
      });
    },
    [permission, answer, kind] as const,
  );
}

/** Makes people as `person` does, all of them with stubs. */
export function withStubs<Options>(person: (options?: Options) => Promise<Person>): (options?: Options) => Promise<Person> {
  return async (options) => {
    const someone = await person(options);
    await stubNotifications(someone);
    return someone;
  };
}

interface NotificationStub {
  shown: { title: string; options: NotificationOptions; closed: boolean; onclick: (() => void) | null }[];
  /** How often the page has asked for permission. */
  asked: number;
  /** How often the page has asked for the focus. */
  focused: number;
}

declare global {
  interface Window {
    notificationStub: NotificationStub;
  }
}

export async function notificationsOf(someone: Person): Promise<Shown[]> {
  return someone.page.evaluate(() =>
    window.notificationStub.shown.map(({ title, options }) => ({
      title,
      body: options.body ?? '',
      tag: options.tag ?? '',
      silent: options.silent ?? false,
    })),
  );
}

/** The number on the app's icon. */
export async function badgeOf(someone: Person): Promise<number> {
  return someone.page.evaluate(() => Number(localStorage.getItem('test.badge')));
}

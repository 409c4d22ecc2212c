/** How a page shows what its reader has not read, and what they do not want to read. */

import type { Locator } from '@playwright/test';

import type { Person } from './person.ts';

/** The line above the first unread message. */
export function unreadLine(someone: Person): Locator {
  return someone.log.getByText(someone.words(['여기부터 안 읽은 메시지', 'New messages']), { exact: true });
}

/** The button over the log that leads to the first unread message, or down to the newest one. */
export function jumpButton(someone: Person): Locator {
  return someone.page.locator('.to-bottom');
}

/** The line that stands for so many messages of hidden people. */
export function hiddenFold(someone: Person, count: number): Locator {
  return someone.button([`가린 메시지 ${count}개`, `${count} hidden message${count === 1 ? '' : 's'}`], someone.log);
}

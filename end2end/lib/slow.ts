/** Slow mode: how the owner sets it, and what people see who have to wait. */

import { expect, type Locator } from '@playwright/test';

import { dialogField, openSettings, pressInDialog } from './people.ts';
import type { Person } from './person.ts';

/** The line that says that slow mode is on. */
export function slowLine(someone: Person): Locator {
  return someone.page.locator('#slow');
}

/** The remaining time on the send button. */
export function countdown(someone: Person): Locator {
  return someone.sendButton.locator('.number');
}

/** What screen readers say to those who try to send too early. */
export function waitNotice(someone: Person): Locator {
  return someone.page.locator('.composer-area > [role=status]');
}

/** The person's own messages that the room does not have yet. */
export function pendingOf(someone: Person): Locator {
  return someone.log.locator('.pending li');
}

export function slowSetting(owner: Person): Locator {
  return dialogField(owner, 'slow');
}

/** Chooses in the open settings how many seconds people have to wait. */
export async function slowDown(owner: Person, seconds: string): Promise<void> {
  await slowSetting(owner).selectOption(seconds);
}

/** Sets how many seconds people have to wait, and waits until the owner and the readers see it. */
export async function setSlow(owner: Person, seconds: string, ...readers: Person[]): Promise<void> {
  await openSettings(owner);
  await slowDown(owner, seconds);
  await pressInDialog(owner, 'save');
  await expect(owner.dialog).toBeHidden();
  for (const reader of [owner, ...readers]) await expect(slowLine(reader)).toBeVisible({ visible: seconds !== '0' });
}

/** Presses the send button while it only says how long to wait. (Playwright would wait until the button is enabled.) */
export async function pressEarly(someone: Person): Promise<void> {
  await someone.sendButton.click({ force: true });
}

export async function expectToWait(someone: Person): Promise<void> {
  await expect(someone.sendButton).toHaveAttribute('aria-disabled', 'true');
  await expect(countdown(someone)).toBeVisible();
}

/** All of these people may send, at the latest when the wait of the second-shortest mode (15 seconds) is over. */
export async function expectFree(...people: Person[]): Promise<void> {
  for (const someone of people) {
    await expect(someone.sendButton).not.toHaveAttribute('aria-disabled', { timeout: 20_000 });
    await expect(countdown(someone)).toBeHidden();
  }
}
